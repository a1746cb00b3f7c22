"""What each letter about a place or a change says, and whether it still should, read from the live rows at hand-over.

Letters about somebody's own places go where that person said (``postbox.address_for_places``), or nowhere. The news
that a Round has moved or is called off goes to everybody in the same words.
"""

from functools import lru_cache

from django.db.models import CharField, UUIDField
from django.utils import timezone

from members import postbox
from members.models import Person
from rounds import calendars
from rounds.access import get_booking
from rounds.days import time_of
from rounds.models import Booking, Round
from rounds.states import Availability, BookingState, RoundState, Way
from rounds_site.kit.formats import listed, nhs_date, nhs_moment, nhs_time
from rounds_site.kit.links import absolute_url
from rounds_site.kit.prepared import First, Slot

from . import diary
from .said import lock_round, mark_of, round_of, said_of, sittings_said
from .writing import end_of_offer, reminder_key, reminder_moment

BOOKING = Slot("booking", UUIDField())


def lock_booking(delivery):
    """Bookings are changed under their Round's lock, so the Round's row is the one to hold."""
    return lock_round(delivery), _booking_mark(_booking_and_person().run(booking=delivery.part))


@lru_cache(maxsize=1)
def _booking_and_person():
    return First(Booking.objects.filter(pk=BOOKING).select_related("person").order_by("pk"))


def lock_entry(delivery):
    """Entries are changed under the same lock."""
    return lock_round(delivery), diary.mark_of(diary.entry_of(delivery))


def lock_round_and_diary(delivery):
    return lock_round(delivery), diary.mark_of(diary.entry_beside(delivery))


def _booking_mark(booking):
    return booking and [booking.pk, booking.state, booking.way, booking.offer_ends_at, *postbox.wishes(booking.person)]


def place(delivery, now):
    booking = _booking(delivery, now, BookingState.PLACE)
    return booking and _booking_facts(booking)


def waiting(delivery, now):
    booking = _booking(delivery, now, BookingState.WAITING)
    return booking and _booking_facts(booking, gives_outright=booking.round.gives_outright)


def offer(delivery, now):
    booking = _booking(delivery, now, BookingState.OFFERED)
    if not booking or now >= booking.offer_ends_at:
        return None
    if not delivery.dedupe_key.endswith(f":{end_of_offer(booking)}"):
        # Renewed since: another letter says the end that it has now.
        return None
    return _booking_facts(booking, **words_of_offer(booking.offer_ends_at))


def words_of_offer(ends_at):
    weekday = f"{timezone.localtime(ends_at):%A}"
    return {"held_until": nhs_moment(ends_at, year=False), "answer_by": f"{nhs_time(ends_at)} {weekday}"}


def lapsed(delivery, now):
    booking = _booking(delivery, now, BookingState.LAPSED)
    if not booking or get_booking(booking.person, booking.round):
        return None
    return _booking_facts(booking, went_on=booking.round.availability_for(booking.way) == Availability.FULL)


def reminder(delivery, now):
    booking = _booking(delivery, now, BookingState.PLACE)
    if not booking:
        return None
    round = booking.round
    mine = [days for days in round.reminder_days if reminder_key(round, booking.pk, days) == delivery.dedupe_key]
    if not mine or any(days < mine[0] and reminder_moment(round, days) <= now for days in round.reminder_days):
        return None
    due_at = reminder_moment(round, mine[0])
    return due_at if now < due_at else _booking_facts(booking, joining=_joining(booking, now))


def _joining(booking, now):
    """Where and from when the link stands. It is in no letter itself: mail systems keep what they carry."""
    if booking.way != Way.ONLINE:
        return ""
    since = (
        "is there now"
        if now >= booking.round.joining_from
        else f"is there from {nhs_moment(booking.round.joining_from)}"
    )
    return f"You join by a link. It stands on the page of the Round, and {since}."


def diary_entry(delivery, now):
    entry = diary.entry_of(delivery)
    if not entry or entry.ended_at or not entry.booking.person.is_active or not _takes_place(entry.booking.round, now):
        return None
    if postbox.address_for_places(entry.booking.person) != entry.address:
        return None
    return _entry_facts(entry, diary.request(entry, delivery))


def out_of_diary(delivery, now):
    """Whatever has become of the Round meanwhile: an entry that is wrong is worse than a letter too many."""
    entry = diary.entry_of(delivery)
    if not entry or not entry.booking.person.is_active or now >= entry.booking.round.starts_at:
        return None
    return _entry_facts(entry, diary.cancellation(entry, delivery)) if diary.can_come_out(entry) else None


def _entry_facts(entry, calendar):
    mark = (mark_of(entry.booking.round), diary.mark_of(entry))
    words = diary.words_of(entry)
    return _booking_facts(entry.booking, address=entry.address, mark=mark, calendar=calendar, **words)


def round_moved(delivery, now):
    round = round_of(delivery, Round.objects.all())
    if not round or not _takes_place(round, now):
        return None
    if not delivery.dedupe_key.startswith(f"moved:{round.pk}:{round.version}:"):
        return None
    entry, address = diary.entry_beside(delivery), _address_of_everyone(delivery)
    calendar = diary.request(entry, delivery) if entry and entry.address == address else None
    words = {"was_to_begin": round.was_to_begin and nhs_moment(round.was_to_begin)}
    return _facts_for_everyone(round, address, entry, calendar, **words, **_at_short_notice("moved", round, now))


def round_cancelled(delivery, now):
    """Of one that was postponed before, whenever it would have been: people still wait for its new date."""
    round = round_of(delivery, Round.objects.all())
    if not round or round.state != RoundState.CANCELLED or (now >= round.ends_at and not round.postponed_at):
        return None
    return _taking_out(delivery, round, **_at_short_notice("cancelled", round, now))


def round_postponed(delivery, now):
    """Until there is newer news. The day that it had is said, because that is what stands in diaries and on walls."""
    round = round_of(delivery, Round.objects.all())
    if not round or round.state != RoundState.POSTPONED:
        return None
    if not delivery.dedupe_key.startswith(f"postponed:{round.pk}:{round.version}:"):
        return None
    words = {"reason": round.postponed_reason, "kept_until": nhs_date(round.kept_until)}
    return _taking_out(delivery, round, **words, **_at_short_notice("postponed", round, now))


def round_new_date(delivery, now):
    round = round_of(delivery, Round.objects.all())
    if not round or not _takes_place(round, now):
        return None
    if not delivery.dedupe_key.startswith(f"new_date:{round.pk}:{round.version}:"):
        return None
    return _taking_out(delivery, round, **_at_short_notice("new_date", round, now))


def _taking_out(delivery, round, **words):
    """To the mailbox whose diary holds an entry that this letter takes out, where there is one, so that it comes out
    there."""
    entry, address, calendar = diary.entry_beside(delivery), _address_of_everyone(delivery), None
    if entry and diary.can_come_out(entry):
        address, calendar = entry.address, diary.cancellation(entry, delivery)
    return _facts_for_everyone(round, address, entry, calendar, **words)


def _at_short_notice(what, round, now):
    """Words of their own for who may be on their way already; as ever once that day is over."""
    whose = whose_meeting(round, now)
    return {"template": f"rounds/urgent_{what}", "whose": whose} if whose else {}


def whose_meeting(round, now):
    if not round.urgent_until or now >= round.urgent_until:
        return ""
    days = timezone.localdate(round.urgent_start) - timezone.localdate(now)
    return {0: "Today's", 1: "Tomorrow's"}.get(days.days, "")


def _address_of_everyone(delivery):
    """The address for letters about places, where there is one."""
    person = Person.objects.filter(pk=delivery.person_id, is_active=True).first()
    if not person:
        return delivery.address
    return postbox.address_for_places(person) or person.email


def _facts_for_everyone(round, address, entry, calendar, **more):
    """The same words for all, with a place or without. A diary entry goes only beside the letter of a person who asked
    for one."""
    if not address:
        return None
    mark, part = (mark_of(round), diary.mark_of(entry)), entry.pk if calendar else None
    url = absolute_url("round_page", round.pk)
    more |= {"other_times": _other_times(round)}
    return said_of(round, address, mark=mark, calendar=calendar, part=part, button_url=url, **more)


def _other_times(round):
    """Of a Round that is repeated: when else one can come, for those who cannot come now."""
    others = [each for each in sittings_said(round) if each.pk != round.pk]
    return listed([time_of(each, round) for each in others]) if others else ""


def _booking(delivery, now, state):
    """The booking of this letter, if it stands as the letter says and the Round still takes place."""
    booking = _standing_booking().run(booking=delivery.part, state=state)
    return booking if booking and _takes_place(booking.round, now) else None


@lru_cache(maxsize=1)
def _standing_booking():
    of_somebody = Booking.objects.filter(pk=BOOKING, state=Slot("state", CharField()), person__is_active=True)
    return First(of_somebody.select_related("round__venue", "round__system", "person").order_by("pk"))


def _takes_place(round, now):
    return round.state == RoundState.PUBLISHED and now < round.starts_at


def _booking_facts(booking, *, address="", mark=None, **more):
    address = address or postbox.address_for_places(booking.person)
    if not address:
        return None
    mark = mark or (mark_of(booking.round), _booking_mark(booking))
    url = absolute_url("round_page", booking.round_id)
    where = calendars.where(booking)
    neutral = postbox.template_for(booking.person)
    return said_of(booking.round, address, mark=mark, template=neutral, button_url=url, where=where, **more)
