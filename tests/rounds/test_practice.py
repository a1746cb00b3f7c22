"""How much each facilitator does, with whom and how long without a break; and who may read it: rounds/practice.py."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import training
from members.registry import LoadSight
from rounds import practice
from rounds.states import RoundState, TeamPart
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory, TeamMemberFactory
from tests.rounds.pages import words_of
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(weeks=1)


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        world.eve = RoleGrantFactory(role="facilitator", system=world.system, person__name="Eve Else").person
        world.olu = RoleGrantFactory(role="administrator", system=world.system).person
        yield world


def held(world, *weeks_ago, by, **fields):
    for weeks in weeks_ago:
        begins = NOON - weeks * WEEK
        RoundFactory(
            **{"system": world.system, "host_organisation": world.elmbridge} | fields,
            starts_at=begins,
            booking_opens_at=begins - 4 * WEEK,
            state=RoundState.HELD if weeks > 0 else RoundState.PUBLISHED,
            facilitators=by,
        )


def load(person, sight=None):
    return practice.load_of([person.pk], NOON, sight)[person.pk]


def test_the_half_year_behind_what_is_ahead_and_the_hours_by_the_rule(world):
    held(world, 40, 27, 8, 4, -1, -5, by=[world.ada])
    facts = dict(load(world.ada).facts)
    assert facts["In the last six months"] == "2 Rounds, about 11 hours"
    assert facts["Ahead"] == "2 Rounds, about 11 hours, the next on 10 March 2027"


def test_nothing_lately_and_nothing_ahead(world):
    held(world, 27, by=[world.ada])
    assert load(world.ada).facts == [
        ("In the last six months", "No Round"),
        ("With, over a year", "on their own (1)"),
        ("First Round here", "On their own, 26 August 2026"),
    ]


def test_pairs_are_those_of_rounds_held_within_a_year(world):
    held(world, 30, 8, by=[world.ada, world.eve])
    held(world, 4, by=[world.ada, world.cleo])
    held(world, 3, by=[world.ada])
    held(world, 60, -1, by=[world.ada, world.ben])
    facts = dict(load(world.ada).facts)
    assert facts["With, over a year"] == "Cleo Carer (1), Eve Else (2) and on their own (1)"
    assert facts["First Round here"] == "Beside somebody else, 7 January 2026"


def test_who_helps_at_the_door_or_was_called_off_is_no_load(world):
    round = RoundFactory(system=world.system, starts_at=NOON - WEEK, state=RoundState.HELD)
    TeamMemberFactory(round=round, person=world.ada, part=TeamPart.HELPER)
    RoundFactory(system=world.system, starts_at=NOON - WEEK, state=RoundState.CANCELLED, facilitators=[world.ada])
    assert practice.load_of([world.ada.pk], NOON, None) == {}


@pytest.mark.parametrize(
    ("others", "signs"),
    [
        ([], ["4 Rounds of one host in a row: would a break do good?"]),
        ([10], []),  # somebody else's between
        ([26], ["4 Rounds of one host in a row: would a break do good?"]),  # before all of them
    ],
)
def test_rounds_in_a_row_without_one_that_was_somebody_elses(world, others, signs):
    held(world, 20, 12, 8, 4, by=[world.ada])
    held(world, *others, by=[world.eve])
    held(world, 6, by=[world.eve], host_organisation=world.quarry_lane)
    assert load(world.ada).signs == signs
    assert load(world.eve).signs == []


def test_a_repeated_round_is_one_of_them(world):
    held(world, 12, 8, 4, 4, by=[world.ada])
    assert load(world.ada).signs == []


class TestWhoReads:
    def test_whoever_reads_of_others_counts_rounds_of_their_systems_and_reads_names_they_know(self, world):
        far = SystemFactory(name="South Moor")
        held(world, 8, by=[world.ada, world.eve])
        held(world, 4, by=[world.ada, world.cleo])
        held(world, 2, by=[world.ada], system=far, host_organisation=OrganisationFactory(system=far))
        facts = dict(load(world.ada, LoadSight({world.eve.pk}, [world.system])).facts)
        assert facts["In the last six months"] == "2 Rounds, about 11 hours"
        assert facts["With, over a year"] == "Eve Else (1) and somebody else (1)"
        assert dict(load(world.ada).facts)["In the last six months"] == "3 Rounds, about 17 hours"

    def test_the_list_shows_whom_to_ask_and_each_reads_the_same_of_themself(self, client, world):
        mentor = RoleGrantFactory(role="mentor", system=world.system, person__name="Mo Mentor").person
        facts = {"course": "Two days", "held_on": None, "first_round_on": None}
        training.note(person=world.ada, mentor=mentor, refresh_due=NOON.date() + dt.timedelta(days=59), **facts)
        held(world, 8, 4, by=[world.ada, world.eve])
        client.force_login(world.olu)
        words = words_of(client.get(reverse("manage_facilitators")))
        said = [
            "Mentor: Mo Mentor",
            "A refresher is due on 1 May 2027",
            "In the last six months: 2 Rounds, about 11 hours",
            "With, over a year: Eve Else (2)",
        ]
        assert [each for each in said if each not in words] == []
        client.force_login(world.ada)
        own = words_of(client.get(reverse("your_details")))
        said = ["Mo Mentor", "A refresher is due on 1 May 2027", "2 Rounds, about 11 hours", "Eve Else (2)"]
        assert [each for each in said if each not in own] == []
        client.force_login(world.ben)
        assert "You as a facilitator" not in words_of(client.get(reverse("your_details")))

    def test_somebody_new_reads_that_no_training_is_entered(self, client, world):
        client.force_login(world.eve)
        assert "No training is entered" in words_of(client.get(reverse("your_details")))

    def test_the_list_asks_no_more_for_three_with_rounds_than_for_one(self, client, world):
        client.force_login(world.olu)
        held(world, 4, by=[world.ada, world.eve])
        counts = []
        for _ in range(2):
            client.get(reverse("manage_facilitators"))
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse("manage_facilitators"))
            counts.append(len(asked))
            for _ in range(2):
                person = RoleGrantFactory(role="facilitator", system=world.system).person
                held(world, 8, -1, by=[person, PersonFactory()])
        assert counts[0] == counts[1]

    def test_the_programme_leads_each_to_what_is_theirs_to_read(self, client, world):
        for person, words in ((world.olu, "Who is in practice"), (world.ada, "under Your details")):
            client.force_login(person)
            assert words in words_of(client.get(reverse("programme")))
