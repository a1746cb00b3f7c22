"""A plan that begins with the answers of a Round."""

import datetime as dt

import pytest
from django.urls import reverse

from rounds.models import Round
from rounds.states import Format, RoundState
from tests.factories.members import PlaceFactory, RoleGrantFactory
from tests.factories.rounds import RoundFactory, TeamMemberFactory
from tests.rounds.pages import words_of

from .answering import LONDON, Tab, answers, date

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world):
    made = RoundFactory(
        system=world.system,
        title="Deep end",
        subject="case",
        format=Format.HYBRID,
        venue=world.room,
        places=40,
        online_places=90,
        food="Soup",
        host_organisation=world.quarry_lane,
        partners=[world.quarry_lane],
        facilitators=[world.ada, world.cleo],
    )
    TeamMemberFactory(round=made, person=world.ben, part="helper")
    return made


def begin(client, round):
    tab = Tab(client)
    tab.url = reverse("plan_like", args=[round.pk])
    tab.post({})
    return tab


def test_every_answer_but_the_date_is_there(world, ada, round):
    tab = begin(ada, round)
    assert tab.step == "about"
    assert 'value="Deep end"' in tab.get().content.decode()
    tab.url = tab.url.replace("/about/", "/check/")
    assert "/plan/when/" in tab.get().redirect_chain[-1][0]
    tab.url = tab.answer.redirect_chain[-1][0]
    tab.post({**date("4 8 2027"), "starts": "12:30pm", "ends": "1:30pm"})
    tab.url = tab.url.replace(f"/{tab.step}/", "/booking/")
    tab.post(answers(world)["booking"])
    tab.url = tab.url.replace(f"/{tab.step}/", "/check/")
    tab.post({})
    made = Round.objects.exclude(pk=round.pk).get()
    kept = "title subject about format venue places online_places food joining_details host_organisation system"
    assert [getattr(made, name) for name in kept.split()] == [getattr(round, name) for name in kept.split()]
    assert made.starts_at == dt.datetime(2027, 8, 4, 12, 30, tzinfo=LONDON)
    assert (made.state, made.series, list(made.partners.all())) == (RoundState.PLANNED, None, [world.quarry_lane])
    team = {(member.person, member.part) for member in made.team.all()}
    assert team == {(world.ada, "facilitator"), (world.cleo, "facilitator")}


def test_what_no_longer_holds_is_asked_again(world, ada, round):
    world.room.ended_on = dt.date(2027, 3, 1)
    world.room.save()
    tab = begin(ada, round)
    tab.url = tab.url.replace("/about/", "/check/")
    tab.get()
    tab.url = tab.answer.redirect_chain[-1][0]
    tab.post({**date("4 8 2027"), "starts": "12:30pm", "ends": "1:30pm"})
    tab.url = tab.url.replace(f"/{tab.step}/", "/check/")
    assert "/plan/where/" in tab.get().redirect_chain[-1][0]


def test_a_place_that_hosts_and_a_round_online(world, ada, round):
    alder = PlaceFactory(system=world.system)
    online = RoundFactory(system=world.system, format=Format.ONLINE, host_place=alder, facilitators=[world.ada])
    tab = begin(ada, online)
    tab.url = tab.url.replace("/about/", "/who/")
    assert f'<option value="{alder.pk}" selected>' in tab.get().content.decode()


def test_is_offered_to_those_who_plan_and_begins_nothing_by_a_get(client, world, ada, round):
    details = reverse("round_details", args=[round.pk])
    assert "Plan one like this" in words_of(ada.get(details))
    assert ada.get(reverse("plan_like", args=[round.pk])).url == details
    assert "plans" not in ada.session
    RoleGrantFactory(person=world.ines, role="administrator", system=world.system)
    client.force_login(world.ines)
    assert "Plan one like this" not in words_of(client.get(details))
    assert client.post(reverse("plan_like", args=[round.pk])).status_code == 403


def test_whoever_does_not_run_it_begins_with_themself(client, world, round):
    RoleGrantFactory(person=world.ines, role="administrator", system=world.system)
    RoleGrantFactory(person=world.ines, role="facilitator", system=world.system)
    client.force_login(world.ines)
    tab = begin(client, round)
    tab.url = tab.url.replace("/about/", "/team/")
    page = tab.get().content.decode()
    assert "checked" in page.partition(f'value="{world.ines.pk}"')[2][:80]
    assert "checked" not in page.partition(f'value="{world.ada.pk}"')[2][:80]
