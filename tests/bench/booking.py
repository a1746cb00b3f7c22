"""Booking over HTTP: by one after the other, by 200 at once for 60 places, a place given back, and ticks at the door.

Everybody opens the Round's page, presses its button and reads what that leads to; whoever comes too late presses once
more, to wait. A race follows the floor of a race: as many posts at once to a bare view under the same web server.
"""

import asyncio
import time
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils import timezone

from rounds.models import Booking
from rounds.states import BookingState, Way
from tests.factories.members import PersonFactory

from . import floor
from .figures import Figure, to_two_places
from .people import DAY, know_the_tables, partner_with, round_for
from .portals import portal_and_relay
from .sender import PORTAL
from .sending import sender
from .serving import sessions_of, web_server
from .visitors import Visitor, filled_in

SIZES = [200]
RACES = 3
TOO_LATE = "The last place went while you were reading."
SETTLED = ("You have a place", "You are on the waiting list")
WAITING = "waiting"


def run(sizes):
    with portal_and_relay() as (portal, _):
        for size in sizes:
            partner, people = partner_with(size)
            ada = PersonFactory(name="Ada Facilitator", works_for=partner)
            sessions = sessions_of(portal, [*people, ada])
            with web_server(portal) as server, sender(portal, PORTAL) as dispatcher:
                crowd = [(person, sessions[person.email]) for person in people]
                bench = Bench(partner, server, dispatcher, crowd, size)
                bench.warm_up()
                yield from bench.one_by_one()
                yield from bench.races()
                yield from bench.places_given_back()
                yield from bench.at_the_door(ada, sessions[ada.email])


@dataclass
class Bench:
    partner: object
    server: object
    dispatcher: object
    crowd: list
    size: int

    @property
    def places(self):
        return self.size * 3 // 10

    @property
    def first(self):
        """How many book one after the other."""
        return self.size // 5

    def visitors(self, number=None):
        return [Visitor(self.server.port, session) for _, session in self.crowd[:number]]

    def warm_up(self):
        """Each thread of the web server has a connection, and each process knows its templates, the one that sends
        letters too. Who books one after the other has never booked before."""
        path = page_of(round_for(self.partner))
        know_the_tables()
        asyncio.run(all_at_once([book(visitor, path) for visitor in self.visitors()[self.first :]]))
        self.dispatcher.send(seconds=60)

    def one_by_one(self):
        number = self.first
        path, visitors = page_of(round_for(self.partner, places=self.size)), self.visitors(number)
        with self.cost(visitors) as cost:
            asyncio.run(one_after_the_other([book(visitor, path) for visitor in visitors]))
            letters = self.dispatcher.send(seconds=60)
        note = f"{number} people, one after the other"
        requests = sum(len(visitor.answers) for visitor in visitors)
        yield figure("http_per_booking", requests / number, "requests", note, "at most", 3)
        yield figure("sql_per_booking", cost.statements / number, "statements", note, "at most", 30)
        yield figure("framing_per_booking", cost.framing / number, "statements", note)
        cpu = 1000 * (cost.cpu + letters["cpu"] + letters["database_cpu"]) / number
        yield figure("cpu_ms_per_booking", cpu, "ms", f"{note}, with its letter", "at most", 60)
        yield figure("errors", len(unsettled(visitors)), "people", note, "exactly", 0)

    def races(self):
        for number in range(1, RACES + 1):
            yield from self.race(number)

    def race(self, number):
        note = f"{self.size} people for {self.places} places, race {number}"
        bare, people = round_for(self.partner, places=self.places), [person for person, _ in self.crowd]
        bare_seconds = asyncio.run(all_at_once([book_bare(self.server.port, bare, person) for person in people]))
        self.round, visitors = round_for(self.partner, places=self.places), self.visitors()
        path = page_of(self.round)
        with self.cost(visitors) as cost:
            seconds = asyncio.run(all_at_once([book(visitor, path) for visitor in visitors]))
        states = Counter(self.round.bookings.values_list("state", flat=True))
        yield figure("places", states[BookingState.PLACE], "people", note, "exactly", self.places)
        yield figure("waiting", states[BookingState.WAITING], "people", note, "exactly", self.size - self.places)
        yield figure("errors", len(unsettled(visitors)), "people", note, "exactly", 0)
        yield figure("settle_vs_floor", seconds / bare_seconds, "ratio", note, "at most", 12)
        yield figure("cpu_ms_per_person", 1000 * cost.cpu / self.size, "ms", note)

    def places_given_back(self):
        """At the last Round of the race, where everybody who got no place waits."""
        number = self.places // 3
        having = set(self.round.bookings.with_a_place().values_list("person", flat=True)[:number])
        visitors = [Visitor(self.server.port, session) for person, session in self.crowd if person.pk in having]
        path = page_of(self.round)
        asyncio.run(one_after_the_other([give_back(visitor, path) for visitor in visitors]))
        transactions = [max(visitor.pressed.cost["transactions"]) for visitor in visitors]
        given_on = self.round.bookings.holding().count()
        note = f"{number} places given back one after the other, {self.size - self.places} waiting"
        yield figure("sql_per_offer", sum(transactions) / number, "statements", note, "at most", 12)
        yield figure("places", given_on, "people", f"after {note}, those offered among them", "exactly", self.places)

    def at_the_door(self, ada, session):
        booked = self.size * 3 // 2
        round = self.round_of_today(ada, booked)
        people = list(round.bookings.values_list("person", flat=True)[: self.size // 2])
        visitor, door = Visitor(self.server.port, session), f"/organise/rounds/{round.pk}/door/"
        asyncio.run(visitor.open(door))
        visitor.answers[:-1] = []
        with self.cost([visitor]) as cost:
            asyncio.run(one_after_the_other([tick(visitor, door, person) for person in people]))
        note, number = f"{len(people)} ticks, {booked} on the list", len(people)
        yield figure("http_per_checkin", (len(visitor.answers) - 1) / number, "requests", note)
        yield figure("sql_per_checkin", cost.statements / number, "statements", note, "at most", 8)
        yield figure("framing_per_checkin", cost.framing / number, "statements", note)
        yield figure("cpu_ms_per_checkin", 1000 * cost.cpu / number, "ms", note, "at most", 10)
        yield figure("ticked_in", round.attendances.count(), "people", note, "exactly", number)

    def round_of_today(self, ada, booked):
        now = timezone.now()
        round = round_for(self.partner, starts_at=now, facilitators=[ada], places=booked)
        _, people = partner_with(booked)
        given = {"round": round, "way": Way.IN_PERSON, "state": BookingState.PLACE, "changed_at": now - DAY}
        Booking.objects.bulk_create(
            Booking(person=person, queue_number=n, **given) for n, person in enumerate(people, start=1)
        )
        know_the_tables()
        return round

    @contextmanager
    def cost(self, visitors):
        before, known = self.server.cpu(), {id(answer) for visitor in visitors for answer in visitor.answers}
        cost = Cost()
        yield cost
        answers = [each for visitor in visitors for each in visitor.answers if id(each) not in known]
        cost.framing = sum(answer.cost["framing"] for answer in answers)
        cost.statements = sum(answer.cost["statements"] for answer in answers) - cost.framing
        cost.cpu = self.server.cpu() - before + sum(answer.cost["database_cpu"] for answer in answers)


@dataclass
class Cost:
    """`statements` are without `framing` (``Meter``)."""

    statements: int = 0
    framing: int = 0
    cpu: float = 0.0


async def all_at_once(acts):
    """How many seconds until everybody is done."""
    started = time.perf_counter()
    await asyncio.gather(*acts)
    return time.perf_counter() - started


async def one_after_the_other(acts):
    for act in acts:
        await act


async def book(visitor, path):
    await visitor.open(path)
    answer = await visitor.press(f"{path}book/")
    if TOO_LATE in answer.text:
        await visitor.press(f"{path}book/")


async def book_bare(port, round, person):
    answer = await Visitor(port).ask("POST", floor.ADDRESS, {"round": round.pk, "person": person.pk})
    if answer.status != 200:
        raise RuntimeError(f"the bare view answers with {answer.status}")


async def give_back(visitor, path):
    await visitor.open(f"{path}cancel-place/")
    await visitor.press(f"{path}cancel-place/")


async def tick(visitor, door, person):
    """As the script of the page does: it keeps the page, and wants none."""
    form = filled_in(visitor.answers[0].text, f"{door}tick-in/")
    said = form | {"person": person, "tap": uuid.uuid4()}
    answer = await visitor.ask("POST", f"{door}tick-in/", said, accept="application/json")
    if answer.status != 204:
        raise RuntimeError(f"a tick is answered with {answer.status}")


def page_of(round):
    return f"/rounds/{round.pk}/"


def unsettled(visitors):
    return [v for v in visitors if v.answers[-1].status != 200 or not any(w in v.answers[-1].text for w in SETTLED)]


def figure(name, value, unit, note, *goal):
    return Figure("booking", name, to_two_places(value), unit, note, goal)
