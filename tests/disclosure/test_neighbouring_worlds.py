"""Two worlds that differ in one person's attendance: what differs in what they show, and by how much it can.

* In each released table all cells together differ by no more than the table says (its sensitivity), so that the noise
  hides it: whatever is released in one world is released in the other with nearly the same probability.
* Where the release came out the same, everything else is the same to the byte: pages, files, order of rows, at every
  moment. The one thing beside it that may differ is the headcount of that person's Round, where they carry it over a
  step of its rounding.
"""

from collections import Counter
from datetime import date

import pytest

from evaluation.disclosure import rounded
from evaluation.models import ReleasedCell
from evaluation.tables import TABLES
from tests.disclosure.system import Hour, LivingSystem, that_never_was

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_noise")]

OCTOBER, NOVEMBER, JANUARY = date(2026, 10, 14), date(2026, 11, 11), date(2027, 1, 13)


def told(hours, *, drawn=None, read=True):
    """([everything that is offered, at each moment; at last the reports and letters too], what was released), of a
    world that then never was. `drawn`: what is released in it, as chance might have drawn it: (half-year, table, cell)
    → number."""
    seen, out = [], {}
    half_years = sorted({hour.half_year for hour in hours})
    with that_never_was():
        system = LivingSystem()
        for now in system.live(hours):
            out |= released(system, drawn)
            if read:
                seen.append(system.everything(now, half_years))
        if read:
            # The report of the Round at which they differ.
            seen.append(system.made(now, half_years, system.rounds[1:2]))
    return seen, out


def released(system, drawn):
    cells = list(ReleasedCell.objects.select_related("release").filter(release__system=system.system))
    employers = {str(partner.pk): sector for sector, partner in system.partners.items()}
    for cell in cells:
        # Each world has keys of its own.
        cell.key = (cell.release.half_year, cell.table, employers.get(cell.cell, cell.cell))
        if drawn:
            cell.number = drawn[cell.key]
            cell.save(update_fields=["number"])
    return {cell.key: cell.number for cell in cells}


def hours(acute, hospice, walked_in=3):
    return [
        Hour(OCTOBER, {"acute": 20, "council": 9}, walked_in=6),
        Hour(NOVEMBER, {"acute": acute, "hospice": hospice}, walked_in=walked_in),
        Hour(JANUARY, {"acute": 15, "council": 9, "social_care": 4}, walked_in=5),
    ]


HEADCOUNTS = {
    *("dashboard", "dashboard_file people", "sponsor_brief", "board PDF", "annual PDF", "round PDF"),
    *("board_report", "board_report_file", "annual_report", "annual_report_file", "return", "return spreadsheet"),
    *("series_figures", "series_figures_file came", "round_report", "round_report_file"),
}
# Acute and hospice staff in the second Round, of whom one more came in the neighbouring world.
CASES = [
    ((20, 4, 4), (21, 4, 4), set()),  # 28 or 29 in the room
    ((20, 0, 6), (20, 1, 6), set()),  # nobody of a hospice, or one
    ((20, 7, 1), (20, 8, 1), set()),  # 28 or 29 in the room, and 7 or 8 of the sector
    ((20, 4, 8), (20, 5, 8), HEADCOUNTS),  # 32 or 33 in the room
    ((3, 2, 2), (4, 2, 2), HEADCOUNTS),  # 7 or 8 in the room: a number or none
]


@pytest.mark.parametrize(("one", "other", "crossing"), CASES)
def test_the_same_release_shows_the_same_to_the_byte(one, other, crossing):
    pairs = zip(hours(*one), hours(*other), strict=True)
    assert bool(crossing) == any(rounded(a.headcount) != rounded(b.headcount) for a, b in pairs)
    seen, drawn = told(hours(*one))
    neighbour, _ = told(hours(*other), drawn=drawn)
    assert len(drawn) > 20
    assert differing(seen, neighbour) == crossing


def differing(seen, neighbour):
    moments = zip(seen, neighbour, strict=True)
    return {name for one, other in moments for (name, half_year), said in one.items() if other[name, half_year] != said}


def test_other_noise_would_show():
    """The control: the same world, released otherwise."""
    seen, drawn = told(hours(20, 4))
    other, _ = told(hours(20, 4), drawn={key: number + 20 for key, number in drawn.items()})
    differ = differing(seen, other)
    files = ("reach", "work", "employers", "first", "equity")
    assert {f"dashboard_file {each}" for each in files} <= differ
    assert {"board_report", "annual_report", "sponsor_brief", "board PDF", "partner_figures_file xp0"} <= differ
    assert "dashboard_file people" not in differ


@pytest.mark.parametrize(("one", "other", "_"), CASES)
def test_one_attendance_changes_no_table_by_more_than_it_says(one, other, _):
    assert largest_changes(cells_of(hours(*one)), cells_of(hours(*other)), times=1) > 0


def test_somebody_with_ten_changes_none_by_more_than_ten_times_that():
    def world(of_hospice):
        days = [date(2026, 10, 5 + number) for number in range(10)]
        return [Hour(day, {"acute": 20, "hospice": of_hospice}, walked_in=5 - of_hospice) for day in days]

    assert largest_changes(cells_of(world(0)), cells_of(world(1)), times=10) == 10


def cells_of(hours):
    return told(hours, read=False)[1]


def largest_changes(one, other, *, times):
    assert one.keys() == other.keys()
    changes = Counter()
    for key, number in one.items():
        changes[key[1]] += abs(number - other[key])
    for table, change in changes.items():
        assert change <= times * TABLES[table].sensitivity, table
    return max(changes.values())
