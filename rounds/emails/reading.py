"""What each letter says, and whether it still should, read from the live rows at hand-over."""

from members import postbox
from members.models import JoinLink, Organisation, Person
from members.registry import Facts
from rounds import calendars
from rounds.models import Booking, Round, Storyteller
from rounds.states import MOVES, BookingState, Format, RoundState
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_range
from rounds_site.kit.links import absolute_url, sign

from .writing import invitation_audience, reminder_key, reminder_moment

# What letters say of a Round: while one of these changes between rendering and hand-over, it is rendered again.
# The words about places are not among them, or every booking would hold up every letter.
SAID_OF_A_ROUND = [
    *("state", "version", "title", "about", "format", "starts_at", "ends_at", "venue_id", "cancelled_reason"),
    *("booking_opens_at", "booking_closes_at", "reminder_days", "invitations_released_at"),
]


def lock_round(delivery):
    round = postbox.held(Round.objects.filter(pk=delivery.about))
    return round and _mark(round)


def lock_booking(delivery):
    """Bookings are changed under their Round's lock, so the Round's row is the one to hold."""
    return lock_round(delivery), _booking_mark(Booking.objects.filter(pk=delivery.part).first())


def lock_round_and_diary(delivery):
    return lock_round(delivery), _booking_mark(_place_in_diary(delivery))


def lock_storyteller(delivery):
    """The panel is changed under its Round's lock too: nobody steps back while a letter to them leaves."""
    round = postbox.held(Round.objects.filter(panel=delivery.about))
    storyteller = _storyteller(delivery)
    return storyteller and _panel_mark(round, storyteller)


def _mark(round):
    return [getattr(round, name) for name in SAID_OF_A_ROUND]


def _booking_mark(booking):
    return booking and [booking.pk, booking.state, booking.way, booking.in_diary]


def invitation(delivery, now):
    round = _round(delivery, Round.objects.still_inviting(now))
    if not round:
        return None
    person = invitation_audience(round, now=now).filter(pk=delivery.person_id).first()
    if not person:
        return None
    if now < round.booking_opens_at:
        return round.booking_opens_at
    stop_url = absolute_url("stop", sign(person.pk, purpose="stop"))
    url = absolute_url("round_page", round.pk)
    return _facts(round, person.email, mark=_mark(round), stop_url=stop_url, button_url=url)


def pass_on(delivery, now):
    round = _round(delivery, Round.objects.still_inviting(now))
    if not round:
        return None
    partners = Organisation.objects.filter(pk=delivery.part, invited_to=round, contact_email=delivery.address)
    partner = partners.without_a_staff_list().first()
    if not partner:
        return None
    if now < round.booking_opens_at:
        return round.booking_opens_at
    join = JoinLink.objects.filter(organisation=partner, ended_at=None).first()
    url = absolute_url("join", join.token) if join else absolute_url("round_page", round.pk)
    return _facts(round, delivery.address, mark=_mark(round), button_url=url, partner=partner.name)


def place(delivery, now):
    booking = _booking(delivery, now, BookingState.PLACE)
    return booking and _booking_facts(booking)


def waiting(delivery, now):
    booking = _booking(delivery, now, BookingState.WAITING)
    return booking and _booking_facts(booking)


def reminder(delivery, now):
    booking = _booking(delivery, now, BookingState.PLACE)
    if not booking:
        return None
    round = booking.round
    mine = [days for days in round.reminder_days if reminder_key(round, booking.pk, days) == delivery.dedupe_key]
    if not mine or any(days < mine[0] and reminder_moment(round, days) <= now for days in round.reminder_days):
        return None
    due_at = reminder_moment(round, mine[0])
    return due_at if now < due_at else _booking_facts(booking)


def diary_entry(delivery, now):
    booking = _booking(delivery, now, BookingState.PLACE)
    if not booking or not booking.in_diary:
        return None
    return _booking_facts(booking, calendar=("REQUEST", calendars.request(booking, stamp=delivery.created_at)))


def place_given_back(delivery, now):
    booking = _booking(delivery, now, BookingState.CANCELLED)
    if not booking or not booking.in_diary:
        return None
    return _booking_facts(booking, calendar=("CANCEL", calendars.cancellation(booking, stamp=delivery.created_at)))


def round_moved(delivery, now):
    round = _round(delivery, Round.objects.all())
    if not round or not _takes_place(round, now):
        return None
    if not delivery.dedupe_key.startswith(f"moved:{round.pk}:{round.version}:"):
        return None
    return _facts_for_everyone(delivery, round, "REQUEST", calendars.request)


def round_cancelled(delivery, now):
    round = _round(delivery, Round.objects.all())
    if not round or round.state != RoundState.CANCELLED or now >= round.ends_at:
        return None
    return _facts_for_everyone(delivery, round, "CANCEL", calendars.cancellation)


def question(delivery, now):
    storyteller = _storyteller(delivery)
    if not storyteller or storyteller.has_agreed or not _may_still_be(storyteller.round) or _is_over(storyteller, now):
        return None
    return _panel_facts(storyteller, "question")


def news(delivery, now):
    storyteller = _storyteller(delivery)
    if not storyteller or _is_over(storyteller, now):
        return None
    if delivery.dedupe_key != f"news:{storyteller.pk}:{storyteller.round.version}":
        return None
    return _panel_facts(storyteller, "news")


def _storyteller(delivery):
    people = Storyteller.objects.with_steps().select_related("round__system", "person")
    return people.filter(pk=delivery.about, person__is_active=True).first()


def _may_still_be(round):
    return RoundState.CANCELLED in MOVES[round.state]


def _is_over(storyteller, now):
    return now >= storyteller.round.ends_at


def _panel_facts(storyteller, what):
    """Nothing of the Round: others read mailboxes."""
    system = storyteller.round.system
    context = {
        "what": what,
        "system": system.name,
        "notice": system.licensor_notice,
        "button_url": absolute_url("preparation", storyteller.pk),
    }
    mark = _panel_mark(storyteller.round, storyteller)
    return Facts(address=storyteller.person.email, sender=system.sender, context=context, mark=mark)


def _panel_mark(round, storyteller):
    return [round.version, round.state, storyteller.pk, storyteller.has_agreed]


def _facts_for_everyone(delivery, round, method, entry):
    """The same words for all; the diary entry goes only beside the letter of a person who asked for one."""
    booking = _place_in_diary(delivery)
    person = Person.objects.filter(pk=delivery.person_id, is_active=True).first()
    address = person.email if person else delivery.address
    if not address:
        return None
    calendar = booking and (method, entry(booking, stamp=delivery.created_at))
    mark = (_mark(round), _booking_mark(booking))
    return _facts(round, address, mark=mark, calendar=calendar, button_url=absolute_url("round_page", round.pk))


def _round(delivery, rounds):
    return rounds.select_related("venue", "system").filter(pk=delivery.about).first()


def _booking(delivery, now, state):
    """The booking of this letter, if it stands as the letter says and the Round still takes place."""
    bookings = Booking.objects.select_related("round__venue", "round__system", "person")
    booking = bookings.filter(pk=delivery.part, state=state, person__is_active=True).first()
    return booking if booking and _takes_place(booking.round, now) else None


def _place_in_diary(delivery):
    bookings = Booking.objects.select_related("round__venue", "round__system", "person").with_a_place()
    return bookings.filter(round=delivery.about, person=delivery.person_id, in_diary=True).first()


def _takes_place(round, now):
    return round.state == RoundState.PUBLISHED and now < round.starts_at


def _booking_facts(booking, **more):
    mark = (_mark(booking.round), _booking_mark(booking))
    url = absolute_url("round_page", booking.round_id)
    where = calendars.where(booking)
    return _facts(booking.round, booking.person.email, mark=mark, button_url=url, where=where, **more)


def _facts(round, address, *, mark, calendar=None, stop_url="", **words):
    system = round.system
    return Facts(
        address=address,
        sender=system.sender,
        context={
            "title": round.title,
            "about": round.about,
            "date": nhs_date(round.starts_at),
            "short_date": nhs_date(round.starts_at, weekday=False, year=False),
            "time": nhs_range(round.starts_at, round.ends_at),
            "where": _where(round),
            "closes": nhs_moment(round.booking_closes_at),
            "reason": round.cancelled_reason,
            "system": system.name,
            "notice": system.licensor_notice,
            "what_happens_url": absolute_url("what_happens"),
            **words,
        },
        mark=mark,
        version=round.version,
        calendar=calendar,
        stop_url=stop_url,
    )


def _where(round):
    if round.format == Format.ONLINE or not round.venue:
        return "Online"
    return f"{round.venue}, or online" if round.format == Format.HYBRID else str(round.venue)
