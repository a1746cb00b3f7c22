"""Diary entries to the byte, as they lie in tests/rounds/golden, read back by another parser than wrote them.

A change of these bytes is a change in people's diaries. Should it be meant: ``WRITE_GOLDEN=1 bin/test`` this file, and
look at each difference.
"""

import datetime as dt
import os
import uuid
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import vobject

from rounds import calendars
from tests.factories.members import OrganisationFactory, PersonFactory, SystemFactory
from tests.factories.rounds import BookingFactory, DiaryEntryFactory, RoundFactory, VenueFactory

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parent / "golden"
LONDON = ZoneInfo("Europe/London")
STAMP = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
HOSTILE = "Tea, cake; \\n & <b>\r\nATTENDEE:mailto:spy@evil.example\r\n🎈🧑🏽‍⚕️ שלום مرحبا " + "ł" * 30
PAGE = "http://127.0.0.1:8000/rounds/00000000-0000-4000-8000-000000000001/"
ABOUT = f"Details, and giving your place back: {PAGE}\nDeleting this entry does not give it back."
ME = {"CUTYPE": ["INDIVIDUAL"], "ROLE": ["REQ-PARTICIPANT"], "PARTSTAT": ["ACCEPTED"], "RSVP": ["FALSE"]}


def at(text, fold=0):
    return dt.datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold)


def key(number):
    return uuid.UUID(f"00000000-0000-4000-8000-{number:012}")


def an_entry(starts_at, *, style="private", title="Deep end", sequence=1, room="Lecture theatre"):
    system = SystemFactory(sender_name='Rounds, "North" Vale', sender_address="rounds@northvale.example")
    venue = VenueFactory(organisation=OrganisationFactory(system=system), name=room)
    round = RoundFactory(
        id=key(1),
        system=system,
        venue=venue,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at.astimezone(dt.UTC) + dt.timedelta(hours=1),
        booking_opens_at=at("2026-11-01"),
    )
    booking = BookingFactory(
        id=key(2), round=round, person=PersonFactory(email="ben@elmbridge.example"), changed_at=STAMP
    )
    return DiaryEntryFactory(booking=booking, style=style, sequence=sequence)


def a_file(starts_at):
    return calendars.file(an_entry(starts_at).booking, stamp=STAMP)


def a_feed(starts_at):
    booking = an_entry(starts_at).booking
    return calendars.feed(booking.person, [booking], [], [])


def requested(*args, **fields):
    return calendars.request(an_entry(*args, **fields), stamp=STAMP)


def cancelled(*args, **fields):
    return calendars.cancellation(an_entry(*args, **fields), stamp=STAMP)


JANUARY, JULY = at("2027-01-20 12:30"), at("2027-07-21 12:30")
# name: (what writes it, method, start in UTC, title, number of the version)
ENTRIES = {
    "request-january": (lambda: requested(JANUARY), "REQUEST", "2027-01-20 12:30", "Private appointment", "1"),
    "request-july": (lambda: requested(JULY), "REQUEST", "2027-07-21 11:30", "Private appointment", "1"),
    "update": (
        lambda: requested(JULY, style="plain", sequence=4),
        *("REQUEST", "2027-07-21 11:30", "Schwartz Round: Deep end", "4"),
    ),
    "cancel": (lambda: cancelled(JULY, sequence=5), "CANCEL", "2027-07-21 11:30", "Private appointment", "5"),
    "clocks-go-forward": (
        lambda: requested(at("2027-03-28 02:00")),
        *("REQUEST", "2027-03-28 01:00", "Private appointment", "1"),
    ),
    "the-hour-that-comes-twice": (
        lambda: requested(at("2027-10-31 01:30", fold=1)),
        *("REQUEST", "2027-10-31 01:30", "Private appointment", "1"),
    ),
    "hostile": (
        lambda: requested(JANUARY, style="plain", title=HOSTILE, room="Hall\r\nURL:https://evil.example"),
        *("REQUEST", "2027-01-20 12:30", f"Schwartz Round: {HOSTILE}".replace("\r\n", " \n"), "1"),
    ),
    "file": (lambda: a_file(JULY), "PUBLISH", "2027-07-21 11:30", "Private appointment", "1"),
    "feed": (lambda: a_feed(JULY), "", "2027-07-21 11:30", "Private appointment", "1"),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_to_the_byte(name):
    written, path = ENTRIES[name][0](), GOLDEN / f"{name}.ics"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_bytes(written)
    assert written.decode() == path.read_bytes().decode()


@pytest.mark.parametrize("name", ENTRIES)
def test_no_line_is_too_long_or_broken(name):
    lines = (GOLDEN / f"{name}.ics").read_bytes().split(b"\r\n")
    assert lines.pop() == b""
    assert [line for line in lines if len(line) > 75 or b"\n" in line or b"\r" in line] == []
    assert all(line.decode() for line in lines)


@pytest.mark.parametrize("name", ENTRIES)
def test_another_parser_reads_the_same_facts(name):
    _, method, starts_at, title, sequence = ENTRIES[name]
    calendar = vobject.readOne((GOLDEN / f"{name}.ics").read_bytes().decode())
    calendar.validate(raiseException=True)
    [event] = calendar.vevent_list
    start = dt.datetime.fromisoformat(starts_at).replace(tzinfo=dt.UTC)
    assert (event.dtstart.value, event.dtend.value - event.dtstart.value) == (start, dt.timedelta(hours=1))
    assert [event.summary.value, event.sequence.value, event.dtstamp.value] == [title, sequence, STAMP]
    assert [event.url.value, event.description.value] == [PAGE, ABOUT]
    assert event.contents["class"][0].value == "PRIVATE"
    assert [line.value for line in calendar.contents.get("method", [])] == ([method] if method else [])
    assert event.status.value == ("CANCELLED" if method == "CANCEL" else "CONFIRMED")
    attendees = [(line.value, line.params) for line in event.contents.get("attendee", [])]
    by_letter = method in ("REQUEST", "CANCEL")
    assert attendees == ([("mailto:ben@elmbridge.example", ME)] if by_letter else [])
    organisers = [line.value for line in event.contents.get("organizer", [])]
    assert organisers == (["mailto:rounds@northvale.example"] if method else [])


def test_all_versions_of_one_entry_and_its_file_have_one_uid_and_the_feed_its_own():
    found = {name: vobject.readOne((GOLDEN / f"{name}.ics").read_bytes().decode()).vevent.uid.value for name in ENTRIES}
    assert len({uid for name, uid in found.items() if name != "feed"}) == 1
    assert len(set(found.values())) == 2
