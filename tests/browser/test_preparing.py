"""A facilitator and a storyteller prepare, each on a phone: asked, a time found, written down, and stepped back."""

import pytest

from members.models import Person
from rounds.models.story import Story
from tests.browser.clockwork import letters_to, page_in
from tests.browser.visitor import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NORA = "nora@home.example"


def test_each_on_a_phone(scenery, visit):
    ada = visit(scenery.ada, width=PHONE).go(f"/organise/rounds/{scenery.planned.pk}/panel/")
    ada.enter(email=NORA, called="Nora Neighbour").press("Ask them").reads("They get a letter").is_right()
    [letter] = letters_to(NORA)
    nora = visit(width=PHONE).go(page_in(letter)).sign_in(NORA).reads("Would you tell a story?").is_right()
    nora.press("Yes, let us talk").reads("Your preparation")
    mine = nora.path

    # A time to talk
    ada.again().follow("Nora Neighbour").open_up("What to ask").reads("I want to hear yours").is_right()
    ada.follow("Find a time").press("Ask who can").reads("There is a problem", "Enter where you meet").is_right()
    days = [option.inner_text() for option in ada.page.locator("main [name=day_1] option").all()]
    ada.pick(day_1=days[2], day_2=days[3]).enter(clock_1="9am", clock_2="2pm", place="The quiet room")
    ada.press("Ask who can").reads("No answer yet from Nora Neighbour").is_right()
    assert [each.subject for each in letters_to(NORA)] == ["You have a message in the Rounds portal"] * 2
    nora.again().reads("When you two talk", "The quiet room").is_right()
    nora.choose(f"2pm on {days[3]}").press("Save when I can").reads("Your answer is saved")
    ada.again().reads("Nora Neighbour can: everybody who was asked").press(f"Set it for 2pm on {days[3]}")
    ada.reads(f"2pm on {days[3]}", "Add it to my diary").is_right()
    nora.again().reads(f"2pm on {days[3]}", "It is called “Meeting” there, and nothing else.").is_right()

    # Talked, and written down
    ada.follow("Back to the steps", within="body").press("Mark as done").reads("One-to-one held").is_right()
    nora.again().follow("Your story").enter(text="Nobody had told me.").press("Save").reads("It is saved.").is_right()
    nora.go(mine).follow("Step back from this Round").press("Yes, step back").reads("You owe no one a reason")
    ada.follow("Back to the panel", within="body").misses("Nora").is_right()
    assert (Story.objects.count(), Person.objects.filter(email=NORA).count()) == (0, 0)
