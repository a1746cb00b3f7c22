"""Diary entries: rounds/calendars.py, read back by a parser that shares nothing with the library that wrote them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz

from rounds import calendars
from rounds.models import Booking
from rounds.states import Format, Way
from tests.factories.members import PersonFactory, SystemFactory
from tests.factories.rounds import BookingFactory, DiaryEntryFactory, RoundFactory, VenueFactory

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
STAMP = dt.datetime(2027, 3, 3, 12, 0, tzinfo=dt.UTC)


def read(data):
    """{name: [(parameters, value)]} of the one event, and the same of what surrounds it; RFC 5545 to the letter."""
    assert data.endswith(b"\r\n")
    lines = data.replace(b"\r\n ", b"").split(b"\r\n")[:-1]
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    around, event, into = {}, {}, None
    for line in lines:
        name, parameters, value = split(line.decode())
        if name in ("BEGIN", "END"):
            into = event if (name, value) == ("BEGIN", "VEVENT") else around
            continue
        into.setdefault(name, []).append((parameters, value))
    return around, event


def split(line):
    quoted, cut = False, None
    for index, letter in enumerate(line):
        quoted ^= letter == '"'
        if letter == ":" and not quoted:
            cut = index
            break
    name, *parameters = line[:cut].split(";")
    pairs = dict(parameter.replace('"', "").split("=", 1) for parameter in parameters)
    return name, pairs, line[cut + 1 :]


def one(event, name):
    [(_, value)] = event[name]
    return value


def moment(event, name):
    """An aware moment, which the file must give in UTC."""
    return dt.datetime.strptime(one(event, name), "%Y%m%dT%H%M%SZ").replace(tzinfo=tz.UTC)


def a_booking(**round_fields):
    system = SystemFactory(sender_name='Rounds, "North" Vale', sender_address="rounds@northvale.example")
    person = PersonFactory(email="ben@elmbridge.example")
    opens_at = dt.datetime(2027, 1, 1, tzinfo=LONDON)
    round = RoundFactory(system=system, version=3, booking_opens_at=opens_at, **round_fields)
    return BookingFactory(round=round, person=person)


def an_entry(booking=None, **round_fields):
    return DiaryEntryFactory(booking=booking or a_booking(**round_fields))


def test_an_entry_for_one_person_that_asks_no_question():
    around, event = read(calendars.request(an_entry(), stamp=STAMP))
    assert (one(around, "METHOD"), one(around, "VERSION")) == ("REQUEST", "2.0")
    assert event["ATTENDEE"] == [
        (
            {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"},
            "mailto:ben@elmbridge.example",
        )
    ]
    assert event["ORGANIZER"][0][1] == "mailto:rounds@northvale.example"
    assert (one(event, "STATUS"), one(event, "SEQUENCE"), one(event, "DTSTAMP")) == (
        "CONFIRMED",
        "3",
        "20270303T120000Z",
    )


def test_its_title_tells_nobody_what_it_is():
    booking = a_booking()
    _, event = read(calendars.request(an_entry(booking)))
    assert (one(event, "SUMMARY"), one(event, "CLASS")) == ("Private appointment", "PRIVATE")
    assert booking.round.title not in str(event)
    assert str(booking.pk) not in str(event)


@pytest.mark.parametrize(
    ("round_fields", "way", "where"),
    [
        ({}, Way.IN_PERSON, "Lecture theatre\\, east\\; level 2\\, Elmbridge Hospital"),
        ({"format": Format.ONLINE}, Way.ONLINE, "Online"),
        ({"format": Format.HYBRID}, Way.ONLINE, "Online"),
    ],
)
def test_where_it_is_and_how_to_give_the_place_back(round_fields, way, where):
    if round_fields.get("format") != Format.ONLINE:
        round_fields = round_fields | {"venue": VenueFactory(name="Lecture theatre, east; level 2")}
    booking = a_booking(**round_fields)
    booking.way = way
    _, event = read(calendars.request(an_entry(booking)))
    page = f"http://127.0.0.1:8000/rounds/{booking.round_id}/"
    assert (one(event, "LOCATION"), one(event, "URL")) == (where, page)
    assert one(event, "DESCRIPTION").startswith(f"Details\\, and giving your place back: {page}\\n")


@pytest.mark.parametrize(
    "starts_at",
    [
        "2027-01-20 12:30",
        "2027-07-21 12:30",
        "2027-03-28 00:30",
        "2027-03-28 02:00",
        "2027-10-31 00:30",
        "2027-10-31 02:00",
        "2027-12-31 23:30",
    ],
)
def test_the_hour_by_the_clock_on_the_wall_in_winter_summer_and_when_clocks_change(starts_at):
    """As another library's zones have it."""
    aware = dt.datetime.fromisoformat(starts_at).replace(tzinfo=LONDON)
    booking = a_booking(starts_at=aware, ends_at=aware.astimezone(dt.UTC) + dt.timedelta(minutes=45))
    booking.round.refresh_from_db()
    _, event = read(calendars.request(an_entry(booking)))
    in_london = moment(event, "DTSTART").astimezone(tz.gettz("Europe/London"))
    assert f"{in_london:%Y-%m-%d %H:%M}" == starts_at
    assert moment(event, "DTEND") - moment(event, "DTSTART") == dt.timedelta(minutes=45)


def test_the_hour_that_comes_twice():
    second = dt.datetime(2027, 10, 31, 1, 30, tzinfo=LONDON, fold=1)
    booking = a_booking(starts_at=second, ends_at=second.astimezone(dt.UTC) + dt.timedelta(hours=1))
    _, event = read(calendars.request(an_entry(booking)))
    assert one(event, "DTSTART") == "20271031T013000Z"


def test_each_version_says_its_own_number_and_giving_back_is_the_last():
    entry = an_entry()
    _, first = read(calendars.request(entry))
    entry.sequence = 7
    around, gone = read(calendars.cancellation(entry))
    assert one(first, "UID") == one(gone, "UID")
    assert [one(event, "SEQUENCE") for event in (first, gone)] == ["3", "7"]
    assert (one(around, "METHOD"), one(gone, "STATUS")) == ("CANCEL", "CANCELLED")
    assert "ATTENDEE" in gone


def test_another_booking_of_the_same_round_is_another_entry():
    entry = an_entry()
    again = an_entry(BookingFactory(round=entry.booking.round))
    assert calendars.uid(entry) != calendars.uid(again)


def test_a_file_taken_before_is_the_entry_that_comes_by_letter():
    booking = a_booking()
    _, taken = read(calendars.file(booking))
    _, sent = read(calendars.request(an_entry(booking)))
    assert one(taken, "UID") == one(sent, "UID")


def test_after_an_entry_has_ended_the_next_is_another():
    entry = an_entry()
    entry.ended_at = STAMP
    entry.save()
    booking = Booking.objects.get()
    _, taken = read(calendars.file(booking))
    assert one(taken, "UID") == calendars.uid(booking.next_entry()) != calendars.uid(entry)


def test_a_file_is_the_same_entry_and_names_nobody():
    booking = a_booking()
    entry = an_entry(booking)
    around, event = read(calendars.file(Booking.objects.get()))
    assert one(around, "METHOD") == "PUBLISH"
    assert "ATTENDEE" not in event
    assert (one(event, "UID"), one(event, "SEQUENCE")) == (calendars.uid(entry), "3")


def test_no_name_can_add_a_line():
    venue = VenueFactory(name="Hall\r\nATTENDEE:mailto:spy@evil.example", address="A\u2028B\x0bC")
    _, event = read(calendars.request(an_entry(venue=venue)))
    assert len(event["ATTENDEE"]) == 1
    assert one(event, "LOCATION") == "Hall \\nATTENDEE:mailto:spy@evil.example\\, A B C"
