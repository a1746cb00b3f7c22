"""People who come at an even pace, whether or not they are answered: they look at pages, book places and give them
back."""

import contextlib
import http.client
import random
import threading
import time
from collections import Counter
from urllib.parse import urlencode

from tests.bench.serving import sessions_of
from tests.races.crowd import TOKEN, ask

THREADS = 12
SIGN_IN = "/account/login/"
# What is done, how often beside the others.
LOOKS = {"/": 3, "/rounds/": 2, "/my-rounds/": 2, "/rounds/{}/": 4, "/accessibility/": 1}
BOOKING = 3


class Load:
    """`guests` are pairs of a person and a Round to which they are invited.

    `statuses` are of all answers; `clear` counts those with 503 that say so in words, `unanswered` calls that nobody
    took.

    As in front of a proxy, whoever finds one web server gone asks the other.
    """

    def __init__(self, hosts, guests):
        self.hosts, self.guests = hosts, guests
        self.statuses, self.wrong = Counter(), []
        self.clear = self.unanswered = self.told = 0
        self._chance, self._lock, self._signing_in = random.Random(1), threading.Lock(), threading.Lock()
        self.sessions = self._sessions()

    def go_on(self, *, seconds, pace=None, meanwhile=lambda: None):
        """For so long, `pace` calls a second, or without rest; how many a second were answered."""
        self._began, self._calls, self._pace, self._ends = time.monotonic(), 0, pace, time.monotonic() + seconds
        before = self.statuses.total()
        threads = [threading.Thread(target=self._call_again_and_again) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        meanwhile()
        for thread in threads:
            thread.join()
        return (self.statuses.total() - before) / seconds

    def _call_again_and_again(self):
        while time.monotonic() < self._ends:
            with self._lock:
                number, self._calls = self._calls, self._calls + 1
            if self._pace:
                time.sleep(max(0, self._began + number / self._pace - time.monotonic()))
            self._one_thing(number)

    def _one_thing(self, number):
        person, round = self._chance.choice(self.guests)
        if self._chance.random() * (sum(LOOKS.values()) + BOOKING) > BOOKING:
            path = self._chance.choices(list(LOOKS), list(LOOKS.values()))[0]
            self._ask(number, person, "GET", path.format(round.pk))
            return
        act = self._chance.choice(["book", "book", "cancel-place"])
        led_to = self._ask(number, person, "POST", f"/rounds/{round.pk}/{act}/", urlencode({"way": "in_person"}))
        if act == "book" and led_to == f"/rounds/{round.pk}/":
            self.told += 1
            self.hosts.note(round, person)

    def _ask(self, number, person, method, path, body=None):
        """Where it led."""
        headers = {
            "Cookie": f"sessionid={self.sessions[person.email]}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        for address in (self.hosts.addresses[number % 2], self.hosts.addresses[number % 2 - 1]):
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, page, location = ask(address, method, path, headers, body)
                self._count(method, path, status, page)
                if (location or "").startswith(SIGN_IN):
                    self._sign_in_again()
                return location
            self.unanswered += 1
        return None

    def _count(self, method, path, status, page):
        with self._lock:
            self.statuses[status] += 1
            clear = status == 503 and "The portal cannot do that at the moment" in page
            self.clear += clear
            if status not in (200, 302) and not clear:
                self.wrong.append((status, method, path, page[-300:]))

    def _sign_in_again(self):
        """Whoever was signed out since Redis was emptied; one does it for all."""
        if self._signing_in.acquire(blocking=False):
            try:
                with contextlib.suppress(Exception):
                    self.sessions = self._sessions()
            finally:
                self._signing_in.release()

    def _sessions(self):
        return sessions_of(self.hosts.portal, {person for person, _ in self.guests})
