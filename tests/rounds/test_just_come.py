"""A Round that nobody books: people just come, and its pages and letters say so."""

import datetime as dt
import itertools
import re

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from evaluation.reports.workspace import with_all_that_tells, workspaces
from members.models import Delivery, System
from rounds import emails
from rounds.actions import keeping, registration, scheduling
from rounds.actions.arrangements import refuse_times
from rounds.models import Booking, Round
from rounds.states import AT_THE_DOOR_OF_ONE_NOBODY_BOOKS, Format, RoundState, Way
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import RoundFactory
from tests.rounds.letters.sending import HOUR, call_off, delivered, find_a_date, move, postpone
from tests.worlds import NOON

from .pages import buttons_of, main_of, page_of, words_of

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def round(world):
    return RoundFactory(
        system=world.system,
        partners=[world.elmbridge],
        facilitators=[world.ada],
        needs_booking=False,
        food="Tea",
        invitations_released_at=NOON,
    )


# --- Nobody has a place ---------------------------------------------------------------------------


def test_nobody_books_it(world, round):
    with pytest.raises(registration.NotOpen, match="no need to book this Round: just come"):
        registration.book(round=round, person=world.ben, way=Way.IN_PERSON, now=NOON)
    with pytest.raises(Refused, match="just come"):
        registration.take_place(round=round, person=world.ben, now=NOON)
    assert not Booking.objects.exists()


def test_no_places_of_it_are_kept(world, round):
    with pytest.raises(Refused, match="no places are kept"):
        keeping.give_to_group(
            round=round, way=Way.IN_PERSON, places=5, organisation=world.elmbridge, by=world.ada, now=NOON
        )


@pytest.mark.parametrize("meets", [Format.ONLINE, Format.HYBRID])
def test_a_link_is_for_people_with_a_place(world, meets):
    """So a Round that has one is booked, whoever says otherwise."""
    with transaction.atomic(), pytest.raises(IntegrityError):
        RoundFactory(system=world.system, format=meets, needs_booking=False)
    fields = vars(RoundFactory.build(system=world.system, format=meets, needs_booking=False))
    kept = ["title", "format", "starts_at", "ends_at", "booking_opens_at", "booking_closes_at", "needs_booking"]
    facts = {name: fields[name] for name in [*kept, "places", "online_places"]} | {
        "joining_details": "https://x.example"
    }
    room = RoundFactory(system=world.system).venue if meets == Format.HYBRID else None
    who = {"partners": [world.elmbridge], "facilitators": [world.ada], "by": world.ada, "now": NOON}
    with pytest.raises(Refused, match="People book a Round that has a link"):
        scheduling.plan(system=world.system, venue=room, **facts, **who)


# --- Its page -------------------------------------------------------------------------------------


def test_its_page_says_so(client, ben, round):
    page = client.get(page_of(round))
    assert "No need to book: just come" in words_of(page)
    assert buttons_of(page) == []
    assert reverse("book", args=[round.pk]) not in main_of(page)
    found = client.get(reverse("find_rounds"))
    assert "No need to book: just come" in words_of(found)


def test_a_press_of_an_old_button_is_answered_with_its_page(client, ben, round):
    page = client.post(reverse("book", args=[round.pk]), {"offered": "in_person"})
    assert "There is no need to book this Round: just come." in words_of(page)
    assert not Booking.objects.exists()


@pytest.mark.parametrize(("hours", "words"), [(0.5, "This Round has begun"), (2, "This Round is over")])
def test_its_page_once_it_has_begun(client, ben, round, move_to, hours, words):
    move_to(round.starts_at + dt.timedelta(hours=hours))
    said = words_of(client.get(page_of(round)))
    assert words in said
    assert "just come" not in said


def test_a_diary_entry_as_a_file(client, ben, round):
    """The same entry each time, and nothing of it is kept."""
    address = reverse("diary_file", args=[round.pk])
    assert address in main_of(client.get(page_of(round)))
    first, second = (client.get(address).content.decode().replace("\r\n ", "") for _ in range(2))
    assert "There is no need to book." in first
    assert "giving your place back" not in first
    assert uid_of(first) == uid_of(second)
    assert not Booking.objects.exists()


@pytest.mark.parametrize("state", sorted(set(RoundState) - {RoundState.PUBLISHED, RoundState.IDEA}))
def test_no_diary_entry_of_one_that_does_not_take_place(client, ben, round, state):
    Round.objects.update(state=state)
    assert client.get(reverse("diary_file", args=[round.pk])).status_code == 404


def test_no_diary_entry_of_one_that_is_over(client, ben, round, move_to):
    address = reverse("diary_file", args=[round.pk])
    move_to(round.ends_at - dt.timedelta(minutes=1))
    assert client.get(address).status_code == 200
    move_to(round.ends_at)
    assert client.get(address).status_code == 404


def test_its_page_says_what_is_kept_and_whom_to_tell_about_access(client, ben, round):
    System.objects.update(contact="Rounds office, 01632 960 123")
    said = words_of(client.get(page_of(round)))
    assert AT_THE_DOOR_OF_ONE_NOBODY_BOOKS in said
    assert "so tell us: Rounds office, 01632 960 123" in said
    System.objects.update(contact="")
    assert "so tell whoever is at the door." in words_of(client.get(page_of(round)))


def test_its_page_while_it_has_no_date(client, ben, world, round):
    postpone(round, world.ada)
    said = words_of(client.get(page_of(round)))
    assert "gets a letter then." in said
    assert "book" not in said


def uid_of(calendar):
    return next(line for line in calendar.splitlines() if line.startswith("UID"))


# --- For its team ---------------------------------------------------------------------------------


def test_no_page_of_its_team_speaks_of_bookings(client, world, round):
    client.force_login(world.ada)
    details = client.get(page_of(round, "round_details"))
    assert "None: people just come" in words_of(details)
    assert reverse("round_bookings", args=[round.pk]) not in main_of(details)
    assert AT_THE_DOOR_OF_ONE_NOBODY_BOOKS in words_of(client.get(page_of(round, "round_bookings")))
    catering = words_of(client.get(page_of(round, "round_catering")))
    assert "order for as many as you expect. The room takes 60." in catering
    assert "Nobody can say beforehand what they eat" in catering
    assert "Nobody has said" not in catering
    assert reverse("catering_file", args=[round.pk]) not in main_of(client.get(page_of(round, "round_catering")))
    invitations = words_of(client.get(page_of(round, "round_invitations")))
    assert "before the Round begins" in invitations
    assert "ooking closes" not in invitations
    assert "ooking opens" not in invitations
    preview = client.post(
        reverse("round_change_to", args=[round.pk, "when"]),
        {"day_day": "24", "day_month": "3", "day_year": "2027", "starts": "1pm", "ends": "2pm"},
        follow=True,
    )
    assert "Booking closes" not in words_of(preview)
    assert "Wednesday 24 March" in words_of(preview)


def test_its_list_at_the_door_waits_for_nobody(client, world, round, move_to):
    move_to(round.starts_at)
    client.force_login(world.ada)
    said = words_of(client.get(page_of(round, "round_door")))
    assert "Nobody books this Round. Whoever comes is welcome: add them below." in said
    assert "0 in" in said
    assert "on the list" not in said.partition("Search")[0]


def invited_by_letter(person, round):
    letter = {"kind": "invitation", "state": "sent", "created_at": NOON, "due_at": NOON, "dedupe_key": "1"}
    Delivery.objects.create(person=person, about=round.pk, **letter)


@pytest.mark.parametrize(
    ("what", "answers", "asked"),
    [
        ("when", {"day_day": "24", "day_month": "3", "day_year": "2027", "starts": "1pm", "ends": "2pm"}, "change it"),
        ("postpone", {}, "take it out"),
        ("cancel", {}, "take it out"),
    ],
)
def test_who_changes_a_diary_is_whoever_put_it_there(client, world, round, what, answers, asked):
    client.force_login(world.ada)
    address = reverse("round_change_to", args=[round.pk, what])
    assert "have a place" not in words_of(client.get(address))
    by_hand = "Whoever put it into their diary did so by hand"
    assert f"{by_hand}, and no letter reaches them yet." in words_of(client.post(address, answers, follow=True))
    invited_by_letter(world.ben, round)
    preview = words_of(client.post(address, answers, follow=True))
    assert f"{by_hand}. The letter asks them to {asked}." in preview
    assert "Diary entries" not in preview
    assert "with a place" not in preview


def test_its_new_date_asks_nobody_to_keep_a_place(client, world, round):
    invited_by_letter(world.ben, round)
    round = postpone(round, world.ada)
    client.force_login(world.ada)
    details = words_of(client.get(page_of(round, "round_details")))
    assert "Everyone who was written to gets a letter once there is a new date." in details
    assert "Nobody can book" not in details
    answers = {"day_day": "24", "day_month": "3", "day_year": "2027", "starts": "1pm", "ends": "2pm"}
    preview = words_of(client.post(reverse("round_change_to", args=[round.pk, "when"]), answers, follow=True))
    assert "The letter asks them to change it." in preview
    assert "with a place" not in preview


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        ({"booking_closes_at": 9 * HOUR}, "Invitations must end before the Round starts."),
        ({"booking_closes_at": -400 * DAY}, "Invitations must end in the future, or nobody is invited."),
        ({"booking_opens_at": HOUR, "booking_closes_at": -HOUR}, "Invitations must begin before they end."),
    ],
)
def test_a_refusal_of_its_times_speaks_of_invitations(round, times, sentence):
    for name, from_start in times.items():
        setattr(round, name, round.starts_at + from_start)
    with pytest.raises(Refused, match=sentence):
        refuse_times(round, now=NOON)


def test_nothing_that_needs_doing_is_about_places(world, round):
    rounds = with_all_that_tells(Round.objects.all())
    [workspace] = workspaces(rounds, person=world.ada, now=NOON)
    tasks = [task.title for phase in workspace.phases for task in phase.tasks]
    assert "Release the invitations" in tasks
    assert "Tick people in" in tasks
    assert not any("laces" in title for title in tasks)


# --- Its letters ----------------------------------------------------------------------------------


def test_the_invitation(world, round):
    emails.invite(round, now=NOON)
    delivered(NOON)
    letter = mail.outbox[0]
    assert letter.subject == "Schwartz Round on 17 March: just come"
    html = letter.alternatives[0].content
    for body in (letter.body, html):
        assert "There is no need to book: just come." in body
        assert "Places are given" not in body
        assert "and book" not in body


def test_a_digest_of_nothing_but_these_has_no_gap(world, round):
    other = RoundFactory(
        system=world.system,
        partners=[world.elmbridge],
        needs_booking=False,
        invitations_released_at=NOON,
        starts_at=round.starts_at + DAY,
    )
    for each in (round, other):
        emails.invite(each, now=NOON)
    delivered(NOON)
    text, html = mail.outbox[0].body, mail.outbox[0].alternatives[0].content
    assert text.count("There is no need to book: just come.") == 2
    assert "\n\n\n" not in text
    assert not re.search(r"<p[^>]*>\s*</p>", html)


@pytest.mark.parametrize("short_notice", [False, True])
def test_whoever_put_it_into_their_diary_is_asked_to_change_it_there(world, round, move_to, short_notice):
    now = round.starts_at - (5 * HOUR if short_notice else 9 * DAY)
    emails.invite(round, now=NOON)
    delivered(NOON)
    move_to(now)
    said = []
    for step in (_move_a_little, postpone, _find_a_near_date, call_off):
        round = step(round, world.ada, now=now) or Round.objects.get()
        delivered(now)
        said.append([mail.outbox[0].body, mail.outbox[0].alternatives[0].content])
    moved, postponed, new_date, cancelled = said
    assert ("at short notice" in postponed[0]) is short_notice
    assert all("If you put it into your diary, please change it." in body for body in moved)
    assert all("If you put the old date into your diary, please change it." in body for body in new_date)
    assert all("If you put it into your diary, please take it out." in body for body in postponed + cancelled)
    for body in itertools.chain(*said):
        assert "that we put into your diary" not in body
        assert "Nothing of the new date" not in body
        assert "had a place" not in body


def _move_a_little(round, by, now):
    return move(round, by, now=now, starts_at=round.starts_at + HOUR, ends_at=round.ends_at + HOUR)


def _find_a_near_date(round, by, now):
    return find_a_date(round, by, starts_at=round.starts_at + HOUR, now=now)


def test_a_digest_says_of_each_whether_it_is_booked(world, round):
    other = RoundFactory(
        system=world.system, partners=[world.elmbridge], invitations_released_at=NOON, starts_at=round.starts_at + DAY
    )
    for each in (round, other):
        emails.invite(each, now=NOON)
    delivered(NOON)
    letter = mail.outbox[0]
    assert letter.subject == "Schwartz Rounds from 17 March: booking is open"
    for body in (letter.body, letter.alternatives[0].content):
        assert body.count("There is no need to book: just come.") == 1
        assert body.count("Booking is open until") == 1


def test_everyone_invited_is_told_when_it_moves_is_postponed_gets_a_date_and_is_called_off(world, round):
    emails.invite(round, now=NOON)
    invited = {address for address, _ in delivered(NOON)}
    assert world.ben.email in invited
    round = move(round, world.ada)
    assert {address for address, _ in delivered(NOON)} == invited
    assert "just come" in mail.outbox[0].body
    round = postpone(round, world.ada)
    assert {address for address, _ in delivered(NOON)} == invited
    assert "If you have a place" not in mail.outbox[0].body
    round = find_a_date(round, world.ada)
    assert {address for address, _ in delivered(NOON)} == invited
    assert "just come" in mail.outbox[0].body
    assert "you can book" not in mail.outbox[0].body
    call_off(round, world.ada)
    assert {address for address, _ in delivered(NOON)} == invited


def test_nobody_is_reminded_of_it(world, round):
    emails.invite(round, now=NOON)
    move(round, world.ada)
    assert not Delivery.objects.filter(kind="reminder").exists()
