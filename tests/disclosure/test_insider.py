"""Somebody who knows of everybody else whether they came, and wants to know it of one more.

They know every row of every register but one, all partners and numbers of staff, and how the figures are made; and
they get even more than is published: each released cell before it is rounded. What is left to them is to reckon how
much likelier what they see is if that person came. The noise keeps this below e^ε, so they are never certain.

Not of this: the headcount of a Round. It is counted in the room and rounded, without noise: whoever counted all others
in the room was in it.
"""

import math
from collections import Counter
from datetime import date, time

import pytest
from django.db import transaction

from evaluation import noise, tables
from evaluation.actions import releases
from evaluation.actions.folding import cells_of
from evaluation.models import Attendance, Folded, ReleasedCell
from evaluation.reports.workforce import workforces
from rounds.models import Round
from rounds_site.kit.blunt import rounded
from tests.disclosure.system import Hour, LivingSystem

pytestmark = pytest.mark.django_db

HOURS = [
    Hour(date(2026, 4, 14), {"acute": 9, "council": 7, "hospice": 1}, 4),
    Hour(date(2026, 6, 16), {"acute": 12, "social_care": 8}, 3, begins=time(8, 30)),
    Hour(date(2026, 9, 1), {"acute": 2, "council": 3, "hospice": 5}, 2),
]
HALF_YEAR = HOURS[0].half_year
CERTAIN = 0.995


@pytest.fixture
def suspects():
    """[(table, cell) → by how much it is more if this one came] of each attendance, and {(table, cell): what is in it,
    what was released}."""
    system, registers = LivingSystem(), []
    for _ in system.live(HOURS):
        for round in Round.objects.filter(folded__isnull=False).exclude(pk__in=[key for key, *_ in registers]):
            registers.append((round.pk, cells_of(round), [without(one) for one in round.attendances.order_by("pk")]))
    assert Folded.objects.count() == len(HOURS)
    of = parts(system)
    true = summed([cells for _, cells, _ in registers], of)
    differences = [
        true - summed([fewer if key == left_out else cells for key, cells, _ in registers], of)
        for left_out, _, each_less in registers
        for fewer in each_less
    ]
    released = {(cell.table, cell.cell): cell.number for cell in ReleasedCell.objects.select_related("release")}
    assert released.keys() == of.keys()
    return differences, {cell: (true[cell], released[cell]) for cell in released}


class Undo(Exception):
    pass


def without(one):
    """What a Round adds to the tallies if this one did not come."""
    try:
        with transaction.atomic():
            Attendance.objects.filter(pk=one.pk).delete()
            cells = cells_of(one.round)
            raise Undo
    except Undo:
        return cells


def parts(system):
    """{(table, released cell): the cells of the tallies that are in it}"""
    rounds = list(Round.objects.filter(system=system.system).select_related("host_organisation"))
    sectors, merged = releases.released_sectors(workforces(system.system, on=HALF_YEAR.last_day))
    found = releases.cells(system.system, rounds, sectors, merged, on=HALF_YEAR.last_day)
    return {(table.key, cell): tallied for table, cell, tallied, _ in found}


def summed(registers, of):
    """What is in each cell; of partners whether anybody came from them."""
    tallies = Counter()
    for (table, cell), number in sum(registers, Counter()).items():
        if tables.TABLES[table].once:
            tallies[table, f"{cell.partition('/')[0]}/"] += min(number, 1)
        else:
            tallies[table, cell] += number
    return Counter({cell: sum(tallies[cell[0], each] for each in tallied) for cell, tallied in of.items()})


def sure(difference, cells, likelihood):
    """How sure they are that this one came, who thought it as likely as not before they looked."""
    came = stayed = 1.0
    for cell, by in difference.items():
        true, seen = cells[cell]
        table = tables.TABLES[cell[0]]
        came, stayed = came * likelihood(seen, true, table), stayed * likelihood(seen, true - by, table)
    return came / (came + stayed)


def with_noise(seen, true, table):
    return noise.likelihood(seen - true, table.noise)


def test_they_are_never_certain(suspects, figures):
    differences, cells = suspects
    surest = [sure(each, cells, with_noise) for each in differences]
    most = 1 / (1 + math.exp(-tables.epsilon_of(tables.ATTENDANCE, tables.FIRST)))
    assert len(differences) == sum(sum(hour.came.values()) for hour in HOURS)
    assert all(each for each in differences)
    assert 1 - most - 1e-9 <= min(surest) <= max(surest) <= most + 1e-9 < CERTAIN
    figures(
        "disclosure: insider",
        attendances=len(surest), certain=sum(each > CERTAIN for each in surest),
        surest_per_mille=math.floor(1000 * max(surest)),
    )  # fmt: skip


def test_of_exact_and_of_rounded_figures_they_would_be(suspects, figures):
    """The controls: what is released without noise, exact or to the nearest 5."""
    differences, cells = suspects
    without_noise = {cell: (true, true) for cell, (true, _) in cells.items()}
    by_rounding = {cell: (true, rounded(true)) for cell, (true, _) in cells.items()}
    exactly = [sure(each, without_noise, lambda seen, true, _: float(seen == true)) for each in differences]
    nearly = [sure(each, by_rounding, lambda seen, true, _: float(seen == rounded(true))) for each in differences]
    assert set(exactly) == {1}
    certain = sum(each == 1 for each in nearly)
    assert certain >= 10
    figures("disclosure: controls", insiders_of_exact_certain=len(exactly), insiders_of_rounded_certain=certain)
