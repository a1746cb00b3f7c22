"""The dashboard of a system and its files."""

import csv
import doctest
import io
import re
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.exports import safe
from evaluation.models import Questionnaire, ReachCell, ReachRelease
from evaluation.reports import half_years
from evaluation.reports.half_years import HalfYear
from evaluation.views.figure import pieces
from rounds.states import Format, RoundState
from tests.factories.evaluation import RoundFigureFactory, counted
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.factories.rounds import RoundFactory
from tests.worlds import LONDON, NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        yield small_world()


def held(world, month, day=4, *, year=2027, headcount=None, **options):
    starts_at = datetime(year, month, day, 12, 30, tzinfo=LONDON)
    state = options.pop("state", RoundState.CLOSED)
    round = RoundFactory(
        system=world.system,
        state=state,
        starts_at=starts_at,
        booking_opens_at=starts_at - timedelta(days=30),
        booking_closes_at=starts_at - timedelta(hours=1),
        **options,
    )
    if headcount != "none":
        RoundFigureFactory(round=round, headcount=headcount)
    return round


def address(world, **query):
    base = reverse("dashboard", args=[f"ics-{world.system.code.lower()}"])
    return base + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def dashboard(client, world, **query):
    client.force_login(world.ines)
    answer = client.get(address(world, **query))
    assert answer.status_code == 200
    return answer


def figure(client, world, name, **query):
    return next(each for each in dashboard(client, world, **query).context["figures"] if each["id"] == name)


def file_address(world, name):
    return reverse("dashboard_file", args=[f"ics-{world.system.code.lower()}", name])


def table(client, world, name, **query):
    client.force_login(world.ines)
    answer = client.get(file_address(world, name), query)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


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
        "October 2026 to March 2027: 3 Rounds were held, hosted by 2 of 2 partners, and 1 is planned. "
        "About 75 people, and once fewer than 8, came."
    )


def test_rounds_by_month_and_format_and_people_by_month(client, world):
    held(world, 1, 4, headcount=45)
    held(world, 1, 20, headcount=None, format=Format.ONLINE)
    held(world, 2, headcount=None)
    held(world, 3, 1, headcount="none", state=RoundState.HELD)
    held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED, format=Format.HYBRID)
    held(world, 2, 10, headcount="none", state=RoundState.CANCELLED)
    rounds = {row[0]: row[1:] for row in table(client, world, "rounds")}
    assert rounds["Month"] == [
        *["In person, held", "Online, held", "In person and online, held"],
        *["In person, planned", "Online, planned", "In person and online, planned"],
    ]
    assert list(rounds)[1] == "April 2026"
    assert list(rounds)[-1] == "March 2027"
    assert len(rounds) == 13
    assert rounds["January 2027"] == ["1", "1", "0", "0", "0", "0"]
    assert rounds["February 2027"] == ["1", "0", "0", "0", "0", "0"]
    assert rounds["March 2027"] == ["1", "0", "0", "0", "0", "1"]
    people = {row[0]: row[1] for row in table(client, world, "people")}
    assert people["January 2027"] == "45, and once fewer than 8"
    assert people["February 2027"] == "fewer than 8"
    assert people["March 2027"] == "not yet entered"
    assert people["December 2026"] == "no Round"


@pytest.mark.parametrize(
    ("months", "sentence"),
    [
        ([3], "1 Round was held, in March 2027."),
        ([2, 3], "A Round was held every month since February 2027."),
        ([11, 3], "Since November 2026, 2 Rounds were held, in 2 of 5 months."),
        ([8], "1 Round was held, in August 2026."),
    ],
)
def test_a_young_system_is_told_what_there_is(client, world, months, sentence):
    for month in months:
        held(world, month, 2, year=2027 if month < 4 else 2026, headcount=45)
    assert figure(client, world, "rounds", half_year="2026-10")["sentence"] == sentence


@pytest.mark.parametrize(
    ("headcounts", "sentence"),
    [
        ({}, "How many people came cannot be shown yet."),
        ({1: None}, "Fewer than 8 people came each time."),
        ({1: 45}, "About 45 people came in January 2027."),
        ({1: 45, 2: 40}, "Most people came in January 2027: about 45."),
        ({1: 45, 2: 45, 3: None}, "Most people came in January 2027 and February 2027: about 45 each time."),
    ],
)
def test_the_sentence_about_people(client, world, headcounts, sentence):
    held(world, 12, year=2026, headcount="none")
    for month, headcount in headcounts.items():
        held(world, month, 2, headcount=headcount)
    shown = figure(client, world, "people")
    assert shown["sentence"] == sentence
    assert bool(shown["kind"]) == any(headcounts.values())


def test_feedback_adds_up_shown_rounds_only(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 20, 3: 20}, 2: {4: 7}})
    counted(held(world, 2, headcount=45), values={1: {5: 7}, 2: {4: 8}, 5: {5: 12}})
    counted(held(world, 2, 11, headcount=None), values={1: {1: 40}}, forms=None)
    counted(held(world, 8, year=2026, headcount=45), values={1: {5: 40}})
    counted(held(SystemWorld(SystemFactory()), 1), values={1: {1: 400}})
    rows = {row[2]: row[3:] for row in table(client, world, "feedback")}
    assert rows["I see better now how the work feels to other people."] == ["50%", "40", "100%", "40"]
    assert rows["What I heard will help my colleagues and me to work together."] == [
        *["all or nearly all", "10"],
        *["fewer than 8", "fewer than 8"],
    ]
    assert rows["How was this Round for you, all in all?"] == ["100%", "10", "fewer than 8", "fewer than 8"]
    assert len(rows) == 4


def test_answers_all_alike_are_said_in_words_instead_of_an_empty_chart(client, world):
    counted(held(world, 1, headcount=10), values={1: {5: 9}, 2: {4: 8}}, forms=10)
    shown = figure(client, world, "feedback")
    assert shown["sentence"] == "All or nearly all agreed: “I see better now how the work feels to other people.”"
    assert shown["kind"] == ""
    assert shown["table"]["rows"][0] == ["Insight into others", "all or nearly all", 10]
    assert shown["table"]["head"] == ["Question", "Half-year", "Answers"]


def test_versions_of_the_questions_are_never_put_together(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 30, 2: 10}})
    box = counted(held(world, 2, headcount=45), values={})
    newer = Questionnaire.objects.create(
        code=box.questionnaire.code, version=box.questionnaire.version + 1, name="Ours"
    )
    item = newer.items.create(number=1, construct="insight", text="Another wording", scale="agreement")
    add_counts(box.round, newer, item, {5: 20})
    shown = dashboard(client, world).context
    assert [each["table"]["rows"] for each in shown["earlier"]] == [[["Insight into others", "75%", 40]]]
    assert figure(client, world, "feedback")["table"]["rows"] == [["Insight into others", "100%", 20]]
    assert [row[1:4] for row in table(client, world, "feedback")[1:]] == [
        [str(newer.version), "Another wording", "100%"],
        [str(box.questionnaire.version), "I see better now how the work feels to other people.", "75%"],
    ]


def add_counts(round, questionnaire, item, values):
    from evaluation.models.results import ItemCount

    for value, number in values.items():
        ItemCount.objects.create(
            round_id=round.pk, questionnaire_id=questionnaire.pk, item_id=item.pk, value=value, n=number
        )


def release(world, half_year, sectors, *, rounds=3, left_out=0):
    made = ReachRelease.objects.create(system=world.system, half_year=half_year, rounds=rounds, left_out=left_out)
    for sector, (came, staff) in sectors.items():
        ReachCell.objects.create(
            release=made, sector=sector, came=came, staff=staff, partners=1, uncounted=int(staff is None)
        )


def test_reach_is_shown_with_the_range_that_rounding_leaves(client, world):
    held(world, 8, year=2026, headcount=45)
    release(
        world,
        "2026-04",
        {"acute": (80, 4000), "council": (10, 2000), "hospice": (None, 300), "housing": (None, None)},
        left_out=1,
    )
    shown = figure(client, world, "reach", half_year="2026-04")
    assert shown["sentence"] == (
        "For each 1,000 staff, people from acute hospitals came about four times as often as council staff."
    )
    assert shown["table"]["rows"] == [
        ["Acute hospitals", "80", "4,000", "20", "19 to 21"],
        ["Council", "10", "2,000", "5", "4 to 6"],
        ["Hospices", None],
        ["Housing", None],
    ]
    assert shown["what"].endswith("1 more Round was held, and closed too late to be counted in.")
    assert table(client, world, "reach", half_year="2026-04")[1:] == [
        ["April to September 2026", "Acute hospitals", "80", "4000", "20", "19", "21", ""],
        ["April to September 2026", "Council", "10", "2000", "5", "4", "6", ""],
        [
            *["April to September 2026", "Hospices", "fewer than 8", "", "", "", ""],
            "Fewer than 8 people, so we show no number.",
        ],
        ["April to September 2026", "Housing", "", "", "", "", "", "No staff number yet"],
    ]
    page = dashboard(client, world, half_year="2026-04").content.decode()
    assert (
        "For their number, people from acute hospitals came most of the sectors with a figure, council staff least."
    ) in page
    assert "No staff number yet" in page


def test_least_is_said_of_all_where_every_sector_has_a_figure(client, world):
    held(world, 1, headcount=45)
    release(world, "2026-10", {"acute": (80, 4000), "council": (10, 2000)})
    sentence = dashboard(client, world).context["sentence"]
    assert sentence.endswith("For their number, people from acute hospitals came most, council staff least.")


def test_the_present_half_year_shows_the_reach_of_the_last_one_and_says_so(client, world):
    held(world, 8, year=2026, headcount=45)
    held(world, 1, headcount=45)
    release(world, "2026-04", {"acute": (80, 4000), "council": (40, 2000)})
    shown = figure(client, world, "reach")
    assert shown["sentence"] == "For each 1,000 staff, the sectors shown came about equally often."
    assert shown["what"].startswith("April to September 2026, the last half-year with figures.")
    waits = " October 2026 to March 2027 follows once it is over and its last Round is closed."
    assert shown["what"].endswith(waits)
    assert "For their number" not in dashboard(client, world).context["sentence"]


@pytest.mark.parametrize(
    ("rounds", "sectors", "sentence"),
    [
        (1, {}, "One Round alone says nothing about sectors: that would be its list."),
        (2, {}, "The figures by sector would tell more than they say, so none is shown."),
        (2, {"acute": (None, 4000)}, "No sector has a figure that can be shown."),
        (2, {"acute": (20, 4000)}, "About 5 came for each 1,000 staff of acute hospitals."),
    ],
)
def test_what_is_said_where_there_is_little_reach_to_show(client, world, rounds, sectors, sentence):
    held(world, 1, headcount=45)
    release(world, "2026-10", sectors, rounds=rounds)
    assert figure(client, world, "reach")["sentence"] == sentence


def test_before_the_first_release_the_page_says_when_it_comes(client, world):
    held(world, 1, headcount=45)
    shown = figure(client, world, "reach")
    assert shown["sentence"] == "Who was reached is shown once a half-year is over and its last Round is closed."
    assert (shown["kind"], shown["table"]) == ("", None)
    assert len(table(client, world, "reach")) == 1


def test_partners_by_what_they_lack(client, world):
    """By Rounds and roles alone: nobody came to any of these."""
    hospice = OrganisationFactory(name="Birch Hospice", sector="hospice", system=world.system)
    RoleGrantFactory(person=PersonFactory(works_for=hospice), role="facilitator", system=SystemFactory())
    held(world, 1, partners=[world.elmbridge, world.quarry_lane], host_organisation=world.quarry_lane)
    held(world, 3, 20, state=RoundState.CANCELLED, headcount="none", partners=[hospice])
    shown = figure(client, world, "partners")
    assert shown["sentence"] == (
        "Of 3 partners, 1 is not yet invited, 2 are not yet hosting and 2 are without a facilitator."
    )
    assert {gap["words"]: [partner.name for partner in gap["partners"]] for gap in shown["gaps"]} == {
        "not yet invited": ["Birch Hospice"],
        "not yet hosting": ["Birch Hospice", "Elmbridge Hospital NHS Trust"],
        "without a facilitator": ["Birch Hospice", "Quarry Lane Care Homes"],
    }
    assert table(client, world, "partners")[1:] == [
        ["Birch Hospice", "Hospices", "no", "no", "no"],
        ["Elmbridge Hospital NHS Trust", "Acute hospitals", "yes", "no", "yes"],
        ["Quarry Lane Care Homes", "Social care", "yes", "yes", "no"],
    ]


def test_a_system_whose_partners_lack_nothing(client, world):
    RoleGrantFactory(person=world.cleo, role="facilitator", organisation=world.quarry_lane)
    for host in (world.elmbridge, world.quarry_lane):
        held(world, 1, partners=[world.elmbridge, world.quarry_lane], host_organisation=host)
    shown = figure(client, world, "partners")
    assert shown["sentence"] == "All 2 partners are invited, host Rounds and have a facilitator."
    assert shown["gaps"] == []


class SystemWorld:
    def __init__(self, system):
        self.system = system


def test_another_half_year_can_be_asked_for(client, world):
    held(world, 8, year=2026, headcount=60)
    held(world, 1, headcount=45)
    assert dashboard(client, world).context["half_year"].key == "2026-10"
    earlier = dashboard(client, world, half_year="2026-04").context
    assert earlier["sentence"] == "April to September 2026: 1 Round was held. About 60 people came."
    for nonsense in ("1999-04", "%3Cb%3E", "x" * 500):
        assert dashboard(client, world, half_year=nonsense).context["half_year"].key == "2026-10"


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
    assert asked[0] == asked[1] == asked[2] <= 15


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
    assert len(re.findall(r"<figure", main)) == 5
    images = re.findall(
        r'<svg[^>]* role="img"[^>]*aria-labelledby="([^"]+)"[^>]*><title id="[^"]+">[^<]+</title><desc', main
    )
    assert len(images) == len(set(images)) == 10
    assert main.count("<table") == 5
    assert main.count(".csv?half_year=2026-10") == 5
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
    assert client.get(reverse("figures_how_to_read")).status_code == 200
