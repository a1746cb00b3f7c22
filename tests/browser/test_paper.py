"""Sheets that are meant for one page take one page; longer ones break between their parts."""

import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from pypdf import PdfReader

from members.models import Licence
from rounds.models import Round
from rounds.states import Format, Step
from tests.browser.test_figures import ANSWERS, CELLS
from tests.evaluation.dashboard.reading import held, release
from tests.factories.evaluation import counted
from tests.factories.members import PersonFactory
from tests.factories.rounds import StorytellerFactory
from tests.worlds import NOON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MONTH = re.compile(r"^[A-Z][a-z]+ 20\d\d .*\d$", re.MULTILINE)
SUPPORT = [
    "Elmbridge staff support, extension 5050, weekdays from 8am to 6pm.",
    "North Vale Listening Line, 01632 960 123, every evening.",
    "The chaplain on call, day and night, through any switchboard.",
]
BEFORE = {"acute": (700, 11_000), "council": (300, 5_000), "hospice": (90, 500), "social_care": (80, 700)}
AFTER = {"acute": (1400, 11_000), "council": (110, 5_000), "hospice": (20, 500), "social_care": (160, 700)}


@pytest.fixture
def told(scenery):
    """A system that has much to say, with a Round of four stories."""
    told = scenery.world.system
    told.support_text, told.licensor_notice = "\n".join(SUPPORT), "Schwartz Rounds is a registered mark. " * 2
    told.save()
    title, food = "What the tea trolley hears at the end of a long night", "Soup and bread from noon in the foyer"
    Round.objects.filter(pk=scenery.coming.pk).update(title=title, food=food)
    for _ in range(3):
        person = PersonFactory(works_for=scenery.elmbridge)
        StorytellerFactory(round=scenery.coming, person=person, done=[Step.AGREED])
    return told


def printed(visitor, path):
    """The words of each page."""
    paper = visitor.go(path).page.pdf(format="A4", prefer_css_page_size=True)
    return [page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages]


@pytest.mark.parametrize("name", ["round_run_sheet", "round_paper_form"])
def test_what_a_facilitator_takes_along_is_one_page(scenery, told, visit, name):
    assert len(printed(visit(scenery.ada), reverse(name, args=[scenery.coming.pk]))) == 1


def test_a_brief_that_says_much_is_one_page(scenery, told, visit):
    days = {"starts_on": NOON.date(), "last_on": (NOON + timedelta(days=30)).date()}
    Licence.objects.create(system=told, holder=scenery.elmbridge, number="1", **days)
    for year, month, headcount in ((2025, 11, 60), (2026, 2, 80), (2026, 5, 45), (2026, 8, 70)):
        round = held(scenery, month, year=year, headcount=headcount, host_organisation=scenery.hospice)
        counted(round, values=ANSWERS)
    release(scenery, "2025-10", BEFORE)
    release(scenery, "2026-04", AFTER, **CELLS)
    path = reverse("sponsor_brief", args=[f"ics-{told.code.lower()}"])
    sheets = printed(visit(scenery.ines), f"{path}?half_year=2026-04")
    assert "Clearly less often" in sheets[0]
    assert len(sheets) == 1


def test_of_a_table_of_figures_no_head_and_no_row_or_two_stand_alone(scenery, visit):
    held(scenery, 1, headcount=30, format=Format.ONLINE)
    held(scenery, 2, headcount=30, format=Format.HYBRID)
    page = visit(scenery.ines).go("/figures/").page
    page.evaluate("for (const each of document.querySelectorAll('main > :not(#rounds)')) each.remove()")
    room = page.evaluate_handle("document.querySelector('main').insertBefore(document.createElement('div'), rounds)")
    split = 0
    for height in range(0, 900, 50):
        room.evaluate("(room, height) => (room.style.height = `${height}px`)", height)
        paper = page.pdf(format="A4", prefer_css_page_size=True)
        sheets = [each.extract_text() for each in PdfReader(io.BytesIO(paper)).pages]
        rows = [len(MONTH.findall(each)) for each in sheets if MONTH.search(each) or each.count("Month")]
        assert sum(rows) == 12
        assert min(rows) >= 3, f"{rows} below {height} px"
        split += len(rows) > 1
    assert split


def test_what_is_longer_breaks_between_its_parts(scenery, told, visit):
    """No last line stands alone on a page."""
    ada, path = visit(scenery.ada), reverse("round_run_sheet", args=[scenery.coming.pk])
    for lines in range(7, 11):
        told.support_text = "\n".join(SUPPORT[:1] * lines)
        told.save()
        sheets = printed(ada, path)
        assert len(sheets) <= 2
        assert len(sheets) == 1 or "Close." in sheets[1], lines
