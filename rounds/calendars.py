"""Diary entries for those who asked for them: one event per booking, in UTC, which every calendar shows at the right
hour in January and in July."""

import datetime as dt
import hashlib
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress

from rounds.states import Way
from rounds_site.kit.links import absolute_url

PRIVATE_TITLE = "Private appointment"
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029]")


def request(booking, *, stamp=None):
    """The entry, or a newer version of it: a calendar that holds this UID puts the new values in its place."""
    return _calendar("REQUEST", _event(booking, "CONFIRMED", booking.round.version, stamp, to_whom=True))


def cancellation(booking, *, stamp=None):
    """Takes the entry out. Above every version sent before: a calendar ignores what is not newer than what it has, and
    a place given back raises no version of the Round."""
    return _calendar("CANCEL", _event(booking, "CANCELLED", booking.round.version + 1, stamp, to_whom=True))


def file(booking, *, stamp=None):
    """The same event to be taken into a diary by hand; names nobody."""
    return _calendar("PUBLISH", _event(booking, "CONFIRMED", booking.round.version, stamp, to_whom=False))


def uid(booking):
    """Never the booking's own key, since entries lie in calendars of employers, and of nothing that is ever renewed."""
    host = urlsplit(settings.PORTAL_URL).hostname
    return f"{hashlib.sha256(f'diary entry {booking.pk}'.encode()).hexdigest()[:32]}@{host}"


def _calendar(method, event):
    calendar = Calendar()
    calendar.add("prodid", "-//Rounds portal//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    return calendar.to_ical()


def _event(booking, status, sequence, stamp, *, to_whom):
    """One attendee and no question: who else comes is nobody's business, and an answer would reach nobody."""
    round, page = booking.round, absolute_url("round_page", booking.round_id)
    event = Event()
    event.add("uid", uid(booking))
    event.add("sequence", sequence)
    event.add("dtstamp", (stamp or timezone.now()).astimezone(dt.UTC))
    event.add("dtstart", round.starts_at.astimezone(dt.UTC))
    event.add("dtend", round.ends_at.astimezone(dt.UTC))
    event.add("summary", PRIVATE_TITLE)
    event.add("location", _printable(where(booking)))
    event.add("description", f"Details, and giving your place back: {page}\nDeleting this entry does not give it back.")
    event.add("url", page)
    event.add("class", "PRIVATE")
    event.add("status", status)
    event.add("transp", "OPAQUE")
    event.add("organizer", _address(round.system.sender_address, cn=_printable(round.system.sender_name)))
    if to_whom:
        event.add("attendee", _attendee(booking.person))
    return event


def where(booking):
    return "Online" if booking.way == Way.ONLINE or not booking.round.venue else str(booking.round.venue)


def _attendee(person):
    return _address(person.email, cutype="INDIVIDUAL", role="REQ-PARTICIPANT", partstat="ACCEPTED", rsvp="FALSE")


def _address(email, **parameters):
    address = vCalAddress(f"mailto:{email}")
    address.params.update({name.upper(): value for name, value in parameters.items()})
    return address


def _printable(text):
    """The library escapes line ends; the rest of what must not stand in a line is taken out here."""
    return UNPRINTABLE.sub(" ", text)
