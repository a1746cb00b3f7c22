"""Places that are reserved from the beginning: asked for in the questions of a plan, and saved with the Round."""

import datetime as dt

import pytest
from django.urls import reverse

from rounds.actions import keeping, scheduling
from rounds.models import KeptPlaces, Round
from rounds.states import Keeping
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON

from .answering import answers, date, errors

pytestmark = pytest.mark.django_db
CARE = {"first_whom": "social_care", "first_number": "10", "first_days": "7"}
ROOM = {"places": "60", "food": ""}


def reserved():
    rows = KeptPlaces.objects.order_by("places")
    return [(str(each), each.kind, each.way, each.places, each.days_before, each.released_at) for each in rows]


def through(tab, typed):
    for step, data in typed.items():
        assert tab.step == step, errors(tab.answer)
        tab.post(data)
    assert tab.step == "check"


def test_ten_for_social_cares_until_a_week_before(tab, world):
    partner = {"second_whom": str(world.elmbridge.pk), "second_number": "4", "second_days": ""}
    through(tab, answers(world, places=ROOM | CARE | partner))
    said = tab.get().content.decode()
    assert "10 for Social care until 7 days before" in said
    assert f"4 for {world.elmbridge} until 7 days before" in said
    tab.post({})
    assert reserved() == [
        (str(world.elmbridge), Keeping.RESERVE, "in_person", 4, 7, None),
        ("Social care", Keeping.RESERVE, "in_person", 10, 7, None),
    ]
    assert Round.objects.get().keeps_places


def test_nobody_has_to_reserve_any(tab, world):
    through(tab, answers(world))
    assert "Reserved" not in tab.get().content.decode()
    tab.post({})
    assert (reserved(), Round.objects.get().keeps_places) == ([], False)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first_number": "10"}, "Choose for whom they are"),
        ({"first_whom": "social_care"}, "Enter how many places, 1 or more"),
        (CARE | {"first_number": "0"}, "Enter how many places, 1 or more"),
        (CARE | {"first_number": "ten"}, "The number of places must be a whole number, like 10"),
        (CARE | {"first_number": "61"}, "No more than 60 can be reserved"),
        (CARE | {"first_days": "1"}, "Enter 2 to 60 days before the Round"),
        (CARE | {"first_days": "61"}, "Enter 2 to 60 days before the Round"),
        (CARE | {"first_whom": "hospice"}, "Choose from what is offered for “For whom?”"),
        (CARE | {"second_whom": "social_care", "second_number": "1"}, "Choose each of them once"),
    ],
)
def test_what_does_not_hold_is_said(tab, world, typed, sentence):
    tab.to("places", answers(world))
    assert sentence in errors(tab.post(ROOM | typed))


def test_of_one_in_two_ways_it_is_asked_how_they_come(tab, world):
    where = {"room": str(world.room.pk), "joining_details": "https://meet.example", "joining_hours": "24"}
    typed = answers(world, format={"format": "hybrid"}, where=where)
    tab.to("places", typed)
    both = {"places": "60", "online_places": "5", "food": ""}
    assert "Choose how they come" in errors(tab.post(both | CARE))
    assert "No more than 5 can be reserved" in errors(tab.post(both | CARE | {"first_way": "online"}))
    tab.post(both | CARE | {"first_way": "online", "first_number": "5"})
    assert tab.step == "booking"


def test_it_is_too_late_for_a_round_in_two_days_and_none_is_kept_where_nobody_books(tab, world):
    near = {**date("5 3 2027"), "starts": "9am", "ends": "10am"}
    tab.to("places", answers(world, when=near))
    assert "Reserve some of them" not in tab.get().content.decode()
    tab.post(ROOM | CARE)
    assert tab.step == "booking"


def test_of_one_that_nobody_books_nothing_is_reserved(tab, world):
    typed = answers(world, places=ROOM | CARE | {"booked": "just_come"})
    del typed["booking"]
    through(tab, typed)
    tab.post({})
    assert reserved() == []


def test_each_time_of_a_round_that_is_repeated_has_its_own(tab, world):
    again = {**date("4 8 2027"), "starts": "12:30pm", "ends": "1:30pm", "again_1": "3pm"}
    through(tab, answers(world, when=again, places=ROOM | CARE))
    tab.post({})
    assert [each.kept_places.get().places for each in Round.objects.all()] == [10, 10]


def test_one_like_another_begins_with_its_reserves(ada, tab, world):
    like = RoundFactory(
        system=world.system, venue=world.room, partners=[world.quarry_lane], facilitators=[world.ada], places=60
    )
    kept = {"kind": Keeping.RESERVE, "way": "in_person", "places": 10, "days_before": 7, "sector": "social_care"}
    KeptPlaces.objects.create(round=like, released_at=NOON, **kept)
    tab.url = ada.post(reverse("plan_like", args=[like.pk])).url.replace("/about/", "/when/")
    tab.post(answers(world)["when"])
    tab.url = tab.url.replace(f"/{tab.step}/", "/places/")
    form = tab.get().context["form"]
    assert {name: form[name].value() for name in CARE} == CARE


def test_the_action_itself_refuses_more_than_there_are(world):
    like = RoundFactory.build(venue=world.room, system=world.system)
    names = "format starts_at ends_at venue booking_opens_at booking_closes_at".split()
    fields = {name: getattr(like, name) for name in names} | {"title": "Theme", "system": world.system, "places": 12}
    ten = {"way": "in_person", "places": 10, "days_before": 7, "organisation": None, "sector": "social_care"}
    two = ten | {"organisation": world.elmbridge, "sector": "", "places": 3}
    who = {"partners": [world.elmbridge], "facilitators": [world.ada], "by": world.ada, "now": NOON}
    for reserves in ([ten, two], [ten | {"days_before": 1}], [ten | {"way": "online"}]):
        with pytest.raises(Refused):
            scheduling.plan(reserves=reserves, **fields, **who)
    assert Round.objects.count() == 0


def test_of_a_round_tomorrow_nothing_can_be_reserved_and_the_words_say_so(world):
    ten = {"way": "in_person", "places": 10, "days_before": 2, "organisation": None, "sector": "social_care"}
    soon = RoundFactory.build(venue=world.room, system=world.system, starts_at=NOON + dt.timedelta(days=1), places=60)
    with pytest.raises(Refused, match="It is too late to reserve places"):
        keeping.begin_with(soon, [ten], now=NOON)
    assert keeping.begin_with(soon, [], now=NOON) == []
