"""A portal on several hosts at 80 % of what it can carry, while a web server and a worker are killed, Redis is gone for
a while and PostgreSQL is broken off: nobody gets an error page but one that says in words what is away, and nothing
that somebody was told is lost.

``bin/chaos --load --minutes 10`` for a longer one, in which Redis is gone for a minute and a quarter.
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
        self.hosts.redis.stop()
        time.sleep(self.stretch)
        self.hosts.redis.start()
        self.hosts.done["redis gone for seconds"] = int(self.stretch)

    def postgres(self):
        self.hosts.restart()
        connections.close_all()

    def _kill(self, name):
        part = self.hosts.named(name)[0]
        self.hosts.in_doubt += part.dispatches
        self.hosts.done["killed"] += 1
        part.child.kill()


def some_staff_of(round):
    return Person.objects.filter(memberships__organisation__in=round.partners.all()).order_by("pk")[:GUESTS]


def test_at_80_per_cent_of_what_it_carries_with_faults(hosts, figures):
    load = Load(hosts, [(person, round) for round in Round.objects.order_by("pk") for person in some_staff_of(round)])
    capacity = load.go_on(seconds=MEASURED_FOR)
    assert (load.wrong, load.clear, load.unanswered) == ([], 0, 0)
    load.go_on(seconds=SECONDS, pace=SHARE * capacity, meanwhile=Faults(hosts))
    assert load.wrong == []
    assert load.clear
    assert all(answers(address) for address in hosts.addresses)
    uncertain, verdict = come_to_an_end(hosts)
    assert (verdict.unfinished, verdict.lost, verdict.doubled) == ([], [], [])
    assert uncertain <= hosts.in_doubt + hosts.sink.faults["from the body on"]
    figures(
        "load",
        capacity=int(capacity),
        requests=load.statuses.total(),
        error_pages=len(load.wrong),
        clear_503=load.clear,
        unanswered=load.unanswered,
        told=load.told,
        uncertain=uncertain,
        **verdict.summary(),
        **hosts.done,
    )
