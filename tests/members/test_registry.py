"""What upper apps tell this one: members/registry.py."""

import pytest

from members.registry import Dependant, Holding, Letter, Registry, letters
from rounds_site.kit.privacy import Kept


def test_things_are_found_by_their_name_and_in_order():
    registry = Registry("name")
    first = registry.register(Holding(name="bookings", title="Places", until=Kept.ROUND_30, show=list))
    second = registry.register(Dependant(name="rooms", rows=list, words=str, move=lambda one, others, now: None))
    assert registry["bookings"] is first
    assert list(registry) == [first, second]
    assert ("bookings" in registry, "stories" in registry) == (True, False)


def test_a_second_thing_of_one_name_is_refused():
    registry = Registry("kind")
    registry.register(Letter(kind="reminder", template="rounds/reminder", read=lambda delivery, now: None))
    with pytest.raises(ValueError, match="registered twice: reminder"):
        registry.register(Letter(kind="reminder", template="rounds/reminder", read=lambda delivery, now: None))


def test_an_unknown_name_is_a_mistake():
    with pytest.raises(KeyError):
        letters["thanks_for_coming"]


def test_every_kind_of_letter_there_is():
    assert {letter.kind: letter.lane_rank for letter in letters} == {
        "invitation": 1,
        "pass_on": 0,
        "place_confirmed": 0,
        "place_freed": 0,
        "place_offered": 0,
        "offer_lapsed": 0,
        "on_waiting_list": 0,
        "reminder": 0,
        "diary_entry": 0,
        "place_given_back": 0,
        "out_of_diary": 0,
        "round_moved": 0,
        "round_postponed": 0,
        "round_new_date": 0,
        "round_cancelled": 0,
        "question": 0,
        "news": 0,
        "feedback": 0,
        "day_before": 0,
        "headcount_due": 0,
        "report_ready": 0,
        "team_asked": 0,
        "facilitator_wanted": 0,
        "facilitator_named": 0,
        "backfill": 0,
        "offered": 0,
        "care_due": 0,
        "invited": 0,
        "request_accepted": 0,
        "request_asked": 0,
        "request_declined": 0,
        "licence_ending": 0,
        "log_head": 0,
        "role_given": 0,
        "role_ended": 0,
        "account_erased": 0,
    }
