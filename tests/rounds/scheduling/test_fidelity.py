"""The rules of each kind of Round: said, never enforced, and overruled with a reason: rounds/actions/fidelity.py."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from members.models import SecurityEvent
from rounds.actions import fidelity
from rounds.models import Round
from rounds.states import Format, Kind
from tests.factories.members import OrganisationFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON

from .arranging import WEDNESDAY

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
# Which kinds each rule is for.
RULES = {
    "ordinary": "two food time notice senior own",
    "unit": "two food time notice senior own outside voices",
    "responsive": "two food time senior own",
    "team_time": "two short size senior voices",
    "student": "two food time university notice senior own",
}


def codes(rules):
    return [rule.code for rule in rules]


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_its_rules(kind):
    assert codes(fidelity.rules_of(Round(kind=kind))) == RULES[kind].split()


def test_every_rule_is_a_sentence_with_a_way_out():
    for rule in fidelity.RULES:
        assert rule.unmet.endswith((".", "?")), rule
        assert bool(rule.met) == bool(rule.mend and rule.step and rule.is_so) != bool(rule.asked), rule


@pytest.mark.parametrize(
    ("kind", "fields", "facilitators", "missed"),
    [
        ("ordinary", {"food": "Lunch"}, 2, []),
        ("ordinary", {"food": "Lunch"}, 1, ["two"]),
        ("ordinary", {}, 2, ["food"]),
        ("ordinary", {"format": Format.ONLINE}, 2, []),
        ("ordinary", {"food": "Lunch", "minutes": 59}, 2, ["time"]),
        ("ordinary", {"food": "Lunch", "days": 6}, 2, ["notice"]),
        ("ordinary", {"food": "Lunch", "days": 7}, 2, []),
        ("responsive", {"food": "Lunch", "days": 1}, 2, []),
        ("team_time", {"minutes": 40, "places": 20}, 2, []),
        ("team_time", {"minutes": 30, "places": 8}, 2, []),
        ("team_time", {"minutes": 45, "places": 30}, 2, []),
        ("team_time", {"minutes": 29, "places": 7}, 2, ["short", "size"]),
        ("team_time", {"minutes": 46, "places": 31}, 1, ["two", "short", "size"]),
        ("student", {"food": "Lunch"}, 2, ["university"]),
        ("unit", {"food": "Lunch"}, 2, []),
    ],
)
def test_what_is_missed(kind, fields, facilitators, missed):
    fields = dict(fields)
    starts_at = NOON + dt.timedelta(days=fields.pop("days", 30))
    ends_at = starts_at + fields.pop("minutes", 60) * MINUTE
    opens = {"booking_opens_at": NOON - dt.timedelta(days=1)}
    round = RoundFactory(kind=kind, created_at=NOON, starts_at=starts_at, ends_at=ends_at, **opens, **fields)
    assert codes(fidelity.unmet(round, facilitators)) == missed


def test_a_university_hosts_students():
    host = OrganisationFactory(sector="education")
    assert codes(fidelity.unmet(RoundFactory(kind="student", food="Tea", host_organisation=host), 2)) == []


class TestSettling:
    def settle(self, round, by, **said):
        return fidelity.settle(round=round, **{"affirmed": [], "overruled": {}} | said, by=by, now=NOON)

    def test_what_is_said_counts_as_settled(self, published, world):
        round = published(food="Lunch")
        assert codes(fidelity.still_open(round, 1)) == ["two", "senior", "own"]
        round = self.settle(round, world.ada, affirmed=["senior"], overruled={"two": "Cora is on leave until May."})
        assert codes(fidelity.still_open(round, 1)) == ["own"]
        assert fidelity.gone_on(round) == [("Only one facilitator is named.", "Cora is on leave until May.")]

    def test_the_rule_stands_in_the_log_once_and_the_reason_does_not(self, published, world):
        round = published()
        for _ in range(2):
            self.settle(round, world.ada, overruled={"two": "Cora is ill.", "food": "  "})
        rows = SecurityEvent.objects.values_list("act", "by", "about", "said")
        assert list(rows) == [
            ("rounds.rule_overruled", world.ada.pk, str(round.pk), {"what": "Only one facilitator is named"})
        ]

    def test_a_reason_taken_back_is_gone(self, published, world):
        round = published()
        self.settle(round, world.ada, overruled={"two": "Cora is ill."})
        assert self.settle(round, world.ada).overruled == {}

    def test_what_is_about_no_rule_of_this_kind_is_passed_over(self, published, world):
        said = {"affirmed": ["outside", "two", "no such"], "overruled": {"university": "So it is.", "no such": "x"}}
        round = self.settle(published(), world.ada, **said)
        assert (round.affirmed, round.overruled) == ([], {})


def test_planning_takes_and_logs_what_was_said(planned, world):
    round = planned(overruled={"two": "Cora is ill.", "time": " "}, affirmed=["own"], starts_at=WEDNESDAY)
    assert (round.overruled, round.affirmed) == ({"two": "Cora is ill."}, ["own"])
    assert [event.act for event in SecurityEvent.objects.all()].count("rounds.rule_overruled") == 1


def test_the_database_knows_no_other_kind():
    with pytest.raises(IntegrityError), transaction.atomic():
        RoundFactory(kind="party")
