"""Rows for the letters about Rounds, each written in the transaction of what it tells of."""

import datetime as dt
import hashlib

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from members import postbox
from members.access import today
from members.models import Delivery, Membership, Organisation, Person
from members.models.delivery import DeliveryState
from rounds.models import Round, RoundPartner

BATCH = 1000
INVITING = ["invitation", "pass_on"]
TO_GO = [DeliveryState.PENDING, DeliveryState.CLAIMED]
HANDED = [DeliveryState.HANDING, DeliveryState.SENT, DeliveryState.UNCERTAIN]


def invitation_audience(round, *, now):
    """The people whom a Round invites on that day, whether or not they have booked."""
    return invited_by(round.pk, on=today(now))


def invited_by(key, *, on):
    """The same by the Round's key, which may be a reference to that of an outer query, and the day."""
    partners = RoundPartner.objects.filter(round=key).values("organisation")
    employed = Membership.objects.in_force(on).filter(person=OuterRef("pk"), organisation__in=partners)
    return Person.objects.filter(Exists(employed), is_active=True, invitations_stopped_at=None)


def with_own_words(people, *, on):
    """Each carries `own_words`, those of the partner they work for, or none."""
    theirs = Membership.objects.in_force(on).filter(person=OuterRef("pk")).own_words()
    return people.annotate(own_words=Coalesce(Subquery(theirs), Value("", TextField())))


def invite(round, *, now):
    """Write the invitations that are missing, however often it is called and whoever else calls; how many these were.

    There is no cursor to lose: each batch asks who has no letter yet, under the Round's lock, so that people who join
    meanwhile get one and a Round called off writes no more.
    """
    made = batch = _invite_batch(round, now, first=True)
    while batch == BATCH:
        batch = _invite_batch(round, now)
        made += batch
    return made


@transaction.atomic
def _invite_batch(round, now, *, first=False):
    if round.repeat:
        _hold_sittings(round)
    round = postbox.held(Round.objects.still_inviting(now).filter(pk=round.pk))
    if not round:
        return 0
    if first:
        _take_up_again(round, now)
    # As a list and not person by person: PostgreSQL, which knows nothing yet of a Round that has just been released,
    # would read all of its letters again for each person, and sixty thousand would take hours.
    missing = not_written_to(round, now=now).order_by("pk").values_list("pk", flat=True)
    drafts = [_invitation(round, person, now) for person in missing[:BATCH]]
    postbox.post_many(drafts, now=now)
    return len(drafts)


def _take_up_again(round, now):
    """Letters that were dropped at hand-over, whose reader has come back since, to work there or to be invited. It is
    the same row, so nobody gets two. One whose address is written to no more stays dropped."""
    dropped = Delivery.objects.filter(kind="invitation", about=round.pk, state=DeliveryState.CANCELLED)
    dropped = _of_nobody_written_to_about_another(dropped, round)
    if not dropped.exists():
        return
    back = dict(invitation_audience(round, now=now).filter(pk__in=dropped.values("person")).values_list("pk", "email"))
    stopped = postbox.stopped(back.values(), system=round.system_id)
    keys = [person for person, address in back.items() if address not in stopped]
    due_at = max(now, round.booking_opens_at)
    waits = {"state": DeliveryState.PENDING, "finished_at": None, "had_to_wait": False, "due_at": due_at}
    dropped.filter(person__in=keys).update(**waits)


def _hold_sittings(round):
    """One fan-out at a time for all of them, or two would write to the same person."""
    sittings = Round.objects.filter(repeat=round.repeat).order_by("pk")
    list(sittings.select_for_update(no_key=True).values_list("pk"))


def not_written_to(round, *, now):
    """Those of the audience who have no invitation yet; of a Round that is repeated one letter tells of all its times,
    whichever of them it is about."""
    written = _of_its_invitations(round).filter(person__isnull=False).values("person")
    return invitation_audience(round, now=now).exclude(pk__in=written)


def _of_its_invitations(round):
    """Letters about the Round, and those about its other sittings that were not taken back."""
    invitations = Delivery.objects.filter(kind="invitation")
    if round.repeat is None:
        return invitations.filter(about=round.pk)
    others = Q(about__in=_other_sittings(round)) & ~Q(state=DeliveryState.CANCELLED)
    return invitations.filter(Q(about=round.pk) | others)


def _of_nobody_written_to_about_another(letters, round):
    """Whoever had a letter about another sitting meanwhile needs no second."""
    if round.repeat is None:
        return letters
    others = Delivery.objects.filter(kind="invitation", about__in=_other_sittings(round), person__isnull=False)
    return letters.exclude(person__in=others.exclude(state=DeliveryState.CANCELLED).values("person"))


def _other_sittings(round):
    return Round.objects.filter(repeat=round.repeat).exclude(pk=round.pk).values("pk")


def _invitation(round, person, now):
    due_at = max(now, round.booking_opens_at)
    key = f"invite:{round.pk}:{person}"
    return postbox.letter(
        "invitation", dedupe_key=key, person=person, system=round.system_id, about=round.pk, due_at=due_at, now=now
    )


def still_to_invite(round, *, now):
    """Those of the audience to whom no letter has gone yet, and no mailbox has refused one; and who are not written to
    about another sitting."""
    settled = Q(about=round.pk, state__in=[*HANDED, DeliveryState.FAILED]) | ~Q(about=round.pk)
    # As a list here too: asked for each person, SQLite read all letters of the Round 6,000 times, for half a minute.
    theirs = _of_its_invitations(round).filter(settled, person__isnull=False).values("person")
    return invitation_audience(round, now=now).exclude(pk__in=theirs)


def stop_inviting(round, *, now):
    """Take back what has not gone; the caller has said on the Round that it has stopped, and holds its lock. What a
    dispatcher holds already it takes back itself, because it asks the Round. How many were letters of their own."""
    to_go = Delivery.objects.filter(kind__in=INVITING, about=round.pk, state=DeliveryState.PENDING)
    number = to_go.filter(kind="invitation").count()
    to_go.update(state=DeliveryState.CANCELLED, finished_at=now)
    return number


def invite_again(round, *, now):
    """Letters that were taken back wait to go once more; whoever should no longer get theirs is found at hand-over."""
    taken_back = Delivery.objects.filter(kind__in=INVITING, about=round.pk, state=DeliveryState.CANCELLED)
    taken_back = _of_nobody_written_to_about_another(taken_back, round)
    due_at = max(now, round.booking_opens_at)
    taken_back.update(state=DeliveryState.PENDING, finished_at=None, had_to_wait=False, due_at=due_at)


@transaction.atomic
def pass_on_letters(round, *, now):
    """To the named contacts of invited partners whose people we cannot write to one by one; once to each, however often
    it is called, and to whoever is named later too."""
    partners = Organisation.objects.without_a_staff_list().filter(invited_to=round).exclude(contact_email="")
    postbox.post_many(
        [
            postbox.letter(
                "pass_on",
                dedupe_key=f"pass_on:{round.repeat or round.pk}:{_contact(partner.pk, partner.contact_email)}",
                address=partner.contact_email,
                system=round.system_id,
                about=round.pk,
                part=partner.pk,
                due_at=max(now, round.booking_opens_at),
                now=now,
            )
            for partner in partners
        ],
        now=now,
    )


def _contact(partner, address):
    """For a dedupe key, where an address may be too long."""
    return f"{partner}:{hashlib.sha256(address.encode()).hexdigest()[:16]}"


def place_confirmed(booking, *, now):
    _post_with_reminders("place_confirmed", f"booked:{booking.pk}", booking, now)


def on_waiting_list(booking, *, now):
    postbox.post_many([_letter("on_waiting_list", f"waiting:{booking.pk}", booking, now)], now=now)


def place_freed(booking, *, now):
    _post_with_reminders("place_freed", f"freed:{booking.pk}", booking, now)


def place_offered(booking, *, now):
    """A booking has one offer at most; each time that it is renewed, with its Round's move, a letter of its own says
    until when. One that has not gone yet is taken back, whose end is not so any more or whose Round had no date."""
    to_go = Delivery.objects.filter(kind="place_offered", part=booking.pk, state=DeliveryState.PENDING)
    to_go.update(state=DeliveryState.CANCELLED, finished_at=now)
    key = f"offer:{booking.pk}:{booking.round.version}:{end_of_offer(booking)}"
    postbox.post_many([_letter("place_offered", key, booking, now)], now=now)


def end_of_offer(booking):
    return f"{booking.offer_ends_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M}"


def offer_lapsed(booking, *, now):
    postbox.post_many([_letter("offer_lapsed", f"lapsed:{booking.pk}", booking, now)], now=now)


def diary_entry(entry, *, now):
    """The entry as it is by now; each version of it once."""
    diary_entries([entry], now=now)


def diary_entries(entries, *, now):
    """The same of many, at once."""
    rows = [
        _letter("diary_entry", f"diary:{each.pk}:{each.sequence}", each.booking, now, part=each.pk) for each in entries
    ]
    postbox.post_many(rows, now=now)


def place_given_back(entry, *, now):
    """Only to a person in whose diary we put an entry, because it must come out again."""
    _post_entry("place_given_back", f"given_back:{entry.pk}", entry, now)


def out_of_diary(entry, *, now):
    """The place stays; only the entry goes."""
    _post_entry("out_of_diary", f"out_of_diary:{entry.pk}", entry, now)


def _post_entry(kind, dedupe_key, entry, now):
    postbox.post_many([_letter(kind, dedupe_key, entry.booking, now, part=entry.pk)], now=now)


def _post_with_reminders(kind, dedupe_key, booking, now):
    """Whoever has a place is reminded of it: rows with a due time, for the days still ahead, and never delayed tasks,
    which a killed worker would lose."""
    rows = [_letter(kind, dedupe_key, booking, now), *_reminders(booking.round, booking, now)]
    postbox.post_many(rows, now=now)


def _letter(kind, dedupe_key, booking, now, part=None):
    return postbox.letter(
        kind,
        dedupe_key=dedupe_key,
        person=booking.person_id,
        system=booking.round.system_id,
        about=booking.round_id,
        part=part or booking.pk,
        now=now,
    )


def reschedule_reminders(round, *, now):
    """After a move: reminders for the new day, and the new hour for those that wait.

    Rows for the old day stay: they are dropped when they fall due, and count again should the Round move back.
    """
    bookings = list(round.bookings.with_a_place())
    postbox.post_many([row for booking in bookings for row in _reminders(round, booking, now)], now=now)
    waiting = Delivery.objects.filter(kind="reminder", about=round.pk, state=DeliveryState.PENDING)
    for days in set(round.reminder_days):
        keys = [reminder_key(round, booking.pk, days) for booking in bookings]
        waiting.filter(dedupe_key__in=keys).update(due_at=reminder_moment(round, days))


def _reminders(round, booking, now):
    return [
        postbox.letter(
            "reminder",
            dedupe_key=reminder_key(round, booking.pk, days),
            person=booking.person_id,
            system=round.system_id,
            about=round.pk,
            part=booking.pk,
            due_at=reminder_moment(round, days),
            now=now,
        )
        for days in set(round.reminder_days)
        if reminder_moment(round, days) > now
    ]


def reminder_key(round, booking, days):
    """With the day, so that a Round moved to another day is reminded of anew, and to another hour is not."""
    return f"reminder:{booking}:{days}d:{timezone.localdate(round.starts_at)}"


def reminder_moment(round, days):
    """At the Round's own hour by the clock on the wall, across a change of the clocks too."""
    return timezone.localtime(round.starts_at) - dt.timedelta(days=days)


def round_moved(round, *, now):
    """Tell everyone concerned; invitations still to go say the new time by themselves, as soon as booking opens."""
    _tell_everyone("round_moved", f"moved:{round.pk}:{round.version}", round, now)
    still_to_go = Delivery.objects.filter(kind__in=INVITING, about=round.pk)
    still_to_go.filter(state=DeliveryState.PENDING).update(due_at=max(now, round.booking_opens_at))


def start_told(round):
    """The beginning that everybody knows who was told of the Round; None where some have a letter of its last change
    and others do not, or where they know only that it is postponed."""
    news = Delivery.objects.filter(about=round.pk, kind__in=["round_moved", "round_new_date"])
    news = news.filter(dedupe_key__contains=f":{round.pk}:{round.version}:")
    if not news.filter(state__in=TO_GO).exists():
        return round.starts_at
    return None if news.filter(state__in=HANDED).exists() else round.start_before


def round_postponed(round, *, now):
    _tell_everyone("round_postponed", f"postponed:{round.pk}:{round.version}", round, now)


def round_new_date(round, *, now):
    """Tell everyone who was told that it was postponed. Invitations that fell due meanwhile found it without a date and
    did not go: they wait once more, unless somebody has stopped them."""
    _tell_everyone("round_new_date", f"new_date:{round.pk}:{round.version}", round, now)
    if round.invitations_released_at and not round.invitations_stopped_at:
        invite_again(round, now=now)


def round_cancelled(round, *, now):
    _tell_everyone("round_cancelled", f"cancelled:{round.pk}", round, now)


def any_written(round):
    """Whether a letter about it was written to anybody, gone or not; save invitations that were taken back unsent. An
    invitation to another sitting tells of this one too."""
    letters = Delivery.objects.filter(about=round.pk)
    if round.repeat:
        letters |= Delivery.objects.filter(kind__in=INVITING, about__in=_other_sittings(round))
    return letters.exclude(kind__in=INVITING, state=DeliveryState.CANCELLED).exists()


def question(storyteller, *, now):
    """Somebody is asked onto the panel: all the letter says is that a question waits in the portal."""
    postbox.post_many([_to_panel("question", f"question:{storyteller.pk}", storyteller, now)], now=now)


def when_they_can(storyteller, meeting, *, now):
    """Times were proposed to them: once more a question, and no word of what for."""
    key = f"question:{storyteller.pk}:{meeting.pk}"
    postbox.post_many([_to_panel("question", key, storyteller, now, part=meeting.pk)], now=now)


def time_is_set(storyteller, meeting, *, now):
    key = f"news:{storyteller.pk}:{meeting.pk}"
    postbox.post_many([_to_panel("news", key, storyteller, now, part=meeting.pk)], now=now)


def _to_panel(kind, dedupe_key, storyteller, now, part=None):
    """About the storyteller's row and not about the Round: with that row gone the letter's leads nowhere."""
    return postbox.letter(
        kind,
        dedupe_key=dedupe_key,
        person=storyteller.person_id,
        system=storyteller.round.system_id,
        about=storyteller.pk,
        part=part,
        now=now,
    )


def told_of_changes(round):
    """Who learns of a change: keys of people, and (key of the partner, address) of named contacts.

    Without the panel, which has a letter of its own: then no number and no row of these depends on who is on it.
    Everyone an invitation was handed to, to this or to another sitting of it, everyone with a place or waiting, and
    contacts who had a letter to pass on.
    """
    rounds = Round.objects.sittings(round).order_by().values("pk") if round.repeat else [round.pk]
    handed = Delivery.objects.filter(about__in=rounds, state__in=HANDED)
    people = set(handed.filter(kind="invitation").values_list("person", flat=True))
    people |= set(round.bookings.active().values_list("person", flat=True))
    return people, list(handed.filter(kind="pass_on").values_list("part", "address"))


def _tell_everyone(kind, key, round, now):
    people, contacts = told_of_changes(round)
    rows = [{"dedupe_key": f"{key}:{person}", "person": person} for person in people]
    rows += [
        {"dedupe_key": f"{key}:{_contact(part, address)}", "address": address, "part": part}
        for part, address in contacts
    ]
    letters = [postbox.letter(kind, system=round.system_id, about=round.pk, now=now, **row) for row in rows]
    letters += [_to_panel("news", f"news:{each.pk}:{round.version}", each, now) for each in round.panel.all()]
    postbox.post_many(letters, now=now)
