"""A portal with the realm of the matrix in it, served at the moment around which that stands, and everybody who may
ask for a page of it."""

import gzip
import http.client
import json
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass

import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings

from evaluation.access import DOOR
from tests.architecture.realm import make_realm
from tests.worlds import NOON

from .growing import Growth
from .portals import portal_and_relay
from .serving import sessions_of, web_server
from .visitors import COST
from .when import SHIFT

# One process and one thread: what is put together once is put together by the first visit.
ALONE = {"workers": 1, "threads": 1}
FETCHED = re.compile(r'<(?:link rel="(?:stylesheet|icon)"|script|img)[^>]*? (?:href|src)="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """`cpu`: milliseconds of the thread that answered and of its connections to the databases; `requests`: of the page
    and of what a browser fetches with it; `size`: bytes as they
    go over the line."""

    status: int
    text: str
    size: int
    statements: int
    framing: int
    cpu: float
    requests: int


@dataclass
class World:
    portal: object
    server: object
    realm: object
    growth: Growth
    sessions: dict

    def grow(self, size):
        with time_machine.travel(NOON, tick=False):
            self.growth.to(size)

    def ask(self, asker, address):
        line = http.client.HTTPConnection("127.0.0.1", self.portal.port, timeout=300)
        headers = {"Connection": "close", "Accept": "text/html", "Accept-Encoding": "gzip"}
        if session := self.sessions.get(asker):
            headers["Cookie"] = f"sessionid={session}"
        line.request("GET", address, headers=headers)
        answer = line.getresponse()
        body = answer.read()
        line.close()
        return answer_of(answer, body)


def answer_of(answer, body):
    cost, packed = json.loads(answer.headers[COST]), answer.headers["Content-Encoding"] == "gzip"
    text = (gzip.decompress(body) if packed else body).decode("utf-8", "replace")
    return Answer(
        status=answer.status,
        text=text,
        size=len(body),
        statements=cost["statements"] - cost["framing"],
        framing=cost["framing"],
        cpu=1000 * (cost["cpu"] + cost["database_cpu"]),
        requests=1 + len(fetched_with(text)),
    )


def fetched_with(text):
    """Addresses of style sheets, scripts and pictures of a page."""
    return {each for each in FETCHED.findall(text) if not each.startswith("data:")}


@contextmanager
def grown():
    shift = NOON.timestamp() - time.time()
    with portal_and_relay(**{SHIFT: str(shift)}) as (portal, _), keys_of(portal), web_server(portal, **ALONE) as server:
        with time_machine.travel(NOON, tick=False):
            realm = make_realm()
            device = SessionStore()
            device[DOOR] = str(realm.door_link.pk)
            device.save()
        keys = sessions_of(portal, filter(None, realm.askers.values()))
        sessions = {asker: keys[person.email] for asker, person in realm.askers.items() if person}
        yield World(portal, server, realm, Growth(realm), sessions | {"device": device.session_key})


def keys_of(portal):
    """Of stories and boxes: where the portal looks for them."""
    return override_settings(STORY_KEY_DIR=portal.folder / "story_keys", BOX_KEY_DIR=portal.folder / "box_keys")
