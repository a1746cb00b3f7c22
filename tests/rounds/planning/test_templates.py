"""Templates of Rounds: kept, and begun with."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from members.models import SecurityEvent
from rounds.models import Round, RoundTemplate
from rounds.states import Format
from tests.factories.members import RoleGrantFactory, SystemFactory
from tests.rounds.pages import words_of

from .answering import LONDON, Tab, answers, date, errors

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Team Round",
    "kind": "ordinary",
    "format": "hybrid",
    "minutes": "45",
    "places": "20",
    "online_places": "30",
    "food": "Soup",
    "opens_days": "28",
    "reminder_days": ["1"],
}


@pytest.fixture
def template(world):
    return RoundTemplate.objects.create(
        system=world.system,
        name="Short Round",
        kind="team_time",
        format=Format.IN_PERSON,
        minutes=45,
        places=25,
        food="Soup",
        opens_days=28,
        reminder_days=[1],
    )


@pytest.fixture
def add(ada, world):
    address = reverse("add_round_template", args=[world.system.code.lower()])
    return lambda **typed: ada.post(address, TYPED | typed)


class TestKeeping:
    def test_is_added_changed_and_removed(self, ada, add):
        assert add().url == reverse("round_templates")
        template = RoundTemplate.objects.get()
        assert (template.minutes, template.places, template.online_places, template.reminder_days) == (45, 20, 30, [1])
        assert "Team Round In person and online, 45 minutes, 20 in the room, 30 online" in words_of(
            ada.get(reverse("round_templates"))
        )
        change = reverse("change_round_template", args=[template.pk])
        assert 'value="45"' in ada.get(change).content.decode()
        ada.post(change, TYPED | {"format": "online"})
        template.refresh_from_db()
        assert (template.format, template.places) == (Format.ONLINE, None)
        remove = reverse("remove_round_template", args=[template.pk])
        ada.get(remove)
        assert RoundTemplate.objects.exists()
        ada.post(remove)
        assert not RoundTemplate.objects.exists()
        acts = SecurityEvent.objects.filter(about=str(template.pk)).values_list("act", flat=True)
        assert sorted(acts) == ["rounds.template_changed", "rounds.template_removed"]

    @pytest.mark.parametrize(("meets", "needs_booking"), [("in_person", False), ("hybrid", True)])
    def test_people_just_come_to_a_room_and_book_what_has_a_link(self, ada, add, meets, needs_booking):
        add(format=meets, booked="just_come")
        template = RoundTemplate.objects.get()
        assert template.needs_booking is needs_booking
        assert ("people just come" in words_of(ada.get(reverse("round_templates")))) is not needs_booking

    def test_of_the_system_a_partner_begins_with_it_and_no_more(self, client, world, template):
        RoleGrantFactory(person=world.cleo, role="facilitator", system=None, organisation=world.quarry_lane)
        client.force_login(world.cleo)
        text = client.get(reverse("round_templates")).content.decode()
        change = reverse("change_round_template", args=[template.pk])
        remove = reverse("remove_round_template", args=[template.pk])
        assert "Short Round" in text
        assert [each in text for each in (change, remove, "Add a template")] == [False, False, False]
        assert client.get(change).status_code == 404
        assert client.post(remove).status_code == 404
        assert client.get(reverse("add_round_template", args=[world.system.code.lower()])).status_code == 404
        assert RoundTemplate.objects.count() == 1

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"name": " "}, "Enter a name"),
            ({"name": "short ROUND"}, "There is a template of that name already. Choose another name"),
            ({"format": ""}, "Choose how people will meet"),
            ({"minutes": "5"}, "Minutes must be between 15 and 480"),
            ({"minutes": "481"}, "Minutes must be between 15 and 480"),
            ({"minutes": "long"}, "Minutes must be a whole number, like 60"),
            ({"places": "0"}, "Places must be between 1 and 5,000"),
            ({"opens_days": "3"}, "Select one of the choices"),
        ],
    )
    def test_what_is_wrong_is_said(self, add, template, typed, sentence):
        assert sentence in errors(add(**typed))
        assert RoundTemplate.objects.count() == 1

    def test_is_for_those_who_plan_or_arrange_in_its_system(self, client, world, template):
        addresses = [
            reverse("round_templates"),
            reverse("add_round_template", args=[world.system.code.lower()]),
            reverse("change_round_template", args=[template.pk]),
        ]
        client.force_login(world.ben)
        assert [client.get(each).status_code for each in addresses] == [403, 403, 403]
        RoleGrantFactory(person=world.cleo, role="facilitator", system=SystemFactory())
        client.force_login(world.cleo)
        assert [client.get(each).status_code for each in addresses] == [200, 404, 404]
        assert "Short Round" not in words_of(client.get(addresses[0]))


class TestBeginningWithOne:
    def begin(self, client, template, kind="one"):
        tab = Tab(client)
        tab.url = reverse("plan_round", args=["start"])
        tab.post({"kind": kind, "template": str(template.pk)})
        return tab

    def test_its_answers_stand_there_and_the_end_comes_by_itself(self, world, ada, template):
        tab = self.begin(ada, template)
        typed = answers(world, when={**date("4 8 2027"), "starts": "11:30pm", "ends": ""})
        for step in ("about", "format", "when", "where", "who", "places", "booking"):
            assert tab.step == step, errors(tab.answer)
            page = tab.get().content.decode()
            if step == "about":
                assert re.search(r'<input[^>]*value="team_time"[^>]*checked', page)
            if step == "when":
                assert "Leave it empty for 45 minutes" in page
            if step == "places":
                assert 'value="25"' in page
                assert 'value="Soup"' in page
            if step == "booking":
                page = page[page.index("When does booking open") :]
                assert re.search(r'<input[^>]*name="opens_day_day"[^>]*>', page)[0].count('value="7"') == 1
                assert page.count("checked") == 1
            tab.post(typed[step])
        tab.post(typed["team"])
        assert "Begun with Short Round" in words_of(tab.get())
        tab.post({})
        round = Round.objects.get()
        assert round.ends_at == dt.datetime(2027, 8, 5, 0, 15, tzinfo=LONDON)

    def test_a_round_to_which_people_just_come(self, world, ada, template):
        RoundTemplate.objects.update(needs_booking=False)
        page = self.begin(ada, template).to("places", answers(world)).get().content.decode()
        assert re.search(r'<input[^>]*value="just_come"[^>]*checked', page)

    def test_a_series_too(self, world, ada, template):
        tab = self.begin(ada, template, kind="series")
        when = {"week": "2", "weekday": "1", "every": "1", "number": "2", "starts": "12:30pm", "ends": ""}
        typed = answers(world, when=when | date("1 9 2027", "first_on"), booking={"opens": "28", "closes": "day"})
        tab.to("check", typed)
        tab.post({"days": ["2027-09-14", "2027-10-12"]})
        assert {each.ends_at - each.starts_at for each in Round.objects.all()} == {dt.timedelta(minutes=45)}

    def test_without_one_the_end_is_asked(self, world, ada, template):
        tab = Tab(ada).to("when", answers(world))
        assert "Enter the time it ends" in errors(tab.post({**date("4 8 2027"), "starts": "12:30pm", "ends": ""}))

    def test_one_that_was_removed_meanwhile_or_is_of_elsewhere_is_none(self, world, ada, template):
        tab = self.begin(ada, template)
        template.delete()
        tab.to("when", answers(world))
        assert "Enter the time it ends" in errors(tab.post({**date("4 8 2027"), "starts": "12:30pm", "ends": ""}))
        far = RoundTemplate.objects.create(system=SystemFactory(), name="Far", format=Format.ONLINE)
        RoundTemplate.objects.create(system=world.system, name="Near", format=Format.ONLINE)
        assert "Choose one of these templates" in errors(
            ada.post(reverse("plan_round", args=["start"]), {"kind": "one", "template": str(far.pk)})
        )
