"""Rows for the letters about Rounds, each written in the transaction of what it tells of."""

import datetime as dt
import hashlib

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from members import postbox
from members.access import today
from members.models import Delivery, Membership, Organisation, Person
from members.models.delivery import DeliveryState
from rounds.models import Round, RoundPartner

BATCH = 1000
HANDED = [DeliveryState.HANDING, DeliveryState.SENT, DeliveryState.UNCERTAIN]


def invitation_audience(round, *, now):
    """The people whom a Round invites on that day, whether or not they have booked."""
    partners = RoundPartner.objects.filter(round=round.pk).values("organisation")
    employed = Membership.objects.in_force(today(now)).filter(person=OuterRef("pk"), organisation__in=partners)
    return Person.objects.filter(Exists(employed), is_active=True, invitations_stopped_at=None)


def invite(round, *, now):
    """Write the invitations that are missing, however often it is called and whoever else calls; how many these were.

    There is no cursor to lose: each batch asks who has no letter yet, under the Round's lock, so that people who join
    meanwhile get one and a Round called off writes no more.
    """
    made = batch = _invite_batch(round.pk, now)
    while batch == BATCH:
        batch = _invite_batch(round.pk, now)
        made += batch
    return made


@transaction.atomic
def _invite_batch(round_pk, now):
    round = postbox.held(Round.objects.still_inviting(now).filter(pk=round_pk))
    if not round:
        return 0
    written = Delivery.objects.filter(kind="invitation", about=round.pk, person=OuterRef("pk"))
    missing = invitation_audience(round, now=now).filter(~Exists(written)).order_by("pk").values_list("pk", flat=True)
    drafts = [_invitation(round, person, now) for person in missing[:BATCH]]
    postbox.post_many(drafts, now=now)
    return len(drafts)


def _invitation(round, person, now):
    due_at = max(now, round.booking_opens_at)
    key = f"invite:{round.pk}:{person}"
    return postbox.letter("invitation", dedupe_key=key, person=person, about=round.pk, due_at=due_at, now=now)


@transaction.atomic
def pass_on_letters(round, *, now):
    """To the named contacts of invited partners whose people we cannot write to one by one; once to each, however often
    it is called, and to whoever is named later too."""
    partners = Organisation.objects.without_a_staff_list().filter(invited_to=round).exclude(contact_email="")
    postbox.post_many(
        [
            postbox.letter(
                "pass_on",
                dedupe_key=f"pass_on:{round.pk}:{_contact(partner.pk, partner.contact_email)}",
                address=partner.contact_email,
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
    _post("place_confirmed", f"booked:{booking.pk}", booking, now)


def on_waiting_list(booking, *, now):
    _post("on_waiting_list", f"waiting:{booking.pk}", booking, now)


def place_freed(booking, *, now):
    _post("place_freed", f"freed:{booking.pk}", booking, now)


def diary_entry(booking, *, now):
    _post("diary_entry", f"diary:{booking.pk}", booking, now)


def place_given_back(booking, *, now):
    """Only to a person in whose diary we put an entry, because it must come out again."""
    if booking.in_diary:
        _post("place_given_back", f"given_back:{booking.pk}", booking, now)


def _post(kind, dedupe_key, booking, now):
    postbox.post(
        kind, dedupe_key=dedupe_key, person=booking.person_id, about=booking.round_id, part=booking.pk, now=now
    )


def reminders(booking, *, now):
    """Rows with a due time for the reminders still ahead; never delayed tasks, which a killed worker would lose."""
    postbox.post_many(_reminders(booking.round, booking, now), now=now)


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
    still_to_go = Delivery.objects.filter(kind__in=["invitation", "pass_on"], about=round.pk)
    still_to_go.filter(state=DeliveryState.PENDING).update(due_at=max(now, round.booking_opens_at))


def round_cancelled(round, *, now):
    _tell_everyone("round_cancelled", f"cancelled:{round.pk}", round, now)


def question(storyteller, *, now):
    """Somebody is asked onto the panel: all the letter says is that a question waits in the portal."""
    postbox.post_many([_to_panel("question", f"question:{storyteller.pk}", storyteller, now)], now=now)


def _to_panel(kind, dedupe_key, storyteller, now):
    """About the storyteller's row and not about the Round: with that row gone the letter's leads nowhere."""
    return postbox.letter(kind, dedupe_key=dedupe_key, person=storyteller.person_id, about=storyteller.pk, now=now)


def told_of_changes(round):
    """Who learns of a change: keys of people, and (key of the partner, address) of named contacts.

    Without the panel, which has a letter of its own: then no number and no row of these depends on who is on it.
    Everyone an invitation was handed to, everyone with a place or waiting, and contacts who had a letter to pass on.
    """
    handed = Delivery.objects.filter(about=round.pk, state__in=HANDED)
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
    letters = [postbox.letter(kind, about=round.pk, now=now, **row) for row in rows]
    letters += [_to_panel("news", f"news:{each.pk}:{round.version}", each, now) for each in round.panel.all()]
    postbox.post_many(letters, now=now)
