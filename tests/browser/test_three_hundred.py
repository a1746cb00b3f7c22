"""The door of a large Round: three hundred names on a phone."""

import pytest
from playwright.sync_api import expect

from evaluation.models import Attendance
from tests.browser.visitor import PHONE
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Before it is compressed, which it is on its way: a phone on a ward's wireless has it in a second.
HEAVIEST = 1_000_000


@pytest.fixture
def door(scenery, visit):
    for number in range(300):
        person = PersonFactory(name=f"Guest{number:03} Of Three Hundred", works_for=scenery.quarry_lane)
        BookingFactory(round=scenery.today, person=person)
    return visit(scenery.ada, width=PHONE).go(f"/organise/rounds/{scenery.today.pk}/door/").reads("0 in", "Connected")


def test_one_is_found_ticked_in_and_undone_among_three_hundred(door):
    assert len(door.page.content().encode()) < HEAVIEST
    rows = door.page.locator("[data-rd-guest]:visible")
    assert rows.count() >= 300
    door.search("guest217")
    expect(rows).to_have_count(1)
    door.page.get_by_role("button", name="Tick in Guest217 Of Three Hundred", exact=True).click()
    door.sent().reads("1 in")
    assert Attendance.objects.get().person.name == "Guest217 Of Three Hundred"
    # Whoever is next is looked for anew.
    assert rows.count() >= 300
    door.search("guest217")
    door.page.get_by_role("button", name="Undo").locator("visible=true").first.click()
    door.sent().reads("0 in")
    assert not Attendance.objects.exists()
    door.is_right()
