"""Registers are folded into tallies of sectors, and the tallies of a half-year into figures that are shown.

A tally that is shown while it grows tells, from one look to the next, who came to the last Round. So nobody reads the
tallies. Once the half-year is over and its last Round is folded its figures are released: rounded, stored and never
made again. What is put right or folded afterwards changes nothing, and the tallies are destroyed.
"""

from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from evaluation.disclosure import FEWEST_ROUNDS, SMALL_SECTOR, rounded, tell_no_more
from evaluation.models import Attendance, Folded, ReachCell, ReachRelease, ReachTally, RoundFigure
from evaluation.models.tally import SMALL_SECTORS
from evaluation.reports.half_years import HalfYear, midnight
from evaluation.reports.reach import together, workforces
from members.models import Membership, Organisation, System
from rounds.models import Round
from rounds.models.keeping import still_kept
from rounds.states import RoundState

# A register is kept no longer than that: a Round which is not closed by then cannot be folded any more.
WAIT_AT_MOST = timedelta(days=30)
OVER = (RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED)


def follow(*, now) -> None:
    """One turn of the clock. Each Round and each half-year is a transaction of its own."""
    for round in rounds_to_fold():
        fold(round=round)
    for system, half_year in half_years_to_release(now):
        release(system=system, half_year=half_year, now=now)


def rounds_to_fold(*, early=False):
    """Closed Rounds whose register was closed here, while it was known who came, and stands in no tally yet. Those of
    one team stand in none: reckoned against the headcounts of the others, the sums would tell how many came there."""
    over = Round.objects.of_many_teams().in_state(*(OVER if early else [RoundState.CLOSED]))
    in_time = still_kept(F("register__closed_at"))
    return over.filter(in_time, register__closed_at__isnull=False, folded=None).order_by("starts_at", "id")


@transaction.atomic
def fold(*, round, early=False) -> bool:
    """Add a Round's attendances to the tallies of its half-year; whether that was still to do. `early`: who came is to
    be forgotten now, though the Round waits for its box."""
    _lock(round.system_id)
    waiting = rounds_to_fold(early=early)
    if not waiting.filter(pk=round.pk).exists():
        return False
    Folded.objects.create(round=round)
    half_year = HalfYear.of_round(round).key
    if not ReachRelease.objects.filter(system=round.system_id, half_year=half_year).exists():
        for sector, number in sorted(attendances_by_sector(round).items()):
            tally, _ = ReachTally.objects.get_or_create(system_id=round.system_id, half_year=half_year, sector=sector)
            tally.came += number
            tally.save(update_fields=["came"])
    return True


def attendances_by_sector(round) -> Counter:
    """Of those who came from a partner of the system on that day, each once: whoever works for several is counted for
    one that the Round invites, or else for the one they joined first."""
    on = timezone.localdate(round.starts_at)
    partners = Organisation.objects.in_system(round.system_id, on=on)
    invited = set(round.invited_partners.order_by().values_list("organisation", flat=True))
    employed = Membership.objects.in_force(on).filter(person__attendances__round=round, organisation__in=partners)
    jobs = employed.order_by("starts_on", "organisation").select_related("organisation")
    sector_of = {}
    for job in sorted(jobs, key=lambda job: job.organisation_id not in invited):
        sector_of.setdefault(job.person_id, job.organisation.sector)
    walked_in = Attendance.objects.walk_ins().filter(round=round, organisation__in=partners).order_by()
    return Counter([*sector_of.values(), *walked_in.values_list("organisation__sector", flat=True)])


def half_years_to_release(now) -> list[tuple[System, HalfYear]]:
    """Those that are over and have tallies, as soon as none of their Rounds is still to be folded."""
    present = HalfYear.of(timezone.localdate(now))
    tallied = ReachTally.objects.filter(half_year__lt=present.key).select_related("system")
    found = {(tally.system, HalfYear.called(tally.half_year)) for tally in tallied}
    over = sorted(found, key=lambda each: (each[0].code, each[1].begins))
    return [(system, half_year) for system, half_year in over if may_release(system, half_year, now=now)]


def may_release(system, half_year, *, now) -> bool:
    if now < midnight(half_year.ends):
        return False
    unfinished = Q(state__in=(RoundState.PUBLISHED, RoundState.HELD)) | Q(pk__in=rounds_to_fold().values("pk"))
    waiting = Round.objects.of_many_teams().filter(unfinished, system=system, **half_year.hours)
    return now >= midnight(half_year.ends) + WAIT_AT_MOST or not waiting.exists()


@transaction.atomic
def release(*, system, half_year, now) -> ReachRelease:
    """Make what is shown of a half-year, once; the release there is stays as it is."""
    _lock(system.pk)
    made = ReachRelease.objects.filter(system=system, half_year=half_year.key).first()
    if made or not may_release(system, half_year, now=now):
        return made
    held = Round.objects.of_many_teams().in_state(*OVER).filter(system=system, **half_year.hours)
    folded = held.filter(folded__isnull=False)
    made = ReachRelease.objects.create(
        system=system, half_year=half_year.key, rounds=folded.count(), left_out=held.filter(folded=None).count()
    )
    tallies = ReachTally.objects.filter(system=system, half_year=half_year.key)
    cells = cells_of(made, Counter(dict(tallies.order_by().values_list("sector", "came"))), on=half_year.last_day)
    if made.rounds >= FEWEST_ROUNDS and tell_no_more(headcounts=_headcounts(folded), reached=_shown(cells)):
        ReachCell.objects.bulk_create(cells)
    tallies.delete()
    return made


def cells_of(release, came, *, on) -> list[ReachCell]:
    """A cell for each sector with a partner on that day; sectors with few staff share one."""
    cells, small = [], {}
    for sector, workforce in workforces(release.system, on=on).items():
        if workforce.uncounted:
            unknown = {"partners": workforce.partners, "uncounted": workforce.uncounted}
            cells.append(ReachCell(release=release, sector=sector, **unknown))
        elif workforce.staff < SMALL_SECTOR:
            small[sector] = workforce
        else:
            cells.append(_cell(release, sector, workforce, came[sector]))
    if small:
        cells.append(_cell(release, SMALL_SECTORS, together(small.values()), sum(came[sector] for sector in small)))
    return cells


def _cell(release, sector, workforce, came):
    shown = rounded(came) if workforce.staff >= SMALL_SECTOR else None
    return ReachCell(release=release, sector=sector, came=shown, staff=workforce.staff, partners=workforce.partners)


def _headcounts(rounds):
    return list(RoundFigure.objects.filter(round__in=rounds).order_by().values_list("headcount", flat=True))


def _shown(cells):
    return [cell.came for cell in cells]


def _lock(system_id):
    """Folding and releasing take turns within a system, or a Round could be added to tallies as they are destroyed."""
    System.objects.select_for_update(no_key=True).get(pk=system_id)
