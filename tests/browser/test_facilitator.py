"""What a facilitator does: from the first thought to what came back."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from evaluation.models import Attendance
from rounds.models import Round
from rounds.states import RoundState
from tests.browser.visitor import DESKTOP, PHONE
from tests.factories.members import RoleGrantFactory
from tests.worlds import NOON

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("width", [DESKTOP, PHONE]),
]

DAY = NOON.date() + dt.timedelta(days=40)
TITLE = "The last bus home"


def test_plan_publish_and_invite(scenery, visit, width):
    ada = visit(scenery.ada, width=width).go("/").follow("Organise", within="main").is_right()
    ada.press("Plan a Round").reads("What do you plan?").is_right().press("Continue")
    ada.press("Continue").reads("There is a problem", "Enter a title").is_right()
    ada.enter(title=TITLE, about="Who waits for us, and what we bring home.").choose("A theme").press("Continue")
    ada.press("Continue").reads("Choose how people will meet").is_right()
    ada.choose("In person and online").press("Continue")
    ada.date("day", DAY).enter(starts="1:30pm", ends="12:30pm").press("Continue")
    ada.reads("The time it ends must be after the time it starts").is_right()
    ada.enter(ends="2:30pm").press("Continue")
    ada.choose("Another room").is_right().press("Continue").reads("Enter the name of the room").is_right()
    ada.enter(new_name="The chapel", new_limit=30, joining_details="https://meet.northvale.example/bus")
    ada.pick(new_organisation="Elmbridge Hospital NHS Trust").press("Continue")
    ada.is_right().press("Continue")
    ada.enter(places=31, online_places=100).press("Continue").reads("The room takes 30").is_right()
    ada.enter(places=30).press("Continue")
    ada.is_right().date("closes_day", DAY + dt.timedelta(days=1)).press("Continue")
    ada.reads("Booking must close before the Round starts").is_right()
    ada.date("closes_day", DAY - dt.timedelta(days=1)).press("Continue")
    ada.is_right().press("Continue").reads("Only one facilitator is named").is_right()
    ada.enter(search="Cleo").press("Find").reads("We found one person, and ticked them").is_right().press("Continue")
    ada.reads("Check your answers", TITLE, "30 in the room", "Cleo Carer").is_right()
    ada.press("Save as planned").reads("Nobody has been told yet").is_right()
    round = Round.objects.get(title=TITLE)

    ada.press("Publish and open booking").is_right().go(f"/organise/rounds/{round.pk}/invitations/")
    ada.reads("letters, ready to go", "Lantern Hospice").is_right().press("Release").reads("On their way").is_right()
    ada.go(f"/organise/rounds/{round.pk}/poster/").reads(TITLE, "Nobody has to speak").is_right()
    ada.go(f"/organise/rounds/{round.pk}/").reads("In hand").is_right()
    ada.go("/organise/").reads(TITLE).is_right()


def test_see_the_bookings_and_move_the_round(scenery, visit, width):
    round = scenery.full
    ada = visit(scenery.ada, width=width).go(f"/organise/rounds/{round.pk}/bookings/")
    ada.reads("Cleo Carer", "1 waiting, in this order", "Ben Booker").is_right()
    ada.go(f"/organise/rounds/{round.pk}/").follow("Move, postpone or cancel").press("Continue")
    ada.reads("Choose what is changing").is_right().choose("The date or time").press("Continue").is_right()
    ada.date("day", DAY).press("Continue").reads("one with a place and one waiting").is_right()
    ada.press("Move the Round").reads("The Round has moved").is_right()
    round.refresh_from_db()
    assert round.starts_at.date() == DAY


def test_cancel_the_round(scenery, visit, width):
    ada = visit(scenery.ada, width=width).go(f"/organise/rounds/{scenery.coming.pk}/change/")
    ada.choose("It is cancelled").press("Continue").enter(reason="The room is flooded.").press("Continue")
    ada.reads("Who will be told", "The room is flooded.").is_right()
    ada.press("Cancel the Round").reads("The Round is cancelled").is_right()
    assert Round.objects.get(pk=scenery.coming.pk).state == RoundState.CANCELLED


def test_hold_the_round(scenery, visit, width):
    address = f"/organise/rounds/{scenery.today.pk}"
    ada = visit(scenery.ada, width=width).go(f"{address}/door/").reads("0 in of 2 on the list").is_right()
    ada.press("Tick in Ben Booker").reads("1 in of 2 on the list").is_right()
    ada.search("carer").reads("Cleo Carer").is_right()
    expect(ada.page.get_by_role("button", name="Undo for Ben Booker")).to_have_count(0)
    # Two taps on one spot within a second are one.
    ada.page.wait_for_timeout(1100)
    ada.press("Tick in Cleo Carer").page.wait_for_timeout(1100)
    ada.press("Undo for Cleo Carer").sent().reads("1 in of 2 on the list")
    assert Attendance.objects.get().person == scenery.ben
    ada.go(f"{address}/screen/?show=rules").reads("What is said here stays here").is_right()
    ada.follow("Feedback code").reads(scenery.today.feedback_box.code_in_parts).is_right()
    ada.follow("Leave this screen").is_right()


def test_read_what_came_back(scenery, visit, width):
    ada = visit(scenery.ada, width=width).go("/organise/").follow("The patient I still think about").is_right()
    ada.go(f"/organise/rounds/{scenery.closed.pk}/results/").reads("agreed", "I felt less alone.").is_right()
    ada.press("Publish").reads("Published").is_right()
    ada.follow("Withhold").reads("Its words are destroyed").is_right()
    ada.press("Yes, withhold it").reads("The comment is withheld, and its words are gone").is_right()


def test_going_on_with_one_is_offered_while_one_is_ticked(scenery, visit, width):
    RoleGrantFactory(person=scenery.cleo, role="facilitator", system=scenery.system)
    ada = visit(scenery.ada, width=width).go(f"/organise/rounds/{scenery.planned.pk}/change/team/")
    ada.press("Continue").reads("Only one facilitator is named").is_right()
    alone = ada.page.get_by_role("button", name="Go on with one")
    expect(alone).to_be_visible()
    ada.page.get_by_label("Cleo Carer").check(force=True)
    expect(alone).to_be_hidden()
    ada.page.get_by_label("Cleo Carer").uncheck(force=True)
    expect(alone).to_be_visible()


def test_call_off_todays_round_and_read_whom_to_ring(scenery, visit, width):
    round = scenery.today
    room = round.venue
    room.contact, room.phone = "Front desk", "01632 960 123"
    room.save()
    ada = visit(scenery.ada, width=width).go(f"/organise/rounds/{round.pk}/change/")
    ada.choose("Whom to ring at short notice").press("Continue").reads("About the food").is_right()
    ada.enter(caterer="Soup & Co").press("Save").reads("It is changed").is_right()
    ada.go(f"/organise/rounds/{round.pk}/change/cancel/").press("Continue")
    ada.reads("This is at short notice", "Front desk", "Soup & Co").is_right()
    ada.press("Cancel the Round").reads("The Round is cancelled")
    ada.go(f"/organise/rounds/{round.pk}/").reads("please ring", "01632 960 123").is_right()
    ben = visit(scenery.ben, width=width)
    for page in ("/", "/my-rounds/", f"/rounds/{round.pk}/"):
        ben.go(page).reads("Changed at short notice").is_right()


def test_stop_the_letters_and_release_them_again(scenery, visit, width):
    ada = visit(scenery.ada, width=width).go(f"/organise/rounds/{scenery.coming.pk}/invitations/")
    ada.press("Release").reads("On their way").is_right()
    ada.press("Stop the letters").reads("The letters that had not gone are stopped", "ready to go").is_right()
    ada.press("Release").reads("On their way").is_right()
