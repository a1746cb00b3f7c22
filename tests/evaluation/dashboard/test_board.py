"""The report to a board: a half-year, or a year, in sentences."""

import doctest
import io
import re
from datetime import datetime

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from evaluation import exports
from evaluation.models import Questionnaire
from evaluation.reports import board as figures
from evaluation.views.figure import board
from rounds.states import RoundState
from tests.factories.members import OrganisationFactory
from tests.worlds import LONDON

from .reading import held, release
from .test_feedback import add_counts, counted
from .test_page import queries

pytestmark = pytest.mark.django_db


def address(world, name, **query):
    base = reverse(name, args=[f"ics-{world.system.code.lower()}"])
    return base + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def report(client, world, name="board_report", **query):
    client.force_login(world.ines)
    answer = client.get(address(world, name, **query))
    assert answer.status_code == 200
    return answer


def part(client, world, title, name="board_report", **query):
    parts = report(client, world, name, **query).context["report"].parts
    return next(each for each in parts if each.title.startswith(title))


def test_what_happened_stands_in_sentences_beside_the_half_year_before(client, world):
    held(world, 1, headcount=45, host_organisation=world.elmbridge)
    held(world, 2, headcount=40, places=30)
    held(world, 6, year=2026, headcount=20)
    with time_machine.travel(datetime(2027, 6, 1, 12, tzinfo=LONDON), tick=False):
        shown = report(client, world, half_year="2026-10").context["report"]
        told = part(client, world, "What happened", half_year="2026-10")
    assert shown.of == "Schwartz Rounds in North Vale, October 2026 to March 2027"
    assert shown.lead == "Two Rounds were held, hosted by 1 of 2 partners. About 85 people came."
    assert told.says[0] == (
        "Between October 2026 and March 2027, two Rounds were held, in two rooms. In the half-year before one Round "
        "was held: now one more."
    )
    assert told.says[1].endswith("About 85 people came. Before, it was about 20.")
    rows = {row[0]: row[1:] for row in told.tables[0]["rows"]}
    assert rows["Rounds held"] == [2, 1]
    assert rows["People who came"] == ["85", "20"]
    assert rows["Partners hosting"] == [1, 0]
    assert rows["Midday to 5pm"] == [2, 1]


def test_what_is_not_over_yet_is_set_against_nothing_and_says_of_what_day_it_is(client, world):
    held(world, 1, headcount=45)
    held(world, 6, year=2026, headcount=20)
    shown = report(client, world, half_year="2026-10").context["report"]
    assert shown.of.endswith("October 2026 to March 2027, as it stood on 3 March 2027")
    assert shown.lead.startswith("So far, one Round was held.")
    says = " ".join(part(client, world, "What happened", half_year="2026-10").says)
    assert says.startswith(
        "From 1 October to 3 March 2027, one Round was held, in one room. In the half-year before one"
    )
    assert "one Round was held in all. It offered 60 places. About 45 people came." in says
    assert "fewer" not in says
    assert "Before, it was" not in says


def test_nobody_is_told_to_do_what_is_planned_already(client, world):
    held(world, 1, headcount=45, partners=[world.elmbridge], host_organisation=world.elmbridge)
    tries = dict(part(client, world, "What to try", half_year="2026-10").to_try)
    assert "Partners not yet invited" in tries
    planned = {"state": RoundState.PUBLISHED, "headcount": "none", "partners": [world.quarry_lane]}
    held(world, 3, 20, host_organisation=world.quarry_lane, **planned)
    parts = report(client, world, half_year="2026-10").context["report"].parts
    after = [who for each in parts if each.title == "What to try next" for who, _ in each.to_try]
    assert "Partners not yet invited" not in after
    assert "Partners not yet hosting" not in after
    [said] = [each.says[0] for each in parts if each.title == "Partners"]
    assert said == "All 2 partners were invited to at least one Round, held or planned."


def test_a_year_is_both_its_half_years_beside_the_year_before(client, world):
    held(world, 1, headcount=45)
    held(world, 6, year=2026, headcount=20)
    held(world, 12, year=2025, headcount=30)
    for half_year in ("2026-10", "2026-04"):
        told = part(client, world, "What happened", "annual_report", half_year=half_year)
        rows = {row[0]: row[1:] for row in told.tables[0]["rows"]}
        assert told.tables[0]["head"][1:] == ["April 2026 to March 2027", "April 2025 to March 2026"]
        assert rows["Rounds held"] == [2, 1]
        assert rows["People who came"] == ["65", "30"]


def test_who_was_reached_is_never_added_up_over_half_years(client, world):
    release(world, "2026-04", {"acute": (80, 4000), "hospice": (40, 1000)})
    release(world, "2026-10", {"acute": (200, 4000), "hospice": (2, 1000)})
    told = part(client, world, "Who was reached", "annual_report", half_year="2026-10")
    assert [table["caption"] for table in told.tables] == [
        "Reach by sector, April to September 2026",
        "Reach by sector, October 2026 to March 2027",
    ]
    came = [row[1] for table in told.tables for row in table["rows"]]
    assert came == ["40", "80", "120", "200", "Fewer than 8", "200"]
    words = " ".join(told.says)
    assert "Where any were invited, fewer than 8 came of each of these: hospices." in words
    assert (
        "Clearly more often than in April to September 2026 came people from acute hospitals (about 50 for each 1,000, "
        "before 20)." in words
    )


def test_what_is_added_up_over_a_year_and_what_is_not_is_said_rightly(client, world):
    held(world, 1, headcount=45)
    held(world, 6, year=2026, headcount=20)
    assert report(client, world, "annual_report").context["report"].lead.endswith("About 65 people came.")
    said = " ".join(part(client, world, "How these", "annual_report").says)
    assert "Who was reached is never added up over two half-years" in said
    assert "How many came is the sum of what was shown of each Round." in said


def test_each_link_to_a_year_leads_to_that_year(client, world):
    """On a day in summer, when the second half of the year has not begun."""
    with time_machine.travel(datetime(2027, 6, 1, 12, tzinfo=LONDON), tick=False):
        held(world, 5, headcount=45)
        held(world, 6, year=2025, headcount=20)
        page = report(client, world, "annual_report")
        links = re.findall(r'href="(\?half_year=[^"]+)"[^>]*>([^<]+)', page.content.decode())
        assert [words for _, words in links] == [f"April {year} to March {year + 1}" for year in (2027, 2026, 2025)]
        for query, words in links:
            shown = client.get(address(world, "annual_report") + query)
            assert words in shown.context["report"].of
            assert query in shown.context["file_url"]


def test_before_a_release_it_says_when_there_will_be_one(client, world):
    held(world, 1)
    told = part(client, world, "Who was reached", half_year="2026-10")
    assert told.says == [
        "October 2026 to March 2027: who was reached is shown once a half-year is over and its last Round is closed."
    ]
    assert told.tables == []


def test_small_differences_are_said_to_be_chance(client, world):
    release(world, "2026-04", {"acute": (80, 4000)})
    release(world, "2026-10", {"acute": (85, 4000)})
    told = part(client, world, "Who was reached", half_year="2026-10")
    assert told.says[-1] == (
        "No sector came clearly more or less often than in April to September 2026: what differs may be chance."
    )


def test_what_people_said_stands_with_its_half_years(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 20, 2: 4}, 2: {4: 6, 1: 4}})
    told = part(client, world, "What people said", half_year="2026-10")
    assert told.says[0] == (
        "October 2026 to March 2027: from 60% (“Working together”) to 83% (“Insight into others”) agreed. "
        "They are answers given at one Round."
    )
    assert told.tables[0]["head"] == ["Question", "October 2026 to March 2027", "Answers"]


def test_answers_to_other_questions_are_named_where_they_were_given_in_that_half_year(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 20, 2: 4}})
    older = Questionnaire.objects.create(code="the-old", version=1, name="Older questions")
    item = older.items.create(number=1, construct="insight", text="In older words", scale="agreement")
    before = held(world, 8, year=2026, headcount=45)
    answered(before, older, item)
    others = "Those to “Older questions, version 1” stand on the portal, in the figures of October 2026 to March 2027."
    assert "These are answers to" not in " ".join(part(client, world, "What people said", half_year="2026-10").says)
    answered(held(world, 2, headcount=45), older, item)
    for name in ("board_report", "annual_report"):
        assert others in " ".join(part(client, world, "What people said", name, half_year="2026-10").says)


def test_a_year_tells_what_people_said_in_each_half_of_it(client, world):
    for day in (4, 11):
        counted(held(world, 6, day, year=2026, headcount=45), values={1: {5: 30, 2: 10}})
    counted(held(world, 1, headcount=45), values={1: {5: 20, 2: 5}})
    says = part(client, world, "What people said", "annual_report").says
    assert says[0].startswith("April to September 2026: 75% agreed")
    assert says[1].startswith("October 2026 to March 2027: 80% agreed")
    assert [each.endswith("They are answers given at one Round.") for each in says[:2]] == [False, True]
    assert part(client, world, "What people said", half_year="2026-10").says[0] == says[1]


def test_a_half_year_in_which_older_questions_were_asked_says_so(client, world):
    older = Questionnaire.objects.create(code="the-old", version=1, name="Older questions")
    item = older.items.create(number=1, construct="insight", text="In older words", scale="agreement")
    answered(held(world, 8, year=2026, headcount=45), older, item)
    counted(held(world, 1, headcount=45), values={1: {5: 20, 2: 4}})
    first, second, *_ = part(client, world, "What people said", "annual_report").says
    assert first.startswith("April to September 2026: 75% ")
    assert first.endswith("These are answers to “Older questions, version 1” alone.")
    assert second.startswith("October 2026")
    assert "alone" not in second


def answered(round, questionnaire, item):
    counted(round, values={})
    add_counts(round, questionnaire, item, {5: 9, 2: 3})


def test_partners_invited_to_none_are_named_with_what_to_try(client, world):
    OrganisationFactory(name="Quarry Hospice", system=world.system, sector="hospice")
    held(world, 1, partners=[world.elmbridge], host_organisation=world.elmbridge)
    said = " ".join(part(client, world, "Partners", half_year="2026-10").says)
    assert said.startswith("Of 3 partners, one was invited to at least one of these Rounds. Invited to none: Quarry")
    assert f"hosted by {world.elmbridge.name}." in said
    to_try = dict(part(client, world, "What to try", half_year="2026-10").to_try)
    assert to_try["Hospices"] == ["Choose its partners under “Who is it for?” when the next Round is planned."]


def test_a_system_without_rounds_has_a_report_that_says_so(client, world):
    for name in ("board_report", "annual_report"):
        page = report(client, world, name).content.decode()
        assert "So far, no Rounds were held." in page
        assert "How these figures were made" in page


def test_each_figure_has_its_meaning_inside(client, world):
    held(world, 1, headcount=45)
    release(world, "2026-10", {"acute": (80, 4000)})
    last = part(client, world, "How these figures were made", half_year="2026-10")
    assert "19 times out of 20" in " ".join(last.says)
    explained = {row[0] for row in last.dictionary["rows"]}
    assert {"Came", "Staff", "Per 1,000", "Range", "Places offered", "People who came"} <= explained


@pytest.mark.parametrize("name", ["board_report", "annual_report"])
def test_a_report_asks_as_many_questions_for_thirty_rounds_as_for_one(client, world, name):
    release(world, "2026-04", {"acute": (80, 4000)})
    asked = []
    for number in (1, 2, 27):
        for _ in range(number):
            round = held(world, 2, partners=[world.elmbridge], host_organisation=world.elmbridge, headcount=45)
            counted(round, values={1: {5: 20}, 2: {4: 9}})
        asked.append(queries(client, world, address(world, name)))
    assert asked[0] == asked[1] == asked[2]


def book(client, world, name="board_report_file", **query):
    answer = report(client, world, name, **query)
    assert answer["Content-Disposition"].startswith('attachment; filename="ics-')
    return load_workbook(io.BytesIO(answer.content))


def test_the_spreadsheet_holds_the_sentences_the_tables_and_how_they_were_made(client, world):
    held(world, 1, headcount=45)
    release(world, "2026-10", {"acute": (1080, 40000), "hospice": (2, 1000)})
    made = book(client, world, half_year="2026-10")
    assert made.sheetnames == ["Report", "Rounds", "Reach by sector", "What each figure means"]
    said = [row[0] for row in made["Report"].values]
    shown = report(client, world, half_year="2026-10").context["report"]
    assert said[:3] == [shown.title, shown.of, shown.lead]
    assert set(said) >= {words for each in shown.parts for words in each.says}
    rows = {row[0]: row[1:] for row in made["Reach by sector"].values}
    assert rows["Acute hospitals"] == (1080, "1,075 to 1,085", 40000, 27, "26 to 28")
    assert rows["Hospices"][0] == "Fewer than 8"
    assert rows["All sectors with a staff number"][0] == 1080


def test_a_share_is_a_number_in_the_spreadsheet_and_words_stay_words(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 15, 2: 5}, 2: {5: 10}})
    sheet = book(client, world, half_year="2026-10")["Feedback"]
    shares = [row[1] for row in sheet.iter_rows(min_row=3)]
    assert [(cell.value, cell.number_format) for cell in shares[:2]] == [
        (0.75, "0%"),
        ("all or nearly all", "General"),
    ]
    assert [row[2].value for row in sheet.iter_rows(min_row=3, max_row=4)] == [20, 10]


def test_two_half_years_of_a_year_stand_on_two_sheets(client, world):
    for half_year in ("2026-04", "2026-10"):
        release(world, half_year, {"acute": (80, 4000)})
    made = book(client, world, "annual_report_file", half_year="2026-10")
    assert made.sheetnames[1:3] == ["Reach by sector", "Reach by sector 2"]
    assert made["Reach by sector 2"]["A1"].value == "Reach by sector, October 2026 to March 2027"


def test_no_cell_of_a_spreadsheet_is_a_formula(client, world):
    host = OrganisationFactory(name='=HYPERLINK("x")', system=world.system, sector="hospice")
    world.system.short_name = "+SUM(A1)"
    world.system.save()
    held(world, 1, host_organisation=host, partners=[world.elmbridge])
    made = book(client, world, half_year="2026-10")
    cells = [cell for sheet in made for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not [cell.value for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]


def test_examples_in_the_code_are_right():
    assert [doctest.testmod(module).failed for module in (board, figures, exports)] == [0, 0, 0]


def test_of_a_half_year_to_come_there_is_no_report(client, world):
    held(world, 6, headcount="none", state=RoundState.PUBLISHED)
    client.force_login(world.ines)
    scope = f"ics-{world.system.code.lower()}"
    for name in ("board_report", "annual_report", "sponsor_brief"):
        assert client.get(reverse(name, args=[scope]), {"half_year": "2027-04"}).status_code == 404
    page = client.get(reverse("dashboard", args=[scope]), {"half_year": "2027-04"})
    assert page.context["sentence"] == "April to September 2027 is still to come: 1 Round is planned."
    assert "Board report" not in page.content.decode()
    assert "Annual report" not in page.content.decode()


def test_of_a_half_year_to_come_whose_year_has_begun_there_is_the_annual_report_alone(client, world):
    held(world, 11, headcount="none", state=RoundState.PUBLISHED)
    with time_machine.travel(datetime(2027, 6, 1, 12, tzinfo=LONDON), tick=False):
        client.force_login(world.ines)
        page = client.get(address(world, "dashboard", half_year="2027-10")).content.decode()
        [link] = re.findall(r'href="(/[^"]*report[^"]*|/[^"]*brief[^"]*)"', page)
        assert link == address(world, "annual_report", half_year="2027-10")
        assert client.get(link).status_code == 200


def test_of_a_half_year_without_a_round_it_waits_for_no_release(client, world):
    held(world, 6, year=2025, headcount=40)
    held(world, 1, headcount=40)
    client.force_login(world.ines)
    address = reverse("annual_report", args=[f"ics-{world.system.code.lower()}"])
    page = client.get(address, {"half_year": "2025-04"}).content.decode()
    assert "October 2025 to March 2026: no Round was held." in page
