"""From a code that somebody typed to the box it opens, and a brake on guessing that remembers nobody.

Wrong codes are counted per minute, all together, in the cache: not by whom, nor which. Once there were too many the
room codes, which are short enough to be found by trying for days, open nothing for the rest of the minute. Whoever
wants to keep a whole room from giving feedback could send wrong codes without end. So the brake holds back as little as
it can: cards, whose codes nobody guesses, always open their box, and a form that was shown can always be sent. The
letter after the Round leads to the same box for three days, and paper needs no portal at all.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache

from evaluation.codes import CARD_LENGTH, ballot_of, in_parts, is_card
from evaluation.models import CardDeck, FeedbackBox
from evaluation.states import BoxState
from rounds.codes import plain
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.links import NotOurs, sign, unsign
from rounds_site.kit.refusals import Refused

logger = logging.getLogger(__name__)

MOST_MISSES = 200
MINUTE = 60
PURPOSE = "feedback"
UNKNOWN_CODE = "We do not know that code. Codes never use 0, O, 1, I or L"
BUSY = "Many wrong codes are being tried just now. Wait a minute, then try yours again"


@dataclass(frozen=True)
class WayIn:
    """A code that opens a box. `ballot` belongs to a card; whoever comes by the room code brings one of their own."""

    box: FeedbackBox
    code: str
    ballot: UUID | None = None

    @property
    def in_parts(self) -> str:
        return in_parts(self.code)

    @property
    def shown(self) -> str:
        """Goes with the form that was shown, and lets it through when it comes back."""
        return sign(self.box.pk, purpose=PURPOSE)


def way_in(code, *, now, shown="") -> WayIn:
    """The box that takes forms under this code. `shown` is what went with a form that was shown under it."""
    code = plain(code)
    found = _by_card(code) or _by_room_code(code, now, shown)
    if found is None or found.box.state == BoxState.EMPTIED or now < found.box.takes_forms_from:
        raise Refused(UNKNOWN_CODE)
    if not found.box.takes_forms(now):
        raise Refused(_closed(found.box))
    return found


def _closed(box):
    until = f"This box was open until {nhs_date(box.closes_at)}. It takes no more forms."
    return f"{until} What became of it stands on the page Each box, under Our promises: it is number {box.mark}"


def _by_card(code):
    """Every deck of a box that is not counted yet is tried; there are as many as Rounds within these days."""
    if len(code) != CARD_LENGTH:
        return None
    for deck in CardDeck.objects.order_by("id"):
        if is_card(deck.key, code):
            box = FeedbackBox.objects.select_related("round").filter(round=deck.round_id).first()
            return box and WayIn(box, code, ballot_of(deck.key, code))
    return None


def _by_room_code(code, now, shown):
    if not _was_shown(shown, code) and _misses(now) >= MOST_MISSES:
        raise Refused(BUSY)
    box = FeedbackBox.objects.select_related("round").filter(room_code=code).first() if code else None
    if box is None:
        _count_a_miss(now)
    return box and WayIn(box, code)


def _was_shown(token, code):
    try:
        return FeedbackBox.objects.filter(pk=unsign(token, purpose=PURPOSE), room_code=code).exists()
    except NotOurs:
        return False


def _key(now):
    return f"feedback-misses:{int(now.timestamp()) // MINUTE}"


def _misses(now):
    """A cache that is away counts nothing: it must not keep people from giving feedback."""
    try:
        return cache.get(_key(now), 0)
    except Exception as error:  # noqa: BLE001 (every cache has errors of its own)
        logger.warning("Wrong codes are not counted: %s", type(error).__name__)
        return 0


def _count_a_miss(now):
    try:
        cache.add(_key(now), 0, timeout=2 * MINUTE)
        cache.incr(_key(now))
    except Exception as error:  # noqa: BLE001 (as above)
        logger.warning("Wrong codes are not counted: %s", type(error).__name__)
