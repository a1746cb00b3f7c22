"""The warning before one is signed out: a dialog for keyboards and screen readers, and what comes after it."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MINUTE = 60
# A busy machine may need longer than the five seconds that are usual.
SOON = 20_000


@pytest.fixture
def ben(scenery, visit):
    visitor = visit(scenery.ben)
    visitor.page.clock.install()
    visitor.unanswered = set()
    visitor.page.on("request", lambda request: visitor.unanswered.add(request))
    for end in ("requestfinished", "requestfailed"):
        visitor.page.on(end, lambda request: visitor.unanswered.discard(request))
    return visitor


def answered(visitor):
    """The page has heard how much is left: what it hears after more time has passed would be old."""
    for _ in range(SOON // 50):
        visitor.page.wait_for_timeout(50)
        if not visitor.unanswered:
            return
    raise AssertionError(f"still no answer: {visitor.unanswered}")


def let_pass(visitor, noon, *, minutes):
    """For the portal and for the page."""
    answered(visitor)
    noon.shift(minutes * MINUTE)
    visitor.page.clock.run_for(minutes * MINUTE * 1000)
    answered(visitor)


def test_it_warns_five_minutes_before_and_one_stays(ben, noon):
    ben.go("/your-details/").enter(name="Benjamin")
    dialog = ben.page.get_by_role("alertdialog")
    let_pass(ben, noon, minutes=24)
    expect(dialog).to_be_hidden(timeout=SOON)
    let_pass(ben, noon, minutes=1)
    expect(dialog).to_have_accessible_name("You will be signed out in 5 minutes", timeout=SOON)
    ben.is_right()
    expect(ben.page.get_by_role("button", name="Stay signed in")).to_be_focused(timeout=SOON)
    let_pass(ben, noon, minutes=2)
    expect(dialog).to_have_accessible_name("You will be signed out in 3 minutes", timeout=SOON)
    ben.page.keyboard.press("Enter")
    expect(dialog).to_be_hidden(timeout=SOON)
    expect(ben.page.locator("main [name=name]")).to_have_value("Benjamin", timeout=SOON)
    let_pass(ben, noon, minutes=20)
    ben.press("Save").reads("Your details are saved.")


def test_escape_stays_too(ben, noon):
    ben.go("/my-rounds/")
    let_pass(ben, noon, minutes=26)
    expect(ben.page.get_by_role("alertdialog")).to_be_visible(timeout=SOON)
    ben.page.keyboard.press("Escape")
    expect(ben.page.get_by_role("alertdialog")).to_be_hidden(timeout=SOON)
    let_pass(ben, noon, minutes=20)
    ben.go("/my-rounds/").reads("My Rounds")


def test_after_half_an_hour_it_says_so_and_what_was_typed_is_still_there(ben, noon):
    ben.go("/your-details/").enter(name="Benjamin")
    let_pass(ben, noon, minutes=26)
    let_pass(ben, noon, minutes=5)
    dialog = ben.page.get_by_role("alertdialog")
    expect(dialog).to_have_accessible_name("You have been signed out", timeout=SOON)
    ben.resize(375).is_right()
    ben.page.get_by_role("button", name="Back to the page").click()
    expect(ben.page.locator("main [name=name]")).to_have_value("Benjamin", timeout=SOON)
    ben.press("Save").reads("You were signed out, because nothing had happened for 30 minutes.", "Sign in")


def test_whoever_types_is_not_idle(ben, noon):
    ben.go("/your-details/")
    for minute in range(4):
        let_pass(ben, noon, minutes=12)
        ben.enter(name=f"Benjamin {minute}")
        answered(ben)
    expect(ben.page.get_by_role("alertdialog")).to_be_hidden(timeout=SOON)
    ben.press("Save").reads("Your details are saved.")


def test_another_tab_keeps_all_of_them(ben, noon):
    ben.go("/my-rounds/")
    let_pass(ben, noon, minutes=15)
    other = ben.page.context.new_page()
    other.goto(f"{ben.url}/support/")
    let_pass(ben, noon, minutes=10)
    expect(ben.page.get_by_role("alertdialog")).to_be_hidden(timeout=SOON)
