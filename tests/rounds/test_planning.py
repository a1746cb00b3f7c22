"""A Round planned a question a page: rounds/forms/{planning,rooms,team,draft}.py and rounds/views/planning.py."""

import datetime as dt
import re
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from members.models import Delivery
from rounds.models import Round, Venue
from rounds.states import Format, RoundState
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.factories.rounds import RoundFactory, VenueFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
MARKUP = "<script>alert(1)</script> & “quotes”"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def world():
    world = small_world()
    world.room = VenueFactory(organisation=world.elmbridge, name="Lecture theatre", room_limit=80)
    return world


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client


def date(day, name="day"):
    return dict(zip([f"{name}_day", f"{name}_month", f"{name}_year"], day.split(), strict=True))


def answers(world, **steps):
    """What is typed on each page for a Round that can be saved; a step given is typed instead."""
    return {
        "about": {"title": "Thrown in at the deep end", "subject": "theme", "about": "The first shift alone."},
        "format": {"format": "in_person"},
        "when": {**date("4 8 2027"), "starts": "12:30pm", "ends": "1:30pm"},
        "where": {"room": str(world.room.pk)},
        "who": {"host": "system", "partners": [str(world.elmbridge.pk), str(world.quarry_lane.pk)]},
        "places": {"places": "60", "food": "Lunch from 12:15pm"},
        "booking": {
            **date("3 3 2027", "opens_day"),
            "opens": "9am",
            **date("3 8 2027", "closes_day"),
            "closes": "5pm",
            "reminders": ["7", "1"],
        },
        "team": {"facilitators": [str(world.ada.pk), str(world.ben.pk)]},
    } | steps


class Tab:
    """One tab of a browser in which a Round is planned; it follows redirects by hand, as far as asked."""

    def __init__(self, client):
        self.client, self.url = client, reverse("plan_round", args=["about"])

    def post(self, data):
        self.answer = self.client.post(self.url, data)
        if self.answer.status_code == 302:
            self.url = self.answer.url
        return self.answer

    def get(self):
        self.answer = self.client.get(self.url, follow=True)
        return self.answer

    @property
    def step(self):
        return urlsplit(self.url).path.split("/")[-2]

    @property
    def draft(self):
        return parse_qs(urlsplit(self.url).query)["draft"][0]

    def to(self, step, typed):
        """Answer every question before this one."""
        for name, data in typed.items():
            if name == step:
                break
            assert self.step == name, errors(self.answer)
            self.post(data)
        assert self.step == step, errors(self.answer)
        return self


@pytest.fixture
def tab(ada):
    return Tab(ada)


def errors(answer):
    return [sentence for wrong in answer.context["form"].errors.values() for sentence in wrong]


class TestTheWayThrough:
    def test_from_the_first_question_to_a_saved_round(self, world, tab):
        tab.to("check", answers(world))
        page = tab.get().content.decode()
        for words in ("12:30pm to 1:30pm", "Lecture theatre", "All 2 partners", "60 in the room", "Ada Facilitator"):
            assert words in page
        saved = tab.post({})
        round = Round.objects.get()
        assert saved.url == reverse("round_details", args=[round.pk])
        assert (round.title, round.state, round.system) == (
            "Thrown in at the deep end",
            RoundState.PLANNED,
            world.system,
        )
        assert round.starts_at == dt.datetime(2027, 8, 4, 12, 30, tzinfo=LONDON)
        assert round.ends_at == dt.datetime(2027, 8, 4, 13, 30, tzinfo=LONDON)
        assert round.booking_opens_at == dt.datetime(2027, 3, 3, 9, 0, tzinfo=LONDON)
        assert round.booking_closes_at == dt.datetime(2027, 8, 3, 17, 0, tzinfo=LONDON)
        assert (round.places, round.online_places, round.venue) == (60, None, world.room)
        assert (round.reminder_days, round.food) == ([7, 1], "Lunch from 12:15pm")
        assert {member.person for member in round.team.all()} == {world.ada, world.ben}
        assert Delivery.objects.count() == 0

    def test_saving_twice_makes_one_round(self, world, tab):
        tab.to("check", answers(world))
        check = tab.url
        first, second = tab.client.post(check), tab.client.post(check)
        assert first.url == second.url == reverse("round_details", args=[Round.objects.get().pk])

    def test_a_round_online_needs_no_room(self, world, tab):
        typed = answers(
            world,
            format={"format": "online"},
            where={"joining_details": "https://meet.northvale.example/1"},
            places={"online_places": "100"},
        )
        tab.to("check", typed).post({})
        round = Round.objects.get()
        assert (round.format, round.venue, round.places, round.online_places) == (Format.ONLINE, None, None, 100)

    def test_a_new_room_is_made_with_the_round(self, world, tab):
        room = {"new_name": "Chapel", "new_organisation": str(world.elmbridge.pk), "new_limit": "70"}
        tab.to("check", answers(world, where={"room": "new", **room}))
        assert Venue.objects.filter(name="Chapel").count() == 0
        tab.post({})
        assert Round.objects.get().venue == Venue.objects.get(name="Chapel")

    def test_two_tabs_do_not_mix(self, world, ada):
        one, two = Tab(ada), Tab(ada)
        one.to("format", answers(world))
        two.to("format", answers(world, about={"title": "Another", "subject": "case", "about": ""}))
        assert one.draft != two.draft
        for tab in (one, two):
            for step, data in list(answers(world).items())[1:]:
                assert tab.step == step
                tab.post(data)
        one.post({})
        two.post({})
        assert set(Round.objects.values_list("title", "subject")) == {
            ("Thrown in at the deep end", "theme"),
            ("Another", "case"),
        }

    def test_a_saved_draft_takes_no_new_answers(self, world, tab):
        tab.to("check", answers(world))
        old = tab.draft
        tab.post({})
        for step in ("about", "team"):
            address = f"{reverse('plan_round', args=[step])}?draft={old}"
            for again in (tab.client.get(address), tab.client.post(address, answers(world)[step])):
                page = again.content.decode()
                assert page.count("This Round is already saved") == 2
                assert reverse("round_details", args=[old]) in page
        assert tab.client.session["plans"] == {}

    def test_change_returns_to_the_check_page(self, world, tab):
        tab.to("check", answers(world))
        page = tab.get().content.decode()
        tab.url = re.search(r'href="(/organise/plan/places/[^"]+)"', page).group(1).replace("&amp;", "&")
        tab.post({"places": "50", "food": ""})
        assert tab.step == "check"
        assert "50 in the room" in tab.get().content.decode()

    def test_a_change_asks_again_what_no_longer_fits(self, world, tab):
        tab.to("check", answers(world))
        tab.url = tab.url.replace("check", "format") + "&change=1"
        tab.post({"format": "online"})
        assert tab.get().redirect_chain[-1][0].startswith(reverse("plan_round", args=["where"]))
        assert "Enter how to join online" in errors(tab.answer)

    def test_going_back_shows_what_was_typed(self, world, tab):
        tab.to("when", answers(world))
        page = tab.get().content.decode()
        back = re.search(r'nhsuk-back-link rd-back" href="([^"]+)"', page).group(1)
        assert "/plan/format/" in back
        tab.url = back.replace("/format/", "/about/")
        assert 'value="Thrown in at the deep end"' in tab.get().content.decode()

    def test_a_later_question_leads_to_the_first_that_is_open(self, world, tab):
        tab.to("format", answers(world))
        for step in ("places", "booking", "check"):
            tab.url = f"{reverse('plan_round', args=[step])}?draft={tab.draft}"
            assert "/plan/format/" in tab.get().redirect_chain[-1][0]

    @pytest.mark.parametrize("step", ["nonsense", "system", ""])
    def test_an_unknown_step_leads_to_the_first(self, ada, step):
        address = reverse("plan_round") + (f"{step}/" if step else "")
        assert ada.get(address).url == reverse("plan_round", args=["about"])

    @pytest.mark.parametrize("step", ["about", "check"])
    @pytest.mark.parametrize("draft", ["x", "00000000-0000-0000-0000-000000000000", "%00"])
    def test_an_unknown_draft_is_not_here(self, ada, draft, step):
        address = f"{reverse('plan_round', args=[step])}?draft={draft}"
        for answer in (ada.get(address), ada.post(address)):
            assert "This plan is not here any more" in answer.content.decode()
            assert f'href="{reverse("plan_round")}">Start again' in answer.content.decode()

    def test_what_somebody_else_saved_is_not_told(self, world, tab):
        of_others = RoundFactory(system=SystemFactory(), state=RoundState.PLANNED)
        page = tab.client.get(f"{tab.url}?draft={of_others.pk}").content.decode()
        assert "This plan is not here any more" in page

    def test_checking_nothing_starts_anew(self, ada):
        address = reverse("plan_round", args=["check"])
        assert ada.get(address).status_code == 302
        assert ada.post(address).url == reverse("plan_round")

    def test_the_day_that_passes_meanwhile_is_asked_again(self, world, tab, time_machine):
        typed = answers(world, when={**date("3 3 2027"), "starts": "2pm", "ends": "3pm"})
        typed["booking"] |= date("3 3 2027", "closes_day") | {"closes": "1pm"}
        tab.to("check", typed)
        time_machine.move_to(NOON + dt.timedelta(hours=2, minutes=1))
        tab.post({})
        assert tab.step == "when"
        assert errors(tab.get()) == ["The date of the Round must be in the future"]

    def test_whoever_leaves_themself_out_hands_the_round_over(self, world, tab):
        tab.to("check", answers(world, team={"facilitators": [str(world.ben.pk)], "alone": "1"}))
        assert tab.post({}).url == reverse("organise")
        assert [member.person for member in Round.objects.get().team.all()] == [world.ben]

    def test_markup_is_shown_as_typed(self, world, tab):
        about = {"title": MARKUP, "subject": "theme", "about": MARKUP}
        typed = answers(world, about=about, places={"places": "60", "food": MARKUP})
        page = tab.to("check", typed).get().content.decode()
        assert "<script>alert(1)" not in page
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; “quotes”") == 3
        details = tab.client.get(tab.post({}).url).content.decode()
        assert "<script>alert(1)" not in details


class TestWhoMayPlan:
    def test_nobody_signed_out(self, client):
        assert client.get(reverse("plan_round")).url.startswith("/account/login")

    def test_staff_may_not(self, client, world):
        client.force_login(world.ben)
        assert client.get(reverse("plan_round", args=["about"])).status_code == 403
        assert client.post(reverse("plan_round", args=["check"])).status_code == 403

    def test_whoever_only_sees_figures_may_not(self, client, world):
        client.force_login(world.ines)
        assert client.get(reverse("plan_round")).status_code == 403

    def test_in_two_systems_the_first_question_is_which(self, world, tab):
        other = SystemFactory(name="South Fell", short_name="South Fell")
        RoleGrantFactory(person=world.ada, role="facilitator", system=other)
        assert tab.client.get(reverse("plan_round")).url == reverse("plan_round", args=["system"])
        tab.url = reverse("plan_round", args=["system"])
        assert errors(tab.post({})) == ["Choose the system that the Round is for"]
        tab.to("check", {"system": {"system": str(world.system.pk)}, **answers(world)}).post({})
        assert Round.objects.get().system == world.system


EMPTY = {
    "about": ["Enter a title", "Choose a theme or a case"],
    "format": ["Choose how people will meet"],
    "when": ["Enter the date of the Round", "Enter the time it starts", "Enter the time it ends"],
    "where": ["Choose a room, or enter a new one"],
    "who": ["Choose who hosts the Round", "Choose at least one partner to invite"],
    "places": ["Enter how many places in the room there are"],
    "booking": [
        "Enter the date when booking opens",
        "Enter the time when booking opens",
        "Enter the date when booking closes",
        "Enter the time when booking closes",
    ],
    "team": ["Choose at least one facilitator"],
}


@pytest.mark.parametrize("step", list(EMPTY))
def test_an_empty_page_says_what_to_enter(world, tab, step):
    answer = tab.to(step, answers(world)).post({})
    assert errors(answer) == EMPTY[step]
    assert answer.content.decode().count("There is a problem") == 1


WRONG = [
    ("about", {"title": "x" * 121}, "The title must be 120 letters or fewer"),
    ("about", {"about": "x" * 2001}, "This must be 2,000 letters or fewer"),
    ("about", {"subject": "gossip"}, "Select one of the choices"),
    ("format", {"format": "by post"}, "Select one of the choices"),
    ("when", date("31 2 2027"), "The date of the Round must be a real date"),
    ("when", date("4 8 27"), "The date of the Round must have a year of 4 numbers"),
    ("when", {"day_month": ""}, "The date of the Round must include a month"),
    ("when", date("2 3 2027"), "The date of the Round must be in the future"),
    ("when", {**date("3 3 2027"), "starts": "11:30am", "ends": "1pm"}, "The date of the Round must be in the future"),
    ("when", date("4 8 2031"), "The date of the Round must be within the next 3 years"),
    ("when", date("4 8 9999"), "The date of the Round must be within the next 3 years"),
    ("when", {"ends": "12:30pm"}, "The time it ends must be after the time it starts"),
    ("when", {"ends": "11:30am"}, "The time it ends must be after the time it starts"),
    ("when", {"starts": "9am", "ends": "6pm"}, "The time it ends must be within 8 hours of its start"),
    ("when", {"starts": "noonish"}, "The time it starts must be a time, like 12:30pm or 17:30"),
    ("when", {"starts": "9:30"}, "Say whether 9:30 is in the morning or afternoon: 9:30am or 9:30pm"),
    (
        "when",
        {**date("28 3 2027"), "starts": "1:30am", "ends": "2:30am"},
        "The clocks go forward that night, so there is no 1:30am. Choose another time",
    ),
    ("where", {"room": "nowhere"}, "Select one of the choices"),
    ("where", {"room": "new"}, "Enter the name of the room"),
    ("where", {"room": "new", "new_name": "Chapel"}, "Choose whose room it is"),
    ("who", {"host": "organisation"}, "Choose which partner hosts it"),
    ("who", {"partners": ["nobody"]}, "Choose from what is offered for “Which partners are invited?”"),
    ("places", {"places": "sixty"}, "Places in the room must be a whole number, like 60"),
    ("places", {"places": "0"}, "Places in the room must be between 1 and 5,000"),
    ("places", {"places": "-3"}, "Places in the room must be between 1 and 5,000"),
    ("places", {"places": "81"}, "The room takes 80. Enter that many places or fewer"),
    ("places", {"places": "9" * 30}, "Places in the room must be between 1 and 5,000"),
    ("places", {"food": "x" * 121}, "This must be 120 letters or fewer"),
    (
        "booking",
        date("5 8 2027", "closes_day"),
        "Booking must close before the Round starts at 12:30pm on Wednesday 4 August 2027",
    ),
    ("booking", date("1 3 2027", "closes_day"), "The date when booking closes must be in the future"),
    ("booking", date("4 8 2027", "opens_day"), "Booking must close after it opens"),
    ("booking", {"reminders": ["3"]}, "Select from the choices"),
    ("team", {"facilitators": ["nobody"]}, "Choose from the people shown"),
]


@pytest.mark.parametrize(("step", "typed", "sentence"), WRONG)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(world, tab, step, typed, sentence):
    usual = answers(world)
    answer = tab.to(step, usual).post(usual[step] | typed)
    assert answer.status_code == 200
    assert sentence in errors(answer)
    page = answer.content.decode()
    for value in () if typed == {"subject": "gossip"} else (usual[step] | typed).values():
        if isinstance(value, str) and value and len(value) < 50 and step in ("about", "when", "places"):
            assert f'"{value}"' in page or value in page


class TestClockChanges:
    @pytest.mark.parametrize("day", ["28 3 2027", "26 3 2028"])
    def test_an_hour_that_does_not_exist_is_refused(self, world, tab, day):
        answer = tab.to("when", answers(world)).post({**date(day), "starts": "00:30", "ends": "1:30am"})
        assert errors(answer) == ["The clocks go forward that night, so there is no 1:30am. Choose another time"]

    def test_an_hour_that_comes_twice_is_the_first(self, world, tab):
        typed = answers(world, when={**date("31 10 2027"), "starts": "1:30am", "ends": "2:30am"})
        tab.to("check", typed).post({})
        round = Round.objects.get()
        assert round.starts_at == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)
        assert round.ends_at == dt.datetime(2027, 10, 31, 2, 30, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        ("today", "day", "sentence"),
        [
            (dt.datetime(2026, 1, 5, 12, tzinfo=LONDON), "29 3 2026", "there is no 1:15am"),
            (dt.datetime(2026, 1, 5, 12, tzinfo=LONDON), "25 10 2026", None),
        ],
    )
    def test_in_2026(self, world, ada, time_machine, today, day, sentence):
        time_machine.move_to(today)
        ada.force_login(world.ada)
        tab = Tab(ada).to("when", answers(world))
        answer = tab.post({**date(day), "starts": "1:15am", "ends": "3:15am"})
        assert (answer.status_code == 302) == (sentence is None)
        if sentence:
            assert sentence in errors(answer)[0]

    def test_booking_may_not_open_in_a_skipped_hour(self, world, tab):
        typed = answers(world)["booking"] | date("28 3 2027", "opens_day") | {"opens": "1:30am"}
        answer = tab.to("booking", answers(world)).post(typed)
        assert errors(answer) == ["The clocks go forward that night, so there is no 1:30am. Choose another time"]


class TestWho:
    def test_a_place_or_a_partner_hosts(self, world, tab):
        place = PlaceFactory(system=world.system)
        who = answers(world)["who"]
        tab.to("check", answers(world, who=who | {"host": "place", "host_place": str(place.pk)})).post({})
        assert Round.objects.get().host == place

    def test_a_host_that_is_not_chosen_is_left_out(self, world, tab):
        who = answers(world)["who"] | {"host": "system", "host_organisation": str(world.elmbridge.pk)}
        tab.to("check", answers(world, who=who)).post({})
        assert Round.objects.get().host == world.system

    def test_everyone_is_invited_at_first_and_nobody_of_elsewhere(self, world, tab):
        stranger = OrganisationFactory(system=SystemFactory())
        page = tab.to("who", answers(world)).get().content.decode()
        assert page.count('name="partners"') == page.count(" checked") - 1 == 2
        answer = tab.post({"host": "system", "partners": [str(stranger.pk)]})
        assert errors(answer) == ["Choose from the partners shown"]

    def test_rooms_of_elsewhere_are_not_offered(self, world, tab):
        other = VenueFactory(organisation=OrganisationFactory(system=SystemFactory()), name="Far away")
        page = tab.to("where", answers(world)).get().content.decode()
        assert "Lecture theatre" in page
        assert "Far away" not in page
        assert errors(tab.post({"room": str(other.pk)})) == ["Select one of the choices"]

    def test_a_second_room_of_one_name_is_refused(self, world, tab):
        room = {"room": "new", "new_name": "lecture THEATRE", "new_organisation": str(world.elmbridge.pk)}
        answer = tab.to("where", answers(world)).post(room)
        sentence = "Elmbridge Hospital NHS Trust has a room of that name already. Choose it from the list"
        assert errors(answer) == [sentence]


class TestTeam:
    def team(self, world, tab, **typed):
        return tab.to("team", answers(world)).post(typed).content.decode()

    def test_you_are_ticked_at_first(self, world, tab):
        page = tab.to("team", answers(world)).get().content.decode()
        assert "Ada Facilitator (you)" in page
        assert page.count(" checked") == 1
        assert "Ben Booker" not in page

    def test_someone_is_found_by_a_part_of_the_name_and_ticked(self, world, tab):
        page = self.team(world, tab, facilitators=[str(world.ada.pk)], search="book", find="1")
        assert "We found one person, and ticked them." in page
        assert page.count(" checked") == 2
        assert "Quarry Lane" not in page
        assert world.ben.email not in page

    def test_or_by_the_whole_address_only(self, world, tab):
        assert "Cleo Carer" in self.team(world, tab, search=world.cleo.email.upper(), find="1")
        page = tab.post({"search": world.cleo.email[:-3], "find": "1"}).content.decode()
        assert "Cleo Carer" not in page
        assert "We found nobody" in page

    def test_of_several_none_is_ticked(self, world, tab):
        PersonFactory(name="Ben Other", works_for=world.quarry_lane)
        page = self.team(world, tab, facilitators=[str(world.ada.pk)], search="ben", find="1")
        assert "We found 2 people. Tick who facilitates." in page
        assert page.count(" checked") == 1

    def test_nobody_of_elsewhere_or_without_an_account_is_found(self, world, tab):
        PersonFactory(name="Zed Away", works_for=OrganisationFactory(system=SystemFactory()))
        PersonFactory(name="Zed Gone", works_for=world.elmbridge, is_active=False)
        assert "We found nobody" in self.team(world, tab, search="zed", find="1")

    def test_a_name_typed_and_not_looked_up_is_looked_up_first(self, world, tab):
        page = self.team(world, tab, facilitators=[str(world.ada.pk)], search="book")
        assert "We found one person" in page
        assert Round.objects.count() == 0

    @pytest.mark.parametrize("words", ["x" * 300, "%", "_", "'", "\\", MARKUP])
    def test_odd_words_find_nobody(self, world, tab, words):
        page = self.team(world, tab, facilitators=[str(world.ada.pk)], search=words, find="1")
        assert "There is a problem" in page
        assert "<script>alert" not in page

    def test_one_alone_is_asked_about_once(self, world, tab):
        page = self.team(world, tab, facilitators=[str(world.ada.pk)])
        assert "Only one facilitator is named." in page
        assert "Name a second" in page
        assert "Go on with one" in page
        assert "Continue" in page
        tab.post({"facilitators": [str(world.ada.pk)], "alone": "1"})
        assert tab.step == "check"
        assert "Only one facilitator is named." in tab.get().content.decode()

    @pytest.mark.parametrize("pressed", [{}, {"alone": "1"}])
    def test_with_a_second_ticked_meanwhile_either_button_goes_on(self, world, tab, pressed):
        self.team(world, tab, facilitators=[str(world.ada.pk)])
        tab.post({"facilitators": [str(world.ada.pk), str(world.ben.pk)]} | pressed)
        assert tab.step == "check"
        assert "Only one facilitator is named." not in tab.get().content.decode()

    def test_asks_the_database_as_often_for_three_people_as_for_one(self, world, tab, django_assert_max_num_queries):
        tab.to("team", answers(world))
        with django_assert_max_num_queries(25) as one:
            tab.post({"search": "Ben", "find": "1"})
        for number in range(2):
            PersonFactory(name=f"Ben {number}", works_for=world.quarry_lane)
        with django_assert_max_num_queries(len(one)):
            tab.post({"search": "Ben", "find": "1"})
