"""Who helps at the door of one Round: named by their address, from anywhere, and without a role."""

import pytest

from members.models import Person
from rounds.models import TeamMember
from rounds.states import TeamPart
from tests.browser.visitor import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HAL = "hal@lantern.example"


@pytest.fixture
def ada(scenery, visit):
    """At the team of today's Round."""
    ada = visit(scenery.ada).go("/organise/").follow(scenery.today.title).follow("Plan").follow("Facilitators")
    return ada.reads("Only one facilitator is named", "One or two people at the door").is_right()


def named(ada):
    ada.enter(email=HAL, called="Hal Helper").choose("They help at the door").press("Put them in the team")
    return ada.reads("Hal Helper", "Nobody was written to: tell them yourself")


def test_a_helper_from_another_organisation(scenery, visit, ada):
    ada.press("Put them in the team").reads("Enter their email address", "Choose what they do").is_right()
    ada.enter(email=HAL).choose("They help at the door").press("Put them in the team")
    ada.reads("Enter their name").is_right()
    named(ada).is_right()

    # On a phone: from the first page to the door, by a code in a letter and nothing else
    hal = visit(width=PHONE).go("/").press("Sign in").sign_in(HAL).reads("You help at the door of").is_right()
    hal.follow("Open the door").reads("0 in", "of 2 on the list").is_right()
    hal.press("Tick in Ben Booker").reads("1 in").misses("Close the register").is_right()

    # Nothing of the Round but its door, and of the house only what all staff see
    at = f"/organise/rounds/{scenery.today.pk}"
    for page in ("bookings", "team", "results", "tallies", "prints", "prints/list", "run-sheet"):
        hal.is_refused(f"{at}/{page}/", 403)
    hal.is_refused(f"{at}/panel/", 404)
    hal.is_refused(f"/organise/rounds/{scenery.coming.pk}/door/", 404)
    for page in ("/organise/", "/manage/", "/figures/"):
        hal.is_refused(page, 403)
    visit(scenery.olu).go("/manage/people/").misses("Hal Helper").is_right()

    # Taken off: the door is shut, and the account that was there for it alone is gone
    ada.again().press("Take off Hal Helper").reads("They are no longer in the team", "One or two people").is_right()
    hal.is_refused(f"{at}/door/", 302)
    assert not Person.objects.filter(email=HAL).exists()


def test_a_second_facilitator_from_another_organisation(scenery, visit, ada):
    ada.enter(email=scenery.cleo.email, called="Cleo").choose("They facilitate").press("Put them in the team")
    ada.reads("Cleo Carer").misses("Only one facilitator is named").is_right()
    cleo = visit(scenery.cleo, width=PHONE).go("/").follow("Organise").follow(scenery.today.title).is_right()
    cleo.misses("Only one facilitator is named").follow("Panel").follow("Voices").is_right()
    cleo.go("/organise/").misses(scenery.coming.title)
    cleo.go(f"/organise/rounds/{scenery.today.pk}/team/").press("Take off Cleo Carer")
    cleo.reads("You are no longer in the team").is_right()
    cleo.is_refused(f"/organise/rounds/{scenery.today.pk}/bookings/", 403)
    ada.again().reads("Only one facilitator is named").press("Take off Ada Facilitator")
    ada.reads("There is a problem", "Ada Facilitator").is_right()
    left = TeamMember.objects.filter(round=scenery.today, part=TeamPart.FACILITATOR)
    assert [member.person for member in left] == [scenery.ada]
