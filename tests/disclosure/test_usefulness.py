"""Figures that give nobody away must still say something: floors on what is shown of a system of 30,000 staff."""

import random
from datetime import date, datetime, timedelta
from statistics import median

import pytest
import time_machine

from evaluation.actions import releases
from evaluation.models import Folded, Tally
from evaluation.models.tally import REACHED
from evaluation.reports.half_years import HalfYear
from evaluation.reports.reach import last_released
from evaluation.states import BROAD_GROUP_OF
from rounds.states import RoundState
from tests.factories.members import OrganisationFactory, StaffCountFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import LONDON

pytestmark = pytest.mark.django_db

# Sector: (its staff, how many of them come to a Round of 45 on average, staff group → parts of its staff).
SECTORS = {
    "acute": (11000, 16, {"nursing": 4, "medical": 2, "clinical_support": 3, "administration": 3}),
    "mental_health": (4000, 7, {"nursing": 4, "allied_health": 2, "social_work": 1, "administration": 2}),
    "community": (4000, 6, {"nursing": 5, "allied_health": 3, "administration": 2}),
    "council": (5000, 5, {"social_work": 3, "social_care": 2, "administration": 4}),
    "social_care": (4500, 5, {"social_care": 8, "nursing": 1, "estates": 1}),
    "primary_care": (1000, 3, {"medical": 3, "nursing": 3, "administration": 4}),
    "hospice": (500, 3, {"nursing": 4, "volunteer": 3, "administration": 1}),
}
ROUNDS, HALF_YEARS = 12, 12


@pytest.fixture(scope="module")
def came():
    """(half-year, sector) → kind of work of each who came, over six years."""
    chance = random.Random(11)
    return {
        (number, sector): chance.choices(
            [BROAD_GROUP_OF[group] for group in parts],
            weights=list(parts.values()),
            k=sum(round(chance.gauss(mean, mean**0.5)) for _ in range(ROUNDS)),
        )
        for number in range(HALF_YEARS)
        for sector, (_, mean, parts) in SECTORS.items()
    }


def half_years():
    found = [HalfYear(date(2027, 4, 1))]
    for _ in range(HALF_YEARS - 1):
        found.append(found[-1].after())
    return found


def released(came):
    """The figures of each half-year, through the job itself and with its own noise."""
    system = SystemFactory()
    for sector, (staff, _, parts) in SECTORS.items():
        partner = OrganisationFactory(sector=sector, system=system)
        for group, part in parts.items():
            StaffCountFactory(
                organisation=partner, staff_group=group, number=staff * part // sum(parts.values()),
                counted_on=half_years()[0].begins,
            )  # fmt: skip
    for number, half_year in enumerate(half_years()):
        for week in range(2):
            starts_at = datetime.combine(half_year.begins, datetime.min.time(), LONDON) + timedelta(days=7 * week + 9)
            round = RoundFactory(system=system, starts_at=starts_at, state=RoundState.CLOSED, venue=None)
            Folded.objects.create(round=round)
        for sector in SECTORS:
            for work in set(came[number, sector]):
                there = {"system": system, "half_year": half_year.key, "table": "work", "cell": f"{sector}/{work}"}
                Tally.objects.create(number=came[number, sector].count(work), **there)
        after = datetime.combine(half_year.ends, datetime.min.time(), LONDON) + timedelta(days=31)
        with time_machine.travel(after, tick=False):
            releases.follow(now=after)
        yield number, last_released(system, until=half_year.key)


def test_nearly_all_is_shown_and_nearly_right(came, figures):
    off, off_whole, shown, within = [], [], 0, 0
    for number, reach in released(came):
        assert reach.half_year == half_years()[number].key
        by_label = {each.label: each.rate for each in reach.sectors}
        for sector in SECTORS:
            figure, true = by_label[REACHED[sector]], len(came[number, sector])
            if figure:
                shown += 1
                within += figure.came.low <= true <= figure.came.high
                off.append(abs(figure.came.shown - true) / true)
        whole = sum(len(came[number, sector]) for sector in SECTORS)
        off_whole.append(abs(reach.whole.came.shown - whole) / whole)
    cells = len(SECTORS) * HALF_YEARS
    figures(
        "utility floors",
        cells=cells, shown=shown, within_their_range=within,
        median_error_of_a_sector_per_mille=round(1000 * median(off)),
        median_error_of_the_system_per_mille=round(1000 * median(off_whole)),
    )  # fmt: skip
    assert shown >= 0.9 * cells
    assert within >= 0.85 * shown
    assert median(off) <= 0.08
    assert median(off_whole) <= 0.03
