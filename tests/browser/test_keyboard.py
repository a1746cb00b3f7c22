"""Everything by the Tab key, Enter and arrows: where one is can be seen, and the order is that of reading."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WHERE = """() => {
  const each = document.activeElement;
  const name = each.getAttribute("aria-label") || each.labels?.[0]?.innerText || each.innerText || each.tagName;
  return name.trim().split("\\n")[0];
}"""
# The mark may stand on the element itself or on the label that draws it.
MARKED = """() => {
  const each = document.activeElement;
  const drawn = [getComputedStyle(each)];
  if (each.labels?.length) drawn.push(getComputedStyle(each.labels[0], "::before"));
  const seen = (style) => style.backgroundColor === "rgb(255, 235, 59)" || style.boxShadow !== "none"
    || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
        && !["transparent", "rgba(0, 0, 0, 0)"].includes(style.outlineColor));
  const box = (each.labels?.[0] ?? each).getBoundingClientRect();
  return drawn.some(seen) && box.width > 0 && box.height > 0;
}"""


def tabbed(page, *, most=80):
    """The names of what the Tab key reaches, once round; each must show that it is there."""
    names = []
    while True:
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body") or len(names) > most:
            return names
        names.append(page.evaluate(WHERE))
        assert page.evaluate(MARKED), f"nothing shows that “{names[-1]}” has the focus at {page.url}"


def test_the_order_on_the_page_of_a_round(scenery, visit):
    ben = visit(scenery.ben).go(f"/rounds/{scenery.both_ways.pk}/")
    assert tabbed(ben.page) == [
        "Skip to main content",
        "Rounds portal",
        *("Your details", "Sign out"),
        *("Home", "Find a Round", "My Rounds"),
        "Back to all Rounds",
        "In person",  # one stop for the question; arrows choose within
        "If there is no place that way, I would take one the other way too",
        "Book my place",
        *("What happens in a Round", "Support for you"),
        *("Our promises", "Support for you", "Privacy", "Accessibility"),
    ]


def test_the_order_on_a_phone(scenery, visit):
    ben = visit(scenery.ben, width=PHONE).go(f"/rounds/{scenery.coming.pk}/")
    assert tabbed(ben.page) == [
        "Skip to main content",
        "Rounds portal",
        "Account",
        *("Home", "Find a Round", "My Rounds", "More"),
        "Back to all Rounds",
        "Book my place",
        *("What happens in a Round", "Support for you"),
        *("Our promises", "Support for you", "Privacy", "Accessibility"),
    ]


def test_escape_closes_more_and_one_is_back_where_one_opened_it(scenery, visit):
    page = visit(scenery.ben, width=PHONE).go("/rounds/").page
    more = page.locator(".rd-nav summary")
    more.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("navigation").get_by_role("button", name="Sign out")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".rd-nav details")).not_to_have_attribute("open", "")
    expect(more).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/organise/", "/organise/plan/about/", "/organise/rounds/{}/", "/figures/"])
def test_what_has_the_focus_can_be_seen(path, scenery, visit):
    ada = visit(scenery.ada).go(path.format(scenery.coming.pk))
    assert len(tabbed(ada.page)) > 12


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_one_skips_to_the_content(scenery, visit, width):
    ben = visit(scenery.ben, width=width).go("/rounds/")
    ben.page.keyboard.press("Tab")
    expect(ben.page.get_by_role("link", name="Skip to main content")).to_be_in_viewport(ratio=1)
    ben.page.keyboard.press("Enter")
    expect(ben.page.get_by_role("main")).to_be_focused()
    ben.page.keyboard.press("Tab")
    assert ben.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_an_error_is_where_the_focus_goes(scenery, visit):
    ada = visit(scenery.ada).go("/organise/plan/about/").press("Continue")
    summary = ada.page.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    assert ada.page.title() == "Error: Plan a Round: Rounds portal"
    summary.get_by_role("link", name="Enter a title").press("Enter")
    expect(ada.page.locator("[name=title]")).to_be_focused()


def test_a_place_is_booked_by_keys_alone(scenery, visit):
    page = visit(scenery.ben).go(f"/rounds/{scenery.both_ways.pk}/").page
    page.get_by_label("In person", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("You have a place")
