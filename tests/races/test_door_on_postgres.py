"""Devices at one door while its register is closed: what was ticked in before counts, and nothing slips in after."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import reverse

from evaluation.actions import attendance, door_links
from evaluation.models import Attendance, DoorLink, Register
from rounds_site.kit.links import sign
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import small_world

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TABLETS = 6


@pytest.fixture
def world():
    world = small_world()
    world.round = RoundFactory(system=world.system, facilitators=[world.ada], partners=[world.elmbridge])
    world.now = world.round.starts_at + timedelta(minutes=5)
    with time_machine.travel(world.now, tick=False):
        yield world


def at_once(acts):
    together = threading.Barrier(len(acts), timeout=60)

    def press(act):
        together.wait()
        try:
            return act()
        except Refused as refusal:
            return str(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(press, acts))


def test_a_register_that_is_closed_while_devices_tick(world):
    link = door_links.make(round=world.round, by=world.ada, now=world.now)
    address = reverse("door_link", args=[sign(link.pk, purpose="door")])
    tablets = [Client() for _ in range(TABLETS)]
    for tablet in tablets:
        assert tablet.post(address).status_code == 302
    people = [BookingFactory(round=world.round).person_id for _ in tablets]
    ticks = [
        lambda tablet=tablet, person=person: tablet.post("/at-the-door/tick-in/", {"person": person}).status_code
        for tablet, person in zip(tablets, people, strict=True)
    ]
    headcount = attendance.MOST_PEOPLE
    got = at_once([*ticks, lambda: attendance.close_register(round=world.round, headcount=headcount, now=world.now)])
    assert set(got[:-1]) <= {302, 200}
    assert Register.objects.get().closed_at == world.now
    before = Attendance.objects.count()
    late = [tablet.post("/at-the-door/tick-in/", {"person": people[0]}) for tablet in tablets]
    assert all("The register is closed" in answer.content.decode() for answer in late)
    assert Attendance.objects.count() == before <= TABLETS


def test_a_link_made_by_many_taps_at_once_is_one(world):
    at_once([lambda: door_links.make(round=world.round, by=world.ada, now=world.now)] * TABLETS)
    assert (DoorLink.objects.count(), DoorLink.objects.open(world.now).count()) == (TABLETS, 1)
