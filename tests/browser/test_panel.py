"""People are asked to tell a story, prepared, and let go without a trace: a facilitator at a desk, they on phones."""

import datetime as dt

import pytest

from members.models import Person
from tests.browser.clockwork import letters_to, page_in
from tests.browser.visitor import PHONE
from tests.worlds import NOON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NORA = "nora@home.example"
TALK, GROUP = NOON.date() + dt.timedelta(days=7), NOON.date() + dt.timedelta(days=28)


@pytest.fixture
def ada(scenery, visit):
    """At the panel of a Round that has none yet."""
    ada = visit(scenery.ada).go("/organise/").follow(scenery.planned.title).follow("Panel").follow("Voices")
    return ada.reads("Two to four people tell a story").is_right()


def ask(ada, email, called="As on the rota"):
    return ada.enter(email=email, called=called).press("Ask them").reads("They get a letter").is_right()


def letter_of(email):
    """The one that they get, which says nothing to whoever else reads a mailbox."""
    [letter] = letters_to(email)
    assert (letter.subject, "story" in letter.body.lower()) == ("You have a message in the Rounds portal", False)
    return page_in(letter)


def says_yes(ben):
    ben.reads("Would you tell a story?", "Yes is only yes to a talk").is_right()
    return ben.press("Yes, let us talk").reads("Your preparation", "You and a facilitator talk").is_right()


def test_asked_prepared_and_in_order(scenery, visit, ada):
    ada.press("Ask them").reads("There is a problem", "Enter their email address").is_right()
    ada.enter(email=NORA).press("Ask them").reads("Enter their name").is_right()
    ada.enter(called="Nora Neighbour").press("Ask them").reads("Nora Neighbour", "Asked", "They get a letter")
    ask(ada, scenery.ben.email).reads("Ben Booker")

    # Their answers, on their phones: one is known here, the other comes in by the code in a letter
    ben = says_yes(visit(scenery.ben, width=PHONE).go(letter_of(scenery.ben.email)))
    nora = says_yes(visit(width=PHONE).go(letter_of(NORA)).sign_in(NORA))
    ada.again().reads("Said yes").misses("Asked")

    # Steps with a date and an owner
    ada.follow("Ben Booker").reads("Somewhere quiet, half an hour").is_right()
    ada.date("due_on", dt.date(2031, 1, 1)).press("Save")
    ada.reads("There is a problem", "The date must be within a year of the Round").is_right()
    ada.date("due_on", TALK).choose("Ada Facilitator").press("Save").press("Mark as done").reads("Done 3 March")
    ada.follow("Group preparation").date("due_on", GROUP).choose("Ada Facilitator").press("Save").is_right()
    ben.again().reads("The panel meets", "31 March", "With Ada Facilitator.").is_right()

    # Who begins, who ends
    ada.follow("Back to the panel", within="body").reads("2 of 10 steps done").is_right()
    ada.page.get_by_label("Nora Neighbour").fill("1")
    ada.page.get_by_label("Ben Booker").fill("1")
    ada.press("Set the order").reads("Give each story a turn of its own: two have 1").is_right()
    ada.page.get_by_label("Ben Booker").fill("2")
    ada.press("Set the order").reads("The order is set", "1. Nora Neighbour", "2. Ben Booker").is_right()
    ben.again().reads("You speak as number 2.").is_right()
    nora.again().reads("You speak as number 1.")
    ada.follow("Back to the Round", within="body").reads("Two people have said yes").misses("Nora", "Ben").is_right()


def test_who_steps_back_leaves_no_trace(scenery, visit, ada):
    """The pages of the facilitator read as if Nora had never been asked, and so does the list of people."""
    ask(ada, scenery.ben.email)
    says_yes(visit(scenery.ben, width=PHONE).go(letter_of(scenery.ben.email)))
    panel = ada.path
    pages = [panel, "/", "/organise/", *[f"/organise/rounds/{scenery.planned.pk}/{on}" for on in ("", "?phase=panel")]]
    before = [ada.go(page).words() for page in pages]

    ask(ada.go(panel), NORA, "Nora Neighbour")
    nora = says_yes(visit(width=PHONE).go(letter_of(NORA)).sign_in(NORA))
    hers = nora.path
    ada.go(panel).reads("Nora Neighbour").follow("Nora Neighbour")
    about_her = ada.path

    nora.follow("Step back from this Round").reads("You need not say why").is_right()
    nora.follow("Stay").reads("Your preparation").follow("Step back from this Round").press("Yes, step back")
    nora.reads("You owe no one a reason, and we keep none.").is_right()

    assert [ada.go(page).words() for page in pages] == before
    ada.is_refused(about_her, 404)
    visit(scenery.ben).is_refused(hers, 404)
    assert not Person.objects.filter(email=NORA).exists()
    assert letters_to(scenery.ada.email) == []
    visit(scenery.olu).go("/manage/people/?q=nora").misses("Nora")


def test_who_says_not_this_time_leaves_no_trace_either(scenery, visit, ada):
    before = ada.words()
    ask(ada, scenery.cleo.email).reads("Cleo Carer")
    cleo = visit(scenery.cleo, width=PHONE).go("/my-rounds/").follow("A question for you").press("Not this time")
    cleo.reads("You owe no one a reason, and we keep none.").is_right()
    cleo.go("/my-rounds/").misses("A question for you", "Preparation")
    assert ada.again().words() == before
