"""Whom a planned Round is for, and who facilitates it."""

import pytest

from rounds.models import Round
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    SystemFactory,
)
from tests.factories.rounds import VenueFactory

from .answering import MARKUP, answers, errors

pytestmark = pytest.mark.django_db


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

    def test_looked_for_nothing_it_asks_for_a_name(self, world, tab):
        page = self.team(world, tab, facilitators=[str(world.ada.pk)], search=" ", find="1")
        assert "Enter part of a name" in page
        assert "We found nobody" not in page
        assert "Go on without them" not in page

    def test_whoever_is_not_found_locks_nobody_in(self, world, tab):
        typed = {"facilitators": [str(world.ada.pk), str(world.ben.pk)], "search": "nobody of this name"}
        page = self.team(world, tab, **typed)
        assert "We found nobody" in page
        assert "Go on without them" in page
        assert "Go on without them" not in tab.post({"search": "book"}).content.decode()
        assert tab.post(typed | {"without": ""}).status_code == 302
        assert tab.step == "check"

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
        assert "Check again" in page
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
        with django_assert_max_num_queries(16) as one:
            tab.post({"search": "Ben", "find": "1"})
        for number in range(2):
            PersonFactory(name=f"Ben {number}", works_for=world.quarry_lane)
        with django_assert_max_num_queries(len(one)):
            tab.post({"search": "Ben", "find": "1"})


class TestASecondHost:
    @pytest.mark.parametrize(
        ("host", "wrong"),
        [
            ({"host": "system"}, "A Round of the whole system has no second host. Choose a Place or a partner first"),
            ({"host": "organisation", "host_organisation": "own"}, "Choose another partner as the second host"),
        ],
    )
    def test_stands_beside_another(self, world, tab, host, wrong):
        own = str(world.quarry_lane.pk)
        typed = host | {"co_host": own, "partners": [own]}
        if "host_organisation" in typed:
            typed["host_organisation"] = own
        tab.to("who", answers(world))
        assert wrong in errors(tab.post(typed))

    def test_is_saved_and_shown(self, world, tab):
        hosts = {"host": "organisation", "host_organisation": str(world.elmbridge.pk)}
        who = hosts | {"co_host": str(world.quarry_lane.pk), "partners": [str(world.elmbridge.pk)]}
        tab.to("check", answers(world, who=who))
        assert "Hosts" in tab.get().content.decode()
        tab.post({})
        assert Round.objects.get().hosts == [world.elmbridge, world.quarry_lane]
