"""A portal of real processes is lived in by people whose names, addresses, titles, words and secrets are canaries, in
good times and while a table is missing: none is in what it logged, in the reports of its faults or in its metrics."""

import json
import re

import pytest
from django.db import connection

from members.models import Delivery
from tests.factories.members import JoinLinkFactory
from tests.journeys.visitor import CODE, Visitor
from tests.operations.bookable import bookable_round
from tests.operations.test_fault_reports import Ear
from tests.running import MailRelay, RunningPortal, wait_until
from tests.worlds import small_world

pytestmark = pytest.mark.postgres

NAMES = ["Zanzibar-Booker", "Quixotine-Facilitator"]
WORDS = ["Ptarmigan at the deep end", "a seat for my heron", "no samphire for me"]
TYPED_WRONG = ["wrong-cassowary@elmbridge.example", "ZZ9-PLV", "token-of-a-kestrel"]


class Lived:
    """What was said, to be looked for, and what the portal left of it."""

    def __init__(self, portal, ear, secrets):
        self.portal, self.ear = portal, ear
        self.canaries = [*NAMES, *WORDS, *TYPED_WRONG, *secrets]

    @property
    def log(self):
        return self.portal.log.read_text()

    def found_in(self, text):
        return [each for each in self.canaries if each.casefold() in text.casefold()]


@pytest.fixture(scope="module", params=["text", "json"])
def lived(request, tmp_path_factory, django_db_blocker):
    ear = Ear()
    said = {"LOG_FORMAT": request.param, "LOG_LEVEL": "INFO", "FAULT_REPORTS_URL": ear.url}
    with (
        django_db_blocker.unblock(),
        MailRelay() as relay,
        RunningPortal(tmp_path_factory.mktemp("canaries"), relay=relay, **said) as portal,
        portal.databases_here(),
    ):
        portal.start()
        yield Lived(portal, ear, list(live(portal, relay)))
    ear.close()


def live(portal, relay):
    """Yields the secrets and addresses that came up on the way."""
    world = small_world()
    for person, name in zip((world.ben, world.ada), NAMES, strict=True):
        person.name = name
        person.save()
        yield person.email
    round = bookable_round(world, title=WORDS[0], food="Soup")
    link = JoinLinkFactory(organisation=world.quarry_lane)
    yield link.token
    ben = Visitor(portal.url, relay, world.ben.email).sign_in()
    yield CODE.search(relay.to(world.ben.email)[-1].text)[1]
    yield ben.session.cookies["sessionid"]
    ben.go(f"/rounds/{round.pk}/").press("Book my place")
    ben.go(f"/rounds/{round.pk}/needs/").press("Save", access=WORDS[1], food=WORDS[2])
    go_wrong(portal, ben, link)
    while_a_table_is_missing(portal, ben, round)
    yield from Delivery.objects.exclude(message_id="").values_list("message_id", flat=True)


def go_wrong(portal, ben, link):
    """A mistyped code, a stranger, addresses that are not there, a form from elsewhere, a host that is not ours."""
    stranger = Visitor(portal.url, portal.relay, TYPED_WRONG[0])
    stranger.go("/account/login/").press("Send me a code", email=TYPED_WRONG[0]).press("Continue", code=TYPED_WRONG[1])
    stranger.go(f"/join/{link.token}/").go(f"/join/{TYPED_WRONG[2]}/", status=404)
    ben.go(f"/rounds/{TYPED_WRONG[2]}/?q={NAMES[0]}", status=404)
    ben.session.post(f"{portal.url}/account/login/", data={"email": TYPED_WRONG[0]}, headers={"Cookie": ""})
    ben.session.get(portal.url, headers={"Host": f"{TYPED_WRONG[2]}.example"})


def while_a_table_is_missing(portal, ben, round):
    """PostgreSQL repeats the whole statement in its refusal, with every value."""
    page = ben.go(f"/rounds/{round.pk}/needs/")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rounds_needs RENAME TO not_here")
        page.press("Save", access=WORDS[1], food=WORDS[2], status=500)
        cursor.execute("ALTER TABLE not_here RENAME TO rounds_needs")
        cursor.execute("ALTER TABLE rounds_booking RENAME TO not_here")
        portal.ring("rounds.tasks.lapse_offers")
        wait_until(lambda: "lapse_offers" in portal.log.read_text(), seconds=30, what="the worker to say so")
        cursor.execute("ALTER TABLE not_here RENAME TO rounds_booking")


def test_the_log_names_nobody_and_says_what_went_wrong(lived, figures):
    figures("log canaries", canaries=len(lived.canaries), lines=len(lived.log.splitlines()))
    assert lived.found_in(lived.log) == []
    assert re.search(r"django\.request.*500 rounds/<uuid:pk>/needs/", lived.log)
    assert re.search(r"Task rounds\.tasks\.lapse_offers\[[^]]*\] raised", lived.log)
    assert "ProgrammingError" in lived.log


def test_each_line_of_the_json_log_is_an_object(lived):
    lines = [line for line in lived.log.splitlines() if line.startswith("{")]
    if lived.portal.extra["LOG_FORMAT"] == "json":
        assert {"at", "level", "logger", "message"} <= set.intersection(*(set(json.loads(line)) for line in lines))
    else:
        assert lines == []


def test_reports_of_faults_name_nobody(lived):
    wait_until(lambda: len(lived.ear.heard) >= 2, seconds=20, what="both faults to be told")
    assert lived.found_in(json.dumps(lived.ear.heard)) == []
    assert {"rounds/<uuid:pk>/needs/"} <= {each["route"] for each in lived.ear.heard}


def test_metrics_name_nobody(lived):
    metrics = lived.portal.get("/metrics")
    assert metrics.status == 200
    assert 'portal_letters{state="sent"}' in metrics.text
    assert lived.found_in(metrics.text) == []
