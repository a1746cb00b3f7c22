"""A helper's tablet at the door, let in by the code on a facilitator's phone; and the same without a script."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from evaluation.models import Attendance
from tests.browser.visitor import PHONE
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TABLET = 820


@pytest.fixture
def round(scenery):
    for name in ("Amara Fernbrook", "Tola Adeyemi"):
        BookingFactory(round=scenery.today, person=PersonFactory(name=name, works_for=scenery.quarry_lane))
    return scenery.today


def link_on(ada, round):
    """The address that the facilitator's page shows, as a path."""
    ada.go(f"/organise/rounds/{round.pk}/door/").press("Make a link").open_up(
        "Show the code and the address"
    ).is_right()
    expect(ada.page.get_by_role("img", name="Code that leads to the list at the door")).to_be_visible()
    return "/door/" + ada.page.locator("#door-link").inner_text().rpartition("/door/")[2]


def test_a_helper_ticks_in_on_their_own_tablet(scenery, visit, noon, round):
    ada = visit(scenery.ada, width=PHONE)
    path = link_on(ada, round)
    tablet = visit(width=TABLET).go(path).reads("You need no account").is_right()
    tablet.misses(round.title).press("Open the list on this device").reads(round.title, "0 in").is_right()
    assert tablet.path == "/at-the-door/"
    tablet.page.get_by_role("searchbox").fill("fern")
    expect(tablet.page.get_by_text("Adeyemi, Tola")).to_be_hidden()
    tablet.press("Tick in Amara Fernbrook").reads("1 in").press("First Round of Amara Fernbrook").is_right()
    tablet.reads("In, first Round").open_up("Add someone not on the list").enter(name="Wim Walker")
    tablet.choose("They agree to the ground rules").press("Add").reads("2 in", "Walker, Wim").is_right()
    tablet.is_refused(f"/organise/rounds/{round.pk}/door/", 302).misses("Close the register", "Another device")
    ada.again().reads("2 in")

    # The link ends, and with it the list at the next tap
    ada.press("End the link").reads("The link works no more").is_right()
    tablet.is_refused("/at-the-door/", 404).is_refused(path, 404).page.close()

    noon.move_to(round.ends_at + dt.timedelta(minutes=5))
    ada = visit(scenery.ada, width=PHONE)
    path = link_on(ada, round)
    other = visit(width=PHONE).go(path).press("Open the list on this device").reads("2 in").is_right()
    other.press("Close the list on this device").reads("Thank you for helping").is_right().is_refused(
        "/at-the-door/", 404
    )
    other.go(path).press("Open the list on this device").reads("2 in").page.close()
    ada.enter(headcount=300).press("Close the register").reads("300 is a good deal more than").is_right()
    ada.enter(headcount=12).press("Close the register").reads("The register is closed.").is_right()
    visit(width=PHONE).go(path).reads("The register is closed", "Thank you for helping").is_right()
    assert Attendance.objects.filter(round=round).count() == 2


def test_a_name_is_found_without_a_script_and_stands_in_no_address(scenery, visit, round):
    ada = visit(scenery.ada, width=PHONE, java_script_enabled=False)
    ada.page.goto(f"{ada.url}/organise/rounds/{round.pk}/door/")
    ada.search("amara").reads("Fernbrook, Amara", "Only names with “amara”").misses("Adeyemi, Tola")
    assert "amara" not in ada.path
    ada.follow("Show everyone").reads("Adeyemi, Tola")
