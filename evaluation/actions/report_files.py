"""A report is made as a file in the background: asked for, made by a worker, written about, and gone after a week."""

import logging

from django.db import IntegrityError, transaction

from evaluation import emails
from evaluation.models import ReportFile
from evaluation.reports.half_years import HalfYear
from evaluation.states import ReportKind, ReportState
from members import postbox

logger = logging.getLogger(__name__)
# What its report says of a Round, beside what figures know.
OF_A_ROUND = ("round__system", "round__host_organisation", "round__host_place", "round__co_host")
TASK = "evaluation.tasks.make_reports"


def ask(*, system, kind, period, by, now) -> ReportFile:
    return _ask({"system": system, "kind": kind, "half_year": period.key, "round": None, "asked_by": by}, now)


def ask_for_round(*, round, by, now) -> ReportFile:
    half_year = HalfYear.of_round(round).key
    mine = {"system": round.system, "kind": ReportKind.ROUND, "half_year": half_year, "round": round, "asked_by": by}
    return _ask(mine, now)


def drop_of(*, round) -> None:
    """What stands in them is no longer let out. One that is being made is not finished either."""
    ReportFile.objects.filter(round=round).delete()


@transaction.atomic
def _ask(mine, now):
    """The one that is on its way; where there is none, a new one takes the place of that which was made before."""
    under_way = ReportFile.objects.kept(now).filter(state__in=[ReportState.WAITING, ReportState.MAKING], **mine).first()
    if under_way:
        return under_way
    ReportFile.objects.filter(**mine).delete()
    postbox.ring(TASK)
    try:
        with transaction.atomic():
            return ReportFile.objects.create(created_at=now, **mine)
    except IntegrityError:  # they asked twice at once
        return ReportFile.objects.get(**mine)


def make_next(*, make, now) -> bool:
    """The one that has waited longest; whether it became a file. `make(file, now)` gives the bytes.

    What somebody began and left has failed, and is not begun anew: it may be what killed them.
    """
    for left in ReportFile.objects.left(now).defer("content"):
        _end(left, ReportState.FAILED, now)
    file = _claim(now)
    return bool(file) and _make(file, make, now)


def some_wait(*, now) -> bool:
    return ReportFile.objects.to_make(now).exists()


def _claim(now):
    """By a conditional update: of two workers one gets it."""
    waiting = ReportFile.objects.to_make(now).defer("content").select_related("system", *OF_A_ROUND)
    for file in waiting:
        still_so = ReportFile.objects.to_make(now).order_by().filter(pk=file.pk)
        if still_so.update(state=ReportState.MAKING, begun_at=now):
            return file
    return None


def _make(file, make, now) -> bool:
    """What goes wrong is told on its page and by letter, and keeps no other from being made."""
    try:
        content = make(file, now)
    except Exception as error:  # noqa: BLE001 (whatever it is, whoever asked is to know)
        logger.error("A report could not be made: %s", type(error).__name__)
        _end(file, ReportState.FAILED, now)
        return False
    return _end(file, ReportState.READY, now, content=content)


@transaction.atomic
def _end(file, state, now, **content) -> bool:
    """Whoever asked need not wait on the page: a letter tells them of either end. One that was dropped has none."""
    if not ReportFile.objects.filter(pk=file.pk, state=ReportState.MAKING).update(state=state, **content):
        return False
    emails.report_ready(file, now=now)
    return True
