"""Many people who press the same button at once, each signed in, over real HTTP."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from django.utils import timezone

from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory
from tests.factories.rounds import RoundFactory

AT_ONCE = 24
TOKEN = "t" * 32


@dataclass(frozen=True)
class Answer:
    """What one person got: the answer to the button, and the page it led to."""

    posted: int
    shown: int
    page: str


def invited_people(count, **round_fields):
    """A Round open by the real clock, and that many staff of a partner that it invites."""
    now, day = timezone.now(), timedelta(days=1)
    times = {"starts_at": now + 14 * day, "booking_opens_at": now - day, "published_at": now - 2 * day}
    partner = OrganisationFactory()
    people = [PersonFactory() for _ in range(count)]
    for person in people:
        MembershipFactory(person=person, organisation=partner)
    return RoundFactory(partners=[partner], **times, **round_fields), people


def all_book(address, round, sessions):
    """Everyone books; the first of them start together, the others as soon as a thread is free."""
    at_once = min(AT_ONCE, len(sessions))
    together = threading.Barrier(at_once, timeout=60)

    def book(numbered):
        number, session = numbered
        if number < at_once:
            together.wait()
        return press(address, f"/rounds/{round.pk}/book/", session)

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(book, enumerate(sessions)))


def press(address, path, session):
    headers = {
        "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
        "X-CSRFToken": TOKEN,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    posted, _, location = ask(address, "POST", path, headers, urlencode({"way": "in_person"}))
    if not location:
        return Answer(posted, 0, "")
    shown, page, _ = ask(address, "GET", location, headers)
    return Answer(posted, shown, page)


def ask(address, method, path, headers, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port, timeout=120)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode(), response.getheader("Location")
    finally:
        connection.close()
