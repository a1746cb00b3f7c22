"""A half-year's figures are released: made once from its tallies, with noise, stored, and never made again.

Noise that were drawn anew for every look could be averaged away. So once the half-year is over and its last Round is
folded, each cell of each table (``evaluation.tables``) gets its noise and is stored, and the tallies are destroyed.
What is put right or folded afterwards changes nothing. Which cells there are follows from facts about partners and
Rounds alone: one that came and went with the people in it would tell of them.
"""

from collections import Counter

from django.db import transaction
from django.db.models import Q

from evaluation import noise, tables
from evaluation.actions.folding import NOT_SAID, OVER, fold, lock, place_of, rounds_to_fold
from evaluation.disclosure import FEWEST_ROUNDS, SMALL_GROUP, SMALL_SECTOR
from evaluation.models import Release, ReleasedCell, ReleasedSector, Tally
from evaluation.models.tally import SMALL_SECTORS
from evaluation.reports.half_years import HalfYear, waits_until
from evaluation.reports.workforce import large_employers, together, workforces
from evaluation.states import BROAD_GROUPS
from members.models import Organisation, System
from rounds.days import time_of_day
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.moments import midnight


def follow(*, now) -> None:
    """One turn of the clock. Each Round and each half-year is a transaction of its own."""
    for round in rounds_to_fold():
        fold(round=round)
    for system, half_year in half_years_to_release(now):
        release(system=system, half_year=half_year, now=now)


def half_years_to_release(now) -> list[tuple[System, HalfYear]]:
    """Those that are over and have tallies, as soon as none of their Rounds is still to be folded."""
    present = HalfYear.at(now)
    tallied = Tally.objects.filter(half_year__lt=present.key).select_related("system")
    found = {(tally.system, HalfYear.called(tally.half_year)) for tally in tallied}
    over = sorted(found, key=lambda each: (each[0].code, each[1].begins))
    return [(system, half_year) for system, half_year in over if may_release(system, half_year, now=now)]


def may_release(system, half_year, *, now) -> bool:
    if now < midnight(half_year.ends):
        return False
    unfinished = Q(state__in=(RoundState.PUBLISHED, RoundState.HELD)) | Q(pk__in=rounds_to_fold().values("pk"))
    waiting = Round.objects.of_many_teams().filter(unfinished, system=system, **half_year.hours)
    return now >= waits_until(half_year) or not waiting.exists()


@transaction.atomic
def release(*, system, half_year, now) -> Release:
    """Make what is shown of a half-year, once; the release there is stays as it is."""
    lock(system.pk)
    made = Release.objects.filter(system=system, half_year=half_year.key).first()
    if made or not may_release(system, half_year, now=now):
        return made
    held = Round.objects.of_many_teams().in_state(*OVER).filter(system=system, **half_year.hours)
    rounds = list(held.filter(folded__isnull=False).select_related("host_organisation"))
    left_out = held.filter(folded=None).count()
    made = Release.objects.create(system=system, half_year=half_year.key, rounds=len(rounds), left_out=left_out)
    tallies = Tally.objects.filter(system=system, half_year=half_year.key)
    if made.rounds >= FEWEST_ROUNDS:
        _fill(made, rounds, tallies, on=half_year.last_day)
    tallies.delete()
    return made


def _fill(made, rounds, tallies, *, on):
    sectors, merged = released_sectors(workforces(made.system, on=on))
    ReleasedSector.objects.bulk_create(
        ReleasedSector(
            release=made, sector=key, staff=each.staff, partners=each.partners, uncounted=each.uncounted
        )
        for key, each in sectors.items()
    )  # fmt: skip
    came = _by_table(tallies)
    ReleasedCell.objects.bulk_create(
        ReleasedCell(
            release=made,
            table=table.key,
            cell=cell,
            staff=staff,
            number=sum(came[table.key][each] for each in of) + noise.laplace(table.noise),
        )
        for table, cell, of, staff in cells(made.system, rounds, sectors, merged, on=on)
    )


def released_sectors(found):
    """{sector: its workforce} of those that stand in the release, the small ones as one; and {sector: the sectors that
    it stands for} of those whose number of staff is large enough for figures.

    A sector that is small as far as its partners have said may be a large one: it stands there without figures."""
    large = {key: each for key, each in found.items() if each.staff >= SMALL_SECTOR}
    unknown = {key: each for key, each in found.items() if key not in large and each.uncounted}
    small = {key: each for key, each in found.items() if key not in large and key not in unknown}
    sectors = large | unknown | ({SMALL_SECTORS: together(small.values())} if small else {})
    merged = {key: [key] for key in large}
    if small and sectors[SMALL_SECTORS].staff >= SMALL_SECTOR:
        merged[SMALL_SECTORS] = sorted(small)
    return sectors, merged


def cells(system, rounds, sectors, merged, *, on):
    """(table, cell, [cells of its tally], staff) of every cell there is, in a fixed order."""
    hours = sorted({time_of_day(round.starts_at) for round in rounds})
    formats = sorted({round.format for round in rounds})
    for key, own in merged.items():
        for pile in piles(sectors[key].by_work):
            staff = sum(sectors[key].by_work[work] for work in pile if work != NOT_SAID)
            of = [f"{sector}/{work}" for sector in own for work in pile]
            yield tables.WORK, f"{key}/{'+'.join(pile)}", of, staff or None
        for table, divided in ((tables.TIME, hours), (tables.FORMAT, formats)):
            for each in divided:
                yield table, f"{key}/{each}", [f"{sector}/{each}" for sector in own], None
        yield tables.FIRST_TIMERS, key, own, sectors[key].staff
        yield tables.PARTNERS, key, [f"{sector}/" for sector in own], None
    partners = Organisation.objects.in_system(system, on=on).order_by().values_list("pk", flat=True)
    for employer, staff in sorted(large_employers(partners, on=on).items()):
        yield tables.EMPLOYER, str(employer), [str(employer)], staff
    for place in sorted({place_of(round) for round in rounds if round.needs_booking}):
        yield tables.WAITED, place, [place], None
    yield tables.MIXING, "", [""], None


def piles(by_work) -> list[tuple[str, ...]]:
    """The kinds of work of a sector, those with few staff put together; at last those who said none and may do any.

    >>> piles({"nursing": 900, "clinical": 300, "care": 30, "community": 0, "running": 60})
    [('nursing',), ('clinical',), ('care', 'community', 'running'), ('not_said',)]
    """
    by_size = sorted(BROAD_GROUPS, key=lambda work: by_work[work])
    few = [work for work in by_size if by_work[work] < SMALL_GROUP]
    while few and sum(by_work[work] for work in few) < SMALL_GROUP and len(few) < len(by_size):
        few.append(by_size[len(few)])
    if len(few) == len(BROAD_GROUPS):
        return [(*BROAD_GROUPS, NOT_SAID)]
    alone = [(work,) for work in BROAD_GROUPS if work not in few]
    return [*alone, *([tuple(work for work in BROAD_GROUPS if work in few)] if few else []), (NOT_SAID,)]


def _by_table(tallies):
    """{table: cell → number}; partners from whom anybody came are counted by sector, "acute/"."""
    came = {table: Counter() for table in tables.TABLES}
    for tally in tallies:
        cell = f"{tally.cell.partition('/')[0]}/" if tally.table == tables.PARTNERS.key else tally.cell
        came[tally.table][cell] += tally.number
    return came
