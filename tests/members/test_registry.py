"""What upper apps tell this one: members/registry.py."""

import pytest

from members.registry import Dependant, Holding, Letter, Registry, letters


def test_things_are_found_by_their_name_and_in_order():
    registry = Registry("name")
    first = registry.register(Holding(name="bookings", show=list, erase=lambda person, now: 0))
    second = registry.register(Dependant(name="memberships", count=len, move=lambda source, target, now: 0))
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
        "on_waiting_list": 0,
        "reminder": 0,
        "diary_entry": 0,
        "place_given_back": 0,
        "round_moved": 0,
        "round_cancelled": 0,
        "question": 0,
        "news": 0,
        "feedback": 0,
    }
