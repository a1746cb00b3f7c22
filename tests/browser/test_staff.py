"""What staff do, at a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from rounds.models import Booking
from rounds.states import BookingState
from tests.browser.visitor import DESKTOP, PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("width", [DESKTOP, PHONE]),
]


def booking(round, person):
    return Booking.objects.filter(round=round, person=person).order_by().get()


def test_sign_in_book_and_give_the_place_back(scenery, visit, width):
    ben = visit(width=width).go("/").is_right().press("Sign in")
    ben.press("Send me a code").reads("There is a problem").is_right()
    ben.sign_in(scenery.ben.email)
    ben.reads("Your next Round", "Thrown in at the deep end", "You have a place", "Open to you").is_right()

    ben.follow("Find another Round").reads("Places available").is_right()
    ben.follow("The first shift alone").reads("Your manager, HR and employer cannot see whether you booked").is_right()
    ben.press("Book my place").reads("You have a place", "We put nothing into your diary unless you ask").is_right()
    assert booking(scenery.coming, scenery.ben).state == BookingState.PLACE
    ben.press("Send me an entry").reads("We have sent you the diary entry").is_right()
    assert booking(scenery.coming, scenery.ben).open_entry

    ben.follow("My Rounds", within="header").reads("The first shift alone", "You are waiting for").is_right()
    ben.follow("The first shift alone").follow("Cancel my place").reads("You need not say why").is_right()
    ben.follow("Keep my place").reads("You have a place")
    ben.follow("Cancel my place").press("Yes, cancel my place").reads("You are just as welcome next time").is_right()
    assert booking(scenery.coming, scenery.ben).state == BookingState.CANCELLED


def test_wait_and_get_the_place_that_comes_free(scenery, visit, width):
    ben = visit(scenery.ben, width=width).go(f"/rounds/{scenery.full.pk}/")
    ben.reads("You are on the waiting list", "You are 1st").is_right()
    cleo = visit(scenery.cleo, width=width).go(f"/rounds/{scenery.full.pk}/").reads("You have a place")
    cleo.follow("Cancel my place").press("Yes, cancel my place").reads("Full: join the waiting list").is_right()
    ben.go("/my-rounds/").reads("A place is yours if you want it", "We are holding a place for you until").is_right()
    ben.go(f"/rounds/{scenery.full.pk}/").reads("A place is yours if you want it").is_right()
    ben.press("Take the place").reads("You have a place").is_right()
    cleo.press("Join the waiting list").reads("You are on the waiting list").is_right()
    cleo.press("Leave the waiting list").reads("You have left the waiting list").is_right()
    assert booking(scenery.full, scenery.ben).state == BookingState.PLACE


def test_say_how_one_comes_where_there_are_two_ways(scenery, visit, width):
    ben = visit(scenery.ben, width=width).go(f"/rounds/{scenery.both_ways.pk}/").press("Book my place")
    ben.reads("There is a problem", "Choose how you will come").is_right()
    ben.choose("Online").press("Book my place").reads("You have a place", "you find the link here").is_right()
    assert booking(scenery.both_ways, scenery.ben).way == "online"


def test_look_for_a_round_at_a_time_that_suits(scenery, visit, width):
    ben = visit(scenery.ben, width=width).go("/rounds/")
    ben.page.get_by_text("Show only some Rounds").click()
    ben.pick(time="After 5pm").press("Show Rounds").reads("No Round fits all of that").is_right()
    ben.follow("Show every Round open to you").reads("The first shift alone")


def test_give_feedback_without_signing_in(scenery, visit, width):
    someone = visit(width=width).go("/").follow("Give feedback").is_right()
    someone.enter(code="nonsense").press("Continue").reads("We do not know that code").is_right()
    someone.enter(code=scenery.today.feedback_box.room_code.lower()).press("Continue").is_right()
    someone.press("Put it in the box").reads("Answer at least one question, or write a few words").is_right()
    someone.page.locator("[name=question_1]").first.check(force=True)
    someone.enter(comment="I felt less alone.").press("Put it in the box")
    someone.reads("It is in the box", "116 123").is_right()
    assert someone.page.context.cookies() == []


def test_read_what_happens_and_who_is_there_to_talk_to(scenery, visit, width):
    ben = visit(scenery.ben, width=width).go("/").follow("What happens in a Round")
    ben.reads("Nobody has to speak").is_right()
    ben.go("/").follow("Support for you").reads("116 123", "North Vale staff support").is_right()


def test_look_after_ones_own_details(scenery, visit, width):
    ben = visit(scenery.ben, width=width).go("/")
    ben.follow("Your details" if width == DESKTOP else "Account", within="header").is_right()
    ben.enter(name="").press("Save").reads("There is a problem", "Enter your name").is_right()
    ben.enter(name="Benedict Booker").press("Save").is_right()
    expect(ben.page.locator("[name=name]")).to_have_value("Benedict Booker")
    ben.press("Stop invitations").reads("You stopped them").is_right()
    if width == PHONE:
        ben.page.get_by_text("More", exact=True).click()
    ben.press("Sign out").reads("Sign in").is_right()
