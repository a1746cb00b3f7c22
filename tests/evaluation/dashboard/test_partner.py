"""One partner beside its system: what it is offered, and how often its people came."""

import datetime as dt

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Succession, SystemEdge
from rounds.states import RoundState
from tests.factories.members import OrganisationFactory, SystemFactory
from tests.rounds.pages import words_of

from .reading import held, release, rows_of

pytestmark = pytest.mark.django_db(databases=["default", "box"])
SYSTEM = {"acute": (200, 4000), "social_care": (100, 1000)}


def page(client, world, partner, name="partner_figures", half_year="2026-10"):
    client.force_login(world.ines)
    address = reverse(name, args=[f"ics-{world.system.code.lower()}", partner.code.lower()])
    return client.get(address, {"half_year": half_year})


def table(answer):
    return {row[0]: row[1:] for row in answer.context["figure"]["table"]["rows"]}


def became(world, predecessor, successor, *, on):
    """As ``members.actions.succession`` leaves it."""
    Succession.objects.create(predecessor=predecessor, successor=successor, kind="merger", on=on)
    SystemEdge.objects.filter(organisation=predecessor).update(ends_on=on)


def test_says_what_it_is_offered_of_what_there_is(client, world):
    held(world, 2, 4, partners=[world.elmbridge, world.quarry_lane], host_organisation=world.quarry_lane)
    held(world, 2, 5, partners=[world.elmbridge])
    held(world, 3, 20, partners=[world.elmbridge], state=RoundState.PUBLISHED, headcount="none")
    assert page(client, world, world.elmbridge).context["sentence"] == (
        "October 2026 to March 2027: Elmbridge Hospital NHS Trust is invited to all of 3 Rounds and hosts none."
    )
    answer = page(client, world, world.quarry_lane)
    assert answer.context["sentence"].endswith("is invited to 1 of 3 Rounds and hosts 1.")
    assert answer.context["facts"]["rows"] == [["All of the system", 2, 1], ["Invited to", 1, 0], ["Hosting", 1, 0]]
    assert "is shown once a half-year is over" in words_of(answer)


def test_stands_beside_the_system_and_beside_nobody_else(client, world):
    other = OrganisationFactory(system=world.system, name="Larkfield Trust")
    cells = {str(world.elmbridge.pk): (400, 1000), str(other.pk): (90, 900)}
    release(world, "2026-04", SYSTEM, employer=cells)
    answer = page(client, world, world.elmbridge)
    assert answer.context["figure"]["sentence"] == (
        "About 400 came for each 1,000 staff, beside about 60 in all of North Vale: more for their number."
    )
    assert other.name not in words_of(answer)
    assert table(answer)["April to September 2026"][:3] == ["400", "1,000", "400"]


def test_a_small_difference_is_called_none(client, world):
    release(world, "2026-04", SYSTEM, employer={str(world.elmbridge.pk): (61, 1000)})
    assert page(client, world, world.elmbridge).context["figure"]["sentence"].endswith("no clear difference.")


def test_without_a_figure_of_its_own_that_of_its_sector_is_said(client, world):
    release(world, "2026-04", SYSTEM, employer={str(world.elmbridge.pk): (60, 1000)})
    answer = page(client, world, world.quarry_lane)
    assert "no figure of its own" in answer.context["figure"]["sentence"]
    assert "The line on each bar" not in answer.context["figure"]["what"]
    assert "Its sector, social care: about 100 for each 1,000 staff." in answer.context["figure"]["sentence"]
    assert table(answer)["April to September 2026"][:4] == [None] * 4


def test_what_was_two_is_added_up_where_both_had_a_figure(client, world):
    before = OrganisationFactory(system=world.system, name="Oldbridge Hospital")
    became(world, before, world.elmbridge, on=dt.date(2026, 4, 1))
    two = {str(world.elmbridge.pk): (100, 1000), str(before.pk): (60, 600)}
    release(world, "2025-04", SYSTEM, employer={str(before.pk): (60, 600)})
    release(world, "2025-10", SYSTEM, employer=two)
    release(world, "2026-04", SYSTEM, employer={str(world.elmbridge.pk): (150, 1600)})
    answer = page(client, world, world.elmbridge)
    assert {words: row[:2] for words, row in table(answer).items()} == {
        "April to September 2026": ["150", "1,600"],
        "October 2025 to March 2026": ["160", "1,600"],
        # One of the two had none, and half of it would be taken for the whole.
        "April to September 2025": [None, None],
    }
    assert "Oldbridge Hospital did, which is part of it now." in words_of(answer)


def test_of_the_half_year_in_which_they_became_one_nothing_is_guessed(client, world):
    before = OrganisationFactory(system=world.system)
    became(world, before, world.elmbridge, on=dt.date(2026, 7, 1))
    release(world, "2026-04", SYSTEM, employer={str(world.elmbridge.pk): (150, 1600)})
    answer = page(client, world, world.elmbridge)
    assert table(answer)["April to September 2026"][:2] == [None, None]
    why = "o figure of its own, because not each of the organisations that are part of it today had one then"
    assert answer.context["figure"]["sentence"].startswith(f"April to September 2026: n{why}.")
    head, row = rows_of(client.get(answer.context["figure"]["csv_url"]))
    assert dict(zip(head, row, strict=True))["Note"] == f"N{why}"
    assert "fewer than 250" not in words_of(answer)


def test_rounds_count_under_the_name_of_today(client, world):
    before = OrganisationFactory(system=world.system)
    held(world, 2, 4, partners=[before], host_organisation=before)
    became(world, before, world.elmbridge, on=dt.date(2027, 2, 20))
    assert page(client, world, world.elmbridge).context["sentence"].endswith("the one Round and hosts 1.")


def test_of_a_half_year_before_it_came_it_says_so_and_seeks_no_other_reason(client, world):
    held(world, 6, year=2026, partners=[world.elmbridge])
    release(world, "2026-04", SYSTEM)
    SystemEdge.objects.filter(organisation=world.quarry_lane).update(starts_on=dt.date(2026, 10, 1))
    answer = page(client, world, world.quarry_lane, half_year="2026-04")
    assert answer.context["sentence"] == "April to September 2026: Quarry Lane Care Homes was not a partner then."
    assert answer.context["figure"]["sentence"].startswith("April to September 2026: not a partner then.")
    head, row = rows_of(client.get(answer.context["figure"]["csv_url"]))
    assert dict(zip(head, row, strict=True))["Note"] == "Not a partner then"
    SystemEdge.objects.filter(organisation=world.quarry_lane).update(starts_on=dt.date(2026, 9, 30))
    answer = page(client, world, world.quarry_lane, half_year="2026-04")
    assert "was invited to none of the one Round" in answer.context["sentence"]


def test_of_what_is_no_partner_there_is_no_page(client, world):
    elsewhere = OrganisationFactory(system=SystemFactory())
    assert page(client, world, elsewhere).status_code == 404
    assert page(client, world, elsewhere, name="partner_figures_file").status_code == 404


def test_the_file_says_what_the_page_says(client, world):
    release(world, "2025-10", SYSTEM)
    release(world, "2026-04", SYSTEM, employer={str(world.elmbridge.pk): (400, 1000)})
    there = client.get(page(client, world, world.elmbridge).context["figure"]["csv_url"])
    head, latest, earlier = rows_of(there)
    assert latest[:5] == ["April to September 2026", "Elmbridge Hospital NHS Trust", "400", "1000", "400"]
    assert earlier[2:7] == [""] * 5
    assert len(head) == len(latest) == len(earlier)


def test_as_many_queries_for_three_half_years_rounds_and_predecessors_as_for_one(client, world):
    def asked():
        with CaptureQueriesContext(connections["default"]) as there:
            page(client, world, world.elmbridge)
        return len(there)

    def one_more(half_year, day):
        before = OrganisationFactory(system=world.system)
        became(world, before, world.elmbridge, on=dt.date(2026, 4, 1))
        held(world, 2, day, partners=[before])
        release(world, half_year, SYSTEM, employer={str(world.elmbridge.pk): (150, 1600)})

    one_more("2026-04", 4)
    page(client, world, world.elmbridge)
    one = asked()
    one_more("2025-10", 5)
    one_more("2025-04", 6)
    assert asked() == one
