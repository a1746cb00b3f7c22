"""Moving and cancelling a Round: rounds/actions/scheduling.py."""

import datetime as dt

import pytest

from members.models import Delivery
from rounds.actions import scheduling
from rounds.actions.scheduling import Stale, TooSmall
from rounds.models import Round, Venue
from rounds.states import Availability, BookingState, RoundState
from tests.factories.rounds import BookingFactory, VenueFactory
from tests.worlds import NOON

from .arranging import DAY, HOUR, LONDON, WEDNESDAY, refusal

pytestmark = pytest.mark.django_db


class TestMove:
    def move(self, world, round, by=None, version=1, now=NOON, **changes):
        by = by or world.ada
        return scheduling.move(round=round, changes=changes, seen_version=version, by=by, now=now)

    def later(self, world, round, **how):
        return self.move(world, round, starts_at=WEDNESDAY + DAY, ends_at=WEDNESDAY + DAY + HOUR, **how)

    def test_takes_booking_along_and_counts_up(self, world, published):
        round = published(booking_closes_at=WEDNESDAY - 2 * DAY)
        self.later(world, round)
        round.refresh_from_db()
        assert (round.starts_at, round.version) == (WEDNESDAY + DAY, 2)
        assert round.booking_closes_at == WEDNESDAY - DAY

    def test_booking_closes_at_the_same_hour_across_a_change_of_the_clocks(self, world, published):
        round = published(booking_closes_at=dt.datetime(2027, 8, 3, 17, 0, tzinfo=LONDON))
        winter = dt.datetime(2027, 11, 3, 12, 30, tzinfo=LONDON)
        moved = self.move(world, round, starts_at=winter, ends_at=winter + HOUR)
        assert moved.booking_closes_at == dt.datetime(2027, 11, 2, 17, 0, tzinfo=LONDON)

    def test_another_hour_leaves_the_hour_at_which_booking_closes_on_the_day_before(self, world, published):
        five = WEDNESDAY - DAY + 4.5 * HOUR
        round = published(booking_closes_at=five)
        later = {"starts_at": WEDNESDAY + 2 * HOUR, "ends_at": WEDNESDAY + 3 * HOUR}
        assert self.move(world, round, **later).booking_closes_at == five

    def test_another_hour_moves_the_end_of_booking_on_the_day_itself(self, world, published):
        round = published(booking_closes_at=WEDNESDAY - 2 * HOUR)
        later = {"starts_at": WEDNESDAY + 2 * HOUR, "ends_at": WEDNESDAY + 3 * HOUR}
        assert self.move(world, round, **later).booking_closes_at == WEDNESDAY

    def test_to_so_soon_that_booking_would_have_closed_leaves_it_open_until_the_start(self, world, published):
        round = published(booking_closes_at=WEDNESDAY - 3 * DAY, booking_opens_at=WEDNESDAY - 9 * DAY)
        soon = NOON + DAY
        moved = self.move(world, round, starts_at=soon, ends_at=soon + HOUR)
        assert (moved.booking_opens_at, moved.booking_closes_at) == (NOON, soon)

    def test_tells_everyone_who_was_written_to_or_has_booked(self, world, published):
        round = published()
        BookingFactory(round=round, person=world.cleo)
        letter = {"created_at": NOON, "due_at": NOON, "about": round.pk, "kind": "invitation"}
        Delivery.objects.create(**letter, person=world.ben, dedupe_key="a", state="sent")
        Delivery.objects.create(**letter, person=world.ines, dedupe_key="b", state="pending")
        self.later(world, round)
        told = Delivery.objects.filter(kind="round_moved").values_list("person__name", "dedupe_key")
        assert set(told) == {
            ("Ben Booker", f"moved:{round.pk}:2:{world.ben.pk}"),
            ("Cleo Carer", f"moved:{round.pk}:2:{world.cleo.pk}"),
        }

    def test_reminders_follow(self, world, published):
        round = published()
        BookingFactory(round=round, person=world.ben)
        self.later(world, round)
        due = Delivery.objects.filter(kind="reminder").order_by("due_at").values_list("due_at", flat=True)
        assert list(due) == [WEDNESDAY - 6 * DAY, WEDNESDAY]

    def test_a_stale_view_changes_nothing(self, world, published):
        round = published()
        self.later(world, round)
        self.move(world, round, version=2, ends_at=WEDNESDAY + DAY + 2 * HOUR, places=50)
        with pytest.raises(Stale) as refused:
            self.move(world, round, version=1, places=40)
        assert str(refused.value) == "Two things changed since you looked."
        assert Round.objects.get().places == 50

    def test_of_more_or_fewer_places_alone_nobody_is_told(self, world, published):
        round = published()
        BookingFactory(round=round, person=world.ben)
        moved = self.move(world, round, places=50)
        assert (moved.places, moved.version, moved.moved_at) == (50, 1, None)
        assert not Delivery.objects.filter(kind="round_moved").exists()
        moved = self.later(world, round)
        assert (moved.version, moved.moved_at) == (2, NOON)
        assert Delivery.objects.filter(kind="round_moved").count() == 1

    def test_a_plan_that_changes_before_it_is_published_has_not_moved(self, world, planned):
        round = planned()
        assert self.later(world, round).moved_at is None

    def test_a_room_that_somebody_else_has_just_made_is_refused_in_a_sentence(self, world, published):
        room = {"organisation": world.elmbridge, "name": "Chapel", "room_limit": 70}
        round = published()
        Venue.objects.create(**room)
        sentence = "There is a room of that name by now. Choose it from the list."
        assert refusal(self.move, world, round, new_room=room) == sentence
        assert Round.objects.get().version == 1

    def test_all_or_nothing(self, world, published, monkeypatch):
        round = published()

        def break_off(round, *, now):
            raise ConnectionError

        monkeypatch.setattr(scheduling.emails, "reschedule_reminders", break_off)
        with pytest.raises(ConnectionError):
            self.later(world, round)
        round.refresh_from_db()
        assert (round.starts_at, round.version) == (WEDNESDAY, 1)
        assert Delivery.objects.count() == 0

    def test_never_fewer_places_than_people_who_have_one(self, world, published):
        round = published(places=60)
        BookingFactory.create_batch(4, round=round)
        with pytest.raises(TooSmall) as refused:
            self.move(world, round, places=3)
        assert str(refused.value).startswith("4 people have a place, and there would be 3 in the room.")
        assert self.move(world, round, places=4).availability == Availability.FULL

    def test_an_administrator_cannot_find_the_number_by_trying(self, world, published):
        round = published(places=60)
        BookingFactory.create_batch(4, round=round)
        answers = {refusal(self.move, world, round, by=world.ines, places=places) for places in (3, 4, 59, 61, 70)}
        sentence = "Only its facilitators can change how many places this Round has, because they see who has booked."
        assert answers == {sentence}
        assert Round.objects.get().places == 60

    def test_more_places_go_to_those_who_wait_in_their_order(self, world, published):
        round = published(places=1, availability=Availability.FULL)
        BookingFactory(round=round)
        waiting = BookingFactory.create_batch(3, round=round, state=BookingState.WAITING)
        self.move(world, round, places=3)
        states = [type(each).objects.get(pk=each.pk).state for each in waiting]
        assert states == [BookingState.OFFERED, BookingState.OFFERED, BookingState.WAITING]
        freed = Delivery.objects.filter(kind="place_offered").values_list("person", flat=True)
        assert set(freed) == {waiting[0].person_id, waiting[1].person_id}

    def test_to_a_room_that_is_too_small(self, world, published):
        small = VenueFactory(organisation=world.elmbridge, room_limit=30)
        assert (
            refusal(self.move, world, published(), venue=small)
            == "The room takes 30. Enter that many places or fewer, or choose another room."
        )

    def test_to_a_new_room(self, world, published):
        room = {"organisation": world.elmbridge, "name": "Chapel", "room_limit": 70}
        assert self.move(world, published(), new_room=room).venue == Venue.objects.get(name="Chapel")

    def test_to_another_room_once_booking_has_closed(self, world, published):
        room = VenueFactory(organisation=world.elmbridge)
        assert self.move(world, published(), venue=room, now=WEDNESDAY - HOUR / 2).venue == room

    def test_of_a_plan_tells_nobody(self, world, planned):
        round = planned()
        assert self.later(world, round).version == 2
        assert Delivery.objects.count() == 0

    def test_that_changes_nothing_is_refused(self, world, published):
        sentence = "Nothing would change. Choose another time or place, or leave the Round as it is."
        assert refusal(self.move, world, published(), places=60) == sentence

    def test_into_the_past_is_refused(self, world, published):
        past = NOON - DAY
        sentence = refusal(self.move, world, published(), starts_at=past, ends_at=past + HOUR)
        assert sentence == "The Round must start in the future."

    @pytest.mark.parametrize("state", [RoundState.HELD, RoundState.CLOSED, RoundState.CANCELLED])
    def test_of_what_is_over_is_refused(self, world, published, state):
        sentence = "This Round has begun or was called off, so it can no longer be changed."
        assert refusal(self.later, world, published(state=state)) == sentence

    def test_of_anything_else_is_a_mistake_of_ours(self, world, published):
        with pytest.raises(ValueError, match="state"):
            self.move(world, published(), state="held")


class TestCancelRound:
    def cancel(self, world, round, version=1, now=NOON):
        reason = "Both facilitators are ill"
        return scheduling.cancel_round(round=round, reason=reason, seen_version=version, by=world.ada, now=now)

    def test_tells_everyone_and_leaves_the_bookings_as_they_are(self, world, published):
        booking = BookingFactory(round=published())
        round = self.cancel(world, booking.round)
        assert (round.state, round.version) == (RoundState.CANCELLED, 2)
        assert round.cancelled_reason == "Both facilitators are ill"
        booking.refresh_from_db()
        assert booking.state == BookingState.PLACE
        assert list(Delivery.objects.values_list("kind", "person")) == [("round_cancelled", booking.person_id)]

    def test_of_a_plan_tells_nobody(self, world, planned):
        assert self.cancel(world, planned()).state == RoundState.CANCELLED
        assert Delivery.objects.count() == 0

    def test_a_stale_view_is_refused(self, world, published):
        assert refusal(self.cancel, world, published(version=2)) == "One thing changed since you looked."

    def test_twice_is_refused_as_changed_meanwhile(self, world, published):
        round = self.cancel(world, published())
        assert refusal(self.cancel, world, round) == "One thing changed since you looked."
        sentence = "This Round is over or was called off already, so it can no longer be cancelled."
        assert refusal(self.cancel, world, round, version=2) == sentence

    def test_not_once_it_is_over(self, world, published):
        sentence = "This Round is over or was called off already, so it can no longer be cancelled."
        assert refusal(self.cancel, world, published(), now=WEDNESDAY + HOUR) == sentence
