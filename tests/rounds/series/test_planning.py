"""A series from its rule to Rounds: rounds/actions/series.py and the questions of plan_round."""

import datetime as dt
from uuid import uuid4

import pytest
from django.urls import reverse

from members.models import Delivery
from rounds.holdings import planned
from rounds.models import Round, Series, TeamMember, Venue
from rounds.states import RoundState
from tests.factories.members import PersonFactory
from tests.rounds.pages import words_of
from tests.rounds.planning.answering import LONDON, Tab, answers, date, errors
from tests.rounds.scheduling.arranging import refusal

pytestmark = pytest.mark.django_db

WHEN = {
    "week": "2",
    "weekday": "1",
    "every": "1",
    **date("1 7 2027", "first_on"),
    "number": "4",
    "starts": "12:30pm",
    "ends": "1:30pm",
    "not_on": ["bank", "8"],
}


def days():
    return [f"{each:%d %b %y}" for each in Round.objects.order_by("starts_at").values_list("starts_at", flat=True)]


class TestSaving:
    def test_makes_planned_rounds_that_nobody_is_told_of(self, world, make_series):
        made = make_series()
        rounds = Round.objects.order_by("starts_at")
        assert days() == ["13 Jul 27", "14 Sep 27", "12 Oct 27", "09 Nov 27"]
        assert {(each.state, each.series, each.planned_by) for each in rounds} == {
            (RoundState.PLANNED, made, world.ada)
        }
        assert [each.title for each in rounds][:2] == ["Schwartz Round in July", "Schwartz Round in September"]
        assert TeamMember.objects.filter(person=world.ada, part="facilitator").count() == 4
        assert {each.partners.count() for each in rounds} == {2}
        assert Delivery.objects.count() == 0

    def test_the_clock_on_the_wall_stays_when_the_clocks_change(self, make_series):
        make_series()
        rounds = Round.objects.order_by("starts_at")
        assert [each.starts_at.astimezone(dt.UTC).hour for each in rounds] == [11, 11, 11, 12]
        assert {each.starts_at.astimezone(LONDON).time() for each in rounds} == {dt.time(12, 30)}
        assert {each.booking_opens_at.astimezone(LONDON).time() for each in rounds} == {dt.time(9)}
        assert {each.booking_closes_at.astimezone(LONDON).time() for each in rounds} == {dt.time(17)}
        last = rounds[3]
        assert last.booking_opens_at == dt.datetime(2027, 9, 28, 9, tzinfo=LONDON)
        assert last.booking_closes_at == dt.datetime(2027, 11, 8, 17, tzinfo=LONDON)

    def test_saved_twice_is_one_series(self, world, make_series):
        assert make_series() == make_series()
        assert (Series.objects.count(), Round.objects.count()) == (1, 4)
        assert refusal(make_series, by=world.ben) == "Someone else has saved this series. Start a new one."

    def test_all_of_it_or_nothing_and_it_says_which_day(self, make_series):
        far = dt.date(2031, 3, 11)
        said = refusal(make_series, days=[dt.date(2027, 7, 13), far])
        assert said == "Tuesday 11 March 2031: The Round must start within the next 3 years."
        assert (Series.objects.count(), Round.objects.count()) == (0, 0)

    def test_a_new_room_is_made_once(self, world, make_series):
        make_series(venue=None, new_room={"organisation": world.elmbridge, "name": "Chapel", "room_limit": 70})
        chapel = Venue.objects.get(name="Chapel")
        assert set(Round.objects.values_list("venue", flat=True)) == {chapel.pk}

    def test_at_night(self, make_series, rule):
        night = type(rule)(**vars(rule) | {"starts": dt.time(23, 30), "ends": dt.time(0, 30)})
        make_series(rule=night)
        assert {each.ends_at - each.starts_at for each in Round.objects.all()} == {dt.timedelta(hours=1)}


@pytest.fixture
def tab(ada):
    tab = Tab(ada)
    tab.url = reverse("plan_round", args=["start"])
    return tab


def typed(world, **steps):
    return {"start": {"kind": "series"}} | answers(
        world,
        about={"title": "Round in [month]", "subject": "theme", "about": ""},
        when=WHEN,
        booking={"opens": "42", "closes": "day", "reminders": ["7"]},
        **steps,
    )


class TestQuestions:
    def test_from_the_rule_to_saved_rounds(self, world, tab):
        tab.to("check", typed(world))
        page = words_of(tab.get())
        assert "Left out Tuesday 10 August 2027. It is in August." in page
        assert "The second Tuesday of every month, not in August, not on bank holidays" in page
        assert "12:30pm to 1:30pm" in page
        assert "Nobody is told yet." in page
        assert Round.objects.count() == 0
        answer = tab.post({"days": ["2027-07-13", "2027-10-12", "2027-11-09"]})
        assert days() == ["13 Jul 27", "12 Oct 27", "09 Nov 27"]
        first = Round.objects.order_by("starts_at").first()
        assert answer.url == reverse("round_series", args=[first.pk])
        page = words_of(tab.get())
        assert "3 Rounds are saved as planned. Nobody has been told yet." in page
        again = tab.client.post(f"{reverse('plan_round', args=['check'])}?draft={tab_draft(first)}")
        assert again.url == answer.url
        back = words_of(tab.client.get(f"{reverse('plan_round', args=['about'])}?draft={tab_draft(first)}"))
        assert "These Rounds are already saved" in back
        assert "became a series: 3 Rounds, the first on Tuesday 13 July 2027." in back

    @pytest.mark.parametrize(
        ("chosen", "sentence"),
        [
            ([], "Choose at least one day"),
            (["2027-08-10"], "Choose from the days shown"),
            (["nonsense"], "Choose from the days shown"),
        ],
    )
    def test_only_days_that_were_shown(self, world, tab, chosen, sentence):
        answer = tab.to("check", typed(world)).post({"days": chosen})
        assert sentence in answer.content.decode()
        assert Round.objects.count() == 0

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"number": "1"}, "How many Rounds must be 2 or more"),
            ({"number": "25"}, "How many Rounds must be 24 or fewer"),
            ({"number": "ten"}, "How many Rounds must be a whole number, like 10"),
            (date("3 3 2027", "first_on"), "The date from which they begin must be in the future"),
            (date("4 3 2031", "first_on"), "The date from which they begin must be within the next 3 years"),
            ({"ends": "11am"}, "The time it ends must be after the time it starts"),
            ({"starts": "9am", "ends": "6pm"}, "The time it ends must be within 8 hours of its start"),
            ({"not_on": [str(n) for n in range(1, 13)]}, "No day is left. Choose fewer months to leave out"),
            ({"not_on": ["13"]}, "Select from the choices"),
            ({"weekday": "8"}, "Select one of the choices"),
        ],
    )
    def test_a_rule_that_cannot_be_is_said(self, world, tab, changes, sentence):
        answer = tab.to("when", typed(world)).post(WHEN | changes)
        assert sentence in errors(answer)

    def test_fewer_days_than_wanted_are_said(self, world, tab):
        some = WHEN | {"number": "24", "every": "3", "not_on": []}
        tab.to("check", typed(world) | {"when": some})
        assert "Only 11 days fit within the next 3 years." in words_of(tab.get())

    def test_whoever_goes_back_to_one_round_is_asked_when(self, world, tab):
        tab.to("check", typed(world))
        tab.url = tab.url.replace("check", "start")
        tab.post({"kind": "one"})
        tab.url = tab.url.replace("/about/", "/check/")
        tab.get()
        assert "/plan/when/" in tab.answer.redirect_chain[-1][0]

    def test_for_others_alone(self, world, tab):
        team = {"facilitators": [str(world.ben.pk)], "alone": "1"}
        tab.to("check", typed(world, team=team))
        assert tab.post({"days": ["2027-07-13", "2027-10-12"]}).url == reverse("organise")
        assert Round.objects.count() == 2


def tab_draft(round):
    return round.series_id


def test_who_planned_it_sees_so(world, make_series):
    make_series(by=PersonFactory())
    assert planned(world.ada, None) == []
    made = make_series(draft=uuid4())
    assert made.title in [held.says for held in planned(world.ada, None)][-1]


def test_each_round_of_it_has_what_is_reserved(make_series):
    ten = {"way": "in_person", "places": 10, "days_before": 7, "organisation": None, "sector": "social_care"}
    made = make_series(reserves=[ten])
    kept = [
        (each.keeps_places, [(one.sector, one.places) for one in each.kept_places.all()]) for each in made.rounds.all()
    ]
    assert kept == [(True, [("social_care", 10)])] * 4
