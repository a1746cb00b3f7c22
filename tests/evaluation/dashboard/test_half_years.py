"""A half-year that there is not: no page and no file shows another under its name, and no link leads to one."""

import re
from datetime import date, datetime

import pytest
import time_machine
from django.urls import reverse

from evaluation.models import ReportFile
from members.models import SystemSuccession
from members.models.succession import Kind as Step
from rounds.models import Round
from rounds.states import RoundState
from tests.factories.members import PlaceFactory, SystemFactory
from tests.factories.rounds import SeriesFactory
from tests.worlds import LONDON

from .reading import held

pytestmark = pytest.mark.django_db(databases=["default", "box"])

SUMMER = datetime(2027, 6, 1, 12, tzinfo=LONDON)
NONE_SUCH = ["1999-04", "2027-10", "2026-11", "%3Cb%3E", "x" * 500]


@pytest.fixture
def series(world):
    series = SeriesFactory(system=world.system)
    held(world, 6, year=2026, headcount=60)
    held(world, 1, headcount=45, series=series)
    return series


def addresses(world, series):
    scope = f"ics-{world.system.code.lower()}"
    place = PlaceFactory(system=world.system).code
    code = world.elmbridge.code.lower()
    yield from (
        reverse(name, args=[scope])
        for name in ("dashboard", "equity", "offered", "board_report", "annual_report", "sponsor_brief", "returns")
    )
    yield from (reverse(name, args=[scope]) for name in ("offered_file", "board_report_file", "annual_report_file"))
    yield reverse("dashboard_file", args=[scope, "rounds"])
    yield from (reverse(name, args=[scope, place]) for name in ("offered_in_place", "offered_in_place_file"))
    yield from (reverse(name, args=[scope, code]) for name in ("partner_figures", "partner_figures_file"))
    yield reverse("series_figures", args=[series.pk])
    yield reverse("series_figures_file", args=[series.pk, "came"])


def test_there_is_no_page_and_no_file_of_a_half_year_that_there_is_not(client, world, series):
    client.force_login(world.ines)
    for address in addresses(world, series):
        for asked in ("", "2026-10"):
            assert client.get(address, {"half_year": asked}).status_code == 200, (address, asked)
        for asked in NONE_SUCH:
            assert client.get(address, {"half_year": asked}).status_code == 404, (address, asked)


def test_it_says_that_there_are_no_figures_and_leads_to_the_present_ones(client, world, series):
    client.force_login(world.ines)
    scope = f"ics-{world.system.code.lower()}"
    for name in ("dashboard", "annual_report", "returns"):
        address = reverse(name, args=[scope])
        page = client.get(address, {"half_year": "2027-04"} if name == "returns" else {"half_year": "1999-04"})
        assert page.status_code == 404
        assert "There is nothing to show of that half-year" in page.content.decode()
        assert f'<a href="{address}">Go to the present figures</a>' in page.content.decode()


def test_the_half_year_asked_for_is_kept_on_the_way_to_a_system(client, world, series):
    client.force_login(world.ines)
    page = client.get(reverse("figures"), {"half_year": "2026-04"}, follow=True)
    assert page.context["half_year"].key == "2026-04"
    assert client.get(reverse("figures"), {"half_year": "1999-04"}, follow=True).status_code == 404


def test_nor_is_a_file_of_one_made(client, world, series):
    client.force_login(world.ines)
    scope = f"ics-{world.system.code.lower()}"
    for name, said in (("make_return", {"columns": ["date"]}), ("make_report", {"kind": "board"})):
        answer = client.post(reverse(name, args=[scope]), {"half_year": "2031-04"} | said)
        assert answer.status_code == 404, name
    assert not ReportFile.objects.exists()


def broken_links(client, address):
    """Those of a page that name a half-year and lead nowhere."""
    page = client.get(address).content.decode()
    links = [link if link.startswith("/") else address.partition("?")[0] + link for link in LINK.findall(page)]
    assert links
    return [link for link in links if client.get(link).status_code != 200]


LINK = re.compile(r'href="([^"]*[?]half_year=[^"#&]*)')


def test_a_year_whose_second_half_is_to_come_leads_back_to_its_first(client, world, series):
    with time_machine.travel(SUMMER, tick=False):
        client.force_login(world.ines)
        assert broken_links(client, reverse("annual_report", args=[f"ics-{world.system.code.lower()}"])) == []


def test_a_series_is_shown_in_the_last_half_year_in_which_it_has_a_round(client, world, series):
    held(world, 5, headcount="none", state=RoundState.PUBLISHED)
    client.force_login(world.ines)
    ahead = reverse("offered", args=[f"ics-{world.system.code.lower()}"]) + "?half_year=2027-04"
    assert broken_links(client, ahead) == []
    assert f"{reverse('series_figures', args=[series.pk])}?half_year=2026-10" in client.get(ahead).content.decode()


def test_a_series_that_went_on_in_another_system_leads_back_to_what_there_was(client, world, series):
    to = SystemFactory()
    SystemSuccession.objects.create(predecessor=world.system, successor=to, kind=Step.MERGER, on=date(2027, 3, 1))
    Round.objects.filter(pk=held(world, 5, headcount=40, series=series).pk).update(system=to)
    with time_machine.travel(SUMMER, tick=False):
        client.force_login(world.ines)
        url = reverse("series_figures", args=[series.pk])
        assert broken_links(client, f"{url}?half_year=2027-04") == []
        assert (
            client.get(url).context["months"]["sentence"] == "Since January 2027, 2 Rounds were held, in 2 of 5 months."
        )
