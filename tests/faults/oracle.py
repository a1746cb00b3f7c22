"""What ought to have become of all letters: asked of the relay's ledger, the rows, and the journal of who lived."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.utils import timezone

from members.models import Delivery, Person, Suppression
from members.models.lane import print_of
from rounds import emails
from rounds.emails.writing import end_of_offer
from rounds.models import Booking, Round
from rounds.states import BookingState, RoundState

FINISHED = {"sent", "failed", "uncertain", "cancelled"}
# Handed over, as far as anybody can say, or refused by its mailbox.
DEALT_WITH = {"sent", "failed", "uncertain"}

# What the letter that tells somebody where they stand may be called in its key. That of an offer says until when.
TOLD_OF = {
    BookingState.PLACE: ["booked:{key}", "freed:{key}"],
    BookingState.OFFERED: ["offer:{key}:{version}:{end}"],
    BookingState.WAITING: ["waiting:{key}", "lapsed:{key}"],
}


@dataclass
class Verdict:
    """Each a list of what is wrong in words that name the row; a good end has none but `uncertain`, a number."""

    letters: int
    unfinished: list
    doubled: list
    lost: list
    uncertain: int

    def summary(self):
        return {
            "letters": self.letters,
            "unfinished": len(self.unfinished),
            "lost": len(self.lost),
            "doubled": len(self.doubled),
        }


def judge(sink, journal):
    return Oracle(sink, journal).verdict()


class Oracle:
    def __init__(self, sink, journal):
        self.entries, self.journal = list(sink.accepted), journal
        self.rows = list(Delivery.objects.all())
        self.by_key = {row.dedupe_key: row for row in self.rows}
        self.by_message = defaultdict(list)
        for row in self.rows:
            self.by_message[row.message_id].append(row)
        suppressed = set(Suppression.objects.values_list("print", flat=True))
        self.deaf = {pk for pk, email in Person.objects.values_list("pk", "email") if print_of(email) in suppressed}

    def verdict(self):
        lost = [
            *self.said_to_be_sent_but_not_accepted(),
            *self.committed_and_gone(),
            *self.not_invited(),
            *self.bookings_without_a_letter(),
            *self.not_told_of_a_change(),
        ]
        messages = {row.message_id or row.pk for row in self.rows if row.state == "uncertain"}
        return Verdict(
            letters=sum(row.state in FINISHED for row in self.rows),
            unfinished=[f"{row.dedupe_key} {row.state}" for row in self.rows if row.state not in FINISHED],
            doubled=[*self.accepted_twice(), *self.invited_twice(), *self.accepted_and_denied()],
            lost=lost,
            uncertain=len(messages),
        )

    # --- Once -----------------------------------------------------------------------------------------

    def accepted_twice(self):
        """Save the one identical copy for which a person asked."""
        by_id = defaultdict(list)
        for entry in self.entries:
            by_id[entry.message_id].append(entry.digest)
        for name, digests in by_id.items():
            asked = any(row.settled == "gone" for row in self.by_message[name])
            if len(digests) > 1 + asked or len(set(digests)) > 1:
                yield f"{name} accepted {len(digests)} times"

    def invited_twice(self):
        messages = {entry.message_id: entry for entry in self.entries}
        told = Counter(each for entry in messages.values() for each in entry.tells if each[1] == "invitation")
        return [f"{each} {times} times" for each, times in told.items() if times > 1]

    def accepted_and_denied(self):
        """The relay has it, and the rows say that it never went."""
        for entry in self.entries:
            rows = self.by_message[entry.message_id]
            if not rows or any(row.state not in ("sent", "uncertain") for row in rows):
                yield f"{entry.message_id} accepted, and is {[(row.dedupe_key, row.state) for row in rows]}"

    # --- At all ---------------------------------------------------------------------------------------

    def said_to_be_sent_but_not_accepted(self):
        accepted = {entry.message_id for entry in self.entries}
        return [row.dedupe_key for row in self.rows if row.state == "sent" and row.message_id not in accepted]

    def committed_and_gone(self):
        """Whoever was told that they have a place has a row."""
        there = {(str(round), str(person)) for round, person in Booking.objects.values_list("round", "person")}
        noted = [json.loads(line) for line in self.journal.read_text().splitlines() if line.endswith("}")]
        return [note for note in noted if (note["round"], note["person"]) not in there]

    def not_invited(self):
        now = timezone.now()
        for round in Round.objects.still_inviting(now):
            audience = emails.invitation_audience(round, now=now).values_list("pk", flat=True)
            for person in set(audience) - self.deaf:
                if not self.dealt_with(f"invite:{round.pk}:{person}"):
                    yield f"not invited: {person} to {round.pk}"

    def bookings_without_a_letter(self):
        """Of each booking that stands: that it is a place, an offer of one, or a turn in the waiting list."""
        published = Booking.objects.active().filter(round__state=RoundState.PUBLISHED)
        for booking in published.select_related("round"):
            keys = keys_of(booking)
            if booking.person_id not in self.deaf and not any(map(self.dealt_with, keys)):
                yield f"no letter about the booking {booking.pk}, a {booking.state}"

    def not_told_of_a_change(self):
        """Whom an invitation reached before the last move, and whom one reached to a Round that was called off."""
        for entry in self.entries:
            for row in self.by_message[entry.message_id]:
                round = self.rounds.get(row.about) if row.kind == "invitation" else None
                key = round and key_of_the_news(round, row, entry.moment)
                if key and row.person_id not in self.deaf and not self.dealt_with(key):
                    yield f"not told: {key}"

    @property
    def rounds(self):
        if not hasattr(self, "_rounds"):
            self._rounds = Round.objects.in_bulk()
        return self._rounds

    def dealt_with(self, key):
        return key in self.by_key and self.by_key[key].state in DEALT_WITH


def keys_of(booking):
    end = end_of_offer(booking) if booking.offer_ends_at else ""
    said = {"key": booking.pk, "version": booking.round.version, "end": end}
    return [key.format(**said) for key in TOLD_OF[booking.state]]


def key_of_the_news(round, row, moment):
    """The key of the letter that must follow an invitation; None where nothing has changed since."""
    if round.state == RoundState.CANCELLED:
        return f"cancelled:{round.pk}:{row.person_id}"
    if round.moved_at and moment < round.moved_at.timestamp():
        return f"moved:{round.pk}:{round.version}:{row.person_id}"
    return None
