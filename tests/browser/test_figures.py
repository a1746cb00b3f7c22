"""Every page of figures: by keyboard alone, read aloud, on the narrowest phone, without scripts, and on paper.

Which pages there are is found by following links, so that a new one is looked at as soon as another leads to it.
"""

import io
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tests.browser.scenery import years_of_answers
from tests.browser.test_keyboard import tabbed
from tests.browser.visitor import DESKTOP, NARROWEST, PHONE, scrolls_sideways
from tests.disclosure.published import read
from tests.evaluation.dashboard.reading import held, release
from tests.factories.evaluation import counted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECTORS = {"acute": (812, 11_000), "council": (65, 5_000), "hospice": (40, 500), "social_care": (4, 700)}
CELLS = {
    "first": {"acute": (210, 11_000), "hospice": (12, 500)},
    "partners": {"acute/": (9, None)},
    "mixing": {"": (48, None)},
    "waited": {"": (15, None)},
}
ANSWERS = {number: {5: 14, 4: 12, 3: 3, 2: 2, 1: 1} for number in (1, 2, 3)}
# Of a chart the words stand in its table, of a long table the rest is reached by scrolling: no picture without a name.
UNNAMED = """() => [...document.querySelectorAll("main svg[role=img], main img")].filter((each) => {
  const names = (each.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
  const said = names.map((name) => document.getElementById(name)?.textContent ?? "").join(" ");
  return !(said.trim() || each.getAttribute("aria-label") || each.getAttribute("alt"));
}).map((each) => each.outerHTML.slice(0, 80))"""
LEVELS = "() => [...document.querySelectorAll('main h1, main h2, main h3, main h4')].map((each) => +each.tagName[1])"
POOR_TABLES = """() => [...document.querySelectorAll("main table")].filter((each) =>
  !each.caption?.textContent.trim() || !each.querySelector("thead th[scope=col]")
  || [...each.querySelectorAll("tbody tr")].some((row) => !row.querySelector("th[scope=row]"))
).map((each) => each.innerText.slice(0, 60))"""
# What is wider than its box may scroll inside of it, where the keyboard reaches it and it has a name.
CUT_OFF = """() => [...document.querySelectorAll("main table")].filter((each) => {
  const box = each.closest(".rd-scroll[role=region]");
  if (each.getBoundingClientRect().width <= document.documentElement.clientWidth) return false;
  return !box || box.tabIndex !== 0 || !(box.ariaLabel || box.ariaLabelledByElements?.[0]?.textContent);
}).map((each) => each.innerText.slice(0, 60))"""
WATCH = "() => document.addEventListener('focusin', (event) => { event.target.dataset.reached = ''; })"
MISSED = """() => [...document.querySelectorAll("main :is(a[href], button, select, summary, .rd-scroll)")]
  .filter((each) => each.checkVisibility() && !("reached" in each.dataset))
  .map((each) => each.ariaLabel || each.innerText.slice(0, 60))"""
OPEN_ALL = "() => document.querySelectorAll('main details').forEach((each) => { each.open = true; })"
TEXT = "() => document.querySelector('main').textContent.replace(/\\s+/g, ' ').trim()"
A4 = 794 - 2 * 68
# Of the page with most figures. At the sizes of a screen they were 8.
SHEETS = 5
INK = """() => [...document.querySelectorAll("main h1, main h2, main p, main td, main th, main dt, main dd")]
  .filter((each) => each.checkVisibility()).filter((each) => {
    const [r, g, b] = getComputedStyle(each).color.match(/[\\d.]+/g).map(Number);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 110;
  }).map((each) => each.innerText.slice(0, 60))"""
GROUND = "() => ['html', 'body', 'main'].map((each) => getComputedStyle(document.querySelector(each)).backgroundColor)"
WIDER_THAN_PAPER = """(most) => [...document.querySelectorAll("main *")].filter((each) =>
  each.checkVisibility() && each.innerText?.trim() && each.getBoundingClientRect().right > most + 1
).map((each) => `${each.tagName} ${each.className}`).slice(0, 5)"""


# A grid goes whole to the next sheet and leaves the rest of its own empty.
GRIDS = """() => [...document.querySelectorAll("main figure *")].filter((each) =>
  getComputedStyle(each).display.includes("grid")).map((each) => each.className)"""


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found += [value.partition("#")[0] for name, value in attributes if name == "href" and value]


@pytest.fixture
def pages(scenery):
    """The addresses of all pages of figures, each once, for the lead of a system with everything to show."""
    for month, headcount in ((10, 45), (11, None), (12, 60)):
        counted(held(scenery, month, year=2026, headcount=headcount), values=ANSWERS)
    for half_year in ("2026-04", "2025-10"):
        release(scenery, half_year, SECTORS, employer={str(scenery.elmbridge.pk): (640, 4200)}, **CELLS)
    years_of_answers(scenery)
    client, found = Client(), {}
    client.force_login(scenery.ines)
    scope = f"ics-{scenery.system.code.lower()}"
    waiting = [reverse("dashboard", args=[scope]), reverse("returns", args=[scope]), reverse("figures_how_to_read")]
    waiting += [
        reverse("series_figures", args=[scenery.planned.series_id]),
        reverse("round_report", args=[scenery.closed.pk]),
    ]
    while waiting:
        path = waiting.pop(0)
        answer = client.get(path)
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            found[path] = answer.content.decode()
            new = [each.partition("?")[0] for each in Links(found[path]).found]
            waiting += [
                each for each in dict.fromkeys(new) if each.startswith("/figures/") and not known(each, found, waiting)
            ]
    return found


def known(path, found, waiting):
    return path in found or path in waiting or path.endswith((".csv", ".xlsx", ".pdf"))


def test_there_are_pages_with_figures_to_look_at(pages):
    assert len(pages) >= 10
    assert sum("<svg" in content for content in pages.values()) >= 3
    assert any("half-year by half-year" in content and "Other questions" in content for content in pages.values())
    assert sum("<table" in content for content in pages.values()) >= 7


@pytest.mark.parametrize("width", [PHONE, 800, 1023, 1024, 1100, 1200, 1232, 1280, 1600])
def test_a_wide_page_keeps_its_margin_as_its_header_does(scenery, visit, width):
    ines = visit(scenery.ines, width=width).go("/figures/")
    left = {each: ines.page.locator(each).bounding_box()["x"] for each in (".rd-header__bar", ".rd-nav__line", "h1")}
    assert set(left.values()) == {16 if width == PHONE else max(32, (width - 1200) / 2)}


def test_they_are_read_by_keyboard_and_aloud(scenery, pages, visit):
    ines, found = visit(scenery.ines), []
    for path in pages:
        page = ines.resize(DESKTOP).go(path).page
        closed = page.locator("main details:not([open]) > summary")
        while closed.count():
            closed.first.focus()
            page.keyboard.press("Enter")
        page.evaluate(WATCH)
        page.evaluate("document.querySelector('a[href]').focus()")
        tabbed(page, most=300)
        found += [f"{path}: the keyboard does not reach “{name}”" for name in page.evaluate(MISSED)]
        found += [f"{path}: a picture has no name: {each}" for each in page.evaluate(UNNAMED)]
        found += [f"{path}: a table has no caption or no heads: {each}" for each in page.evaluate(POOR_TABLES)]
        found += [f"{path}: headings leap from level to level" for _ in leaps(page.evaluate(LEVELS))]
        found += [f"{path}: not read aloud: {each}" for each in unread(page)]
    assert found == [], "\n".join(found)


def leaps(levels):
    return [(one, other) for one, other in zip([0, *levels], levels, strict=False) if other > one + 1]


def unread(page):
    """Sentences of figures and captions of tables that the accessibility tree does not have."""
    tree = page.locator("main").aria_snapshot()
    said = page.locator("main .rd-figure__sentence, main caption, main .rd-lead").all_inner_texts()
    return [each for each in said if quoted(each) not in quoted(tree)]


def quoted(words):
    return "".join(each for each in words if each.isalnum())


def test_they_fit_the_narrowest_phone(scenery, pages, visit):
    ines, found = visit(scenery.ines, width=NARROWEST), []
    for path in pages:
        page = ines.go(path).page
        page.evaluate(OPEN_ALL)
        found += [f"{path}: {fault}" for fault in scrolls_sideways(page)]
        found += [f"{path}: a table is cut off: {each}" for each in page.evaluate(CUT_OFF)]
    assert found == [], "\n".join(found)


def test_without_scripts_they_say_the_same(scenery, pages, visit):
    with_scripts, without = visit(scenery.ines), visit(scenery.ines, java_script_enabled=False)
    for path in pages:
        said = with_scripts.go(path).page.evaluate(TEXT)
        plain = " ".join(without.go(path).page.locator("main").text_content().split())
        assert plain == said, path


@pytest.mark.parametrize("scripts", [True, False])
def test_on_paper_all_is_there_in_black_on_white(scenery, pages, visit, scripts):
    """What is folded away is open, no table is cut off, and the sheet says what was done to its figures."""
    ines, found = visit(scenery.ines, java_script_enabled=scripts), []
    for path, content in pages.items():
        page = ines.go(path).page
        paper = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
        printed = quoted("".join(sheet.extract_text() for sheet in paper.pages))
        cells = {piece.words for piece in read(content) if len(piece.where) == 3 and piece.words}
        found += [f"{path}: not on paper: {cell}" for cell in cells if quoted(cell) not in printed]
        if "<figure" in content and "tothenearest5" not in printed:
            found.append(f"{path}: the sheet does not say what was done to its figures")
        if not all(sheet.extract_text().strip() for sheet in paper.pages):
            found.append(f"{path}: a sheet is empty")
        if path == next(iter(pages)) and len(paper.pages) > SHEETS:
            found.append(f"{path}: {len(paper.pages)} sheets")
        if path.endswith("/brief/") and len(paper.pages) > 1:
            found.append(f"{path}: the brief is longer than its page")
        if scripts:
            found += [f"{path}: {fault}" for fault in on_paper(page)]
    assert found == [], "\n".join(found)


def on_paper(page):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 900})
    page.evaluate(OPEN_ALL)
    yield from (f"its ground is {each}" for each in page.evaluate(GROUND) if each not in PAPER)
    yield from (f"pale on paper: {each}" for each in page.evaluate(INK))
    yield from (f"wider than paper: {each}" for each in page.evaluate(WIDER_THAN_PAPER, A4))
    yield from (f"a grid on paper: {each}" for each in page.evaluate(GRIDS))
    page.emulate_media(media="null")
    page.set_viewport_size({"width": DESKTOP, "height": 900})


PAPER = {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}
