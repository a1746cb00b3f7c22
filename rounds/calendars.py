"""Diary entries for those who asked for them: one event per booking, in UTC, which every calendar shows at the right
hour in January and in July."""

import datetime as dt
import hashlib
import re
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress

from members.models.person import DiaryStyle
from rounds.models import DiaryEntry
from rounds.states import Way
from rounds_site.kit.links import absolute_url

PRIVATE_TITLE = "Private appointment"
MEETING_TITLE = "Meeting"
HOURLY = dt.timedelta(hours=1)
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029]")


def request(entry, *, stamp=None):
    """The entry, or a newer version of it: a calendar that holds this UID puts the new values in its place."""
    return _calendar([_meeting(entry, "CONFIRMED", stamp)], method="REQUEST")


def cancellation(entry, *, stamp=None):
    """Takes the entry out: its last version, above every one that was sent before."""
    return _calendar([_meeting(entry, "CANCELLED", stamp)], method="CANCEL")


def file(booking, *, stamp=None):
    """The same event to be taken into a diary by hand; names nobody."""
    entry = booking.open_entry or booking.next_entry()
    return _calendar([_organised(_event(entry, "CONFIRMED", stamp), booking.round)], method="PUBLISH")


def meeting_file(meeting):
    return _calendar([_prepared(meeting)], method="PUBLISH")


def feed(person, bookings, meetings, days):
    """All of somebody's places, and when they prepare, for a diary that fetches them. The same bytes as long as nothing
    has changed.

    A meeting, or a day of preparation, says nothing, whatever else is called by its name, not even where it is: that
    somebody tells a story is nowhere.
    """
    events = [_event(_fetched(booking, person), "CONFIRMED", _changed_at(booking)) for booking in bookings]
    events += [_prepared(meeting) for meeting in meetings]
    events += [_day(step) for step in days]
    plain = person.diary_style == DiaryStyle.PLAIN
    return _calendar(events, name="Schwartz Rounds" if plain else "Appointments")


def _fetched(booking, person):
    """An entry with a UID of its own: one that comes by letter is another, in another calendar of the same diary."""
    key = uuid.uuid5(booking.pk, "feed")
    return DiaryEntry(pk=key, booking=booking, style=person.diary_style, sequence=booking.round.version)


def _changed_at(booking):
    return max(booking.changed_at, booking.round.moved_at or booking.changed_at)


def _day(step):
    event = Event()
    event.add("uid", uid(step))
    event.add("dtstamp", step.created_at.astimezone(dt.UTC))
    event.add("dtstart", step.due_on)
    event.add("dtend", step.due_on + dt.timedelta(days=1))
    event.add("summary", PRIVATE_TITLE)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event


def _prepared(meeting):
    event = Event()
    event.add("uid", uid(meeting))
    event.add("dtstamp", meeting.created_at.astimezone(dt.UTC))
    event.add("dtstart", meeting.fixed_at.astimezone(dt.UTC))
    event.add("dtend", meeting.ends_at.astimezone(dt.UTC))
    event.add("summary", MEETING_TITLE)
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    return event


def uid(record):
    """Never a key of ours, since entries lie in calendars of employers, and of nothing that is ever renewed."""
    host = urlsplit(settings.PORTAL_URL).hostname
    return f"{hashlib.sha256(f'diary entry {record.pk}'.encode()).hexdigest()[:32]}@{host}"


def _calendar(events, *, method="", name=""):
    calendar = Calendar()
    calendar.add("prodid", "-//Rounds portal//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", HOURLY, parameters={"value": "DURATION"})
        calendar.add("x-published-ttl", HOURLY, parameters={"value": "DURATION"})
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical()


def _meeting(entry, status, stamp):
    """One attendee and no question: who else comes is nobody's business, and an answer would reach nobody."""
    event = _organised(_event(entry, status, stamp), entry.booking.round)
    accepted = {"cutype": "INDIVIDUAL", "role": "REQ-PARTICIPANT", "partstat": "ACCEPTED", "rsvp": "FALSE"}
    event.add("attendee", _address(entry.address, **accepted))
    return event


def _event(entry, status, stamp):
    booking, round = entry.booking, entry.booking.round
    page = absolute_url("round_page", round.pk)
    event = Event()
    event.add("uid", uid(entry))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", (stamp or timezone.now()).astimezone(dt.UTC))
    event.add("dtstart", round.starts_at.astimezone(dt.UTC))
    event.add("dtend", round.ends_at.astimezone(dt.UTC))
    event.add("summary", _title(round, entry.style))
    event.add("location", _printable(where(booking)))
    event.add("description", _description(round, page))
    event.add("url", page)
    event.add("class", "PRIVATE")
    event.add("status", status)
    event.add("transp", "OPAQUE")
    return event


def _description(round, page):
    if not round.needs_booking:
        return f"There is no need to book. Details: {page}"
    return f"Details, and giving your place back: {page}\nDeleting this entry does not give it back."


def _organised(event, round):
    event.add("organizer", _address(round.system.sender_address, cn=_printable(round.system.sender_name)))
    return event


def _title(round, style):
    """As the person chose: nothing that says what it is, unless they said so."""
    return _printable(f"Schwartz Round: {round.title}") if style == DiaryStyle.PLAIN else PRIVATE_TITLE


def where(booking):
    return "Online" if booking.way == Way.ONLINE or not booking.round.venue else str(booking.round.venue)


def _address(email, **parameters):
    address = vCalAddress(f"mailto:{email}")
    address.params.update({name.upper(): value for name, value in parameters.items()})
    return address


def _printable(text):
    """The library escapes line ends; the rest of what must not stand in a line is taken out here."""
    return UNPRINTABLE.sub(" ", text)
