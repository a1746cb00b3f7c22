"""A portal on several hosts: two web servers, three workers and one clock. What is lost stays lost."""

import contextlib
import http.client
import itertools
import json
import os
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

from members.models import Delivery
from tests.bench.serving import sessions_of
from tests.races.crowd import TOKEN, ask
from tests.running import free_port, wait_until

from .siege import LEASE, Part, Siege, commands_of

ESTABLISHED = "01"


class Hosts(Siege):
    """As a context manager; nothing befalls it save what a test does to it."""

    def __init__(self, portal, sink, **servers):
        self.addresses = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
        super().__init__(portal, sink, **servers)
        self.journal.touch()

    def __enter__(self):
        super().__enter__()
        for address in self.addresses:
            wait_until(lambda address=address: answers(address), seconds=60, what=address)
        return self

    def _all_parts(self):
        commands = commands_of(self.portal.port)
        for address in self.addresses:
            port = address.rpartition(":")[2]
            yield Part("web", self._web, commands["web server"], {"PORT": port})
        for _ in range(3):
            yield Part("worker", self._worker, commands["worker"], self.variables)
        yield Part("beat", self._worker, commands["clock"])

    def named(self, name):
        return [part for part in self.parts if part.name == name]

    def lose_a_web_server(self):
        self._lose(self.named("web")[0])

    def lose_a_worker_in_the_middle_of_a_letter(self):
        """It talks to the relay at this moment, so that nobody can know what became of its letter."""
        wait_until(
            lambda: self._talking() and Delivery.objects.filter(state="handing").exists(),
            seconds=60,
            what="a worker with a letter in its hand",
        )
        self._lose(self._talking())

    def _talking(self):
        return next((part for part in self.named("worker") if talks(part.child.pid, self.sink.port)), None)

    def _lose(self, part):
        """kill -9, with whatever it started itself."""
        self.in_doubt += part.dispatches
        self.done["killed"] += 1
        self.parts.remove(part)
        part.child.kill()

    def ring_when_the_lease_is_over(self):
        """What the clock does every half minute: what a lost worker held is swept up."""
        time.sleep(LEASE + 0.5)
        self.portal.ring("members.tasks.dispatch_letters")

    def note(self, round, person):
        """What somebody was told: the oracle holds the rows against it."""
        with self.journal.open("a") as journal:
            journal.write(json.dumps({"act": "booked", "round": str(round.pk), "person": str(person.pk)}) + "\n")


class People:
    """Signed in. Whoever gets no answer presses again, at the other web server, as behind a proxy they would."""

    def __init__(self, hosts, people):
        keys = sessions_of(hosts.portal, people)
        self.hosts, self.sessions = hosts, {person: keys[person.email] for person in people}
        self.unanswered, self._lock = 0, threading.Lock()
        self.statuses = Counter()

    def press(self, number, person, path, **said):
        """The page to which it led. `number` is of whoever presses: which web server they try first."""
        headers = {
            "Cookie": f"sessionid={self.sessions[person]}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        location = self._insist(number, "POST", path, headers, urlencode(said))[2]
        assert location, path
        return self._insist(number, "GET", location, headers)[1]

    def _insist(self, number, *request):
        for address in itertools.islice(itertools.cycle(self.hosts.addresses), number % 2, 100):
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = ask(address, *request)
                with self._lock:
                    self.statuses[answer[0]] += 1
                return answer
            with self._lock:
                self.unanswered += 1
        raise AssertionError("nobody answers")


def answers(address):
    with contextlib.suppress(OSError):
        return ask(address, "GET", "/healthz", {})[0] == 200


def talks(pid, port):
    """Whether that process holds a connection to a server of this machine at that port."""
    held = {os.readlink(file) for file in opened(pid)}
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    there = [line for line in lines if line[2].endswith(f":{port:04X}") and line[3] == ESTABLISHED]
    return any(f"socket:[{line[9]}]" in held for line in there)


def opened(pid):
    return [file for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()]
