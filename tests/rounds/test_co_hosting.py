"""A Round that two host: both manage it, and it is one Round in every figure."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from evaluation.reports.partners import partners_of
from evaluation.reports.system import SystemFigures
from evaluation.reports.who_sees import who_sees
from rounds import access
from rounds.actions import successions
from rounds.emails.team import arranging
from rounds.models import Round
from rounds.states import RoundState
from tests.factories.members import OrganisationFactory, PersonFactory, PlaceFactory, RoleGrantFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db(databases=["default", "box"])


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        yield small_world()


@pytest.fixture
def both(world):
    """Hosted by the trust and the homes; each has an administrator of its own."""
    for partner in (world.elmbridge, world.quarry_lane):
        person = PersonFactory(name=f"Administrator of {partner.name}", works_for=partner)
        RoleGrantFactory(person=person, role="administrator", organisation=partner, system=None)
    hosts = {"host_organisation": world.elmbridge, "co_host": world.quarry_lane}
    return RoundFactory(system=world.system, facilitators=[world.ada], partners=[world.elmbridge], **hosts)


def administrators():
    from members.models import Person

    return list(Person.objects.filter(name__startswith="Administrator").order_by("name"))


def test_administrators_of_both_arrange_it(client, both):
    for person in administrators():
        assert access.rounds_to_arrange(person, now=NOON).get() == both
        client.force_login(person)
        page = client.get(reverse("round_details", args=[both.pk])).content.decode()
        assert "Hosts" in page
        assert client.get(reverse("round_bookings", args=[both.pk])).status_code == 403


def test_both_are_told_where_nobody_runs_it_and_stand_with_who_sees_what(both):
    assert set(administrators()) <= set(arranging(both, NOON))
    seen = {each.who for fact in who_sees(both, now=NOON) for each in fact.sights}
    assert {person.name for person in administrators()} <= seen


def test_it_is_one_round_and_two_that_host(world, both):
    opened = {"booking_opens_at": NOON - dt.timedelta(days=9), "state": RoundState.HELD}
    hosts = {"host_organisation": world.elmbridge, "co_host": world.quarry_lane}
    both.delete()
    RoundFactory(system=world.system, starts_at=NOON - dt.timedelta(days=1), **opened, **hosts)
    with time_machine.travel(NOON, tick=False):
        figures = SystemFigures(world.system, half_year_key=None, now=NOON)
        assert (figures.held, figures.hosts) == (1, 2)
        hosting = {each.name: each.hosting for each in partners_of(world.system, on=NOON.date(), heirs={})}
    assert set(hosting.values()) == {True}


def test_without_a_room_it_is_found_in_the_places_of_both(world, both):
    place = PlaceFactory(system=world.system)
    homes = OrganisationFactory(system=world.system, place=place)
    Round.objects.update(co_host=homes, venue=None)
    assert Round.objects.in_place(place, on=NOON.date()).get() == both


def test_when_one_becomes_the_other_it_has_one_host(world, both):
    successions.move_rounds(world.quarry_lane, [world.elmbridge], NOON)
    both.refresh_from_db()
    assert (both.host_organisation, both.co_host) == (world.elmbridge, None)


def test_when_one_becomes_a_third_that_hosts_with_the_other(world, both):
    third = OrganisationFactory(system=world.system)
    successions.move_rounds(world.quarry_lane, [third], NOON)
    both.refresh_from_db()
    assert both.hosts == [world.elmbridge, third]


@pytest.mark.parametrize("hosts", [{}, {"host_organisation": True}])
def test_the_database_refuses_a_second_host_without_another(world, hosts):
    first = dict.fromkeys(hosts, world.elmbridge)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoundFactory(system=world.system, co_host=world.elmbridge, **first)
