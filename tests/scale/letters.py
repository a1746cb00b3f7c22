"""Letters and logs of a large system."""

from datetime import timedelta
from itertools import islice

from members.chain import digest_of
from members.models import CareEntry, ChainAnchor, Delivery, SecurityEvent
from members.models.audit import Act

from .pouring import pour

UNCERTAIN, FAILED = 5_000, 400
ACTS = [Act.SIGNED_IN, Act.ROLE_GIVEN, Act.PERSON_ADDED, Act.ROUND_PLANNED, Act.ROUND_PUBLISHED]


def make_deliveries(world, number):
    """Invitations to Rounds of which names are kept still, each person once to each; some failed, a few uncertain, and
    one in a hundred has yet to go."""
    about = [each for each in world.rounds if each.published_at and each.ends_at > world.now - timedelta(days=30)]
    pairs = ((each, person) for each in about for person in world.people)
    letters = islice(pairs, number)
    made = 0

    def counted():
        nonlocal made
        for made, (each, person) in enumerate(letters, start=1):
            yield _letter(world, made, each, person)

    pour(Delivery, counted())
    if made < number:
        raise ValueError(f"{len(about)} Rounds and {world.staff} staff make {made} letters, not {number}")


def _letter(world, n, each, person):
    state = "failed" if n % FAILED == 0 else "uncertain" if n % UNCERTAIN == 1 else "sent"
    state = "pending" if n % 100 == 50 else state
    gone = None if state == "pending" else each.booking_opens_at + timedelta(seconds=n % 3600)
    return {
        "created_at": each.booking_opens_at,
        "dedupe_key": f"invite:{each.pk}:{person}",
        "kind": "invitation",
        "lane_rank": 1,
        "person_id": person,
        "system": world.system.pk,
        "about": each.pk,
        "state": state,
        "due_at": world.now + timedelta(days=1) if gone is None else gone,
        "handed_at": gone,
        "finished_at": gone,
        "attempts": 0 if gone is None else 1,
        "error": "SMTPRecipientsRefused 550" if state == "failed" else "",
    }


def make_logs(world, events):
    """As many of each log, over a year, the security log sealed."""
    anchor = ChainAnchor.objects.get_or_create()[0]
    last = SecurityEvent.objects.sealed().last() or anchor
    by = [person for people in world.holders.values() for person in people]
    rows = [
        SecurityEvent(
            pk=world.key(),
            at=world.now - timedelta(days=360) * (events - n) / events,
            act=ACTS[n % len(ACTS)],
            by=by[n % len(by)],
            about=str(world.people[n % world.staff]),
            where=world.system.pk,
        )
        for n in range(events)
    ]
    previous = last.digest
    for number, row in enumerate(rows, start=last.number + 1):
        row.number, row.digest = number, digest_of(row, number=number, previous=previous)
        previous = row.digest
    pour(
        SecurityEvent,
        ({field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in rows),
    )
    pour(
        CareEntry,
        (
            {
                "hour": row.at.replace(minute=0, second=0, microsecond=n),
                "what": "register",
                "by": row.by,
                "where": world.system.pk,
                "about": None,
            }
            for n, row in enumerate(rows)
        ),
    )
