"""What each letter says, and whether it still should, read from the live rows at hand-over.

Letters about somebody's own places, and to the panel, go where that person said (``postbox.address_for_places``), or
nowhere. Invitations, and the news that a Round has moved or is called off, go to everybody in the same words.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from django.db.models import CharField, Exists, OuterRef, Q, Subquery, UUIDField
from django.utils import timezone

from members import postbox
from members.access import today
from members.emails import rendered
from members.models import JoinLink, Organisation, Person
from members.registry import ADDRESS, DAY, OWN_WORDS, PERSON, Facts, Stands
from rounds import calendars
from rounds.access import ROUND, get_booking
from rounds.days import time_of
from rounds.models import Booking, Meeting, Round, Storyteller
from rounds.states import MOVES, Availability, BookingState, Format, RoundState, Way
from rounds_site.kit.formats import listed, nhs_date, nhs_moment, nhs_range, nhs_time
from rounds_site.kit.links import absolute_url, sign
from rounds_site.kit.prepared import First, Slot

from . import diary
from .writing import end_of_offer, invitation_audience, invited_by, reminder_key, reminder_moment, with_own_words

BOOKING = Slot("booking", UUIDField())

# What letters say of a Round: while one of these changes between rendering and hand-over, it is rendered again.
# The words about places are not among them, or every booking would hold up every letter.
SAID_OF_A_ROUND = [
    *("state", "version", "title", "about", "kind", "format", "starts_at", "ends_at", "venue_id", "cancelled_reason"),
    "postponed_reason",
    "joining_hours",
    *("booking_opens_at", "booking_closes_at", "reminder_days", "invitations_released_at"),
    "invitations_stopped_at",
]


def lock_round(delivery):
    round = postbox.held_as_known(_round_to_hold(), round=delivery.about)
    return round and _mark(round)


@lru_cache(maxsize=1)
def _round_to_hold():
    return First(postbox.to_hold(Round.objects.filter(pk=ROUND).order_by("pk")))


def lock_pass_on(delivery):
    return lock_round(delivery), Organisation.objects.filter(pk=delivery.part).values_list(
        "own_words", flat=True
    ).first()


def lock_invitations(delivery):
    """Of one Round or several, held in the order of their keys, so that no two who hold some block each other. And
    whether this person is still invited, and what their employer adds, since they may have been read long before with
    many others."""
    keys = [each.about for each in delivery.in_this_message]
    # The Round's key, seen from three queries further in: the person, their work, its partner.
    round_key = OuterRef(OuterRef(OuterRef("pk")))
    on = today(delivery.looked_at)
    person = with_own_words(invited_by(round_key, on=on).filter(pk=delivery.person_id), on=on)
    theirs = {name: Subquery(person.values(name)[:1]) for name in ("email", "own_words")}
    repeats = Round.objects.filter(pk__in=keys, repeat__isnull=False).values("repeat")
    rounds = Round.objects.filter(Q(pk__in=keys) | Q(repeat__in=repeats)).annotate(**theirs).order_by("pk")
    held = postbox.all_held(rounds)
    marks = {each.pk: (_mark_of(each, _said_together(each, held)), each.email, each.own_words) for each in held}
    return [marks.get(key) for key in keys]


def _said_together(round, sittings):
    """Those of a Round that is repeated of which one invitation tells; this one among them."""
    said = [each for each in sittings if each.repeat == round.repeat and each.state == RoundState.PUBLISHED]
    return sorted(said, key=attrgetter("starts_at", "pk")) if round.repeat else [round]


def _sittings_said(round):
    rounds = Round.objects.sittings(round).select_related("venue") if round.repeat else []
    return _said_together(round, list(rounds))


def _mark_of(round, sittings):
    return [_mark(round), *(_mark(each) for each in sittings if each.pk != round.pk)]


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


def lock_storyteller(delivery):
    """The panel is changed under its Round's lock too: nobody steps back while a letter to them leaves."""
    round = postbox.held(Round.objects.filter(panel=delivery.about))
    storyteller = _storyteller(delivery)
    return storyteller and _panel_mark(round, storyteller)


def _mark(round):
    return [getattr(round, name) for name in SAID_OF_A_ROUND]


def _booking_mark(booking):
    return booking and [booking.pk, booking.state, booking.way, booking.offer_ends_at, *postbox.wishes(booking.person)]


def invitation(delivery, now):
    round = _round(delivery, Round.objects.still_inviting(now))
    if not round:
        return None
    person = _readers(round, [delivery], now).get(delivery.person_id)
    if not person:
        return None
    goes_at = _not_before(round, now)
    return goes_at if now < goes_at else _invitation(_facts_of_invitation(round), delivery.person_id, *person)


def invitations(deliveries, now):
    """Those that go now: for all to one Round, the Round and who is invited are read once."""
    found, by_round = {}, groupby(sorted(deliveries, key=attrgetter("about")), key=attrgetter("about"))
    for _, some in by_round:
        some = list(some)
        round = _round(some[0], Round.objects.still_inviting(now))
        if round and now >= _not_before(round, now):
            found |= _invitations(round, some, now)
    return found


def _invitations(round, deliveries, now):
    invited = _readers(round, deliveries, now)
    facts = _facts_of_invitation(round)
    if not round.repeat:
        facts = replace(facts, stands=_still_invites(round))
    there = [each for each in deliveries if each.person_id in invited]
    return {each.pk: _invitation(facts, each.person_id, *invited[each.person_id]) for each in there}


def _readers(round, deliveries, now):
    """{key of a person: (address, what their employer adds)} of those whom it invites."""
    people = invitation_audience(round, now=now).filter(pk__in=[each.person_id for each in deliveries])
    found = with_own_words(people, on=today(now)).values_list("pk", "email", "own_words")
    return {pk: (address, words) for pk, address, words in found}


def _still_invites(round):
    """What ``lock_invitations`` looks at, as a condition: the Round says the same, and still invites this person, whose
    employer adds the same."""
    as_said = Round.objects.filter(pk=round.pk, **{name: getattr(round, name) for name in SAID_OF_A_ROUND})
    invited = invited_by(round.pk, on=DAY).filter(pk=PERSON, email=ADDRESS)
    return Stands(postbox.Held(as_said) & Exists(with_own_words(invited, on=DAY).filter(own_words=OWN_WORDS)))


def _facts_of_invitation(round):
    sittings = _sittings_said(round)
    url = absolute_url("round_page", round.pk)
    return said_of(round, "", mark=_mark_of(round, sittings), button_url=url, **_times(sittings))


def _times(sittings):
    """When and where, of a Round that is repeated: all its times, in place of its own."""
    if len(sittings) == 1:
        return {}
    times = listed([nhs_range(each.starts_at, each.ends_at) for each in sittings], "or")
    places = listed(list(dict.fromkeys(_where(each) for each in sittings)), "or")
    return {"time": f"{times}: you come to one of these", "where": places}


def invitation_in_words(round):
    """(subject, text) as everyone will read it, before it goes to anyone."""
    facts = replace(_facts_of_invitation(round), stop_url="a link of each reader’s own")
    return rendered("rounds/invitation", facts)[:2]


def _invitation(facts, person, address, own_words):
    stop_url = absolute_url("stop", sign(person, purpose="stop"))
    mark = (facts.mark, address, own_words)
    return replace(facts, address=address, mark=mark, own_words=own_words, stop_url=stop_url)


def together(said):
    """All the Rounds that are open to one person now: a letter as ever where it is one, else a digest of them, as they
    follow each other. The first one's system signs."""
    first, *more = in_time = sorted(said, key=lambda facts: facts.context["starts_at"])
    marks = [facts.mark for facts in said]
    if not more:
        return replace(first, mark=marks)
    rounds = [facts.context for facts in in_time]
    context = first.context | {"rounds": rounds, "some_are_booked": not all(each["just_come"] for each in rounds)}
    for word, between in (("system", " and "), ("notice", " ")):
        context[word] = between.join(dict.fromkeys(facts.context[word] for facts in in_time if facts.context[word]))
    return replace(first, context=context, mark=marks, version=None, template="rounds/digest", stands=None)


def pass_on(delivery, now):
    round = _round(delivery, Round.objects.still_inviting(now))
    if not round:
        return None
    partners = Organisation.objects.filter(pk=delivery.part, invited_to=round, contact_email=delivery.address)
    partner = partners.without_a_staff_list().first()
    if not partner:
        return None
    if now < (goes_at := _not_before(round, now)):
        return goes_at
    join = JoinLink.objects.filter(organisation=partner, ended_at=None).first()
    url = absolute_url("join", join.token) if join else absolute_url("round_page", round.pk)
    said = said_of(
        round,
        delivery.address,
        mark=(_mark(round), partner.own_words),
        button_url=url,
        partner=partner.name,
        **_times(_sittings_said(round)),
    )
    return replace(said, own_words=partner.own_words)


def _not_before(round, now):
    """A letter to many goes once booking is open, and not in the quiet hours of its system."""
    return max(round.booking_opens_at, round.system.quiet_until_when(now) or now)


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
    mark = (_mark(entry.booking.round), diary.mark_of(entry))
    words = diary.words_of(entry)
    return _booking_facts(entry.booking, address=entry.address, mark=mark, calendar=calendar, **words)


def round_moved(delivery, now):
    round = _round(delivery, Round.objects.all())
    if not round or not _takes_place(round, now):
        return None
    if not delivery.dedupe_key.startswith(f"moved:{round.pk}:{round.version}:"):
        return None
    entry, address = diary.entry_beside(delivery), _address_of_everyone(delivery)
    calendar = diary.request(entry, delivery) if entry and entry.address == address else None
    return _facts_for_everyone(round, address, entry, calendar, **_at_short_notice("moved", round, now))


def round_cancelled(delivery, now):
    """Of one that was postponed before, whenever it would have been: people still wait for its new date."""
    round = _round(delivery, Round.objects.all())
    if not round or round.state != RoundState.CANCELLED or (now >= round.ends_at and not round.postponed_at):
        return None
    return _taking_out(delivery, round, **_at_short_notice("cancelled", round, now))


def round_postponed(delivery, now):
    """Until there is newer news. The day that it had is said, because that is what stands in diaries and on walls."""
    round = _round(delivery, Round.objects.all())
    if not round or round.state != RoundState.POSTPONED:
        return None
    if not delivery.dedupe_key.startswith(f"postponed:{round.pk}:{round.version}:"):
        return None
    words = {"reason": round.postponed_reason, "kept_until": nhs_date(round.kept_until)}
    return _taking_out(delivery, round, **words, **_at_short_notice("postponed", round, now))


def round_new_date(delivery, now):
    round = _round(delivery, Round.objects.all())
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
    whose = _whose_meeting(round, now)
    return {"template": f"rounds/urgent_{what}", "whose": whose} if whose else {}


def _whose_meeting(round, now):
    if not round.urgent_until or now >= round.urgent_until:
        return ""
    days = timezone.localdate(round.urgent_start) - timezone.localdate(now)
    return {0: "Today's", 1: "Tomorrow's"}.get(days.days, "")


def question(delivery, now):
    storyteller = _storyteller(delivery)
    if not storyteller or not _may_still_be(storyteller.round) or _is_over(storyteller, now):
        return None
    if _has_answered(delivery, storyteller):
        return None
    return _panel_facts(storyteller, "question")


def _has_answered(delivery, storyteller):
    """Whether they would tell a story; or, of times that were proposed, when they can. A time that is set asks nothing
    any more."""
    if not delivery.part:
        return storyteller.has_agreed
    asked = Meeting.objects.filter(pk=delivery.part, fixed_at=None)
    return not asked.exclude(answers__person=storyteller.person_id).exists()


def news(delivery, now):
    storyteller = _storyteller(delivery)
    if not storyteller or _is_over(storyteller, now):
        return None
    if not _is_newest(delivery, storyteller):
        return None
    return _panel_facts(storyteller, "news", read_today=bool(_whose_meeting(storyteller.round, now)))


def _is_newest(delivery, storyteller):
    """Of a change of the Round, or of a meeting whose time is set."""
    if delivery.part:
        return Meeting.objects.filter(pk=delivery.part).exclude(fixed_at=None).exists()
    return delivery.dedupe_key == f"news:{storyteller.pk}:{storyteller.round.version}"


def _storyteller(delivery):
    people = Storyteller.objects.with_steps().select_related("round__system", "person")
    return people.filter(pk=delivery.about, person__is_active=True).first()


def _may_still_be(round):
    return RoundState.CANCELLED in MOVES[round.state]


def _is_over(storyteller, now):
    return storyteller.round.has_a_date and now >= storyteller.round.ends_at


def _panel_facts(storyteller, what, **words):
    """Nothing of the Round: others read mailboxes."""
    person = storyteller.person
    address = postbox.address_for_places(person)
    if not address:
        return None
    system = storyteller.round.system
    context = {
        "what": what,
        "system": system.name,
        "notice": system.licensor_notice,
        "colour": system.colour,
        "button_url": absolute_url("preparation", storyteller.pk),
        **words,
    }
    mark = _panel_mark(storyteller.round, storyteller)
    neutral = postbox.template_for(person)
    return Facts(address=address, sender=system.sender, context=context, mark=mark, template=neutral)


def _panel_mark(round, storyteller):
    said = [round.version, round.state, storyteller.pk, storyteller.has_agreed]
    return [*said, *postbox.wishes(storyteller.person)]


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
    mark, part = (_mark(round), diary.mark_of(entry)), entry.pk if calendar else None
    url = absolute_url("round_page", round.pk)
    more |= {"other_times": _other_times(round)}
    return said_of(round, address, mark=mark, calendar=calendar, part=part, button_url=url, **more)


def _other_times(round):
    """Of a Round that is repeated: when else one can come, for those who cannot come now."""
    others = [each for each in _sittings_said(round) if each.pk != round.pk]
    return listed([time_of(each, round) for each in others]) if others else ""


def _round(delivery, rounds):
    return rounds.select_related("venue", "system").filter(pk=delivery.about).first()


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
    mark = mark or (_mark(booking.round), _booking_mark(booking))
    url = absolute_url("round_page", booking.round_id)
    where = calendars.where(booking)
    neutral = postbox.template_for(booking.person)
    return said_of(booking.round, address, mark=mark, template=neutral, button_url=url, where=where, **more)


def said_of(round, address, *, mark, calendar=None, part=None, stop_url="", template="", **words):
    system = round.system
    return Facts(
        address=address,
        sender=system.sender,
        context={
            "title": round.title,
            "about": round.about,
            "starts_at": round.starts_at,
            "date": nhs_date(round.starts_at),
            "short_date": nhs_date(round.starts_at, weekday=False, year=False),
            "time": nhs_range(round.starts_at, round.ends_at),
            "where": _where(round),
            "for_whom": round.for_whom,
            "closes": nhs_moment(round.booking_closes_at),
            "just_come": not round.needs_booking,
            "reason": round.cancelled_reason,
            "system": system.name,
            "days_kept": system.days_kept,
            "notice": system.licensor_notice,
            "colour": system.colour,
            "what_happens_url": absolute_url("what_happens"),
            **words,
        },
        mark=mark,
        version=round.version,
        calendar=calendar,
        part=part,
        stop_url=stop_url,
        template=template,
    )


def _where(round):
    if round.format == Format.ONLINE or not round.venue:
        return "Online"
    return f"{round.venue}, or online" if round.format == Format.HYBRID else str(round.venue)
