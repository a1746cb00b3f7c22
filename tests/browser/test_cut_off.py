"""The door without a connection: taps wait in the page and are sent in their order; two devices end with one list."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from evaluation.actions import attendance
from evaluation.models import Attendance
from tests.browser.visitor import PHONE
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = ("Amara Fernbrook", "Dora Hill", "Tola Adeyemi")


@pytest.fixture
def round(scenery):
    for name in NAMES:
        BookingFactory(round=scenery.today, person=PersonFactory(name=name, works_for=scenery.quarry_lane))
    return scenery.today


@pytest.fixture
def tablet(scenery, visit, round):
    """`tablet()` is one more device at the door. What a browser says of a lost connection is no fault of the page."""

    def at_the_door():
        tablet = visit(scenery.ada, width=PHONE).go(f"/organise/rounds/{round.pk}/door/")
        return tablet.reads("0 in", "Connected")

    return at_the_door


def cut(tablet):
    tablet.page.route("**/door/**", lambda route: route.abort())
    return tablet


def mend(tablet):
    tablet.page.unroute("**/door/**")
    tablet.page.evaluate("window.dispatchEvent(new Event('online'))")
    return tablet


def line(tablet):
    return tablet.page.locator("[data-rd-connection]")


def tap(tablet, words):
    tablet.page.get_by_role("button", name=words, exact=True).click()
    return tablet


def ticked():
    found = Attendance.objects.select_related("person")
    return sorted((each.person.name if each.person else each.name, each.first_round) for each in found)


@pytest.fixture(autouse=True)
def failures_are_expected(monkeypatch):
    """Chromium writes each request that did not get through into the console, whatever the page makes of it."""
    monkeypatch.setattr("tests.browser.conftest.listen", lambda page, heard: None)


def test_a_tap_shows_at_once_and_loads_no_page(tablet, round):
    tablet = tablet()
    tablet.page.evaluate("window.stayed = true")
    tap(tablet, "Tick in Amara Fernbrook").sent().reads("1 in")
    tap(tablet, "First Round of Amara Fernbrook").sent().is_right()
    expect(line(tablet)).to_have_text("Connected")
    assert tablet.page.evaluate("window.stayed")
    assert tablet.page.evaluate("document.activeElement.closest('[data-rd-guest]').dataset.rdName") == "Amara Fernbrook"
    assert ticked() == [("Amara Fernbrook", True)]


def test_without_a_connection_taps_wait_and_are_sent_in_their_order(tablet, round):
    tablet = cut(tablet())
    for words in (
        "Tick in Amara Fernbrook",
        "First Round of Amara Fernbrook",
        "Tick in Dora Hill",
        "Undo for Dora Hill",
    ):
        tap(tablet, words)
    tap(tablet, "Tick in Tola Adeyemi").reads("2 in")
    expect(line(tablet)).to_have_text("No connection. Carry on, and keep this page open: 5 wait to be sent.")
    tablet.is_right()
    assert ticked() == []
    expect(line(mend(tablet))).to_have_text("All 5 sent. Connected", timeout=15_000)
    tablet.reads("2 in")
    assert ticked() == [("Amara Fernbrook", True), ("Tola Adeyemi", False)]


def test_somebody_not_on_the_list_waits_too(tablet, round):
    tablet = cut(tablet())
    tap(tablet, "Tick in Dora Hill")
    expect(line(tablet)).to_contain_text("1 waits to be sent")
    tablet.open_up("Add someone not on the list").page.get_by_label("Name (optional)").fill("Wilma Walker")
    tap(tablet, "Add")
    expect(line(tablet)).to_contain_text("Ask whether they agree to the ground rules")
    tablet.choose("They agree to the ground rules")
    # Two taps within a second are one.
    tablet.page.wait_for_timeout(1100)
    tap(tablet, "Add").reads("Wilma Walker: waits to be sent", "2 in")
    expect(tablet.page.get_by_label("Name (optional)")).to_have_value("")
    expect(line(mend(tablet))).to_contain_text("All 2 sent", timeout=15_000)
    tablet.reads("2 in", "Walker, Wilma").misses("waits to be sent")
    assert ticked() == [("Dora Hill", False), ("Wilma Walker", False)]


def test_a_code_from_a_phone_ticks_in_and_waits_without_a_connection(tablet, round):
    tablet = tablet()
    codes = {each.person.name: each.door_code for each in round.bookings.select_related("person")}
    box = tablet.open_up("They show a code on their phone").page.get_by_label("Code of their place")
    box.fill(codes["Amara Fernbrook"].lower())
    tap(tablet, "Tick in").sent().reads("1 in").is_right()
    expect(line(tablet)).to_have_text("Amara Fernbrook is in. Connected")
    cut(tablet)
    box.fill(codes["Dora Hill"])
    # Two taps within a second are one.
    tablet.page.wait_for_timeout(1100)
    tap(tablet, "Tick in")
    expect(line(tablet)).to_contain_text("1 waits to be sent")
    expect(box).to_have_value("")
    expect(line(mend(tablet))).to_contain_text("Dora Hill is in. All 1 sent", timeout=15_000)
    box.fill("BCDF-GHJK")
    tap(tablet, "Tick in")
    expect(line(tablet)).to_contain_text("No place at this Round has that code")
    assert ticked() == [("Amara Fernbrook", False), ("Dora Hill", False)]


def test_leaving_with_something_unsent_is_asked_about(tablet, round):
    tablet = cut(tablet())
    tap(tablet, "Tick in Dora Hill")
    expect(line(tablet)).to_contain_text("1 waits")
    asked = []
    tablet.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    tablet.page.close(run_before_unload=True)
    expect(line(tablet)).to_contain_text("1 waits")
    assert asked == ["beforeunload"]
    assert tablet.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie.includes('tap')]") == [
        0,
        0,
        False,
    ]


def test_an_answer_that_was_lost_counts_once_though_another_device_took_it_back(tablet, round):
    """The server had the tick, the page did not hear of it; meanwhile somebody undid it on another tablet."""
    one, other = tablet(), tablet()
    lost = []

    def reach_the_server_and_lose_the_answer(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
        route.abort()

    one.page.route("**/door/**", reach_the_server_and_lose_the_answer)
    tap(one, "Tick in Amara Fernbrook")
    expect(line(one)).to_contain_text("1 waits to be sent")
    assert ticked() == [("Amara Fernbrook", False)]
    tap(other.again(), "Undo for Amara Fernbrook").sent()
    assert ticked() == []
    expect(line(mend(one))).to_contain_text("All 1 sent", timeout=15_000)
    one.reads("0 in")
    assert ticked() == []


def test_two_devices_agree(tablet, round):
    one, other = cut(tablet()), tablet()
    tap(one, "Tick in Amara Fernbrook")
    tap(one, "Tick in Dora Hill")
    tap(other, "Tick in Dora Hill").sent()
    tap(other, "Tick in Tola Adeyemi").sent()
    expect(line(mend(one))).to_contain_text("All 2 sent", timeout=15_000)
    one.reads("3 in")
    other.again().reads("3 in")
    assert [name for name, _ in ticked()] == ["Amara Fernbrook", "Dora Hill", "Tola Adeyemi"]


def test_signed_out_meanwhile_nothing_is_lost(tablet, scenery, round):
    tablet = tablet()
    cookies = tablet.page.context.cookies()
    tablet.page.context.clear_cookies()
    tap(tablet, "Tick in Amara Fernbrook")
    expect(line(tablet)).to_contain_text("You were signed out. 1 could not be sent. Keep this page open")
    tablet.page.context.add_cookies(cookies)
    mend(tablet).sent()
    assert ticked() == [("Amara Fernbrook", False)]


def test_what_comes_after_the_register_was_closed_is_told(tablet, noon, round):
    noon.move_to(round.ends_at - dt.timedelta(minutes=5))
    one = cut(tablet())
    tap(one, "Tick in Amara Fernbrook")
    expect(line(one)).to_contain_text("1 waits to be sent")
    attendance.close_register(round=round, headcount=9, now=round.ends_at)
    expect(line(mend(one))).to_contain_text("The register was closed meanwhile. 1 could not be sent.", timeout=15_000)
    assert ticked() == []
