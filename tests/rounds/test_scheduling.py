"""From plan to held: rounds/actions/scheduling.py, arrangements.py and rounds/tasks.py."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest

from members.models import Delivery
from rounds import tasks
from rounds.actions import scheduling
from rounds.actions.scheduling import MoreThanSeen, Stale, TooSmall
from rounds.models import Round, Venue
from rounds.states import Availability, BookingState, Format, RoundState, Way
from rounds_site.kit.refusals import Refused
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory, PlaceFactory, SystemFactory
from tests.factories.rounds import BookingFactory, RoundFactory, VenueFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WEDNESDAY = dt.datetime(2027, 8, 4, 12, 30, tzinfo=LONDON)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def planned(world):
    """Plans Ada's Round; a value given stands in for the usual one."""

    def planned(**changes):
        fields = {
            "system": world.system,
            "title": "Thrown in at the deep end",
            "format": Format.IN_PERSON,
            "starts_at": WEDNESDAY,
            "ends_at": WEDNESDAY + HOUR,
            "venue": VenueFactory(organisation=world.elmbridge, room_limit=80),
            "places": 60,
            "booking_opens_at": NOON,
            "booking_closes_at": WEDNESDAY - DAY,
            "reminder_days": [7, 1],
            "partners": [world.elmbridge, world.quarry_lane],
            "facilitators": [world.ada],
            "by": world.ada,
            "now": NOON,
        }
        return scheduling.plan(**fields | changes)

    return planned


@pytest.fixture
def published(world):
    def published(**fields):
        partners = [world.elmbridge, world.quarry_lane]
        return RoundFactory(
            **{"system": world.system, "facilitators": [world.ada], "partners": partners, "starts_at": WEDNESDAY}
            | fields
        )

    return published


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    return str(refused.value)


class TestPlan:
    def test_saves_a_round_that_nobody_is_told_of(self, world, planned):
        round = Round.objects.get(pk=planned().pk)
        assert (round.state, round.version, round.published_at) == (RoundState.PLANNED, 1, None)
        assert round.planned_by == world.ada
        assert set(round.partners.all()) == {world.elmbridge, world.quarry_lane}
        assert [member.person for member in round.team.all()] == [world.ada]
        assert Delivery.objects.count() == 0

    def test_saved_twice_is_one_round(self, planned):
        draft = uuid.uuid4()
        first, second = planned(draft=draft), planned(draft=draft)
        assert first == second
        assert first.pk == draft
        assert Round.objects.count() == 1

    def test_the_draft_of_someone_else_is_not_taken_over(self, world, planned):
        draft = planned().pk
        assert refusal(planned, draft=draft, by=world.ben) == "Someone else has saved this Round. Start a new one."

    def test_makes_the_room_with_it_or_neither(self, world, planned):
        room = {"organisation": world.elmbridge, "name": "Chapel", "room_limit": 70}
        assert "room takes 70" in refusal(planned, new_room=room, venue=None, places=71)
        assert Venue.objects.filter(name="Chapel").count() == 0
        assert planned(new_room=room, venue=None).venue == Venue.objects.get(name="Chapel")

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"title": "  "}, "Enter a title."),
            ({"starts_at": NOON - HOUR}, "The Round must start in the future."),
            ({"starts_at": NOON}, "The Round must start in the future."),
            ({"starts_at": NOON + 4 * 365 * DAY}, "The Round must start within the next 3 years."),
            ({"ends_at": WEDNESDAY}, "The Round must end after it starts."),
            ({"ends_at": WEDNESDAY - HOUR}, "The Round must end after it starts."),
            ({"ends_at": WEDNESDAY + 9 * HOUR}, "The Round must end within 8 hours of its start."),
            ({"booking_closes_at": WEDNESDAY + HOUR}, "Booking must close before the Round starts."),
            ({"booking_closes_at": NOON}, "Booking must close in the future, or nobody can book."),
            ({"booking_opens_at": WEDNESDAY - DAY}, "Booking must open before it closes."),
            ({"places": None}, "Enter how many places there are in person, from 1 to 5,000."),
            ({"places": 0}, "Enter how many places there are in person, from 1 to 5,000."),
            ({"places": 5001}, "Enter how many places there are in person, from 1 to 5,000."),
            ({"places": 81}, "The room takes 80. Enter that many places or fewer."),
            ({"online_places": 5}, "A Round in person has no places online."),
            ({"venue": None}, "Choose the room where people meet."),
            ({"format": Format.ONLINE, "places": None, "online_places": 9}, "A Round online has no room."),
            ({"format": Format.HYBRID}, "Enter how many places there are online, from 1 to 5,000."),
            ({"partners": []}, "Choose at least one partner to invite."),
            ({"facilitators": []}, "Name at least one facilitator."),
        ],
    )
    def test_refuses(self, planned, changes, sentence):
        assert refusal(planned, **changes) == sentence
        assert Round.objects.count() == 0

    def test_refuses_people_of_elsewhere(self, world, planned):
        stranger, elsewhere = OrganisationFactory(system=SystemFactory()), PlaceFactory()
        every = "Every partner must belong to North Vale Integrated Care System."
        assert refusal(planned, partners=[stranger]) == every
        assert refusal(planned, host_organisation=stranger) == every
        assert refusal(planned, host_place=elsewhere).startswith("The Place must belong to")
        assert refusal(planned, facilitators=[PersonFactory(is_active=False)]) == "Name at least one facilitator."

    @pytest.mark.parametrize("day", [dt.date(2028, 3, 26), dt.date(2027, 3, 28)])
    def test_refuses_an_hour_that_the_clocks_leave_out(self, planned, day):
        skipped = dt.datetime.combine(day, dt.time(1, 30), tzinfo=LONDON)
        sentence = "The clocks go forward that night, so there is no 1:30am."
        assert refusal(planned, starts_at=skipped, ends_at=skipped + 2 * HOUR, booking_closes_at=NOON + DAY) == sentence

    def test_keeps_the_first_of_a_doubled_hour(self, planned):
        doubled = dt.datetime(2027, 10, 31, 1, 30, tzinfo=LONDON)
        round = planned(starts_at=doubled, ends_at=doubled + 2 * HOUR)
        round.refresh_from_db()
        assert round.starts_at == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)

    def test_asks_the_database_as_often_for_three_partners_as_for_one(self, world, planned, django_assert_num_queries):
        more = [OrganisationFactory(system=world.system) for _ in range(2)]
        room = VenueFactory(organisation=world.elmbridge, room_limit=80)
        with django_assert_num_queries(8):
            planned(partners=[world.elmbridge], venue=room)
        with django_assert_num_queries(8):
            planned(partners=[world.elmbridge, *more], facilitators=[world.ada, world.ben], venue=room)


class TestPublish:
    def test_makes_it_known_and_writes_to_nobody(self, world, planned):
        round = scheduling.publish(round=planned(), by=world.ada, now=NOON + DAY)
        assert (round.state, round.published_at) == (RoundState.PUBLISHED, NOON + DAY)
        assert Delivery.objects.count() == 0

    def test_twice_is_once(self, world, planned):
        round = scheduling.publish(round=planned(), by=world.ada, now=NOON)
        assert scheduling.publish(round=round, by=world.ada, now=NOON + DAY).published_at == NOON

    def test_not_when_its_time_has_passed(self, world, planned):
        round = planned()
        sentence = refusal(scheduling.publish, round=round, by=world.ada, now=WEDNESDAY)
        assert sentence == "The Round must start in the future."

    @pytest.mark.parametrize("state", [RoundState.HELD, RoundState.CLOSED, RoundState.CANCELLED])
    def test_only_from_where_the_table_allows(self, world, published, state):
        sentence = refusal(scheduling.publish, round=published(state=state), by=world.ada, now=NOON)
        assert sentence == f"This Round is {state.value}, so it cannot become published."


class TestReleaseInvitations:
    def release(self, world, round, expected, now=NOON):
        return scheduling.release_invitations(round=round, expected=expected, by=world.ada, now=now)

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
        assert str(refused.value).startswith("4 people have a place, the room takes 3.")
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
        assert states == [BookingState.PLACE, BookingState.PLACE, BookingState.WAITING]
        freed = Delivery.objects.filter(kind="place_freed").values_list("person", flat=True)
        assert set(freed) == {waiting[0].person_id, waiting[1].person_id}

    def test_to_a_room_that_is_too_small(self, world, published):
        small = VenueFactory(organisation=world.elmbridge, room_limit=30)
        assert (
            refusal(self.move, world, published(), venue=small) == "The room takes 30. Enter that many places or fewer."
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


def test_a_hybrid_round_keeps_both_ways(planned):
    round = planned(format=Format.HYBRID, online_places=100, joining_details="https://meet.northvale.example/1")
    assert [round.places_for(way) for way in Way] == [60, 100]
