"""What giving feedback leaves on the device: the whole profile of the browser is searched for what was written."""

import time

import pytest

from evaluation.actions import clock
from evaluation.attack.files import files_with
from evaluation.models import FeedbackBox
from evaluation.models.box import Form
from tests.browser.scenery import make_scenery
from tests.worlds import NOON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS, PLANTED = "quietly remembered words", "words that were left here"


@pytest.fixture
def code(time_machine, live_server):
    time_machine.move_to(NOON, tick=True)
    scenery = make_scenery()
    box = FeedbackBox.objects.filter(round=scenery.today).first()
    if box is None:
        clock.follow(now=NOON)
        box = FeedbackBox.objects.get(round=scenery.today)
    return box.room_code


def in_any_writing(*texts):
    """As databases and sessions of browsers keep text: a byte each letter, or two."""
    return [writing for text in texts for writing in (text, "\0".join(text))]


@pytest.fixture
def profile(browser_type, browser_type_launch_args, tmp_path):
    """profile() opens a browser that keeps everything it keeps on a real device; closing it writes that down."""

    def opened(**options):
        return browser_type.launch_persistent_context(tmp_path / "profile", **browser_type_launch_args, **options)

    opened.folder = tmp_path / "profile"
    return opened


@pytest.mark.parametrize("javascript", [True, False])
def test_no_word_of_a_form_and_not_its_ballot(profile, live_server, code, javascript):
    context = profile(java_script_enabled=javascript)
    page = context.pages[0]
    page.goto(f"{live_server.url}/feedback/")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.locator("[name=question_1][value='5']").check(force=True)
    page.locator("[name=comment]").fill(WORDS)
    # Long enough for a browser to write down what is typed, against a crash.
    time.sleep(3)
    page.get_by_role("button", name="Put it in the box").click()
    page.get_by_text("It is in the box").wait_for()
    ballot = str(Form.objects.get().pk)
    context.close()
    plant(profile, live_server.url)
    found = set().union(*files_with(in_any_writing(WORDS, ballot, PLANTED), [profile.folder]).values())
    assert found & set(in_any_writing(PLANTED))
    assert not found & set(in_any_writing(WORDS, ballot))


def plant(profile, url):
    """The control: a page that keeps what it should not, in the same profile."""
    context = profile()
    context.pages[0].goto(f"{url}/promises/")
    context.pages[0].evaluate("text => localStorage.setItem('draft', text)", PLANTED)
    context.close()
