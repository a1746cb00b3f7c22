"""An administrator's change, cancelling, and what is put right in silence: rounds/views/change.py."""

import html
import re

import pytest
from django.urls import reverse

from members.models import Delivery
from rounds.actions import scheduling
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import BookingFactory
from tests.worlds import NOON

from .changing import MARKUP, errors, make, moved, to, when, where, words

pytestmark = pytest.mark.django_db


class TestAnAdministrator:
    @pytest.fixture
    def ann(self, client, world):
        client.force_login(world.admin)
        return client

    def test_sees_the_words_and_no_number(self, ann, world, round):
        BookingFactory.create_batch(7, round=round, in_diary=True)
        page = words(ann.post(to(round, "when"), when(), follow=True))
        main = page[page.index("Everyone who was invited") : page.index("What changes")]
        assert "In person: places available" in main
        assert re.findall(r"\d", main) == []

    def test_is_not_asked_who_facilitates(self, ann, round):
        page = ann.get(reverse("round_change", args=[round.pk])).content.decode()
        assert re.findall(r'name="what" type="radio" value="(\w+)"', page) == [
            "when",
            "where",
            "words",
            "ring",
            "postpone",
            "cancel",
        ]

    def test_can_move_it(self, ann, round):
        moved(ann, round, "when", when())
        assert Round.objects.get().version == 2

    def test_cannot_find_the_number_of_bookings_by_trying(self, ann, world, round):
        BookingFactory.create_batch(4, round=round)
        answers = {
            errors(ann.post(to(round, "where"), where(world, places=str(n)), follow=True))[0] for n in (3, 4, 59, 61)
        }
        sentence = "Only its facilitators can change how many places this Round has, because they see who has booked."
        assert answers == {sentence}


class TestCancelling:
    def test_says_who_is_told_then_does_it(self, ada, world, round):
        BookingFactory(round=round, person=world.ben)
        page = words(ada.post(to(round, "cancel"), {"reason": "Both facilitators are ill"}, follow=True))
        assert "The reason they read Both facilitators are ill" in page
        assert "1 person , who has a place: the same letter" in page
        assert Round.objects.get().state == RoundState.PUBLISHED
        moved(ada, round, "cancel", {"reason": "Both facilitators are ill"})
        round.refresh_from_db()
        assert (round.state, round.cancelled_reason) == (RoundState.CANCELLED, "Both facilitators are ill")
        assert Delivery.objects.filter(kind="round_cancelled", person=world.ben).count() == 1

    def test_needs_no_reason(self, ada, round):
        moved(ada, round, "cancel", {})
        assert Round.objects.get().state == RoundState.CANCELLED

    def test_twice_is_refused_kindly(self, ada, round):
        moved(ada, round, "cancel", {})
        answer = ada.post(to(round, "cancel"), {}, follow=True)
        assert errors(answer) == ["This Round is over or was called off already, so it can no longer be cancelled."]

    def test_markup_in_the_reason_is_shown_as_typed(self, ada, round):
        page = ada.post(to(round, "cancel"), {"reason": MARKUP}, follow=True).content.decode()
        assert MARKUP not in page
        assert html.escape(MARKUP) in page


class TestPuttingRight:
    def test_the_words_and_nobody_is_written_to(self, ada, world, round):
        BookingFactory(round=round, person=world.ben)
        assert 'value="Thrown in"' in ada.get(to(round, "words")).content.decode()
        answer = ada.post(to(round, "words"), {"title": MARKUP, "about": "It felt so", "food": ""})
        assert answer.url == reverse("round_details", args=[round.pk])
        round.refresh_from_db()
        assert (round.title, round.about, round.food, round.version) == (MARKUP, "It felt so", "", 1)
        assert Delivery.objects.count() == 0

    def test_the_ward_of_a_round_for_one(self, ada, world, round):
        assert 'name="unit"' not in ada.get(to(round, "words")).content.decode()
        round = make(world, kind="unit", unit="Ward 7")
        assert 'value="Ward 7"' in ada.get(to(round, "words")).content.decode()
        answer = ada.post(to(round, "words"), {"title": round.title, "unit": "Ward 8"}, follow=True)
        assert "For Ward 8" in words(answer)
        round.refresh_from_db()
        assert round.for_whom == "A unit-based Round: for Ward 8"

    def test_a_title_is_needed(self, ada, round):
        assert errors(ada.post(to(round, "words"), {"title": " "})) == ["Enter a title"]

    def test_not_of_what_is_called_off(self, ada, world):
        round = make(world, state=RoundState.CANCELLED)
        answer = ada.post(to(round, "words"), {"title": "Other"})
        assert errors(answer) == ["This Round has begun or was called off, so it can no longer be changed."]

    def test_a_second_facilitator_is_found_and_named(self, ada, world, round):
        page = ada.post(to(round, "team"), {"facilitators": [str(world.ada.pk)], "search": "Booker", "find": "1"})
        assert "We found one person, and ticked them." in words(page)
        both = [str(world.ada.pk), str(world.ben.pk)]
        assert ada.post(to(round, "team"), {"facilitators": both}).status_code == 302
        assert {member.person for member in round.team.all()} == {world.ada, world.ben}
        assert ada.get(to(round, "team")).content.decode().count(" checked") == 2

    def test_one_alone_is_asked_about_once(self, ada, world, round):
        only = {"facilitators": [str(world.ada.pk)]}
        assert "Only one facilitator is named." in words(ada.post(to(round, "team"), only))
        assert ada.post(to(round, "team"), only | {"alone": "1"}).status_code == 302

    def test_whoever_hands_over_sees_it_no_more(self, ada, world, round):
        answer = ada.post(to(round, "team"), {"facilitators": [str(world.ben.pk)], "alone": "1"})
        assert answer.url == reverse("organise")
        assert [member.person for member in round.team.all()] == [world.ben]

    def test_an_administrator_cannot_put_themself_into_the_team(self, client, world, round):
        client.force_login(world.admin)
        assert client.get(to(round, "team")).status_code == 403
        assert client.post(to(round, "team"), {"facilitators": [str(world.admin.pk)]}).status_code == 403
        with pytest.raises(Refused, match="Only its facilitators"):
            scheduling.name_facilitators(round=round, facilitators=[world.admin], by=world.admin, now=NOON)
        assert [member.person for member in round.team.all()] == [world.ada]
