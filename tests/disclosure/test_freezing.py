"""What was released stays as it is, whatever becomes known later: every file of it, read over HTTP.

A figure that were put right would tell, by how it changed, of the attendance that had been wrong.
"""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from evaluation.actions import attendance, releases
from evaluation.models import Attendance, Folded, Release, Tally
from members.models import Membership
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused
from tests.disclosure.system import Hour, LivingSystem
from tests.factories.evaluation import RegisterFactory
from tests.factories.members import StaffCountFactory
from tests.factories.rounds import LONDON, RoundFactory
from tests.members.successions import do, merger

pytestmark = pytest.mark.django_db

HOURS = [
    Hour(date(2026, 4, 14), {"acute": 31, "council": 17, "hospice": 9}, 4),
    Hour(date(2026, 6, 16), {"acute": 22, "social_care": 18}, 3),
    Hour(date(2026, 9, 1), {"acute": 12, "council": 13, "hospice": 5}, 2),
]
HALF_YEAR = HOURS[0].half_year
RELEASED = ("reach", "work", "employers", "first", "waited")
LATE = datetime(2026, 8, 5, 12, 30, tzinfo=LONDON)


@pytest.fixture
def system():
    return LivingSystem()


@pytest.fixture
def end(system):
    *_, end = system.live(HOURS)
    with time_machine.travel(end, tick=False):
        yield end


def shown(system, end):
    released = {name: system.file(end, HALF_YEAR, name) for name in RELEASED}
    assert all(len(rows) > 1 for rows in released.values())
    people = [row for row in system.file(end, HALF_YEAR, "people") if row[0] != "August 2026"]
    return released | {"people": people}


def a_register_is_put_right(system, end):
    Attendance.objects.filter(pk__in=Attendance.objects.order_by("pk").values("pk")[:30]).delete()
    Membership.objects.filter(organisation=system.partners["acute"]).update(staff_group="medical")


def a_headcount_is_entered_again(system, end):
    with pytest.raises(Refused):
        attendance.close_register(round=Round.objects.order_by("starts_at").first(), headcount=99, now=end)


def a_round_is_closed_late(system, end):
    times = {"starts_at": LATE, "booking_opens_at": LATE - timedelta(days=30)}
    late = RoundFactory(system=system.system, state=RoundState.CLOSED, partners=system.partners.values(), **times)
    Attendance.objects.bulk_create(each for each in system.at(late, "council", 40))
    RegisterFactory(round=late, headcount=40, closed_at=late.ends_at)


def a_number_of_staff_is_put_right(system, end):
    StaffCountFactory(organisation=system.partners["acute"], number=90, counted_on=HALF_YEAR.last_day)


def partners_merge(system, end):
    both = system.partners["hospice"], system.partners["social_care"]
    do(merger(*both, into=system.partners["council"], on=end.date()), now=end)


LATER = [
    a_register_is_put_right,
    a_headcount_is_entered_again,
    a_round_is_closed_late,
    a_number_of_staff_is_put_right,
    partners_merge,
]


def test_nothing_that_comes_later_changes_what_was_released(system, end, figures):
    before, changed = shown(system, end), 0
    for what_happens in LATER:
        what_happens(system, end)
        system.turn(end)
        releases.release(system=system.system, half_year=HALF_YEAR, now=end)
        now = shown(system, end)
        changed += sum(now[name] != rows for name, rows in before.items())
        assert now == before, what_happens.__name__
    assert Folded.objects.count() == len(HOURS) + 1
    assert (Release.objects.filter(half_year=HALF_YEAR.key).count(), Tally.objects.count()) == (1, 0)
    figures("disclosure: attacks", corrections=len(LATER), released_files_changed=changed)


def test_released_anew_they_would_have_changed(system, end):
    """The control: that what came later would have been seen."""
    before = shown(system, end)
    Release.objects.all().delete()
    Folded.objects.all().delete()
    a_register_is_put_right(system, end)
    system.turn(end)
    assert shown(system, end) != before
