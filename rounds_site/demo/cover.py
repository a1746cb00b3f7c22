"""Hours of cover of the care homes: asked for by their manager once a Round is published, and paid after it."""

from decimal import Decimal
from functools import partial

from rounds.actions import backfill
from rounds.models import Backfill
from rounds.states import BackfillState

from .moments import DAY
from .story import PUBLISHED_AT

PARTNER, RATE = "social_care", Decimal("13.75")
# So many hours, one Round after the other.
HOURS = [Decimal("4"), Decimal("2.5"), Decimal("6")]
ASKED_AFTER, ANSWERED_AFTER = DAY, 3 * DAY
INVOICED_AFTER, PAID_AFTER = 3 * DAY, 12 * DAY


def steps(it, told):
    """[(moment, what happens then)]; a Round that is yet to come waits for somebody to approve."""
    asked = [each for each in told if PARTNER in each.words["partners"] and is_published(each)]
    for number, each in enumerate(sorted(asked, key=lambda each: each.starts_at)):
        published = each.days_before("published", PUBLISHED_AT)
        if published + ANSWERED_AFTER >= each.starts_at:
            continue
        yield published + ASKED_AFTER, partial(ask, it, each, HOURS[number % len(HOURS)])
        if "forms" in each.words:
            to = partial(move, it, each)
            yield published + ANSWERED_AFTER, partial(to, BackfillState.APPROVED, True)
            yield (
                each.ends_at + INVOICED_AFTER,
                partial(to, BackfillState.INVOICED, False, invoice=f"BH-{number + 101}"),
            )
            yield each.ends_at + PAID_AFTER, partial(to, BackfillState.PAID, True)


def is_published(each):
    return "published" in each.words and "postponed" not in each.words


def ask(it, each, hours, *, now):
    said = {"staff_group": "social_care", "hours": hours, "rate": RATE, "by": it.cast["home_manager"]}
    backfill.ask(round=each.round, organisation=it.partners[PARTNER], now=now, **said)


def move(it, each, to, pays, *, now, **said):
    row = Backfill.objects.get(round=each.key)
    by = it.cast["ics_lead" if pays else "home_manager"]
    backfill.move(backfill=row, to=to, pays=pays, by=by, now=now, **said)
