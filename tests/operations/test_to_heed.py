"""What whoever looks after letters reads on Manage and Organise when the portal needs somebody."""

import datetime as dt
import time

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Delivery, Pace
from rounds_site import celery
from tests.factories.members import OrganisationFactory, RoleGrantFactory, SystemFactory
from tests.rounds.pages import words_of
from tests.worlds import NOON

pytestmark = pytest.mark.django_db(databases=["default", "box"])
MINUTE = dt.timedelta(minutes=1)
NEEDS = "The portal needs somebody"
PAGES = ["/manage/", "/organise/"]


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        hearts_beat()
        yield


def hearts_beat(*, rang=0, heard=0):
    cache.set(celery.RANG_AT, time.time() - rang)
    cache.set(celery.HEARD_AT, time.time() - heard)


@pytest.fixture
def vale():
    return SystemFactory()


@pytest.fixture
def olu(client, vale):
    client.force_login(RoleGrantFactory(role="administrator", system=vale).person)
    return client


def letter(vale, number=1, **row):
    fields = {"created_at": NOON, "due_at": NOON, "kind": "note", "address": "rota@quarrylane.example"}
    Delivery.objects.create(dedupe_key=f"note:{number}", system=vale.pk, **fields | row)


def uncertain(vale, number=1):
    letter(vale, number, state="uncertain", message_id=f"<{number}@x.example>", handed_at=NOON - MINUTE)


def late(vale):
    letter(vale, due_at=NOON - 20 * MINUTE)


def paused(vale):
    Pace.objects.create(lane_rank=0, paused_until=NOON + 30 * MINUTE, reason="clock")


def held(vale):
    vale.letters_held_at = NOON - 30 * MINUTE
    vale.save()


def standing(vale):
    letter(vale, lane_rank=1, due_at=NOON - 20 * MINUTE)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_where_all_is_well(olu, vale, page):
    letter(vale, due_at=NOON - 10 * MINUTE)
    assert NEEDS not in words_of(olu.get(page))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (late, "Personal letters are late: none has gone since 11:40am on Wednesday 3 March 2027. Please tell whoever"),
        (standing, "Letters to many are late: none has gone since 11:40am on Wednesday 3 March 2027. Please tell"),
        (
            paused,
            "Personal letters stand still because the clock of the computer that sends them has jumped. They go on",
        ),
        (
            held,
            "Letters to many wait since 11:30am on Wednesday 3 March 2027: an administrator held them back. Let them",
        ),
        (uncertain, "Of 1 letter nobody knows whether it arrived. Say whether to leave it or to send it again."),
        (
            lambda vale: hearts_beat(rang=100, heard=100),
            "The clock of the portal has been silent for more than a minute",
        ),
        (
            lambda vale: hearts_beat(heard=100),
            "The part of the portal that sends letters does not answer. They wait, and",
        ),
    ],
)
def test_each_is_said_with_what_to_do_and_where(olu, vale, page, what, sentence):
    what(vale)
    answer = olu.get(page)
    assert f"{NEEDS} {sentence}" in words_of(answer)
    heeds = answer.content.decode().partition("</section>")[0].count('href="/manage/letters/"')
    assert heeds == (0 if "silent" in sentence or "does not answer" in sentence else 1)


@pytest.mark.usefixtures("vale", "broker_is_away")
def test_a_silent_clock_and_its_worker_are_named_once_and_nobody_is_asked(olu):
    cache.delete_many([celery.RANG_AT, celery.HEARD_AT])
    began = time.perf_counter()
    words = words_of(olu.get("/manage/"))
    assert ("has been silent" in words, "does not answer" in words) == (True, False)
    assert time.perf_counter() - began < 5


def test_only_for_those_who_look_after_letters_and_of_their_own_system(client, vale):
    uncertain(vale)
    paused(vale)
    elsewhere = RoleGrantFactory(role="administrator", system=SystemFactory()).person
    client.force_login(elsewhere)
    assert "nobody knows whether it arrived" not in words_of(client.get("/manage/"))
    partner = OrganisationFactory(system=vale)
    for role, where in [("administrator", {"organisation": partner}), ("facilitator", {"system": vale})]:
        client.force_login(RoleGrantFactory(role=role, **where).person)
        for page in PAGES:
            assert NEEDS not in words_of(client.get(page))


@pytest.mark.parametrize("page", PAGES)
def test_queries_do_not_grow(olu, vale, page):
    olu.get(page)
    numbers = []
    for each in range(3):
        uncertain(vale, each)
        with CaptureQueriesContext(connection) as queries:
            olu.get(page)
        numbers.append(len(queries))
    assert len(set(numbers)) == 1
