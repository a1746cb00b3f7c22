"""What time alone brings about: rounds/tasks.py."""

import datetime as dt

import pytest

from members.models import Delivery
from rounds import tasks
from rounds.actions import scheduling
from rounds.states import RoundState
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory
from tests.worlds import NOON

from .arranging import DAY, HOUR, WEDNESDAY, refusal

pytestmark = pytest.mark.django_db


class TestTheClock:
    def test_what_is_over_was_held(self, published):
        round = published()
        assert scheduling.mark_held(now=WEDNESDAY + HOUR - dt.timedelta(seconds=1)) == 0
        assert scheduling.mark_held(now=WEDNESDAY + HOUR) == 1
        assert scheduling.mark_held(now=WEDNESDAY + HOUR) == 0
        round.refresh_from_db()
        assert round.state == RoundState.HELD

    @pytest.mark.parametrize("state", [each for each in RoundState if each != RoundState.PUBLISHED])
    def test_only_what_was_published_is_held(self, published, state):
        published(state=state)
        assert scheduling.mark_held(now=WEDNESDAY + DAY) == 0

    def test_the_task_asks_the_clock(self, published, time_machine):
        round = published()
        time_machine.move_to(WEDNESDAY + DAY)
        tasks.follow_the_clock()
        round.refresh_from_db()
        assert round.state == RoundState.HELD

    def test_a_round_closes_after_it_was_held_and_once(self, published):
        round = published(state=RoundState.HELD)
        assert scheduling.close(round=round, now=WEDNESDAY + DAY).state == RoundState.CLOSED
        assert scheduling.close(round=round, now=WEDNESDAY + DAY).state == RoundState.CLOSED
        assert "cannot become closed" in refusal(scheduling.close, round=published(), now=WEDNESDAY)


class TestFanOut:
    @pytest.fixture
    def released(self, published, time_machine):
        time_machine.move_to(NOON)
        return published(invitations_released_at=NOON)

    def invited(self):
        return set(Delivery.objects.filter(kind="invitation").values_list("person__name", flat=True))

    def test_writes_to_everyone_once(self, released):
        tasks.fan_out(str(released.pk))
        tasks.fan_out(str(released.pk))
        assert self.invited() == {"Ada Facilitator", "Ben Booker", "Cleo Carer", "Ines Lead"}
        assert Delivery.objects.count() == 4

    def test_is_completed_for_those_who_join_later_until_booking_closes(self, world, released, time_machine):
        tasks.complete_fan_outs()
        MembershipFactory(person=PersonFactory(name="Dara New"), organisation=world.quarry_lane)
        tasks.complete_fan_outs()
        assert "Dara New" in self.invited()
        MembershipFactory(person=PersonFactory(name="Eve Late"), organisation=world.quarry_lane)
        time_machine.move_to(released.booking_closes_at)
        tasks.complete_fan_outs()
        assert "Eve Late" not in self.invited()

    def test_a_contact_named_after_the_release_gets_the_letter_to_pass_on(self, world, released):
        hospice = OrganisationFactory(system=world.system, has_staff_list=False)
        released.invited_partners.create(organisation=hospice)
        tasks.complete_fan_outs()
        hospice.contact_email = "jo@larch.example"
        hospice.save()
        for _ in range(2):
            tasks.complete_fan_outs()
        assert list(Delivery.objects.filter(kind="pass_on").values_list("address", flat=True)) == ["jo@larch.example"]

    def test_not_before_release_and_not_once_called_off(self, published, released):
        waiting = published()
        released.state = RoundState.CANCELLED
        released.save()
        tasks.fan_out(str(waiting.pk))
        tasks.fan_out(str(released.pk))
        tasks.complete_fan_outs()
        assert self.invited() == set()
