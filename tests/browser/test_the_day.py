"""The day of a Round: what is printed, who comes in at the door, and the end of its register. Phones at the door."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from evaluation.models import Attendance, RoundFigure
from rounds.states import TeamPart
from tests.browser.visitor import DESKTOP, PHONE
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, TeamMemberFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Maximiliana Konstantinopoulou-Featherstonehaugh"


@pytest.fixture
def round(scenery):
    """Five have a place at it, and Cleo is one of them and helps at its door."""
    for name in ("Amara Fernbrook", LONG, "Tola Adeyemi"):
        BookingFactory(round=scenery.today, person=PersonFactory(name=name, works_for=scenery.quarry_lane))
    TeamMemberFactory(round=scenery.today, person=scenery.cleo, part=TeamPart.HELPER)
    return scenery.today


@pytest.fixture
def door(scenery, visit, round):
    """Ada's phone at the door."""
    ada = visit(scenery.ada, width=PHONE).go("/organise/").follow(round.title).press("Open the list")
    return ada.reads("0 in", "of 5 on the list").is_right()


def look_for(door, words, *, shown, hidden):
    """As one types; pressing Search changes no address."""
    path = door.path
    door.search(words)
    for text in shown:
        expect(door.page.get_by_text(text)).to_be_visible()
    for text in hidden:
        expect(door.page.get_by_text(text)).to_be_hidden()
    assert door.path == path
    return door


def walk_in(door):
    return door.open_up("Add someone not on the list")


def of_a_first_round(door, number):
    expect(door.page.locator("[data-rd-guest=first]").get_by_text("In, first Round")).to_have_count(number)


def test_what_is_printed_beforehand(scenery, visit, round):
    ada = visit(scenery.ada).go(f"/organise/rounds/{round.pk}/?phase=day").follow("Run sheet, cards and list to print")
    ada.is_right().follow("Run sheet").reads("Welcome.", "12:20pm", "Story 1.", "The room.", "Close.", "1:20pm")
    ada.misses("Ada", "Ben").is_right()
    ada.page.emulate_media(media="print")
    expect(ada.page.get_by_role("button", name="Print")).to_be_hidden()
    ada.page.emulate_media(media="screen")
    ada.follow("Back to what to print", within="body").follow("List of names")
    ada.reads("Shred after the Round", "Fernbrook, Amara", "With my signature I agree").is_right()
    ada.follow("Back to what to print", within="body").follow("Paper form").is_right()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_tap_that_comes_twice_is_one(door, round, width):
    """What stands under the finger by then is “First Round” on a phone, “Undo” elsewhere."""
    tick = door.resize(width).page.get_by_role("button", name="Tick in Amara Fernbrook")
    tick.scroll_into_view_if_needed()
    box = tick.bounding_box()
    for _ in range(2):
        door.page.mouse.click(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2)
        door.page.wait_for_timeout(350)
    door.sent().reads("1 in")
    of_a_first_round(door, 0)
    door.page.wait_for_timeout(1100)
    door.press("Undo for Amara Fernbrook").sent().reads("0 in")
    door.page.wait_for_timeout(1100)
    tick.focus()
    for _ in range(5):
        door.page.keyboard.down("Enter")
    door.page.keyboard.up("Enter")
    door.sent().reads("1 in")
    assert [each.first_round for each in Attendance.objects.filter(round=round)] == [False]


def test_search_tap_and_undo(scenery, visit, door):
    door.open_up("Who is ticked in has agreed to the ground rules").reads("Ask everyone before you tick").is_right()
    look_for(door, "amara fern", shown=["Fernbrook, Amara"], hidden=["Booker, Ben"]).is_right()
    door.press("Tick in Amara Fernbrook").reads("1 in").press("First Round of Amara Fernbrook")
    of_a_first_round(door, 1)
    expect(door.page.get_by_text("Booker, Ben")).to_be_visible()
    of_a_first_round(door.press("Not the first of Amara Fernbrook").is_right(), 0)
    door.press("First Round of Amara Fernbrook").is_right()

    # The other phone at the door had its list open already
    cleo = visit(scenery.cleo, width=PHONE).go("/").follow("Open the door").reads("1 in")
    door.press(f"Tick in {LONG}").reads("2 in", "Konstantinopoulou-Featherstonehaugh, Maximiliana").is_right()
    cleo.press(f"Tick in {LONG}").reads("Already in.", "2 in").is_right()
    cleo.press(f"Undo for {LONG}").reads("1 in").is_right()
    assert [(each.person.name, each.first_round) for each in Attendance.objects.select_related("person")] == [
        ("Amara Fernbrook", True)
    ]
    look_for(door, "nobody of that name", shown=["Nobody has that name."], hidden=["Booker, Ben"]).is_right()


def test_who_comes_without_a_place(scenery, door):
    walk_in(door.follow("Add someone not on the list")).reads("Nobody is turned away").is_right()
    name = door.page.get_by_label("Name (optional)")
    name.fill("Wilma Walker")
    door.press("Add")
    door.reads("There is a problem", "Ask whether they agree to the ground rules").is_right()
    expect(name).to_have_value("Wilma Walker")
    door.pick(organisation="Quarry Lane Care Homes", staff_group="Social care and support")
    door.choose("This is their first Round", "They agree to the ground rules").press("Add")
    door.reads("1 in", "Walker, Wilma", "Quarry Lane Care Homes, Social care and support", "In, first Round").is_right()
    walk_in(door).choose("They agree to the ground rules").press("Add")
    door.reads("2 in", "The list has 5 names; 2 came beside it", "Name not given").is_right()
    door.press("Undo for Name not given").reads("1 in").misses("Name not given")
    assert Attendance.objects.get().name == "Wilma Walker"


def test_the_register_is_closed(scenery, visit, noon, round, door):
    door.press("Tick in Ben Booker").press("Tick in Amara Fernbrook").sent()
    door.reads("Once the Round has begun you enter the")
    walk_in(door).choose("They agree to the ground rules").press("Add").reads("3 in")

    noon.move_to(round.ends_at + dt.timedelta(minutes=5))
    door = visit(scenery.ada, width=PHONE).go(door.path).press("Close the register")
    door.reads("Enter how many people were there").is_right()
    door.enter(headcount="many").press("Close the register").reads("Enter the number of people, in numerals").is_right()
    door.enter(headcount=2).press("Close the register").reads("3 people are ticked in").is_right()
    cleo = visit(scenery.cleo, width=PHONE).go(f"/organise/rounds/{round.pk}/door/").misses("Close the register")
    door.enter(headcount=18).press("Close the register").reads("The register is closed.").is_right()
    door.follow("On the day").follow("Headcount")
    door.reads("The register is closed", "18 people were there. Outside your team the number is to the nearest 5")
    door.misses("Booker", "Fernbrook").is_right()
    cleo.press("Tick in Cleo Carer").reads("The register is closed", "Thank you for helping.").misses("18").is_right()
    assert RoundFigure.objects.get(round=round).headcount == 20
    assert Attendance.objects.filter(round=round).count() == 3
