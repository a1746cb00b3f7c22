"""A portal of real processes, and what befalls it: killed, stopped, cut off from its servers, its clock set wrong."""

import contextlib
import datetime as dt
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

from django.db import Error, connections
from django.db.models.functions import Now
from django.test import override_settings
from django.utils import timezone

from members.models import Delivery, Pace
from rounds_site.management.commands import portal as portal_command
from tests.bench.portals import with_the_rights_of_the_worker

from .breaking import Clock
from .nursery import Nursery

HASTE = 40  # A lease of four and a half seconds.
LEASE = 180 / HASTE
HURRY = 1.5
HOUR = 3600
IN_HAND = ["claimed", "handing"]
A_WHILE = 2 * HOUR
# How often each happens, beside the others; restarts come by the clock.
OF_REDIS = {"flush_redis": 2, "restart_redis": 1}
OFTEN = {"kill": 30, "stop": 3, "set_clock_wrong": 1, **OF_REDIS}
EVERYTHING = ("restart", *OFTEN)
BETWEEN_FAULTS = 0.4
BETWEEN_RESTARTS = 14


@dataclass
class Part:
    """One process of the portal; killed, it is started again at once."""

    name: str
    nursery: Nursery
    command: tuple
    variables: dict = field(default_factory=dict)
    child: object = None

    def start(self):
        self.child = self.nursery.start(*self.command, **self.variables)

    @property
    def dispatches(self):
        return self.name in {"worker", "dispatcher"}


class Siege:
    """As a context manager. `befalls` says what may befall it, of EVERYTHING; where nothing does, it is a calm portal
    that keeps to its own times.

    `cluster` and `redis` are the servers that it may break, where there are any.
    """

    def __init__(self, portal, sink, *, seed=0, befalls=EVERYTHING, cluster=None, redis=None, **mutation):
        self.portal, self.sink, self.cluster, self.redis = portal, sink, cluster, redis
        self.chance, self.befalls = random.Random(seed), befalls
        self.journal = portal.folder / "journal"
        self.clock = Clock.made_at(portal.folder / "wrong clock")
        self.done, self.in_doubt = Counter(), 0
        self.parts, self._stopped, self._stack = [], {}, contextlib.ExitStack()
        self.variables = {"HASTE": str(HASTE), "HURRY": str(HURRY), **mutation} if befalls else {}

    def __enter__(self):
        worker = with_the_rights_of_the_worker(self.portal)
        self._worker = self._stack.enter_context(Nursery(worker, self.portal.log))
        # No web server serves anybody before.
        self.portal.manage("forget")
        self._web = self._stack.enter_context(Nursery(self.portal.environment_of_its_processes, self.portal.log))
        self.parts = list(self._all_parts())
        for part in self.parts:
            part.start()
        return self

    def __exit__(self, *exception):
        self._stack.close()

    def _all_parts(self):
        """Two clocks, three dispatchers beside the worker, and two who live. A folder for a queue has one worker."""
        commands = commands_of(self.portal.port)
        yield Part("web", self._web, commands["web server"])
        for _ in range(2 if self.redis else 1):
            yield Part("worker", self._worker, commands["worker"], self.variables)
        for number in range(2):
            schedule = ("--schedule", str(self.portal.folder / f"beat {number}"))
            yield Part("beat", self._worker, (*commands["clock"], *schedule))
        for number in range(3):
            # The first one's host has a clock that goes wrong.
            clock = {"CLOCK": str(self.portal.folder / "wrong clock")} if self.befalls and not number else {}
            yield Part("dispatcher", self._worker, ("tests.faults.dispatcher",), self.variables | clock)
        for number in range(2):
            yield Part("life", self._worker, ("tests.faults.life", str(number), str(self.journal)))

    # --- What befalls it ------------------------------------------------------------------------------

    def go_on(self, *, seconds, until=lambda: True, at_most=None):
        """For so long, and until that is true too; `at_most` so long."""
        began = time.monotonic()
        at_most = at_most or 5 * seconds
        while (passed := time.monotonic() - began) < at_most:
            if "restart" in self.befalls and passed > (self.done["restarts"] + 1) * BETWEEN_RESTARTS:
                self.restart()
            if self.befalls:
                self.one_fault()
            self.let_go_on()
            self.keep_alive()
            time.sleep(BETWEEN_FAULTS)
            if passed >= seconds and until():
                break

    def one_fault(self):
        """Those of the servers only where there are any."""
        faults = {name: often for name, often in OFTEN.items() if name in self.befalls}
        if not self.redis:
            faults = {name: often for name, often in faults.items() if name not in OF_REDIS}
        name = self.chance.choices(list(faults), list(faults.values()))[0]
        getattr(self, name)()
        self.done[name] += 1

    def kill(self):
        weights = {"dispatcher": 6, "worker": 1, "life": 2, "web": 1, "beat": 1}
        name = self.chance.choices(list(weights), list(weights.values()))[0]
        there = [part for part in self.parts if part.name == name and part.child not in self._stopped]
        if there:
            self._kill(self.chance.choice(there))

    def _kill(self, part):
        self.done["killed"] += 1
        self.in_doubt += part.dispatches
        part.child.kill()
        self._stopped.pop(part.child, None)
        part.start()

    def stop(self):
        """Past its lease; then it goes on as if nothing had been."""
        part = self.chance.choice([part for part in self.parts if part.name == "dispatcher"])
        if part.child not in self._stopped:
            part.child.signal(signal.SIGSTOP)
            self.in_doubt += 1
            self._stopped[part.child] = time.monotonic() + LEASE + self.chance.random() * 2

    def let_go_on(self, *, all_of_them=False):
        for child, until in list(self._stopped.items()):
            if all_of_them or time.monotonic() > until:
                child.signal(signal.SIGCONT)
                del self._stopped[child]

    def restart(self):
        """Of PostgreSQL, at once and without a goodbye; where there is none, of all processes at the same moment."""
        self.done["restarts"] += 1
        if not self.cluster:
            for part in self.parts:
                self._kill(part)
            return
        self.in_doubt += sum(part.dispatches for part in self.parts)
        self.cluster.restart()
        connections.close_all()

    def flush_redis(self):
        self.redis.flush()

    def restart_redis(self):
        self.redis.stop()
        time.sleep(self.chance.random())
        self.redis.start()

    def set_clock_wrong(self):
        """An hour on or back, for one host, until it is put right; then a person lets the letters go on."""
        self.clock.by = self.chance.choice([0, HOUR, -HOUR])
        with contextlib.suppress(Error):
            Pace.objects.update(paused_until=None, reason="")

    def keep_alive(self):
        """What ended by itself, since its database was away, is started again, as a host would."""
        for part in self.parts:
            if isinstance(part.child.poll(), int):
                self.in_doubt += part.dispatches and bool(self.befalls)
                self.done["ended by itself"] += 1
                part.start()

    # --- And then it is calm --------------------------------------------------------------------------

    def settle(self, *, seconds=300):
        """Nobody books any more, nothing breaks, what waits for another try has waited: until all that is due has
        gone."""
        self.sink.hostile, self.sink.always, self.clock.by = 0, {}, 0
        self.let_go_on(all_of_them=True)
        for part in [part for part in self.parts if part.name == "life"]:
            part.child.kill()
            self.parts.remove(part)
        deadline = time.monotonic() + seconds
        while not self.is_calm():
            self.keep_alive()
            assert time.monotonic() < deadline, f"not calm after {seconds} seconds: {self.left()}"
            time.sleep(0.5)
        for part in self.parts:
            part.child.kill()
        self.parts.clear()

    def is_calm(self):
        # Here, since the tasks ring for others.
        from rounds.tasks import complete_fan_outs

        connections["default"].close_if_unusable_or_obsolete()
        complete_fan_outs()
        Pace.objects.update(paused_until=None, reason="")
        soon = timezone.now() + dt.timedelta(seconds=A_WHILE)
        waiting = Delivery.objects.filter(state="pending", due_at__lte=soon)
        waiting.filter(due_at__gt=timezone.now()).update(due_at=timezone.now())
        return not waiting.exists() and not Delivery.objects.filter(state__in=IN_HAND).exists()

    def left(self):
        lapsed = Delivery.objects.filter(claimed_until__lt=Now()).count()
        return Delivery.objects.by_state(), f"{lapsed} lapsed", self.portal.log.read_text()[-3000:]


def commands_of(port):
    """As ``manage.py portal`` runs them: {name: what stands after `python -m`}."""
    with override_settings(PORT=port):
        return {name: tuple(command[2:]) for name, command in portal_command.commands().items()}
