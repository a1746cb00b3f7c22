"""The dashboard of a system: who may see it, which half-year, and how it is made."""

import doctest
import re
from datetime import date, datetime

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.exports import safe
from evaluation.models import ReleasedCell, ReleasedSector
from evaluation.reports import half_years
from evaluation.reports.half_years import HalfYear
from evaluation.views.figure import how_to_read, parts, pieces
from rounds.states import RoundState
from tests.factories.evaluation import counted
from tests.factories.members import (
    MembershipFactory,
    PersonFactory,
    SystemFactory,
)
from tests.rounds.pages import words_of
from tests.worlds import NOON

from .reading import address, dashboard, figure, file_address, held, release, table

pytestmark = pytest.mark.django_db


def test_figures_leads_to_the_first_system(client, world):
    client.force_login(world.ines)
    assert client.get(reverse("figures"))["Location"] == address(world)
    client.force_login(world.ben)
    assert client.get(reverse("figures")).status_code == 403


def test_the_door_of_the_figures(client, world):
    other = SystemFactory(code="QZZ")
    outsider = PersonFactory()
    for person, status in [(world.ines, 200), (world.ada, 200), (world.ben, 403), (outsider, 404)]:
        client.force_login(person)
        assert client.get(address(world)).status_code == status
        assert client.get(reverse("dashboard", args=["ics-qzz"])).status_code == 404
    client.force_login(world.ines)
    for scope in ("ics-", "org-qx0", "qx0", "ics-nowhere"):
        assert client.get(reverse("dashboard", args=[scope])).status_code == 404
    assert (
        client.get(reverse("dashboard_file", args=[f"ics-{world.system.code.lower()}", "nonsense"])).status_code == 404
    )
    assert other.rounds.count() == 0


def test_a_former_employee_is_an_outsider(client, world):
    former = MembershipFactory(organisation=world.elmbridge, ends_on=NOON.date()).person
    client.force_login(former)
    assert client.get(address(world)).status_code == 404


def test_an_empty_system_says_so(client, world):
    assert "No Round has been planned yet." in dashboard(client, world).content.decode()


def test_the_headline_is_computed(client, world):
    held(world, 1, headcount=45, host_organisation=world.elmbridge)
    held(world, 2, headcount=None, host_organisation=world.elmbridge)
    held(world, 11, year=2026, headcount=30, host_organisation=world.quarry_lane)
    held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED)
    assert dashboard(client, world).context["sentence"] == (
        "October 2026 to March 2027: 3 Rounds were held, hosted by 2 of 2 partners, and 1 Round is planned. "
        "About 75 people, and once fewer than 8, came."
    )


def test_another_half_year_can_be_asked_for(client, world):
    held(world, 8, year=2026, headcount=60)
    held(world, 1, headcount=45)
    assert dashboard(client, world).context["half_year"].key == "2026-10"
    earlier = dashboard(client, world, half_year="2026-04").context
    assert earlier["sentence"] == "April to September 2026: 1 Round was held. About 60 people came."


def test_before_the_first_round_of_a_half_year_the_last_one_is_shown(client, world):
    held(world, 8, year=2026, headcount=60)
    held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED)
    assert dashboard(client, world).context["half_year"].key == "2026-04"


@pytest.mark.parametrize("url", [address, lambda world: file_address(world, "reach")])
def test_the_dashboard_asks_as_many_questions_for_thirty_rounds_as_for_one(client, world, url):
    release(world, "2026-04", {"acute": (80, 4000)})
    asked = []
    for number in (1, 2, 27):
        for _ in range(number):
            round = held(world, 2, partners=[world.elmbridge], host_organisation=world.elmbridge, headcount=45)
            counted(round, values={1: {5: 20}, 2: {4: 9}})
        asked.append(queries(client, world, url(world)))
    assert asked[0] == asked[1] == asked[2] <= 26


def queries(client, world, url):
    client.force_login(world.ines)
    client.get(url)
    with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["box"]) as other:
        assert client.get(url).status_code == 200
    return len(one) + len(other)


def test_every_chart_has_words_a_table_a_file_and_no_style(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 20, 2: 4}, 2: {4: 6, 1: 4}})
    held(world, 2, headcount=None)
    release(world, "2026-10", {"acute": (80, 4000)})
    page = dashboard(client, world).content.decode()
    main = page.split("<main")[1].split("</main>")[0]
    assert len(re.findall(r"<figure", main)) == 9
    images = re.findall(
        r'<svg[^>]* role="img"[^>]*aria-labelledby="([^"]+)"[^>]*><title id="[^"]+">[^<]+</title><desc', main
    )
    assert len(images) == len(set(images)) == 12
    assert main.count("<table") == 6
    assert main.count(".csv?half_year=2026-10") == 6
    assert "style" not in main
    assert "fewer than 8" in main


def test_cells_that_begin_a_formula_are_made_safe():
    for cell in ("=1+1", "+1", "-1", "@SUM", "\t=1", " =1"):
        assert safe(cell) == f"'{cell}"
    assert safe("Well facilitated") == "Well facilitated"


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [("2027-03-31", "2026-10-01", "2027-04-01"), ("2027-04-01", "2027-04-01", "2027-10-01"),
     ("2027-09-30", "2027-04-01", "2027-10-01"), ("2027-12-31", "2027-10-01", "2028-04-01")],
)  # fmt: skip
def test_half_years_begin_in_april_and_october(day, begins, ends):
    half_year = HalfYear.of(datetime.fromisoformat(day).date())
    assert (str(half_year.begins), str(half_year.ends)) == (begins, ends)


def test_half_years_follow_one_another():
    assert [doctest.testmod(module).failed for module in (half_years, pieces)] == [0, 0]
    first, last = HalfYear(date(2026, 4, 1)), HalfYear(date(2027, 4, 1))
    assert half_years.between(first, last) == [last, HalfYear(date(2026, 10, 1)), first]
    assert [each.last_day for each in (first, last)] == [date(2026, 9, 30), date(2027, 9, 30)]


def test_anyone_may_read_how_the_numbers_were_made(client, world):
    page = words_of(client.get(reverse("figures_how_to_read")))
    assert "How often people came, by sector and kind of work 1 3" in page
    assert "4 in all for each time they come, 5 if it is their first, and ½ if they waited" in page
    assert page.count(" ½ ") >= 5
    assert doctest.testmod(how_to_read).failed == doctest.testmod(parts).failed == 0


def test_first_visits_of_all_half_years_add_up_to_people_reached(client, world):
    held(world, 8, year=2026, headcount=45)
    held(world, 1, headcount=45)
    release(world, "2026-04", {"acute": (80, 4000)}, first={"acute": (31, 4000)})
    release(world, "2026-10", {"acute": (80, 4000)}, first={"acute": (22, 4000)})
    assert figure(client, world, "first")["sentence"].endswith("about 55 have since figures began.")
    earlier = figure(client, world, "first", half_year="2026-04")["sentence"]
    assert earlier == "About 30 people came for the first time; about 30 have since figures began."


@pytest.mark.parametrize(
    ("nursing", "running", "sentence"),
    [
        ((80, 2000), (20, 2000), "those in “Nursing and midwifery” came about four times as often as those in"),
        ((80, 2000), (10, 2000), "those in “Nursing and midwifery” came clearly more often than those in"),
        ((80, 2000), (70, 2000), "no kind of work shown came clearly more often than another."),
        ((2, 2000), (3, 2000), "No kind of work has a figure that can be shown."),
    ],
)
def test_kinds_of_work_are_compared_where_the_ranges_leave_no_doubt(client, world, nursing, running, sentence):
    held(world, 1, headcount=45)
    made = release(world, "2026-10", {})
    ReleasedSector.objects.create(release=made, sector="acute", staff=4000, partners=1)
    for work, (number, staff) in (("nursing", nursing), ("running", running), ("not_said", (9, None))):
        ReleasedCell.objects.create(release=made, table="work", cell=f"acute/{work}", number=number, staff=staff)
    shown = figure(client, world, "work")
    assert sentence in shown["sentence"]
    assert shown["table"]["rows"][-2] == ["Few staff, or not said", "10", "5 to 15", "No staff number"]


def test_a_released_table_of_which_nothing_can_be_shown_says_so_in_a_sentence(client, world):
    held(world, 1, headcount=45)
    release(world, "2026-10", {"acute": (80, 4000)}, partners={"acute": (2, None)}, waited={"": (3, None)})
    shown = {each["id"]: each for each in dashboard(client, world).context["figures"]}
    assert [shown[name]["table"] for name in ("mixing", "waited")] == [None, None]
    assert shown["mixing"]["sentence"] == "How many employers meet in a Round cannot be shown."
    assert "meeting" not in shown
    assert shown["waited"]["sentence"] == "Hardly anybody waited for a place in vain."
    assert "employers" not in shown
    assert table(client, world, "waited")[1][2] == "fewer than 8"
