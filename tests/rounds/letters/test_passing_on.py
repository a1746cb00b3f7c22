"""The letter that a named contact passes on."""

import pytest
from django.core import mail

from members.models import Delivery
from rounds import emails
from tests.factories.members import JoinLinkFactory, OrganisationFactory
from tests.worlds import NOON

from .sending import call_off, delivered, move

pytestmark = pytest.mark.django_db


class TestPassOn:
    @pytest.fixture
    def care_home(self, a_round):
        partner = OrganisationFactory(
            name="Larch House", has_staff_list=False, contact_email="rota@larchhouse.example", system=a_round.system
        )
        a_round.invited_partners.create(organisation=partner)
        return partner

    def test_goes_to_the_named_contact_with_the_join_link_and_words_for_the_bulletin(self, a_round, care_home):
        link = JoinLinkFactory(organisation=care_home)
        emails.pass_on_letters(a_round, now=NOON)
        emails.pass_on_letters(a_round, now=NOON)
        assert delivered() == [("rota@larchhouse.example", "Schwartz Round on 17 March: booking is open")]
        body = mail.outbox[0].body
        assert body.count(f"http://127.0.0.1:8000/join/{link.token}/") == 2
        assert "Words for your bulletin" in body

    def test_of_a_round_of_one_team_the_words_for_the_bulletin_say_whom_it_is_for(self, a_round, care_home):
        a_round.kind = "unit"
        a_round.save()
        emails.pass_on_letters(a_round, now=NOON)
        delivered()
        for words in (mail.outbox[0].body, mail.outbox[0].alternatives[0].content):
            assert "A unit-based Round: for the people of one ward, clinic or service. Nobody has to speak." in words
            assert "This Schwartz Round is for some of those who work for Larch House" in words
            assert "Everyone" not in words

    def test_not_to_partners_with_a_list_and_not_to_nobody(self, world, a_round, care_home):
        care_home.contact_email = ""
        care_home.save()
        emails.pass_on_letters(a_round, now=NOON)
        assert Delivery.objects.count() == 0

    def test_not_to_a_former_contact_or_a_partner_no_longer_invited(self, a_round, care_home):
        emails.pass_on_letters(a_round, now=NOON)
        care_home.contact_email = "new@larchhouse.example"
        care_home.save()
        assert delivered() == []

    def test_who_is_named_as_contact_later_gets_it_too(self, a_round, care_home):
        emails.pass_on_letters(a_round, now=NOON)
        care_home.contact_email = "new@larchhouse.example"
        care_home.save()
        emails.pass_on_letters(a_round, now=NOON)
        assert delivered() == [("new@larchhouse.example", "Schwartz Round on 17 March: booking is open")]

    def test_contacts_are_told_of_a_move_and_a_cancellation_too(self, world, a_round, care_home):
        emails.pass_on_letters(a_round, now=NOON)
        delivered()
        moved = move(a_round, world.ada)
        assert delivered() == [("rota@larchhouse.example", "Schwartz Round on 24 March: something has changed")]
        call_off(moved, world.ada)
        assert delivered() == [("rota@larchhouse.example", "Schwartz Round on 24 March: it does not take place")]
