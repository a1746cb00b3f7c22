"""Two worlds that differ in one person's attendance show the same, to the byte.

The one thing that may differ is a number that this person carries over a step of its rounding: the headcount of their
Round, entered once at its closing, or the sum of their sector, released once after the half-year. Each case below says
which, and everything else must be equal: pages, files and the order of their rows, at every moment.
"""

from datetime import date

import pytest
from django.db import transaction

from evaluation.disclosure import rounded
from tests.disclosure.system import Hour, LivingSystem

pytestmark = pytest.mark.django_db

OCTOBER, NOVEMBER, JANUARY = date(2026, 10, 14), date(2026, 11, 11), date(2027, 1, 13)


class Undo(Exception):
    pass


def told(hours):
    """[everything that is offered, at each moment], of a world that then never was."""
    seen = []
    half_years = sorted({hour.half_year for hour in hours})
    try:
        with transaction.atomic(), transaction.atomic(using="box"):
            system = LivingSystem()
            seen.extend(system.everything(now, half_years) for now in system.live(hours))
            raise Undo
    except Undo:
        return seen


def hours(acute, hospice, walked_in=3):
    return [
        Hour(OCTOBER, {"acute": 20, "council": 9}, walked_in=6),
        Hour(NOVEMBER, {"acute": acute, "hospice": hospice}, walked_in=walked_in),
        Hour(JANUARY, {"acute": 15, "council": 9, "social_care": 4}, walked_in=5),
    ]


# Where a released figure of a sector stands, and where a headcount does.
SHOWN_ON = {
    "reach": {"reach", "equity", "dashboard page", "equity page"},
    "people": {"people", "dashboard page"},
}
# (acute and hospice staff in the second Round, of whom one more came in the neighbouring world; what crosses a step)
CASES = [
    ((20, 4, 4), (21, 4, 4), set()),  # 28 or 29 in the room, 55 or 56 of the sector: nothing
    ((20, 4, 4), (20, 5, 4), set()),  # 4 or 5 hospice staff: hidden all the same
    ((20, 0, 6), (20, 1, 6), set()),  # none or one: hidden all the same
    ((22, 3, 3), (23, 3, 3), {"reach"}),  # 28 or 29 in the room, but 57 or 58 of the sector
    ((20, 7, 1), (20, 8, 1), {"reach"}),  # 28 or 29 in the room, but 7 or 8 of the sector
    ((20, 4, 8), (20, 5, 8), {"people"}),  # 32 or 33 in the room
    ((3, 2, 2), (4, 2, 2), {"people"}),  # 7 or 8 in the room: a number or none
]


@pytest.mark.parametrize(("one", "other", "crossing"), CASES)
def test_one_attendance_shows_nowhere_but_where_it_crosses_a_step(one, other, crossing):
    assert steps_crossed(hours(*one), hours(*other)) == crossing
    differing = {
        name
        for before, after in zip(told(hours(*one)), told(hours(*other)), strict=True)
        for (name, _), said in before.items()
        if after[name, _] != said
    }
    assert differing == set().union(*(SHOWN_ON[each] for each in crossing))


def steps_crossed(one, other):
    headcounts = [(rounded(a.headcount), rounded(b.headcount)) for a, b in zip(one, other, strict=True)]
    people = {"people"} if any(a != b for a, b in headcounts) else set()
    return people | ({"reach"} if sums(one) != sums(other) else set())


def sums(hours):
    sectors = {sector for hour in hours for sector in hour.came}
    return {sector: rounded(sum(hour.came.get(sector, 0) for hour in hours)) for sector in sectors}


def test_a_person_with_ten_attendances_shows_nowhere_either():
    """Somebody of a sector that is hidden with them and without them, at seven Rounds, each time counted with them."""

    def world(of_hospice):
        days = [date(2026, 10, 7 + number) for number in range(7)]
        return [Hour(day, {"acute": 20, "hospice": of_hospice}, walked_in=5 - of_hospice) for day in days]

    assert told(world(0)) == told(world(1))
