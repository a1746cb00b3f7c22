"""Releasing the invitations of a Round, stopping them and going on: rounds/actions/inviting.py."""

import pytest
from django.db import connection

from members.actions import correspondence
from members.models import Delivery, SecurityEvent
from members.models.audit import Act
from rounds import emails
from rounds.actions import inviting
from rounds.actions.inviting import MoreThanSeen
from rounds.models import Round
from tests.factories.members import OrganisationFactory, PersonFactory
from tests.rounds.letters.sending import call_off, delivered, kinds
from tests.worlds import NOON

from .arranging import DAY, HOUR, refusal

pytestmark = pytest.mark.django_db


class TestReleaseInvitations:
    def release(self, world, round, expected, now=NOON):
        return inviting.release_invitations(round=round, expected=expected, by=world.ada, now=now)

    def test_lets_the_letters_go_once_it_has_committed(
        self, world, published, monkeypatch, django_capture_on_commit_callbacks
    ):
        rung = []
        monkeypatch.setattr("celery.current_app.send_task", lambda task, **how: rung.append((task, how["args"])))
        with django_capture_on_commit_callbacks(execute=True):
            round = self.release(world, published(), 4)
        assert (round.invitations_released_at, round.invitations_released_by) == (NOON, world.ada)
        assert rung == [("rounds.tasks.fan_out", (str(round.pk),))]

    def test_twice_is_once(self, world, published):
        round = self.release(world, published(), 4)
        assert self.release(world, round, 4, now=NOON + DAY).invitations_released_at == NOON

    def test_never_to_more_people_than_were_seen(self, world, published):
        with pytest.raises(MoreThanSeen) as refused:
            self.release(world, published(), 3)
        assert str(refused.value) == "4 people would get the letter now, 1 more than you saw. Look again."
        assert Round.objects.get().invitations_released_at is None

    def test_to_fewer_is_no_harm(self, world, published):
        assert self.release(world, published(), 5).invitations_released_at == NOON

    def test_not_before_it_is_published(self, world, planned):
        sentence = refusal(self.release, world, planned(), 4)
        assert sentence == "Publish the Round first: the letter leads to its page."

    def test_not_once_booking_has_closed(self, world, published):
        round = published()
        sentence = refusal(self.release, world, round, 4, now=round.booking_closes_at)
        assert sentence == "Booking has closed, so there is nothing to invite people to."

    def test_named_contacts_get_a_letter_to_pass_on(self, world, published):
        small = OrganisationFactory(system=world.system, has_staff_list=False, contact_email="jo@small.example")
        round = self.release(world, published(partners=[world.elmbridge, small]), 3)
        letters = Delivery.objects.values_list("kind", "address", "about")
        assert list(letters) == [("pass_on", "jo@small.example", round.pk)]

    def test_stands_in_the_log(self, world, published):
        round = self.release(world, published(), 4)
        event = SecurityEvent.objects.get(act=Act.INVITATIONS_RELEASED)
        assert (event.by, event.about, event.where, event.said) == (
            world.ada.pk,
            str(round.pk),
            world.system.pk,
            {"letters": 4},
        )


class TestStopping:
    """Four people are invited, and two letters have gone."""

    @pytest.fixture
    def half_gone(self, world, published):
        round = inviting.release_invitations(round=published(), expected=4, by=world.ada, now=NOON)
        emails.invite(round, now=NOON)
        assert correspondence.dispatch(now=NOON, limit=2) == {"sent": 2}
        return round

    def stop(self, world, round, now=NOON):
        return inviting.stop_invitations(round=round, by=world.ada, now=now)

    def test_takes_back_what_has_not_gone_and_writes_no_more(self, world, half_gone):
        round = self.stop(world, half_gone)
        PersonFactory(works_for=world.elmbridge)
        assert emails.invite(round, now=NOON) == 0
        assert delivered() == []
        assert kinds() == {("invitation", "sent"): 2, ("invitation", "cancelled"): 2}
        assert round.invitations_stopped_at == NOON

    def test_stands_in_the_log_and_twice_is_once(self, world, half_gone):
        self.stop(world, half_gone)
        assert self.stop(world, half_gone, now=NOON + DAY).invitations_stopped_at == NOON
        events = SecurityEvent.objects.filter(act=Act.INVITATIONS_STOPPED)
        assert list(events.values_list("by", "about", "said")) == [(world.ada.pk, str(half_gone.pk), {"letters": 2})]

    def test_what_was_never_released_is_not_stopped(self, world, published):
        assert self.stop(world, published()).invitations_stopped_at is None
        assert not SecurityEvent.objects.exists()

    def test_what_a_dispatcher_holds_already_is_stopped_too(self, world, half_gone, settings, monkeypatch):
        settings.EMAIL_BACKEND = "tests.members.mail_backends.Meanwhile"
        stop = staticmethod(lambda: self.stop(world, half_gone))
        monkeypatch.setattr("tests.members.mail_backends.Meanwhile.change", stop)
        assert delivered() == []
        assert kinds() == {("invitation", "sent"): 2, ("invitation", "cancelled"): 2}

    def test_released_again_only_those_without_a_letter_get_theirs(self, world, half_gone):
        self.stop(world, half_gone)
        late = PersonFactory(works_for=world.elmbridge)
        assert emails.still_to_invite(half_gone, now=NOON).count() == 3
        again = inviting.release_invitations(round=half_gone, expected=3, by=world.ines, now=NOON + HOUR)
        assert (again.invitations_stopped_at, again.invitations_released_by) == (None, world.ines)
        emails.invite(again, now=NOON + HOUR)
        assert late.email in [address for address, _ in delivered(NOON + HOUR)]
        assert kinds() == {("invitation", "sent"): 5}
        assert Delivery.objects.values("person").distinct().count() == 5

    def test_who_is_left_is_read_from_a_list_and_not_asked_for_each_person(self, world, half_gone):
        """For each of thousands it would read all letters of the Round again."""
        plan = emails.still_to_invite(self.stop(world, half_gone), now=NOON).explain().splitlines()
        if connection.vendor == "postgresql":
            assert any("hashed SubPlan" in line for line in plan)
        else:
            letters = next(number for number, line in enumerate(plan) if "delivery_about" in line)
            assert "LIST SUBQUERY" in plan[letters - 1]

    def test_never_to_more_than_were_seen_then_either(self, world, half_gone):
        self.stop(world, half_gone)
        with pytest.raises(MoreThanSeen):
            inviting.release_invitations(round=half_gone, expected=1, by=world.ada, now=NOON)

    def test_whoever_left_meanwhile_gets_none(self, world, half_gone):
        self.stop(world, half_gone)
        world.elmbridge.memberships.update(ends_on=NOON.date())
        world.quarry_lane.memberships.update(ends_on=NOON.date())
        inviting.release_invitations(round=half_gone, expected=0, by=world.ada, now=NOON)
        assert delivered() == []

    def test_whom_a_letter_had_reached_hears_of_changes_all_the_same(self, world, half_gone):
        round = self.stop(world, half_gone)
        call_off(round, world.ada)
        assert len(delivered()) == 2

    def test_the_letters_to_pass_on_stop_too_and_go_on(self, world, published):
        small = OrganisationFactory(system=world.system, has_staff_list=False, contact_email="jo@small.example")
        round = inviting.release_invitations(round=published(partners=[small]), expected=0, by=world.ada, now=NOON)
        self.stop(world, round)
        assert delivered() == []
        inviting.release_invitations(round=round, expected=0, by=world.ada, now=NOON)
        assert [address for address, _ in delivered()] == ["jo@small.example"]
