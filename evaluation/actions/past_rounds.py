"""Past Rounds taken over, so that a live site does not begin empty: no people, no comments, and no figure that a Round
held here would not show.

The figures pass the same gate as at the end of a Round, enter once and never change. Answers are written to `box`
first; should the rest fail, the next import of the same file begins there anew, because a Round's key follows from
what it is.
"""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from evaluation.actions import half_year_answers
from evaluation.actions.past_lists import Line, PastList, key_of
from evaluation.codes import new_room_code
from evaluation.disclosure import THRESHOLD, Figure, may_be_shown, rounded
from evaluation.models import FeedbackBox, Item, RoundFigure
from evaluation.models.results import Counted, ItemCount
from evaluation.reports.half_years import HalfYear
from evaluation.reports.round import counts_of
from evaluation.states import OPENS_BEFORE, STAYS_OPEN, BoxState
from members.actions import audit
from members.models import System
from members.models.audit import Act
from rounds.actions import past
from rounds.models import Round
from rounds_site.kit.refusals import Refused

OTHERWISE = "This Round stands here already, with other figures. Figures enter once and never change."
CHANGED = "Something changed since you looked. Here is the preview as it is now."
BATCH = 500
DAY = timedelta(days=1)
ROOT = uuid.UUID("5b9ac2f1-7d0e-4b60-8a1c-3f8e2d914c77")


@dataclass
class PastRounds:
    """What accepting would do. `other`: (line, why) of Rounds that stand here otherwise, and are left alone."""

    past_list: PastList
    new: list[Line] = field(default_factory=list)
    unchanged: list[Line] = field(default_factory=list)
    other: list[tuple[Line, str]] = field(default_factory=list)

    @property
    def digest(self):
        told = [(key_of(line), *line[:4], *line[5:]) for line in self.new]
        return hashlib.sha256(repr(told).encode()).hexdigest()


def compare(past_list, *, system) -> PastRounds:
    """The list beside the Rounds as they stand; nothing is written."""
    told = PastRounds(past_list)
    standing = _Standing(past_list, system)
    for line in past_list.lines:
        why = standing.differs(line)
        if why is None:
            told.new.append(line)
        elif why:
            told.other.append((line, why))
        else:
            told.unchanged.append(line)
    return told


def key_for(line, system) -> uuid.UUID:
    """The same for the same Round, whenever and however often it is imported."""
    starts_at, title, host = key_of(line)
    return uuid.uuid5(ROOT, f"{system.pk}|{starts_at.timestamp():.0f}|{title}|{host}")


def shown_forms(line) -> int | None:
    """As ``counting`` has it: how many forms, to the nearest 5, where their answers may be read."""
    forms, present = line.forms or 0, line.headcount if line.headcount is not None else line.forms or 0
    return rounded(forms) if may_be_shown(forms=forms, present=present) else None


def headcount_in_words(line) -> str:
    """As the figures will know it."""
    if line.headcount is None:
        return "no headcount"
    return f"{Figure(rounded(line.headcount) or 0, int(line.headcount < THRESHOLD)).words} people"


class _Standing:
    """The Rounds that are here already, by what makes them the same."""

    def __init__(self, past_list, system):
        self.system = system
        keys = {key_for(line, system) for line in past_list.lines}
        starts = [line.starts_at for line in past_list.lines]
        about = Round.objects.none()
        if starts:
            about = Round.objects.filter(system=system, starts_at__range=(min(starts) - DAY, max(starts) + DAY))
        rounds = list(about.select_related("figure", "feedback_box").order_by("starts_at", "id"))
        self.imported = {round.pk: round for round in rounds if round.pk in keys}
        self.held_here = {_day_and_title(round) for round in rounds if round.published_at}
        self.counts = counts_of(list(self.imported))
        boxes = [round.feedback_box for round in self.imported.values() if hasattr(round, "feedback_box")]
        asked = Item.objects.filter(questionnaire__in={box.questionnaire_id for box in boxes})
        self.numbers = dict(asked.order_by().values_list("pk", "number"))

    def differs(self, line):
        """None where the Round is not here, "" where it stands as in the line, else what to know."""
        if _day_and_title(line) in self.held_here:
            return "A Round with that title was held here on that day, and its figures stand."
        round = self.imported.get(key_for(line, self.system))
        if round is None:
            return None
        return "" if self._said_of(round) == _said_by(line) else OTHERWISE

    def _said_of(self, round):
        figure = round.figure
        counts = {self.numbers[item]: values for (item, of), values in self.counts.items() if of == round.pk}
        return round.format, figure.headcount_entered_at is not None, figure.headcount, figure.forms, counts


def _day_and_title(round):
    return timezone.localdate(round.starts_at), round.title.casefold()


def _said_by(line):
    forms = shown_forms(line)
    headcount = None if line.headcount is None else rounded(line.headcount)
    return line.held, line.headcount is not None, headcount, forms, line.counts if forms else {}


def accept(past_list, *, system, questionnaire, digest, now, by=None) -> PastRounds:
    """Do what the preview with that digest said. `questionnaire` is called for the one whose questions these are, once
    nothing is refused any more: it may have to be made."""
    try:
        with transaction.atomic():
            System.objects.select_for_update(no_key=True).get(pk=system.pk)
            told = compare(past_list, system=system)
            if told.digest != digest:
                raise Refused(CHANGED)
            if told.new:
                _enter(told.new, system, questionnaire(), now)
                what, rows = "past Rounds", len(told.new)
                audit.record(Act.IMPORT_ACCEPTED, by=by, where=system, now=now, what=what, rows=rows)
            return told
    except IntegrityError:
        # Another room code was the same, or a host has gone: nothing was entered.
        raise Refused(CHANGED) from None


def _enter(lines, system, questionnaire, now):
    rounds = {key_for(line, system): line for line in lines}
    past.enter(
        past.past_round(
            pk=pk, system=system, title=line.title, held=line.held, starts_at=line.starts_at, host=line.host
        )
        for pk, line in rounds.items()
    )
    RoundFigure.objects.bulk_create([_figure(pk, line, now) for pk, line in rounds.items()], batch_size=BATCH)
    asked = {pk: line for pk, line in rounds.items() if line.forms}
    FeedbackBox.objects.bulk_create(
        [_box(pk, line, questionnaire, now) for pk, line in asked.items()], batch_size=BATCH
    )
    _count(asked, questionnaire, system)


def _figure(pk, line, now):
    known, forms = line.headcount is not None, line.forms is not None
    return RoundFigure(
        round_id=pk,
        headcount=rounded(line.headcount) if known else None,
        headcount_entered_at=now if known else None,
        forms=shown_forms(line),
        forms_entered_at=now if forms else None,
    )


def _box(pk, line, questionnaire, now):
    return FeedbackBox(
        round_id=pk,
        room_code=new_room_code(),
        questionnaire=questionnaire,
        opens_at=line.starts_at - OPENS_BEFORE,
        closes_at=line.starts_at + past.LASTED + STAYS_OPEN,
        state=BoxState.COUNTED,
        counted_at=now,
    )


def _count(lines, questionnaire, system):
    """All or nothing in `box`. What stands there under these keys was left by an import that did not end well."""
    items = {item.number: item.pk for item in questionnaire.items.all()}
    shown = {pk: line for pk, line in lines.items() if shown_forms(line)}
    with transaction.atomic(using="box"):
        for model in (ItemCount, Counted):
            model.objects.filter(round_id__in=list(lines)).delete()
        half_years = {HalfYear.of_round(line) for line in lines.values()}
        half_year_answers.forget(system_id=system.pk, half_years=half_years)
        Counted.objects.bulk_create(Counted(round_id=pk, forms=shown_forms(line)) for pk, line in lines.items())
        ItemCount.objects.bulk_create(
            (
                ItemCount(round_id=pk, questionnaire_id=questionnaire.pk, item_id=items[question], value=value, n=n)
                for pk, line in shown.items()
                for question, values in line.counts.items()
                for value, n in values.items()
            ),
            batch_size=BATCH,
        )
