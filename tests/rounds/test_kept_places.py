"""Places reserved for partners and sectors, and for groups: rounds/actions/keeping.py and places.py."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from rounds import tasks
from rounds.actions import keeping, registration, scheduling, series, successions, waiting
from rounds.models import Booking, KeptPlaces, Round
from rounds.states import BookingState, Format, RoundState, Way
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PersonFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world

from .pages import buttons_of, page_of, words_of

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def round(world):
    """Ten places. Quarry Lane, where Cleo works, is social care; Ben works for the hospital."""
    partners = [world.elmbridge, world.quarry_lane]
    return RoundFactory(system=world.system, places=10, facilitators=[world.ada], partners=partners)


def of(organisation):
    return PersonFactory(works_for=organisation)


def book(round, person=None, way=Way.IN_PERSON, now=NOON):
    return registration.book(round=round, person=person or PersonFactory(), way=way, now=now)


def cancel(booking, now=NOON):
    return registration.cancel(round=booking.round, person=booking.person, now=now)


def reserve(world, round, places=3, days_before=7, now=NOON, way=Way.IN_PERSON, by=None, **whom):
    whom = whom or {"organisation": world.quarry_lane}
    by = by or world.ada
    return keeping.reserve(round=round, way=way, places=places, days_before=days_before, by=by, now=now, **whom)


def give(world, round, places=3, way=Way.IN_PERSON, organisation=None, now=NOON):
    partner = organisation or world.quarry_lane
    return keeping.give_to_group(round=round, way=way, places=places, organisation=partner, by=world.ada, now=now)


def states(*bookings):
    return [Booking.objects.get(pk=each.pk).state for each in bookings]


def fill(round, number):
    return [book(round) for _ in range(number)]


class TestReserve:
    def test_nobody_else_gets_one_of_its_places(self, world, round):
        reserve(world, round)
        assert {each.state for each in fill(round, 7)} == {BookingState.PLACE}
        assert book(round, world.ben).state == BookingState.WAITING
        assert book(round, world.cleo).state == BookingState.PLACE

    def test_is_taken_last(self, world, round):
        """It is for those who would otherwise not get in, so who gets in anyway does not use it up."""
        reserve(world, round)
        assert [book(round, of(world.quarry_lane)).reserve for _ in range(7)] == [None] * 7
        kept = KeptPlaces.objects.get()
        assert [book(round, of(world.quarry_lane)).reserve for _ in range(3)] == [kept] * 3
        late = book(round, of(world.quarry_lane))
        assert (late.state, late.reserve) == (BookingState.WAITING, None)

    def test_is_for_a_whole_sector_too(self, world, round):
        reserve(world, round, sector="social_care")
        fill(round, 7)
        home = OrganisationFactory(sector="social_care")
        assert book(round, of(home)).state == BookingState.PLACE
        assert book(round, world.ben).state == BookingState.WAITING

    def test_who_works_there_no_more_has_no_part_in_it(self, world, round):
        reserve(world, round)
        fill(round, 7)
        world.cleo.memberships.update(ends_on=NOON.date())
        assert book(round, world.cleo).state == BookingState.WAITING

    def test_given_back_goes_to_the_next_of_its_people_and_those_before_read_why(self, world, round):
        reserve(world, round, places=1)
        fill(round, 9)
        holder = book(round, of(world.quarry_lane))
        ben, next_of_theirs = book(round, world.ben), book(round, world.cleo)
        cancel(holder)
        assert states(ben, next_of_theirs) == ["waiting", "offered"]
        assert waiting.turn(ben) == waiting.Turn(1, "a place was reserved for the people of a partner", None)

    def test_a_place_open_to_all_goes_to_the_first_in_line_whoever_they_are(self, world, round):
        reserve(world, round, places=1)
        holders = fill(round, 9)
        book(round, of(world.quarry_lane))
        ben, theirs = book(round, world.ben), book(round, world.cleo)
        cancel(holders[0])
        assert states(ben, theirs) == ["offered", "waiting"]

    def test_never_takes_what_somebody_has(self, world, round):
        fill(round, 8)
        for places, sentence in [(3, "2 places are free"), (0, "1 or more")]:
            with pytest.raises(Refused, match=sentence):
                reserve(world, round, places=places)
        reserve(world, round, places=2)
        reserve(world, round, places=1, days_before=5)
        assert [(each.places, each.days_before) for each in KeptPlaces.objects.all()] == [(1, 5)]
        with pytest.raises(Refused, match="2 places are free"):
            reserve(world, round, places=3)

    def test_made_smaller_offers_the_rest_on(self, world, round):
        reserve(world, round)
        fill(round, 7)
        ben = book(round, world.ben)
        reserve(world, round, places=2)
        assert states(ben) == ["offered"]

    @pytest.mark.parametrize("days_before", [1, 0, 61])
    def test_is_released_before_the_last_two_days(self, world, round, days_before):
        with pytest.raises(Refused, match=r"2 to [0-9]+ days before"):
            reserve(world, round, days_before=days_before)

    def test_is_not_made_for_a_day_that_has_passed(self, world, round):
        with pytest.raises(Refused, match=r"are released 2 to 14 days before it"):
            reserve(world, round, days_before=20)

    def test_has_no_day_left_shortly_before_the_round(self, world, round, time_machine):
        soon = round.starts_at - dt.timedelta(days=2)
        with pytest.raises(Refused, match="It is too late to reserve places"):
            reserve(world, round, days_before=2, now=soon)
        assert reserve(world, round, days_before=2, now=soon - dt.timedelta(minutes=1)).days_before == 2

    def test_only_by_a_facilitator_who_sees_how_many_have_booked(self, world, round):
        with pytest.raises(Refused):
            reserve(world, round, by=world.ines)

    def test_cannot_be_taken_by_a_smaller_room(self, world, round):
        """Whoever has a place keeps it; what is only reserved goes first."""
        reserve(world, round)
        fill(round, 6)
        scheduling.move(round=round, changes={"places": 6}, seen_version=1, by=world.ada, now=NOON)
        assert book(round, world.cleo).state == BookingState.WAITING

    def test_goes_on_with_who_takes_over(self, world, round):
        reserve(world, round)
        successions.move_rounds(world.quarry_lane, [world.elmbridge], NOON)
        fill(round, 7)
        assert book(round, world.ben).state == BookingState.PLACE

    def test_of_two_that_merge_is_one_number(self, world, round):
        """With whoever has one of its places; and so are the places of their groups."""
        reserve(world, round, places=2, days_before=5)
        give(world, round, places=1)
        fill(round, 7)
        reserved = book(round, world.cleo)
        assert reserved.reserve is not None
        type(round).objects.update(places=16)
        round.refresh_from_db()
        reserve(world, round, places=3, organisation=world.elmbridge)
        give(world, round, places=2, organisation=world.elmbridge)
        successions.move_rounds(world.quarry_lane, [world.elmbridge], NOON)
        kept = KeptPlaces.objects.order_by("kind").values_list("organisation", "kind", "places", "days_before")
        assert list(kept) == [(world.elmbridge.pk, "group", 3, None), (world.elmbridge.pk, "reserve", 5, 5)]
        assert Booking.objects.get(pk=reserved.pk).reserve.kind == "reserve"

    def test_is_for_somebody_in_the_database_too(self, world, round):
        for wrong in ({"sector": ""}, {"sector": "hospice", "organisation": world.elmbridge}):
            with pytest.raises(IntegrityError), transaction.atomic():
                KeptPlaces.objects.create(
                    round=round, kind="reserve", way="in_person", places=1, days_before=7, **wrong
                )


class TestRelease:
    def test_by_the_clock_offers_on_in_order(self, world, round, time_machine):
        reserve(world, round)
        fill(round, 7)
        first, second = book(round, world.ben), book(round)
        due = round.starts_at - 7 * DAY
        for now, released in [(due - dt.timedelta(seconds=1), 0), (due, 1), (due, 0)]:
            assert keeping.release_due(now=now) == released
        assert states(first, second) == ["offered", "offered"]
        time_machine.move_to(due + HOUR)
        tasks.release_reserves()
        assert KeptPlaces.objects.get().released_at == due

    def test_leaves_those_who_have_one_their_place(self, world, round):
        reserve(world, round)
        fill(round, 7)
        cleo, others = book(round, world.cleo), [book(round) for _ in range(3)]
        keeping.release_due(now=round.starts_at - 7 * DAY)
        assert states(cleo, *others) == ["place", "offered", "offered", "waiting"]

    def test_moves_with_the_round_and_waits_while_it_has_no_date(self, world, round):
        reserve(world, round)
        due = round.starts_at - 7 * DAY
        type(round).objects.update(state=RoundState.POSTPONED)
        assert keeping.release_due(now=due) == 0
        later = {"starts_at": round.starts_at + 7 * DAY, "ends_at": round.ends_at + 7 * DAY}
        type(round).objects.update(state=RoundState.PUBLISHED, **later)
        assert [keeping.release_due(now=due + days * DAY) for days in (0, 7)] == [0, 1]

    def test_by_hand_before_its_day_and_once(self, world, round):
        kept = reserve(world, round)
        fill(round, 7)
        ben = book(round, world.ben)
        assert keeping.release(kept_id=kept.pk, round=round, by=world.ada, now=NOON) == kept
        assert keeping.release(kept_id=kept.pk, round=round, by=world.ada, now=NOON) is None
        assert states(ben) == ["offered"]


class TestGroup:
    def test_counts_as_taken_and_names_nobody(self, world, round):
        give(world, round, places=6)
        assert [each.state for each in fill(round, 5)] == ["place"] * 4 + ["waiting"]
        assert KeptPlaces.objects.get().released_at is None

    def test_taken_back_is_offered_on(self, world, round):
        kept = give(world, round, places=1)
        *_, waits = fill(round, 10)
        keeping.release(kept_id=kept.pk, round=round, by=world.ada, now=NOON)
        assert (states(waits), KeptPlaces.objects.count()) == (["offered"], 0)

    def test_never_more_than_are_free(self, world, round):
        fill(round, 8)
        with pytest.raises(Refused, match="2 places are free"):
            give(world, round, places=3)

    def test_comes_out_of_what_is_reserved_for_them_once_nothing_else_is_left(self, world, round):
        reserve(world, round, places=4)
        fill(round, 5)
        give(world, round, places=3)
        assert sorted(KeptPlaces.objects.values_list("kind", "places")) == [("group", 3), ("reserve", 2)]
        with pytest.raises(Refused, match="No places are free"):
            give(world, round, places=1, organisation=world.elmbridge)
        give(world, round, places=5)
        assert list(KeptPlaces.objects.values_list("kind", "places")) == [("group", 5)]
        assert book(round, world.cleo).state == BookingState.WAITING

    def test_given_again_is_another_number(self, world, round):
        for places in (6, 2, 4):
            give(world, round, places=places)
        assert list(KeptPlaces.objects.values_list("places", flat=True)) == [4]

    def test_is_counted_when_a_room_shrinks(self, world, round):
        give(world, round, places=6)
        fill(round, 2)
        with pytest.raises(scheduling.TooSmall, match="2 people have a place and 6 places are kept for groups"):
            scheduling.move(round=round, changes={"places": 7}, seen_version=1, by=world.ada, now=NOON)
        scheduling.move(round=round, changes={"places": 8}, seen_version=1, by=world.ada, now=NOON)

    def test_is_counted_while_the_round_is_planned_too(self, world, round):
        """By itself, and with all later ones of its series."""
        Round.objects.update(state=RoundState.PLANNED)
        give(world, round, places=6)
        round.refresh_from_db()
        with pytest.raises(scheduling.TooSmall, match="6 places are kept for groups, and there would be 5 in the room"):
            scheduling.move(round=round, changes={"places": 5}, seen_version=1, by=world.ada, now=NOON)
        [line] = series.preview([round], series.Where({"places": 5}), by=world.ada, now=NOON)
        assert line.why_not.startswith("6 places are kept for groups")
        with pytest.raises(Refused, match="6 places are kept for groups"):
            series.change_rest(rounds=[round], change=series.Where({"places": 5}), by=world.ada, now=NOON)
        scheduling.move(round=round, changes={"places": 6}, seen_version=1, by=world.ada, now=NOON)


class TestWords:
    """Three words, and never a number."""

    def test_what_is_reserved_reads_as_taken_for_everybody_else(self, client, world, round):
        reserve(world, round)
        fill(round, 7)
        for person, words, button in [
            (world.ben, "Full: join the waiting list", "Join the waiting list"),
            (world.cleo, "Some places left", "Book my place"),
        ]:
            client.force_login(person)
            page = client.get(page_of(round))
            assert words in words_of(page)
            assert buttons_of(page) == [button]
            assert words in words_of(client.get(reverse("find_rounds")))

    def test_its_people_read_the_same_words_until_it_is_used_up(self, client, world, round):
        """Whether one or none of three is taken, nobody sees."""
        reserve(world, round)
        fill(round, 7)
        client.force_login(world.cleo)
        said = []
        for _ in range(3):
            said.append("Some places left" in words_of(client.get(page_of(round))))
            book(round, of(world.quarry_lane))
        said.append("Some places left" in words_of(client.get(page_of(round))))
        assert said == [True, True, True, False]

    def test_whoever_was_shown_a_reserved_place_that_has_gone_is_asked_again(self, client, world, round):
        reserve(world, round, places=1)
        fill(round, 9)
        client.force_login(world.cleo)
        client.get(page_of(round))
        book(round, of(world.quarry_lane))
        page = client.post(page_of(round, "book"), {"offered": "in_person"})
        assert "The last place went while you were reading. You can join the waiting list." in words_of(page)


class TestPages:
    @pytest.fixture
    def ada(self, client, world):
        client.force_login(world.ada)
        return client

    def test_reserving_and_releasing(self, ada, world, round):
        address = page_of(round, "reserve_places")
        assert "Choose for whom they are" in words_of(ada.post(address))
        page = ada.post(address, {"whom": "social_care", "places": "11", "days_before": "7"})
        assert "10 places are free, so no more can be kept." in words_of(page)
        page = ada.post(address, {"whom": "social_care", "places": "3", "days_before": "7"}, follow=True)
        said = words_of(page)
        assert "3 places reserved for Social care 0 taken. Until 7 days before: 12:30pm on Wednesday 10 March" in said
        kept = KeptPlaces.objects.get()
        page = ada.post(reverse("release_kept", args=[round.pk, kept.pk]), follow=True)
        assert "Released on Wednesday 3 March 2027" in words_of(page)

    def test_all_that_is_wrong_is_said_at_once(self, ada, world, round):
        said = words_of(ada.post(page_of(round, "reserve_places"), {"whom": "", "places": "0", "days_before": "1"}))
        assert "Choose for whom they are" in said
        assert "Enter 2 to" in said
        said = words_of(
            ada.post(page_of(round, "reserve_places"), {"whom": "social_care", "places": "11", "days_before": "1"})
        )
        assert "Enter 2 to" in said
        assert "10 places are free, so no more can be kept." in said

    def test_the_day_before_the_page_says_that_it_is_too_late(self, ada, world, round, time_machine):
        time_machine.move_to(round.starts_at - dt.timedelta(days=1))
        ada.force_login(world.ada)
        for page in (ada.get(page_of(round, "reserve_places")), ada.post(page_of(round, "reserve_places"))):
            assert "It is too late to reserve places for this Round" in words_of(page)
            assert "Reserve places" not in buttons_of(page)
            assert page_of(round, "group_places") in page.content.decode()

    def test_a_group(self, ada, world, round):
        given = {"whom": str(world.quarry_lane.pk), "places": "6"}
        page = ada.post(page_of(round, "group_places"), given, follow=True)
        said = words_of(page)
        assert "6 places for a group of Quarry Lane Care Homes Nobody is named" in said
        assert "6 of 10 places taken" in said
        assert "6 of these are for groups." in said
        kept = KeptPlaces.objects.get()
        assert ada.get(reverse("release_kept", args=[round.pk, kept.pk])).status_code == 302
        assert KeptPlaces.objects.count() == 1
        ada.post(reverse("release_kept", args=[round.pk, kept.pk]))
        assert KeptPlaces.objects.count() == 0

    def test_of_a_round_in_two_ways_each_by_itself(self, ada, world):
        partners = [world.elmbridge, world.quarry_lane]
        both = RoundFactory(
            system=world.system, format=Format.HYBRID, places=2, facilitators=[world.ada], partners=partners
        )
        given = {"whom": str(world.quarry_lane.pk), "places": "2"}
        assert "Choose how they come" in words_of(ada.post(page_of(both, "group_places"), given))
        page = ada.post(page_of(both, "group_places"), given | {"way": "online"}, follow=True)
        assert "2 places for a group of Quarry Lane Care Homes, online" in words_of(page)
        assert [each.state for each in fill(both, 3)] == ["place", "place", "waiting"]

    def test_as_many_questions_for_three_as_for_one(self, ada, world, round, django_assert_max_num_queries):
        give(world, round, places=1)
        with django_assert_max_num_queries(13) as one:
            ada.get(page_of(round, "round_bookings"))
        give(world, round, places=1, organisation=world.elmbridge)
        reserve(world, round, places=1)
        with django_assert_max_num_queries(len(one)):
            ada.get(page_of(round, "round_bookings"))

    def test_not_once_it_has_begun(self, ada, world, round, time_machine):
        time_machine.move_to(round.starts_at)
        ada.force_login(world.ada)
        assert "Reserve places" not in words_of(ada.get(page_of(round, "round_bookings")))
        page = ada.post(page_of(round, "group_places"), {"whom": str(world.quarry_lane.pk), "places": "1"})
        assert "This Round has begun or does not take place, so no places are kept any more." in words_of(page)
