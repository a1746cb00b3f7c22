"""Registers are folded into tallies, from which the half-year is released (``actions.releases``).

A tally that is shown while it grows tells, from one look to the next, who came to the last Round. So nobody reads the
tallies but the release.
"""

from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from evaluation import tables
from evaluation.models import Attendance, Folded, Release, Tally
from evaluation.reports.half_years import HalfYear
from evaluation.reports.workforce import large_employers
from evaluation.states import BROAD_GROUP_OF
from members.models import Membership, Organisation, PlaceEdge, System
from rounds.days import time_of_day
from rounds.models import Round
from rounds.models.keeping import still_kept
from rounds.states import RoundState

OVER = (RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED)
NOT_SAID = "not_said"


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
    lock(round.system_id)
    waiting = rounds_to_fold(early=early)
    if not waiting.filter(pk=round.pk).exists():
        return False
    Folded.objects.create(round=round)
    half_year = HalfYear.of_round(round).key
    if not Release.objects.filter(system=round.system_id, half_year=half_year).exists():
        _add(round.system_id, half_year, cells_of(round))
    return True


def lock(system_id):
    """Folding and releasing take turns within a system, or a Round could be added to tallies as they are destroyed."""
    System.objects.select_for_update(no_key=True).get(pk=system_id)


def _add(system_id, half_year, cells):
    """Every tally of the half-year is written, whether it grows or not: which were, and when, tells nothing."""
    tallies = Tally.objects.filter(system=system_id, half_year=half_year)
    standing = {(tally.table, tally.cell): tally for tally in tallies.order_by("table", "cell")}
    new = {key: Tally(system_id=system_id, half_year=half_year, table=key[0], cell=key[1]) for key in sorted(cells)}
    everything = new | standing
    for (table, cell), tally in everything.items():
        number = tally.number + cells[table, cell]
        tally.number = min(number, 1) if tables.TABLES[table].once else number
    Tally.objects.bulk_update(standing.values(), ["number"])
    Tally.objects.bulk_create(tally for key, tally in everything.items() if key not in standing)


@dataclass(frozen=True)
class Came:
    """One who came from a partner. `work` is a broad kind of work."""

    sector: str
    employer: object
    work: str
    first: bool


def cells_of(round) -> Counter:
    """What a Round adds to the tables: (table, cell) → number."""
    came = who_came(round)
    hour = time_of_day(round.starts_at)
    large = large_employers({each.employer for each in came})
    cells = Counter()
    for each in came:
        cells[tables.WORK.key, f"{each.sector}/{each.work}"] += 1
        cells[tables.TIME.key, f"{each.sector}/{hour}"] += 1
        cells[tables.FORMAT.key, f"{each.sector}/{round.format}"] += 1
        cells[tables.PARTNERS.key, f"{each.sector}/{each.employer}"] = 1
        cells[tables.FIRST_TIMERS.key, each.sector] += each.first
        if each.employer in large:
            cells[tables.EMPLOYER.key, str(each.employer)] += 1
    cells[tables.MIXING.key, ""] = len({each.employer for each in came})
    if round.needs_booking:
        cells[tables.WAITED.key, place_of(round)] = round.bookings.waiting().count()
    return cells


def who_came(round) -> list[Came]:
    """From partners of the system on that day, each once: whoever works for several is counted for one that the Round
    invites, or else for the one they joined first."""
    on = timezone.localdate(round.starts_at)
    partners = Organisation.objects.in_system(round.system_id, on=on)
    invited = set(round.invited_partners.order_by().values_list("organisation", flat=True))
    employed = Membership.objects.in_force(on).filter(person__attendances__round=round, organisation__in=partners)
    jobs = employed.order_by("starts_on", "organisation").select_related("organisation")
    job_of = {}
    for job in sorted(jobs, key=lambda job: job.organisation_id not in invited):
        job_of.setdefault(job.person_id, job)
    first = set(round.attendances.filter(first_round=True).order_by().values_list("person", flat=True))
    walked_in = Attendance.objects.walk_ins().filter(round=round, organisation__in=partners)
    return [
        *(_came(job.organisation, job.staff_group, person in first) for person, job in job_of.items()),
        *(
            _came(each.organisation, each.staff_group, each.first_round)
            for each in walked_in.select_related("organisation")
        ),
    ]


def _came(employer, staff_group, first):
    return Came(employer.sector, employer.pk, BROAD_GROUP_OF.get(staff_group, NOT_SAID), first)


def place_of(round) -> str:
    """Key of the Place in which it is hosted, of the first by name where its host serves several; "" where none."""
    if round.host_place_id:
        return str(round.host_place_id)
    on = timezone.localdate(round.starts_at)
    edges = PlaceEdge.objects.in_force(on).filter(place__system=round.system_id).order_by("place__name")
    own = edges.filter(organisation=round.host_organisation_id)
    return str(own.values_list("place", flat=True).first() or "")
