"""The return to a licensor: a line for each Round, in chosen columns, and a log of what was taken."""

import csv
import io
import re

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from evaluation.models.results import Counted
from evaluation.views.figure.licensor import COLUMNS, NOT_SHOWN, ONE_TEAM
from members.models import SecurityEvent
from rounds.states import Kind, RoundState
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.rounds.pages import words_of

from .reading import held
from .test_board import address
from .test_feedback import counted
from .test_page import queries

pytestmark = pytest.mark.django_db


def take(client, world, *, columns=tuple(COLUMNS), **said):
    client.force_login(world.ines)
    asked = {"half_year": "2026-10", "columns": columns, "as": "csv"} | said
    return client.post(address(world, "make_return"), asked)


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def log(client, world):
    client.force_login(world.ines)
    return client.get(address(world, "returns")).content.decode()


def test_a_line_for_each_round_that_was_held(client, world):
    counted(held(world, 1, headcount=45, host_organisation=world.elmbridge, title="Being there"), values={1: {5: 22}})
    held(world, 2, headcount=None)
    held(world, 6, year=2026, headcount=20)
    first, second = rows(take(client, world))
    assert first == {
        "Date": "2027-01-04",
        "Time": first["Time"],
        "Title": "Being there",
        "Theme or case": "A theme",
        "Kind": "An ordinary Round",
        "Format": "In person",
        "Hosted by": world.elmbridge.name,
        "Room": first["Room"],
        "People who came": "45",
        "Feedback forms": first["Feedback forms"],
    }
    assert int(first["Feedback forms"]) % 5 == 0
    assert second["People who came"] == "fewer than 8"
    assert second["Feedback forms"] == "not yet counted"


def test_numbers_of_one_team_and_of_few_forms_are_not_told(client, world):
    for options in ({"kind": Kind.TEAM_TIME}, {}):
        round = held(world, 1, headcount=20, **options)
        counted(round, values={1: {5: 20}})
        if not options:
            Counted.objects.filter(pk=round.pk).update(forms=None)
    told = [(row["People who came"], row["Feedback forms"]) for row in rows(take(client, world))]
    assert sorted(told) == sorted([(ONE_TEAM, ONE_TEAM), ("20", NOT_SHOWN)])


def test_only_chosen_columns_of_the_list_in_its_order(client, world):
    held(world, 1, headcount=45)
    [row] = rows(take(client, world, columns=["format", "date", "storyteller"]))
    assert list(row) == ["Date", "Format"]


@pytest.mark.parametrize("columns", [[], ["storyteller"]])
def test_without_a_column_the_page_says_so_and_nothing_is_logged(client, world, columns):
    """It is still the page of the half-year that was chosen."""
    held(world, 6, year=2026, headcount=20)
    answer = take(client, world, columns=columns, half_year="2026-04")
    page = answer.content.decode()
    assert "Tick at least one column" in page
    assert answer.context["half_year"].key == "2026-04"
    assert "checked" not in page
    assert not SecurityEvent.objects.filter(said__what="the return to the licensor").exists()


def test_what_was_taken_is_logged_with_who_when_and_which_period(client, world):
    held(world, 1, headcount=45)
    before = log(client, world)
    assert "Nothing yet." in before
    assert re.findall(r'value="(\w+)" checked', before) == [key for key in COLUMNS if key != "title"]
    take(client, world, columns=["date", "format"])
    page = log(client, world)
    assert "October 2026 to March 2027, 1 Round" in page
    assert world.ines.name in page
    assert "as CSV" in page
    take(client, world, columns=["date", "format"], **{"as": "spreadsheet"})
    assert "as a spreadsheet" in log(client, world)
    assert "Date, Format" in page
    assert re.findall(r'value="(\w+)" checked', page) == ["date", "format"]
    event = SecurityEvent.objects.filter(said__what="the return to the licensor").earliest("at")
    assert (event.by, event.where) == (world.ines.pk, world.system.pk)
    assert event.said["period"] == "October 2026 to March 2027"
    assert event.said["columns"] == ["Date", "Format"]


def test_of_a_half_year_to_come_there_is_none(client, world):
    held(world, 6, headcount="none", state=RoundState.PUBLISHED)
    client.force_login(world.ines)
    assert client.get(address(world, "returns", half_year="2027-04")).status_code == 404
    assert take(client, world, half_year="2027-04").status_code == 404


def test_where_no_round_was_held_there_are_no_columns_to_choose(client, world):
    held(world, 8, year=2025, headcount=45)
    client.force_login(world.ines)
    page = words_of(client.get(address(world, "returns", half_year="2026-04")))
    assert "no Round was held, so there is nothing to return." in page
    assert "Download as" not in page
    assert "Columns" not in page


STEERING = "ics_lead", "administrator", "sponsor", "steering_group"


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        *[(role, "system", 200) for role in STEERING],
        *[(role, "organisation", 403) for role in STEERING[1:]],
        *[("facilitator", scope, 403) for scope in ("system", "organisation")],
    ],
)
def test_it_is_for_those_who_steer_the_whole_system(client, world, role, scope, status):
    person = PersonFactory(works_for=world.elmbridge)
    RoleGrantFactory(
        person=person, role=role, **{scope: getattr(world, "system" if scope == "system" else "elmbridge")}
    )
    client.force_login(person)
    here = address(world, "returns")
    assert client.get(here).status_code == status
    assert client.post(address(world, "make_return"), {"columns": ["date"]}).status_code == status
    assert (here in client.get(reverse("organise")).content.decode()) == (status == 200)


def test_its_link_is_on_no_page_of_figures(client, world):
    held(world, 1, headcount=45)
    client.force_login(world.ines)
    assert address(world, "returns") not in client.get(address(world, "dashboard")).content.decode()


def test_it_stands_under_organise_in_the_menu_as_in_its_way_back(client, world):
    page = log(client, world)
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == [reverse("organise")]
    assert f'rd-back" href="{reverse("organise")}">Back to Organise<' in page


def test_a_get_takes_nothing_and_logs_nothing(client, world):
    client.force_login(world.ines)
    assert client.get(address(world, "make_return")).status_code == 302
    assert not SecurityEvent.objects.filter(said__what="the return to the licensor").exists()


def test_the_log_of_another_system_is_not_here(client, world):
    take(client, world)
    other = SystemFactory()
    lead = PersonFactory(works_for=OrganisationFactory(system=other))
    RoleGrantFactory(person=lead, role="ics_lead", system=other)
    client.force_login(lead)
    page = client.get(reverse("returns", args=[f"ics-{other.code.lower()}"])).content.decode()
    assert "Nothing yet." in page
    assert world.ines.name not in page


@pytest.mark.parametrize("form", ["csv", "spreadsheet"])
def test_no_cell_is_a_formula(client, world, form):
    host = OrganisationFactory(name='=HYPERLINK("x")', system=world.system, sector="hospice")
    held(world, 1, host_organisation=host, title="+SUM(A1)")
    answer = take(client, world, **{"as": form})
    if form == "csv":
        cells = list(rows(answer)[0].values())
    else:
        book = load_workbook(io.BytesIO(answer.content))
        assert book.sheetnames == ["Report", "Rounds", "What each column means"]
        # No heading without words below it.
        assert [row[0].value for row in book["Report"].iter_rows()][-1].startswith("No column names a person")
        cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
        assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert "'+SUM(A1)" in cells
    assert not [cell for cell in cells if str(cell).startswith(("=", "+", "@"))]


def test_the_page_asks_as_many_questions_for_three_rounds_as_for_one(client, world):
    asked = []
    for number in (1, 2):
        for _ in range(number):
            held(world, 2, host_organisation=world.elmbridge, headcount=45)
        take(client, world)
        asked.append(queries(client, world, reverse("returns", args=[f"ics-{world.system.code.lower()}"])))
    assert asked[0] == asked[1]
