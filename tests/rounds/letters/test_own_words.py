"""What a partner adds to letters to its own staff: compared at hand-over, like all that a letter says."""

import pytest
from django.core import mail

from members.actions import correspondence, organisations
from rounds import emails
from tests.factories.members import MembershipFactory, OrganisationFactory
from tests.factories.rounds import RoundFactory
from tests.members.correspondents import once_composed
from tests.worlds import NOON

from .sending import meanwhile

pytestmark = pytest.mark.django_db
BEFORE, AFTER = "Speak to your manager about cover.", "The minibus leaves at 12pm."


def says(partner, words):
    return organisations.set_own_words(organisation=partner, words=words, now=NOON)


def bodies():
    return {letter.to[0]: letter.body for letter in mail.outbox}


class TestOwnWords:
    @pytest.fixture(autouse=True)
    def said(self, world):
        says(world.elmbridge, BEFORE)

    def test_stand_in_text_and_html_under_a_line_that_says_whose_they_are(self, world, a_round):
        emails.invite(a_round, now=NOON)
        correspondence.dispatch(now=NOON)
        assert len(mail.outbox) == 3
        for letter in mail.outbox:
            assert f"From where you work:\n{BEFORE}\n\nPlaces are given" in letter.body
            (html,) = [part.content for part in letter.alternatives if part.mimetype == "text/html"]
            assert f"<strong>From where you work</strong><br>{BEFORE}</td>" in html

    @pytest.mark.parametrize("rounds", [1, 2])
    def test_changed_between_reading_and_hand_over_they_are_read_again(self, world, a_round, rounds):
        """For a letter about one Round in the statement of the hand-over, for a digest under its lock."""
        emails.invite(a_round, now=NOON)
        for _ in range(rounds - 1):
            another = RoundFactory(
                system=world.system, partners=[world.elmbridge], facilitators=[world.ada], invitations_released_at=NOON
            )
            emails.invite(another, now=NOON)
        correspondence.dispatch(now=NOON, stopping=meanwhile(lambda: says(world.elmbridge, AFTER)))
        assert [(BEFORE in body, AFTER in body) for body in bodies().values()] == [(False, True)] * 3

    def test_a_second_job_begun_meanwhile_takes_them_out(self, world, a_round):
        emails.invite(a_round, now=NOON)
        second = {"person": world.ben, "organisation": world.quarry_lane}
        correspondence.dispatch(now=NOON, stopping=meanwhile(lambda: MembershipFactory(**second)))
        carrying = {address for address, body in bodies().items() if BEFORE in body}
        assert carrying == {world.ada.email, world.ines.email}

    def test_in_a_letter_to_pass_on_they_are_those_of_the_moment_too(self, world, a_round, monkeypatch):
        home = OrganisationFactory(has_staff_list=False, contact_email="rota@larch.example", system=world.system)
        says(home, f"{BEFORE}\nAsk Robin.")
        a_round.invited_partners.create(organisation=home)
        emails.pass_on_letters(a_round, now=NOON)
        once_composed(monkeypatch, correspondence.handing, lambda: says(home, AFTER))
        correspondence.dispatch(now=NOON)
        (body,) = bodies().values()
        assert BEFORE not in body
        assert f"  {AFTER}\n  See the Round and book" in body
