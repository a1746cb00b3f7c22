"""A portal of real processes takes forms, counts them and writes its letters; then all that it keeps is searched for
what came with the forms: log, queue, cache, letters, files, and every table but the one of comments."""

import re
import time
import urllib.parse
import urllib.request
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connections
from django.utils import timezone

from evaluation.actions import attendance
from evaluation.attack.files import files_with
from evaluation.attack.joins import tables
from evaluation.models import FeedbackBox
from evaluation.states import STAYS_OPEN
from members.models import Delivery
from rounds.models import Round
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.running import wait_until
from tests.worlds import small_world

FORMS, SECONDS = 9, 40
AGENT, FROM, WRONG = "canary-agent-of-a-phone", "203.0.113.77", "WRNG23"


class Feedback:
    """Nine people who give feedback as a browser without JavaScript does, each with headers that could betray them."""

    def __init__(self, url, code):
        self.url, self.code, self.ballots = f"{url}/feedback/", code, []

    def ask(self, data=None, **query):
        address = f"{self.url}?{urllib.parse.urlencode(query)}" if query else self.url
        body = urllib.parse.urlencode(data).encode() if data else None
        headers = {"User-Agent": AGENT, "X-Forwarded-For": FROM, "Referer": f"https://{AGENT}.example/"}
        request = urllib.request.Request(address, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.headers["Set-Cookie"] is None
            return answer.read().decode()

    def give(self, number):
        page = self.ask(code=self.code)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        self.ballots.append(hidden["ballot"])
        said = hidden | {"question_1": "5", "comment": f"canary-words-{number} that I leave here", "group": "care"}
        assert "It is in the box" in self.ask(said)

    def mistype(self):
        assert "We do not know that code" in self.ask(code=WRONG)


@pytest.fixture(scope="module")
def lived(portal):
    """What is to be searched for, after a box was opened, filled and counted and the letters have gone."""
    world, now = small_world(), timezone.now()
    ends_at = now - STAYS_OPEN + timedelta(seconds=SECONDS)
    round = RoundFactory(
        system=world.system,
        facilitators=[world.ada],
        partners=[world.elmbridge],
        booking_opens_at=ends_at - timedelta(days=9),
        starts_at=ends_at - timedelta(hours=1),
        ends_at=ends_at,
    )
    BookingFactory(round=round, person=world.ben)
    attendance.close_register(round=round, headcount=20, now=ends_at)
    portal.ring("evaluation.tasks.keep_boxes")
    wait_until(lambda: FeedbackBox.objects.filter(round=round).exists(), seconds=30, what="a box")
    portal.ring("evaluation.tasks.follow_the_clock")
    feedback = Feedback(portal.url, FeedbackBox.objects.get(round=round).room_code)
    for number in range(FORMS):
        feedback.give(number)
    feedback.mistype()
    wait_until(lambda: counted(portal, round), seconds=SECONDS + 60, what="the counting")
    wait_until(lambda: Delivery.objects.filter(state="sent").exists(), seconds=60, what="the letter")
    assert Round.objects.get(pk=round.pk).system_id == world.system.pk
    return feedback


def counted(portal, round):
    portal.ring("evaluation.tasks.keep_boxes")
    time.sleep(2)
    return FeedbackBox.objects.filter(round=round, state="counted").exists()


@pytest.fixture(scope="module")
def canaries(lived):
    ballots = [writing for ballot in lived.ballots for writing in (ballot, ballot.replace("-", ""))]
    return ["canary-words", AGENT, FROM, WRONG, *ballots]


def found(canaries, text):
    return [each for each in canaries if each in text]


def rows(alias):
    return {name: str(values) for name, _, values in tables(alias)}


def test_words_stand_in_the_table_of_comments_and_nowhere_else_in_either_database(canaries, lived):
    told = {name for alias in ("default", "box") for name, text in rows(alias).items() if found(canaries, text)}
    assert told == {"box.evaluation_comment"}
    assert rows("box")["box.evaluation_comment"].count("canary-words") == FORMS
    assert lived.code in rows("default")["default.evaluation_feedbackbox"]


def test_log_queue_cache_and_every_other_file_hold_nothing(canaries, lived, portal):
    files = [each for each in portal.folder.rglob("*") if each.is_file() and not each.name.startswith("box.sqlite3")]
    assert portal.log in files
    assert files_with(canaries, files) == {}
    assert files_with(["The portal is at"], [portal.log])


def test_letters_hold_nothing(canaries, lived, portal):
    letters = [letter.message.as_string() for letter in portal.relay.letters]
    assert letters
    assert [each for letter in letters for each in found(canaries, letter)] == []


@pytest.mark.postgres
def test_redis_holds_nothing(canaries, lived, portal):
    with redis.Redis.from_url(settings.REDIS_URL or portal.environment["REDIS_URL"]) as server:
        keys = list(server.scan_iter("*"))
        kept = b"".join(key + (server.dump(key) or b"") for key in keys)
    assert keys
    assert found(canaries, kept.decode("latin-1")) == []


def test_no_session_was_begun(lived):
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)
