"""Everything that staff and facilitators need works in a browser that runs no script."""

import datetime as dt

import pytest

from rounds.models import Booking, Round
from rounds.states import BookingState, RoundState
from tests.browser.visitor import PHONE
from tests.worlds import NOON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = NOON.date() + dt.timedelta(days=40)
TITLE = "The last bus home"


@pytest.fixture
def plainly(visit):
    """visit, by a browser without JavaScript."""
    return lambda person=None, **options: visit(person, java_script_enabled=False, **options)


def test_staff_book_wait_and_cancel(scenery, plainly):
    ben = plainly(scenery.ben, width=PHONE).go("/").follow("Find another Round").follow("Between two wards")
    ben.press("Book my place").reads("Choose how you will come").choose("In person").press("Book my place")
    ben.reads("You have a place").press("Send me an entry").reads("We have sent you the diary entry")
    ben.follow("Cancel my place").press("Yes, cancel my place").reads("You are just as welcome next time")
    assert Booking.objects.get(round=scenery.both_ways).state == BookingState.CANCELLED
    ben.go(f"/rounds/{scenery.full.pk}/").press("Leave the waiting list")
    ben.press("Join the waiting list").reads("You are on the waiting list")
    ben.page.get_by_text("More", exact=True).click()
    ben.press("Sign out").reads("Work in health and care touches you")


def test_feedback_is_given(scenery, plainly):
    someone = plainly(width=PHONE).go("/feedback/").enter(code=scenery.today.feedback_box.room_code).press("Continue")
    someone.enter(comment="I felt less alone.").press("Put it in the box").reads("It is in the box")


def test_a_facilitator_plans_and_publishes(scenery, plainly):
    ada = plainly(scenery.ada).go("/organise/").press("Plan a Round").press("Continue")
    ada.press("Continue").reads("Enter a title")
    ada.enter(title=TITLE).choose("A case").press("Continue").choose("In person").press("Continue")
    ada.date("day", DAY).enter(starts="12:30pm", ends="1:30pm").press("Continue")
    ada.choose("Another room").enter(new_name="The chapel").pick(new_organisation="Elmbridge Hospital NHS Trust")
    ada.press("Continue").choose("One partner").pick(host_organisation="Lantern Hospice").press("Continue")
    ada.enter(places=30).press("Continue").press("Continue").press("Continue")
    ada.reads("Only one facilitator is named").press("Go on with one").reads("Check your answers", "Lantern Hospice")
    ada.press("Save as planned").press("Publish and open booking")
    assert Round.objects.get(title=TITLE).state == RoundState.PUBLISHED


def test_the_door_is_kept(scenery, plainly):
    ada = plainly(scenery.ada).go(f"/organise/rounds/{scenery.today.pk}/door/")
    ada.press("Tick in Ben Booker").reads("1 in of 2 on the list").press("Undo for Ben Booker").reads("0 in of 2")
