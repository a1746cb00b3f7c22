"""How the Rounds of each host keep to what makes them Rounds: rounds/views/programme.py."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Coverage, Licence, SystemEdge
from rounds.actions import fidelity
from rounds.states import Format, RoundState
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory, StorytellerFactory
from tests.rounds.pages import words_of
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(weeks=1)
WELL = {"food": "Soup", "affirmed": ["senior", "own"]}


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        world.eve = PersonFactory()
        yield world


def held(world, *weeks_ago, two=True, **fields):
    """Rounds of Elmbridge so many weeks ago; those below nought are ahead."""
    for weeks in weeks_ago:
        team = [world.ada, world.eve] if two else [world.ada]
        begins = NOON - weeks * WEEK
        made = {"created_at": begins - 5 * WEEK} | fields
        RoundFactory(
            **{"system": world.system, "host_organisation": world.elmbridge, "facilitators": team} | WELL | made,
            starts_at=begins,
            booking_opens_at=begins - 4 * WEEK,
            state=RoundState.HELD if weeks > 0 else RoundState.PUBLISHED,
        )


def seen(client, person):
    """{host: (whether it is well, its facts)}, and what is the reader's own to settle."""
    client.force_login(person)
    answer = client.get(reverse("programme"))
    hosts = {
        each["name"]: (each["is_well"], {fact["term"]: fact["lines"] for fact in each["facts"]})
        for each in answer.context["hosts"]
    }
    return hosts, [(each["unmet"], [str(round) for round in each["rounds"]]) for each in answer.context["mine"]]


def of_elmbridge(client, person):
    return seen(client, person)[0]["Elmbridge Hospital NHS Trust"]


def test_all_of_it_kept(client, world):
    held(world, 16, 12, 8, 4, -1)
    well, facts = of_elmbridge(client, world.ines)
    assert well
    assert facts == {
        "How regularly": ["Every 4 weeks or so", "The last on 3 February 2027", "The next on 10 March 2027"],
        "Two facilitators or more": ["At all 4"],
        "One of them a senior clinician or a clinical lead": ["At all 4"],
        "Food before the hour, or online": ["At all 4"],
        "A meeting of its own": ["At all 4"],
        "An hour or more": ["At all 4"],
    }


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"two": False}, "Two facilitators or more"),
        ({"food": ""}, "Food before the hour, or online"),
        ({"affirmed": ["senior"]}, "A meeting of its own"),
        ({"affirmed": ["own"]}, "One of them a senior clinician or a clinical lead"),
        ({"ends_at": NOON - 4 * WEEK + dt.timedelta(minutes=45)}, "An hour or more"),
    ],
)
def test_what_lapses_is_worth_a_look(client, world, fields, what):
    held(world, 8)
    held(world, 4, **fields)
    well, facts = of_elmbridge(client, world.ines)
    assert (well, facts[what]) == (False, ["At 1 of 2"])
    assert [term for term, lines in facts.items() if term != what and lines[0] == "At 1 of 2"] == []


def test_where_it_is_said_why_it_is_well(client, world):
    held(world, 4, food="", overruled={"food": "Ramadan"})
    well, facts = of_elmbridge(client, world.ines)
    assert (well, facts["Food before the hour, or online"]) == (True, ["At 0 of 1", "Of 1 it is said why not"])


def test_online_needs_no_food(client, world):
    held(world, 4, food="", format=Format.ONLINE)
    assert of_elmbridge(client, world.ines)[1]["Food before the hour, or online"] == ["At the one"]


class TestInterval:
    @pytest.mark.parametrize(
        ("weeks", "broken"),
        [
            ((12, 8, 4), False),
            ((18, 14, 10), True),
            ((18, 14, 10, -1), True),
            ((14, 10, 6, 0), False),
            ((13, 9, 5, -1), False),
            ((13, 9, 5, -2), True),
            ((50, 10), False),
        ],
    )
    def test_is_broken_once_it_is_half_as_long_again(self, client, world, weeks, broken):
        held(world, *weeks)
        well, facts = of_elmbridge(client, world.ines)
        assert (not well, "That is longer than usual" in facts["How regularly"]) == (broken, broken)

    def test_two_of_one_day_are_one(self, world):
        held(world, 12, 12, 8, 4)
        [rounds] = fidelity.by_host([world.system], now=NOON).values()
        assert fidelity.interval(rounds, on=NOON.date()).days == 28

    def test_one_that_begins_later_today_is_no_last_one(self, world):
        held(world, 8, 4, 0)
        [rounds] = fidelity.by_host([world.system], now=NOON).values()
        found = fidelity.interval(rounds, on=NOON.date())
        assert (found.last, found.following) == ((NOON - 4 * WEEK).date(), NOON.date())

    def test_one_that_was_held_today_is_the_last_one_though_another_is_to_come(self, world):
        held(world, 8, 4, 0, dt.timedelta(hours=4) / WEEK)
        [rounds] = fidelity.by_host([world.system], now=NOON).values()
        assert fidelity.interval(rounds, on=NOON.date()).last == NOON.date()

    def test_the_desk_says_so_to_those_who_run_its_rounds(self, client, world):
        held(world, 18, 14, 10)
        client.force_login(world.ada)
        page = words_of(client.get(reverse("organise")))
        assert "Elmbridge Hospital NHS Trust: the next Round It is longer than usual since the last one." in page

    def test_the_desk_says_nothing_where_it_is_kept_or_is_another_hosts(self, client, world):
        held(world, 12, 8, 4)
        held(world, 18, 14, 10, host_organisation=world.quarry_lane, facilitators=[world.eve])
        client.force_login(world.ada)
        assert client.get(reverse("organise")).context["late_hosts"] == []


class TestWhoReads:
    def test_no_title_of_a_round_that_is_not_the_readers_own(self, client, world):
        held(world, 4, -1, title="Canary of a title", affirmed=[])
        for person in (world.ines, world.ada):
            client.force_login(person)
            assert ("Canary of a title" in words_of(client.get(reverse("programme")))) is (person == world.ada)

    def test_staff_and_people_elsewhere_read_nothing(self, client, world):
        held(world, 4)
        far = RoleGrantFactory(person=PersonFactory(), role="sponsor", system=SystemFactory()).person
        assert seen(client, far) == ({}, [])
        client.force_login(world.ben)
        assert client.get(reverse("programme")).status_code == 403

    def test_a_plan_and_what_was_entered_afterwards_are_not_counted(self, client, world):
        held(world, 4)
        held(world, 2, two=False, created_at=NOON)
        RoundFactory(system=world.system, host_organisation=world.elmbridge, state=RoundState.PLANNED)
        well, facts = of_elmbridge(client, world.ines)
        assert (well, facts["How regularly"][1:]) == (True, ["The last on 3 February 2027", "None is published"])

    def test_two_worlds_that_differ_in_who_tells_a_story_read_the_same(self, client, world):
        held(world, 4, -1)
        before = of_elmbridge(client, world.ines)
        for round in world.system.rounds.all():
            StorytellerFactory(round=round)
        assert of_elmbridge(client, world.ines) == before


def test_what_is_to_settle_stands_once_with_the_rounds_that_lack_it(client, world):
    held(world, -1, -2, affirmed=["senior"], title="First")
    held(world, -3, affirmed=["senior"], food="", title="Later")
    _, mine = seen(client, world.ada)
    assert [(said.split(".")[0], len(rounds)) for said, rounds in mine] == [
        ("No food is offered", 1),
        ("Nobody has confirmed yet that it is a separate meeting, and no part of another", 3),
    ]
    words = words_of(client.get(reverse("programme")))
    assert words.count("Nobody has confirmed yet that it is a separate meeting, and no part of another.") == 1


def test_an_interval_that_is_not_known_yet_is_not_said_to_be_well(client, world):
    held(world, 4)
    client.force_login(world.ines)
    words = words_of(client.get(reverse("programme")))
    assert ["Too soon to say how regularly" in words, "Nothing to look at" in words] == [True, False]
    held(world, 16, 12, 8)
    assert "Nothing to look at" in words_of(client.get(reverse("programme")))


def test_the_page_asks_as_often_with_three_hosts_as_with_one(client, world):
    counts = []
    for number in (1, 2):
        for _ in range(number):
            held(world, 4, -1, affirmed=[], host_organisation=OrganisationFactory(system=world.system))
        client.force_login(world.ada)
        client.get(reverse("programme"))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("programme"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


class TestTheLicence:
    def of(self, client, person):
        client.force_login(person)
        return words_of(client.get(reverse("programme"))).partition("The licence ")[2]

    def test_it_says_gently_which_partner_that_hosts_is_not_covered(self, client, world):
        held(world, 4)
        held(world, 3, host_organisation=world.quarry_lane)
        assert self.of(client, world.ines).startswith("Nothing stands here of a licence yet. Enter the licence")
        licence = Licence.objects.create(
            system=world.system, holder=world.elmbridge, number="SR 104", starts_on=NOON.date()
        )
        words = self.of(client, world.ada)
        assert words.startswith("Elmbridge Hospital NHS Trust holds it.")
        assert "may just not be entered yet: Quarry Lane Care Homes How a panel" in words
        Coverage.objects.create(licence=licence, organisation=world.quarry_lane, memorandum_on=NOON.date())
        words = self.of(client, world.ines)
        assert ["memorandum" in words, "Look after the licence" in words] == [False, True]

    def test_who_hosts_in_another_system_alone_is_none_of_its_business(self, client, world):
        neighbour = SystemFactory(name="South Moor")
        far = OrganisationFactory(name="Of two systems", system=neighbour)
        SystemEdge.objects.create(system=world.system, organisation=far, starts_on=NOON.date())
        RoleGrantFactory(person=world.ines, role="ics_lead", system=neighbour)
        held(world, 4, system=neighbour, host_organisation=far)
        for system in (world.system, neighbour):
            Licence.objects.create(system=system, number="SR 104", starts_on=NOON.date())
        client.force_login(world.ines)
        told = client.get(reverse("programme")).context["licences"]
        assert {each["system"].name: each["uncovered"] for each in told} == {
            world.system.name: [],
            "South Moor": ["Of two systems"],
        }

    @pytest.mark.parametrize(("days", "words"), [(-1, "It has ended"), (5, "It ends soon"), (91, "North Vale")])
    def test_it_says_when_it_ends(self, client, world, days, words):
        last_on = NOON.date() + dt.timedelta(days=days)
        Licence.objects.create(system=world.system, number="SR 104", starts_on=dt.date(2026, 1, 1), last_on=last_on)
        assert self.of(client, world.ines).startswith(words)

    def test_with_more_systems_the_page_asks_no_more_of_it(self, client, world):
        def asked():
            client.get(reverse("programme"))
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("programme"))
            return len(queries)

        client.force_login(world.ines)
        Licence.objects.create(system=world.system, number="SR 104", starts_on=NOON.date())
        before = asked()
        for _ in range(2):
            further = SystemFactory()
            Licence.objects.create(system=further, number="SR 105", starts_on=NOON.date())
            RoleGrantFactory(person=world.ines, role="ics_lead", system=further)
        assert asked() == before
