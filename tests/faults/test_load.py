"""A portal on several hosts at 80 % of what it can carry, while a web server and a worker are killed, Redis is gone for
a while and PostgreSQL is broken off: nobody gets an error page but one that says in words what is away, and nothing
that somebody was told is lost.

``bin/chaos --load --minutes 10`` for a longer one, in which Redis is gone for a minute and a quarter;
``bin/chaos --without-redis --minutes 10`` has none for all ten.
"""

import os
import time

import pytest
from django.db import connections

from members.models import Person
from rounds.models import Round
from tests.running import RunningPortal

from .ending import come_to_an_end
from .hosts import Hosts, answers
from .life import make_world
from .load import Load
from .sink import Sink

pytestmark = pytest.mark.postgres

SECONDS = float(os.environ.get("CHAOS_SECONDS", "16"))
SHARE, MEASURED_FOR, GUESTS = 0.8, 4, 30
WITHOUT_A_PACE = {"BULK_PER_MINUTE": "0", "BULK_PER_DAY": "0"}


@pytest.fixture
def hosts(broken_servers, django_db_blocker, tmp_path):
    with (
        django_db_blocker.unblock(),
        Sink(hostile=12) as sink,
        RunningPortal(tmp_path, relay=sink, **WITHOUT_A_PACE) as portal,
        portal.databases_here(),
    ):
        make_world()
        with Hosts(portal, sink, **broken_servers) as hosts:
            yield hosts


class Faults:
    """One after the other, each in a stretch of its own; whatever was killed is started again, as a host would."""

    def __init__(self, hosts):
        self.hosts, self.stretch = hosts, SECONDS / 8

    def __call__(self):
        for fault in (self.web, self.worker, self.redis, self.postgres):
            time.sleep(self.stretch)
            fault()
            self.hosts.keep_alive()

    def web(self):
        self._kill("web")

    def worker(self):
        self._kill("worker")

    def redis(self):
        be_without_redis(self.hosts, self.stretch)

    def postgres(self):
        self.hosts.restart()
        connections.close_all()

    def _kill(self, name):
        part = self.hosts.named(name)[0]
        self.hosts.in_doubt += part.dispatches
        self.hosts.done["killed"] += 1
        part.child.kill()


class WithoutRedis:
    def __init__(self, hosts):
        self.hosts = hosts

    def __call__(self):
        time.sleep(MEASURED_FOR)
        be_without_redis(self.hosts, SECONDS)
        self.hosts.keep_alive()


def be_without_redis(hosts, seconds):
    hosts.redis.stop()
    time.sleep(seconds)
    hosts.redis.start()
    hosts.done["redis gone for seconds"] = int(seconds)


def some_staff_of(round):
    return Person.objects.filter(memberships__organisation__in=round.partners.all()).order_by("pk")[:GUESTS]


def test_at_80_per_cent_of_what_it_carries_with_faults(hosts, figures):
    load, capacity = measured(hosts)
    load.go_on(seconds=SECONDS, pace=SHARE * capacity, meanwhile=Faults(hosts))
    assert load.clear
    nothing_is_lost(hosts, load, figures, "load", capacity=int(capacity))


def test_while_redis_is_gone(hosts, figures):
    """All the time save the first and the last seconds. Nobody is signed in then, since when somebody was last here is
    known to Redis alone; so they read in words that it cannot be done, and what was written before goes out after."""
    load, capacity = measured(hosts)
    load.go_on(seconds=SECONDS + 2 * MEASURED_FOR, pace=SHARE * capacity, meanwhile=WithoutRedis(hosts))
    assert load.clear
    nothing_is_lost(hosts, load, figures, "without Redis", capacity=int(capacity))


def measured(hosts):
    load = Load(hosts, [(person, round) for round in Round.objects.order_by("pk") for person in some_staff_of(round)])
    capacity = load.go_on(seconds=MEASURED_FOR)
    assert (load.wrong, load.clear, load.unanswered) == ([], 0, 0)
    return load, capacity


def nothing_is_lost(hosts, load, figures, title, **numbers):
    assert load.wrong == []
    assert all(answers(address) for address in hosts.addresses)
    uncertain, verdict = come_to_an_end(hosts)
    assert (verdict.unfinished, verdict.lost, verdict.doubled) == ([], [], [])
    assert uncertain <= hosts.in_doubt + hosts.sink.faults["from the body on"]
    figures(
        title,
        **numbers,
        requests=load.statuses.total(),
        error_pages=len(load.wrong),
        clear_503=load.clear,
        unanswered=load.unanswered,
        told=load.told,
        uncertain=uncertain,
        **verdict.summary(),
        **hosts.done,
    )
