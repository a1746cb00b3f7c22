"""One Round at several times of a day: a person has a place at one of them, and changes to another in one act."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Delivery
from rounds.actions import needs, registration, scheduling, sittings
from rounds.models import Booking, DiaryEntry, Needs, Round
from rounds.states import Availability, BookingState, RoundState, Way
from rounds_site.kit.refusals import Refused
from rounds_site.kit.sight import seen_by
from tests.factories.rounds import RoundFactory
from tests.worlds import LONDON, NOON

from .pages import buttons_of, fill, main_of, page_of
from .pages import words_of as words_and_tags_of

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
DAY_OF_IT = dt.date(2027, 3, 17)


def words_of(page):
    """Without the room that a tag leaves before a colon."""
    return words_and_tags_of(page).replace(" :", ":")


def at(hour):
    return dt.datetime(2027, 3, 17, hour, tzinfo=LONDON)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def repeated(world):
    """At 7am, midday and 4pm, published, with one place each."""
    made = {"system": world.system, "partners": [world.elmbridge], "facilitators": [world.ada]}
    first = RoundFactory(starts_at=at(7), places=1, booking_closes_at=at(6), **made)
    for hour in (12, 16):
        other = sittings.add(round=first, starts_at=at(hour), by=world.ada, now=NOON)
        scheduling.publish(round=other, by=world.ada, now=NOON)
    return list(Round.objects.sittings(Round.objects.get(pk=first.pk)))


def book(round, person, **said):
    return registration.book(round=round, person=person, way=Way.IN_PERSON, now=NOON, **said)


def state_of(round, person):
    last = round.bookings.filter(person=person).order_by("queue_number").last()
    return last and last.state


# --- One place at most ----------------------------------------------------------------------------


def test_a_second_place_is_not_booked_beside_the_first(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    with pytest.raises(Refused, match="You have a place at 7am"):
        book(midday, world.ben)
    assert Booking.objects.get().round == early


def test_changing_to_another_time_is_one_act(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    book(midday, world.ben, instead=True)
    assert (state_of(early, world.ben), state_of(midday, world.ben)) == (BookingState.CANCELLED, BookingState.PLACE)
    early.refresh_from_db()
    assert early.availability == Availability.AVAILABLE


def test_what_somebody_needs_goes_with_them(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    needs.say(round=early, person=world.ben, diet=["vegan"], food="", access="A chair with arms", now=NOON)
    book(midday, world.ben, instead=True)
    kept = Needs.objects.get()
    assert (kept.round, kept.person, kept.diet, kept.access) == (midday, world.ben, ["vegan"], "A chair with arms")


def test_so_does_the_entry_in_their_diary(world, repeated):
    early, midday, _ = repeated
    registration.keep_in_diary(booking=book(early, world.ben), now=NOON)
    booking = book(midday, world.ben, instead=True)
    assert [entry.booking for entry in DiaryEntry.objects.open()] == [booking]


def test_the_place_that_is_left_is_offered_on(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    book(early, world.ines)
    book(midday, world.ben, instead=True)
    assert state_of(early, world.ines) == BookingState.OFFERED


def test_nothing_is_lost_where_the_other_is_full(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    fill(midday)
    with pytest.raises(registration.LastPlaceGone, match="You keep your place at 7am"):
        book(midday, world.ben, instead=True, or_wait=False)
    assert state_of(early, world.ben) == BookingState.PLACE
    assert state_of(midday, world.ben) is None


def test_whoever_waits_for_another_time_keeps_their_place_until_they_take_that_one(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    (first,) = fill(midday)
    book(midday, world.ben, instead=True)
    assert (state_of(early, world.ben), state_of(midday, world.ben)) == (BookingState.PLACE, BookingState.WAITING)
    registration.cancel(round=midday, person=first.person, now=NOON)
    assert (state_of(early, world.ben), state_of(midday, world.ben)) == (BookingState.PLACE, BookingState.OFFERED)
    registration.take_place(round=midday, person=world.ben, now=NOON)
    assert (state_of(early, world.ben), state_of(midday, world.ben)) == (BookingState.CANCELLED, BookingState.PLACE)


def test_declining_leaves_the_place_that_they_have(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    (first,) = fill(midday)
    book(midday, world.ben)
    registration.cancel(round=midday, person=first.person, now=NOON)
    registration.leave_the_list(round=midday, person=world.ben, now=NOON)
    assert state_of(early, world.ben) == BookingState.PLACE


def test_a_freed_place_is_offered_even_where_it_would_be_given_outright(world, repeated):
    """Else whoever has a place at another time would have two, or lose one unasked."""
    early, midday, _ = repeated
    Round.objects.update(gives_outright=True)
    book(early, world.ben)
    (first,) = fill(midday)
    book(midday, world.ben)
    registration.cancel(round=midday, person=first.person, now=NOON)
    assert (state_of(early, world.ben), state_of(midday, world.ben)) == (BookingState.PLACE, BookingState.OFFERED)


def test_in_the_last_48_hours_whoever_takes_a_free_place_gives_the_other_back(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    (first,) = fill(midday)
    book(midday, world.ben)
    late = midday.starts_at - 40 * HOUR
    registration.cancel(round=midday, person=first.person, now=late)
    registration.take_place(round=midday, person=world.ben, now=late)
    assert (state_of(early, world.ben), state_of(midday, world.ben)) == (BookingState.CANCELLED, BookingState.PLACE)


def test_a_time_that_is_called_off_holds_nobody_back(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    scheduling.cancel_round(round=early, seen_version=early.version, by=world.ada, now=NOON)
    book(midday, world.ben)
    assert state_of(midday, world.ben) == BookingState.PLACE


def test_reminders_go_for_the_time_that_is_booked(world, repeated):
    early, midday, _ = repeated
    book(early, world.ben)
    book(midday, world.ben, instead=True)
    assert {each.about for each in Delivery.objects.filter(kind="place_confirmed")} == {early.pk, midday.pk}
    standing = Booking.objects.with_a_place().get(person=world.ben)
    assert Delivery.objects.filter(kind="reminder", part=standing.pk).count() == 2


# --- Planned, added and taken out -----------------------------------------------------------------


def test_a_further_time_is_like_the_first(world, repeated):
    early, midday, _ = repeated
    assert (midday.title, midday.places, midday.venue, midday.ends_at) == (
        early.title, early.places, early.venue, at(13),
    )  # fmt: skip
    assert midday.team.get().person == world.ada
    assert list(midday.partners.all()) == [world.elmbridge]
    assert {each.repeat for each in repeated} == {early.pk}


def test_the_same_time_twice_is_one(world, repeated):
    again = sittings.add(round=repeated[0], starts_at=at(12), by=world.ada, now=NOON)
    assert again == repeated[1]
    assert Round.objects.count() == 3


@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        (at(7) + HOUR / 2, "At 7:30am the one at 7am is not over yet."),
        (at(11) + HOUR / 2, "At midday the one at 11:30am is not over yet."),
        (at(9) + DAY, "on the same day"),
    ],
)
def test_times_follow_each_other_on_one_day(world, repeated, starts_at, words):
    with pytest.raises(Refused, match=words):
        sittings.add(round=repeated[0], starts_at=starts_at, by=world.ada, now=NOON)


def test_only_its_facilitators_add_a_time_or_take_one_out(world, repeated):
    for verb in (sittings.take_out, lambda **who: sittings.add(starts_at=at(20), **who)):
        with pytest.raises(Refused):
            verb(round=repeated[0], by=world.ines, now=NOON)


def test_one_that_is_taken_out_is_a_round_alone(world, repeated):
    early, midday, late = repeated
    book(early, world.ben)
    sittings.take_out(round=early, by=world.ada, now=NOON)
    early.refresh_from_db()
    book(midday, world.ben)
    assert Booking.objects.with_a_place().filter(person=world.ben).count() == 2
    sittings.take_out(round=late, by=world.ada, now=NOON)
    assert not Round.objects.filter(repeat__isnull=False).exists()


def test_a_page_that_was_open_when_the_times_changed_says_so(world, repeated):
    early, *_ = repeated
    sittings.take_out(round=early, by=world.ada, now=NOON)
    with pytest.raises(Refused, match="have just changed"):
        book(early, world.ben)


# --- Its pages ------------------------------------------------------------------------------------


def test_the_page_of_each_shows_all_times_in_words(client, ben, repeated):
    early, midday, _ = repeated
    fill(midday)
    page = client.get(page_of(early))
    said = "7am, this page: places available Midday: full 4pm: places available"
    assert said in words_of(page)
    assert page_of(midday) in main_of(page)
    assert buttons_of(page) == ["Book my place"]


def test_whoever_has_a_place_changes_with_one_button(client, ben, repeated):
    early, midday, _ = repeated
    book(early, ben)
    page = client.get(page_of(midday))
    assert buttons_of(page) == ["Change to midday"]
    assert "You have a place at 7am. If you change to this time" in words_of(page)
    form = {"offered": "in_person", "change": "1"}
    done = client.post(reverse("book", args=[midday.pk]), form, follow=True)
    assert "You have a place at this time now." in done.content.decode()
    assert state_of(midday, ben) == BookingState.PLACE
    assert state_of(early, ben) == BookingState.CANCELLED


def test_a_button_that_said_nothing_of_it_takes_no_place_away(client, ben, repeated):
    """Drawn before the other was booked, in another tab."""
    early, midday, _ = repeated
    book(early, ben)
    page = client.post(reverse("book", args=[midday.pk]), {"offered": "in_person"})
    assert "You have a place at 7am. You can change to this one." in words_of(page)
    assert buttons_of(page) == ["Change to midday"]
    assert state_of(early, ben) == BookingState.PLACE


def test_a_full_time_is_waited_for_beside_a_place(client, ben, repeated):
    early, midday, _ = repeated
    book(early, ben)
    fill(midday)
    page = client.get(page_of(midday))
    assert buttons_of(page) == ["Join the waiting list"]
    assert "You have a place at 7am, and keep it while you wait here." in words_of(page)


def test_it_is_one_card_where_rounds_are_found_and_at_home(client, ben, repeated):
    midday = repeated[1]
    for address in (reverse("find_rounds"), reverse("home")):
        page = main_of(client.get(address))
        assert page.count('rd-card"') == 1
        assert all(page_of(each) in page for each in repeated)
    book(midday, ben)
    page = client.get(reverse("find_rounds"))
    assert "Midday: you have a place" in words_of(page)


@pytest.mark.parametrize("also", [8, 10])
def test_more_times_ask_no_more_of_the_database(client, ben, world, repeated, also):
    client.get(page_of(repeated[0]))
    with CaptureQueriesContext(
        connection,
    ) as before:
        client.get(page_of(repeated[0]))
    more = sittings.add(round=repeated[0], starts_at=at(also), by=world.ada, now=NOON)
    scheduling.publish(round=more, by=world.ada, now=NOON)
    with CaptureQueriesContext(connection) as after:
        client.get(page_of(repeated[0]))
    assert len(after) == len(before)


def test_its_team_adds_a_time_and_takes_one_out(client, world):
    made = {"system": world.system, "facilitators": [world.ada], "partners": [world.elmbridge]}
    round = RoundFactory(starts_at=at(12), state=RoundState.PLANNED, **made)
    client.force_login(world.ada)
    address = reverse("round_times", args=[round.pk])
    assert "It is held once." in words_of(client.get(address))
    for typed, words in [("", "Enter the time it is held again"), ("12:30pm", "the one at midday is not over yet")]:
        page = client.post(address, {"again": typed})
        assert words in words_of(page)
    page = client.post(address, {"again": "4pm"}, follow=True)
    assert "midday to 1pm, this one" in words_of(page)
    assert "4pm to 5pm" in words_of(page)
    page = client.post(reverse("take_out_sitting", args=[round.pk]), follow=True)
    assert "It is held once." in words_of(page)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_with_the_rights_of_the_web_server(world, repeated, as_web_role):
    """Who changes sees their own rows alone, and the act the rows of one sitting at a time."""
    early, midday, _ = repeated
    with as_web_role():
        with seen_by(world.ben):
            book(early, world.ben)
            needs.say(round=early, person=world.ben, diet=["vegan"], food="", access="", now=NOON)
        with seen_by(world.ines):
            book(early, world.ines)
        with seen_by(world.ben):
            book(midday, world.ben, instead=True)
    assert Needs.objects.get().round == midday
    assert state_of(midday, world.ben) == BookingState.PLACE
    assert state_of(early, world.ben) == BookingState.CANCELLED
    assert state_of(early, world.ines) == BookingState.OFFERED


def test_a_round_that_is_held_once_is_booked_with_no_look_at_others(world):
    """What a booking costs is measured (tests/bench): nothing is asked for the sake of Rounds that are repeated."""
    round = RoundFactory(system=world.system, partners=[world.elmbridge], starts_at=at(12))
    with CaptureQueriesContext(connection) as queries:
        book(round, world.ben)
    asked = [each["sql"] for each in queries if " IN (SELECT" in each["sql"] or '"repeat" =' in each["sql"]]
    assert asked == []
    looks = [each["sql"] for each in queries if "set_config" in each["sql"] and "portal.round" in each["sql"]]
    # Opened once, and closed again.
    assert len(looks) <= 2
