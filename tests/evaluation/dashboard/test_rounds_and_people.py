"""Rounds and people by month, and partners by what they lack."""

import pytest

from rounds.states import Format, RoundState
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)

from .reading import figure, held, table

pytestmark = pytest.mark.django_db


def test_rounds_by_month_and_format_and_people_by_month(client, world):
    held(world, 1, 4, headcount=45)
    held(world, 1, 20, headcount=None, format=Format.ONLINE)
    held(world, 2, headcount=None)
    held(world, 3, 1, headcount="none", state=RoundState.HELD)
    held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED, format=Format.HYBRID)
    held(world, 2, 10, headcount="none", state=RoundState.CANCELLED)
    held(world, 11, year=2026, headcount=20)
    for day in (5, 6):
        held(world, 11, day, year=2026, headcount="none")
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
    assert people["November 2026"] == "20, 2 not yet entered"
    assert people["December 2026"] == "no Round"


def test_on_the_page_formats_of_which_there_is_no_round_take_no_room(client, world):
    held(world, 1, 4, headcount=45)
    held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED, format=Format.HYBRID)
    shown = figure(client, world, "rounds")
    assert shown["table"]["head"] == ["Month", "In person, held", "In person and online, planned"]
    assert shown["table"]["rows"][-3:] == [["January 2027", 1, 0], ["February 2027", 0, 0], ["March 2027", 0, 1]]
    assert list(filter(None, shown["key"])) == ["In person, held", "Planned"]


def test_where_there_is_no_round_there_is_no_table_of_noughts(client, world):
    shown = figure(client, world, "rounds")
    assert shown["sentence"] == "No Round was held in this half-year or the one before."
    assert shown["kind"] == ""
    assert shown["table"] is None


@pytest.mark.parametrize(
    ("months", "sentence"),
    [
        ([3], "1 Round was held, in March 2027."),
        ([2, 3], "Since February 2027, 2 Rounds were held, in each of 2 months."),
        ([10, 11, 12, 1, 2, 3], "A Round has been held every month since October 2026."),
        ([11, 3], "Since November 2026, 2 Rounds were held, in 2 of 5 months."),
        ([8], "1 Round was held, in August 2026."),
    ],
)
def test_a_young_system_is_told_what_there_is(client, world, months, sentence):
    for month in months:
        held(world, month, 2, year=2027 if month < 4 else 2026, headcount=45)
    assert figure(client, world, "rounds", half_year="2026-10")["sentence"] == sentence


def test_of_a_half_year_to_come_nothing_past_is_told(client, world):
    for month in (2, 3):
        held(world, month, 2, headcount=45)
    held(world, 5, headcount="none", state=RoundState.PUBLISHED)
    shown = figure(client, world, "rounds", half_year="2027-04")
    assert shown["sentence"] == "1 Round is planned for April to September 2027."


@pytest.mark.parametrize(
    ("headcounts", "sentence"),
    [
        ({}, "How many people came cannot be shown yet."),
        ({1: None}, "Fewer than 8 people came each time."),
        ({1: 45}, "About 45 people came in January 2027."),
        ({1: 45, 2: 40}, "The fullest month was January 2027: about 45 people."),
        ({1: 45, 2: 45, 3: None}, "The fullest months were January 2027 and February 2027: about 45 people in each."),
    ],
)
def test_the_sentence_about_people(client, world, headcounts, sentence):
    held(world, 12, year=2026, headcount="none")
    for month, headcount in headcounts.items():
        held(world, month, 2, headcount=headcount)
    shown = figure(client, world, "people")
    assert shown["sentence"] == sentence
    assert bool(shown["kind"]) == any(headcounts.values())


def test_where_most_came_a_round_with_few_is_told_too(client, world):
    for month in (1, 2):
        held(world, month, 2, headcount=45)
    held(world, 2, 20, headcount=None)
    sentence = figure(client, world, "people")["sentence"]
    assert sentence == "The fullest month was February 2027: about 45 people, and once fewer than 8."
    held(world, 1, 20, headcount=None)
    sentence = figure(client, world, "people")["sentence"]
    assert sentence.endswith("and February 2027: about 45 people in each, and once fewer than 8.")


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
