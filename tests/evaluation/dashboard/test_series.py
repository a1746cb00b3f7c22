"""The figures of a series: who sees them, and how many came to each of its Rounds."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rounds.models import TeamMember
from rounds.states import RoundState, TeamPart
from tests.factories.members import PersonFactory
from tests.factories.rounds import SeriesFactory

from .reading import held, rows_of

pytestmark = pytest.mark.django_db(databases=["default", "box"])


@pytest.fixture
def series(world):
    return SeriesFactory(system=world.system)


def page(client, series, person):
    client.force_login(person)
    return client.get(reverse("series_figures", args=[series.pk]), {"half_year": "2026-10"})


def file(client, series, table):
    answer = client.get(reverse("series_figures_file", args=[series.pk, table]), {"half_year": "2026-10"})
    return rows_of(answer)


def came(answer):
    return answer.context["came"]


def test_for_leads_and_for_whoever_facilitates_one_of_its_rounds(client, world, series):
    runs, outsider = PersonFactory(), PersonFactory()
    TeamMember.objects.create(round=held(world, 1, headcount=40, series=series), person=runs, part=TeamPart.FACILITATOR)
    for person, status in [(world.ines, 200), (runs, 200), (world.ben, 403), (outsider, 404)]:
        assert page(client, series, person).status_code == status
    client.force_login(world.ines)
    assert client.get(reverse("series_figures", args=[world.system.pk])).status_code == 404
    assert client.get(reverse("series_figures_file", args=[series.pk, "nonsense"])).status_code == 404


def test_of_its_own_rounds_and_no_others(client, world, series):
    held(world, 1, headcount=40, series=series, places=30, partners=[world.elmbridge])
    held(world, 1, 11, headcount=95, series=SeriesFactory(system=world.system), places=70)
    held(world, 1, 12, headcount=95, places=70)
    answer = page(client, series, world.ines)
    assert answer.context["sentence"] == (
        "October 2026 to March 2027: 1 Round was held. It offers 30 places to one partner."
    )
    assert came(answer)["sentence"] == "About 40 people came to each Round."
    assert file(client, series, "came")[1:] == [["2027-01-04", "40"]]
    assert file(client, series, "offered")[1][:3] == ["October 2026 to March 2027", "Time of day", "Before 9am"]


def test_what_is_more_than_chance_is_ringed_and_what_is_hidden_leaves_a_gap(client, world, series):
    for day, number in enumerate([40, 45, 40, 45, None, 40, 45, 150], start=4):
        held(world, 1, day, headcount=number, series=series)
    shown = came(page(client, series, world.ines))
    assert shown["sentence"] == "From 40 to 150 people came to a Round; to 1 fewer than 8."
    assert "More than chance: 11 January 2027, ringed." in shown["what"]
    assert "Dashed: fewer than 8 people" in shown["what"]
    dots, gap = shown["wide"]["dots"].split("M")[1:], shown["wide"]["gaps"][0]
    assert [f"{x} {y}h0" for x, y in shown["wide"]["apart"]] == dots[-1:]
    assert [float(dot.partition(" ")[0]) < float(gap["left"]) for dot in dots] == [True] * 4 + [False] * 3
    assert [tick["words"] for tick in shown["wide"]["axis"]] == ["0", "50", "100", "150"]
    assert shown["wide"]["band"]["left"] != ""


def test_too_few_for_limits_say_nothing_of_chance(client, world, series):
    for day in range(4, 9):
        held(world, 1, day, headcount=40, series=series)
    assert "chance" not in came(page(client, series, world.ines))["what"]


def test_of_one_team_no_number_is_told(client, world, series):
    held(world, 1, headcount=40, series=series, kind="unit")
    assert came(page(client, series, world.ines))["sentence"] == "How many came cannot be shown yet."
    assert file(client, series, "came")[1:] == []


def test_a_series_that_only_begins_says_so(client, world, series):
    held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED, series=series)
    answer = page(client, series, world.ines)
    assert "1 Round is planned. It offers" in answer.context["sentence"]
    assert (came(answer)["kind"], came(answer)["table"]) == ("", None)


def test_as_many_queries_for_three_rounds_as_for_one(client, world, series):
    def asked():
        with CaptureQueriesContext(connections["default"]) as there, CaptureQueriesContext(connections["box"]) as box:
            client.get(reverse("series_figures", args=[series.pk]), {"half_year": "2026-10"})
        return len(there) + len(box)

    held(world, 1, headcount=40, series=series)
    page(client, series, world.ines)
    one = asked()
    for day in (11, 18):
        held(world, 1, day, headcount=40, series=series, host_organisation=world.elmbridge)
    assert asked() == one <= 15


def test_regularity_of_each_host(client, world):
    for month in (8, 9, 10, 11):
        held(world, month, year=2026, headcount=40, host_organisation=world.elmbridge)
    for month, year in ((12, 2026), (1, 2027), (2, 2027)):
        held(world, month, year=year, headcount=40, host_organisation=world.quarry_lane)
    client.force_login(world.ines)
    address = reverse("offered", args=[f"ics-{world.system.code.lower()}"])
    shown = client.get(address, {"half_year": "2026-10"}).context["regularity"]
    assert shown["sentence"] == f"At {world.elmbridge.name} it is much longer than usual since the last Round."
    rows = {row[0]: row[1:] for row in shown["table"]["rows"]}
    assert rows == {
        world.elmbridge.name: [4, 31, "4 November 2026", ""],
        world.quarry_lane.name: [3, 31, "4 February 2027", ""],
    }
    lines = rows_of(client.get(shown["csv_url"]))
    assert {row[1]: row[2:] for row in lines if row[0].startswith("October")} == {
        host: list(map(str, row)) for host, row in rows.items()
    }
    assert client.get(f"{shown['csv_url']}x").status_code == 404


def test_a_round_with_one_facilitator_is_said_to_be_at_risk(client, world):
    round = held(world, 2, headcount=40)
    TeamMember.objects.create(round=round, person=world.ada, part=TeamPart.FACILITATOR)
    client.force_login(world.ines)
    said = client.get(reverse("offered", args=[f"ics-{world.system.code.lower()}"])).context["facilitators"]
    assert said.endswith("One Round of this half-year names fewer than two: if one falls ill, nobody runs it.")
