"""A Round planned a question a page, to the end; and who may."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from members.models import Delivery
from rounds.models import Round, Venue
from rounds.states import Format, RoundState
from tests.factories.members import (
    RoleGrantFactory,
    SystemFactory,
)
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON

from .answering import LONDON, MARKUP, Tab, answers, date, errors

pytestmark = pytest.mark.django_db


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
        assert ada.get(address).url == reverse("plan_round", args=["start"])

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
        typed = answers(world, when={**date("3 3 2027"), "starts": "12:20pm", "ends": "1:20pm"})
        typed["booking"] |= date("3 3 2027", "closes_day") | {"closes": "12:10pm"}
        tab.to("check", typed)
        time_machine.move_to(NOON + dt.timedelta(minutes=21))
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
        tab.url = reverse("plan_round", args=["start"])
        tab.post({"kind": "one"})
        assert tab.step == "system"
        assert errors(tab.post({})) == ["Choose the system that the Round is for"]
        tab.to("check", {"system": {"system": str(world.system.pk)}, **answers(world)}).post({})
        assert Round.objects.get().system == world.system


class TestARoundThatNobodyBooks:
    """Asked with its places; then nothing is asked of booking."""

    @pytest.fixture
    def typed(self, world):
        typed = answers(world, places={"places": "30", "booked": "just_come"})
        del typed["booking"]
        return typed

    def test_it_is_saved_without_a_question_on_booking(self, typed, tab):
        tab.to("check", typed)
        page = tab.get().content.decode()
        assert "No, they just come" in page
        assert "Booking opens" not in page
        assert "A freed place" not in page
        tab.post({})
        round = Round.objects.get()
        assert (round.needs_booking, round.places, round.reminder_days) == (False, 30, [])
        assert NOON <= round.booking_opens_at < NOON + dt.timedelta(minutes=1)
        assert round.booking_closes_at == round.starts_at

    def test_whoever_thinks_better_of_it_is_asked(self, world, typed, tab):
        tab.to("check", typed)
        check, draft = tab.url, tab.draft
        tab.url = f"{reverse('plan_round', args=['places'])}?draft={draft}&change=1"
        tab.post({"places": "30", "booked": "places"})
        tab.url = check
        assert tab.get().redirect_chain[-1][0].startswith(reverse("plan_round", args=["booking"]))

    def test_a_round_with_a_link_is_booked(self, world, typed, tab):
        """Whatever was answered before it was to meet online too."""
        tab.to("check", typed)
        check, draft = tab.url, tab.draft
        tab.url = f"{reverse('plan_round', args=['format'])}?draft={draft}&change=1"
        tab.post({"format": "online"})
        tab.url = check
        tab.get()
        tab.url = f"{reverse('plan_round', args=['places'])}?draft={draft}"
        assert "Do people book?" not in tab.get().content.decode()

    def test_a_series_of_them(self, world, tab):
        tab.url = reverse("plan_round", args=["start"])
        tab.post({"kind": "series"})
        when = {"week": "2", "weekday": "1", "every": "1", **date("1 4 2027", "first_on"), "number": "2"}
        typed = {
            **answers(world, places={"places": "30", "booked": "just_come"}),
            "when": {**when, "starts": "12:30pm", "ends": "1:30pm"},
        }
        del typed["booking"]
        tab.to("check", typed)
        tab.post({"days": ["2027-04-13", "2027-05-11"]})
        assert [(each.needs_booking, each.booking_closes_at == each.starts_at) for each in Round.objects.all()] == [
            (False, True)
        ] * 2

    def test_one_like_it_is_not_booked_either(self, world, typed, tab):
        tab.to("check", typed).post({})
        round = Round.objects.get()
        answer = tab.client.post(reverse("plan_like", args=[round.pk]))
        tab.url = answer.url
        draft = tab.draft
        assert tab.client.session["plans"][draft]["places"]["booked"] == ["just_come"]


class TestRepeatedOnTheDay:
    def when(self, **again):
        return {**date("4 8 2027"), "starts": "7am", "ends": "8am", **again}

    def test_each_time_is_a_round_of_its_own(self, world, tab):
        typed = answers(world, when=self.when(again_1="midday", again_2="4pm"))
        typed["booking"] |= {**date("3 8 2027", "closes_day")}
        tab.to("check", typed)
        assert "And again at" in tab.get().content.decode()
        check = tab.url
        saved, again = tab.client.post(check), tab.client.post(check)
        rounds = list(Round.objects.order_by("starts_at"))
        assert [each.starts_at.astimezone(LONDON).hour for each in rounds] == [7, 12, 16]
        assert [each.ends_at - each.starts_at for each in rounds] == [dt.timedelta(hours=1)] * 3
        assert len({each.repeat for each in rounds}) == 1
        assert {each.booking_closes_at for each in rounds} == {dt.datetime(2027, 8, 3, 17, 0, tzinfo=LONDON)}
        assert saved.url == reverse("round_times", args=[rounds[0].pk])
        assert again.status_code == 302

    @pytest.mark.parametrize(
        ("again", "words"),
        [
            ({"again_1": "6am"}, "Enter the earliest time above, and the later ones here"),
            ({"again_1": "7:30am"}, "At 7:30am the one at 7am is not over yet"),
            ({"again_1": "midday", "again_2": "12:15pm"}, "At 12:15pm the one at midday is not over yet"),
            ({"again_2": "teatime"}, "Enter the time, such as 12:30pm"),
        ],
    )
    def test_times_that_do_not_fit(self, world, tab, again, words):
        tab.to("when", answers(world))
        answer = tab.post(self.when(**again))
        assert any(words in each for each in errors(answer)), errors(answer)

    def test_a_room_that_is_made_with_it_is_made_once(self, world, tab):
        room = {"room": "new", "new_name": "Chapel", "new_organisation": str(world.elmbridge.pk), "new_limit": "80"}
        tab.to("check", answers(world, when=self.when(again_1="midday"), where=room)).post({})
        assert {each.venue for each in Round.objects.all()} == {Venue.objects.get(name="Chapel")}
