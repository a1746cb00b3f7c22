"""The chain of the security log: what its digests are made of, and how a change is found.

Each sealed row carries SHA-256 over the digest before it and its own words. Whoever changes, removes, inserts or moves
a row breaks the chain there; whoever computes it anew to the end cannot bring back a head that was exported before.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from members.models.audit import KEPT_FOR, ChainAnchor

# A row is written in the transaction of its act and sealed within a minute. One that claims to be older than a head
# which does not hold it, by more than this, was put in afterwards.
LATE = dt.timedelta(hours=1)


def words_of(event, number):
    """The row in canonical JSON: one way to write it on both engines and in every year."""
    said = {
        "number": number,
        "id": str(event.id),
        "at": moment(event.at),
        "act": event.act,
        "by": event.by and str(event.by),
        "about": event.about,
        "where": event.where and str(event.where),
        "said": event.said,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest_of(event, *, number, previous):
    return hashlib.sha256(f"{previous}\n{words_of(event, number)}".encode()).hexdigest()


def moment(at):
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def head_line(export):
    """The line of an export, in the file and in the letters."""
    return Head(export.number, export.digest, export.at, export.exported_at).line()


@dataclass(frozen=True)
class Head:
    """The end of the chain at one moment, as it is exported. `at` is that of the row itself, None for an empty log."""

    number: int
    digest: str
    at: dt.datetime | None
    exported_at: dt.datetime

    def line(self):
        said = {"number": self.number, "digest": self.digest, "at": self.at and moment(self.at)}
        return json.dumps(said | {"exported_at": moment(self.exported_at)}, separators=(",", ":"))

    @classmethod
    def read(cls, line):
        """ValueError, whatever is wrong with the line."""
        try:
            said = json.loads(line)
            at = said["at"] and dt.datetime.fromisoformat(said["at"])
            exported_at = dt.datetime.fromisoformat(said["exported_at"])
            head = cls(said["number"], said["digest"], at, exported_at)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(line) from error
        if type(head.number) is not int or head.line() != line.strip():
            raise ValueError(line)
        return head


def check_rows(events, *, anchor, heads):
    """Sentences about the sealed rows that are not as they were sealed; `events` in the order of their numbers.

    After a fault it goes on from the digest that the row carries, so that one changed row is one sentence.
    """
    number, previous = anchor.number, anchor.digest
    waiting = sorted(heads, key=lambda head: head.number, reverse=True)
    shown_at = None
    for event in events:
        if event.number != number + 1:
            yield f"{_rows(number + 1, event.number - 1)} missing."
        elif digest_of(event, number=event.number, previous=previous) != event.digest:
            yield f"Row {event.number} is not as it was sealed, or not in its place."
        number, previous = event.number, event.digest
        while waiting and waiting[-1].number < number:
            shown_at = max(filter(None, [shown_at, waiting.pop().exported_at]))
        if shown_at and event.at < shown_at - LATE:
            yield f"Row {number} was put in later than it says."


def check_heads(digests, *, anchor, heads, now):
    """Sentences about exported heads that the chain does not hold; `digests`: {number: digest} of their rows."""
    known = digests | {anchor.number: anchor.digest, 0: ChainAnchor.GENESIS}
    for head in heads:
        day = f"exported at {moment(head.exported_at)}"
        if head.number in known:
            if known[head.number] != head.digest:
                yield f"The chain was computed anew: row {head.number} differs from the head {day}."
        elif head.number > anchor.number:
            yield f"Row {head.number} is missing: it is the head {day}."
        elif head.at and head.at > now - KEPT_FOR:
            yield f"Row {head.number}, the head {day}, was removed before its year was over."


def _rows(first, last):
    return f"Row {first} is" if first == last else f"Rows {first} to {last} are"
