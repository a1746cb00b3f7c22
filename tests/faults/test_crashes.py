"""A real dispatcher killed at every step of a letter, against a real relay whose ledger is the truth."""

import datetime as dt
import os
import re
import signal
from collections import Counter

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from members.models import Delivery
from rounds import emails
from rounds.actions import registration
from tests.factories.members import OrganisationFactory, PersonFactory
from tests.factories.rounds import RoundFactory
from tests.hostile_relay import Relay
from tests.running import RunningPortal

from .nursery import Nursery
from .steps import ANSWERED, BODY, DOT, HANDING, NOBODY_KNOWS, RECIPIENT, STEPS

LETTERS = 4
STRUCK = 2
MUTATION = os.environ.get("MUTATE")


@pytest.fixture(scope="module")
def relay():
    with Relay() as relay:
        yield relay


@pytest.fixture(scope="module")
def nursery(tmp_path_factory, django_db_blocker, relay):
    with (
        django_db_blocker.unblock(),
        RunningPortal(tmp_path_factory.mktemp("crashes"), relay=relay) as portal,
        portal.databases_here(),
        Nursery(portal.environment, portal.log) as nursery,
    ):
        yield nursery


@pytest.fixture
def letters(nursery, relay):
    """Each test has letters of its own to hand over."""
    Delivery.objects.all().delete()
    relay.accepted.clear()
    now = timezone.now()
    round = RoundFactory(places=99, starts_at=now + dt.timedelta(days=14), booking_opens_at=now - dt.timedelta(days=1))
    for _ in range(LETTERS):
        registration.book(round=round, person=PersonFactory(), way="in_person", now=now)
    written = Delivery.objects.filter(kind="place_confirmed", due_at__lte=now)
    assert written.count() == LETTERS
    return written


@pytest.fixture
def digests(nursery, relay):
    """Each of these people is invited to two Rounds, and reads of both in one letter."""
    Delivery.objects.all().delete()
    relay.accepted.clear()
    now, partner = timezone.now(), OrganisationFactory()
    for _ in range(LETTERS):
        PersonFactory(works_for=partner)
    opened = {"booking_opens_at": now - dt.timedelta(days=1), "invitations_released_at": now}
    for days in (14, 21):
        round = RoundFactory(partners=[partner], starts_at=now + dt.timedelta(days=days), **opened)
        emails.invite(round, now=now)
    return Delivery.objects.filter(kind="invitation")


@pytest.fixture
def dispatcher(nursery):
    """`dispatcher(CRASH_AT="dot")` starts one; those that are left over are ended."""
    started = []

    def start(**variables):
        mutation = {"MUTATE": MUTATION} if MUTATION else {}
        started.append(nursery.start("manage", "dispatch_letters", "--seconds", "60", **mutation | variables))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def let_leases_lapse():
    Delivery.objects.filter(claimed_until__isnull=False).update(claimed_until=Now() - dt.timedelta(minutes=1))


def rescue(dispatcher):
    """Time goes by, and another dispatcher comes."""
    let_leases_lapse()
    assert dispatcher().wait() == 0


def twice(relay):
    return [name for name, times in Counter(relay.ledger).items() if times > 1]


def states(letters):
    return Counter(letters.values_list("state", flat=True))


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_no_letter_is_lost_and_none_goes_twice(letters, dispatcher, relay, step):
    """Uncertain is at most the one that was in hand; all others have gone once."""
    assert dispatcher(CRASH_AT=step, AT_LETTER=str(STRUCK)).wait() == -signal.SIGKILL
    rescue(dispatcher)
    uncertain = 1 if step in NOBODY_KNOWS else 0
    assert states(letters) == Counter({"sent": LETTERS - uncertain}) + Counter({"uncertain": uncertain})
    assert twice(relay) == []
    sent = set(letters.filter(state="sent").values_list("message_id", flat=True))
    assert sent - set(relay.ledger) == set()
    assert len(relay.ledger) - len(sent) == (1 if step in (DOT, ANSWERED) else 0)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_a_digest_leaves_no_round_out_and_tells_of_none_twice(digests, dispatcher, relay, step):
    """All of a message share its fate: both Rounds are sent, or both stand as uncertain."""
    assert dispatcher(CRASH_AT=step, AT_LETTER=str(STRUCK)).wait() == -signal.SIGKILL
    rescue(dispatcher)
    uncertain = 2 if step in NOBODY_KNOWS else 0
    assert states(digests) == Counter({"sent": 2 * LETTERS - uncertain}) + Counter({"uncertain": uncertain})
    assert digests.filter(state="uncertain").values("person").distinct().count() == uncertain / 2
    told = [(str(letter["To"]), key) for letter in relay.accepted for key in rounds_in(letter)]
    sent = {(row.person.email, str(row.about)) for row in digests.filter(state="sent").select_related("person")}
    assert len(told) == len(set(told))
    assert sent - set(told) == set()
    assert len(told) - len(sent) == (2 if step in (DOT, ANSWERED) else 0)


def rounds_in(letter):
    return re.findall(r"/rounds/([0-9a-f-]{36})/", letter.get_body(("plain",)).get_content())


@pytest.mark.parametrize("step", [BODY, HANDING, DOT])
def test_stopped_past_its_lease_at_any_step_it_sends_none_that_another_has(letters, dispatcher, relay, step):
    """It wakes up in the middle of a letter that the sweeper gave away or called uncertain meanwhile."""
    paused = dispatcher(PAUSE_AT=step, AT_LETTER=str(STRUCK))
    paused.wait_until_it_stands_still()
    rescue(dispatcher)
    paused.signal(signal.SIGCONT)
    assert paused.wait() == 0
    assert twice(relay) == []
    assert len(relay.ledger) == LETTERS
    assert states(letters) == {"sent": LETTERS}


@pytest.mark.skipif(bool(MUTATION), reason="a protection is taken away from all of these tests already")
class TestWithoutIt:
    """Each protection is needed: without it these very faults show."""

    def test_without_the_commit_of_handing_a_letter_goes_twice(self, letters, dispatcher, relay):
        killed = dispatcher(CRASH_AT=ANSWERED, AT_LETTER=str(STRUCK), MUTATE="no_handing_commit")
        assert killed.wait() == -signal.SIGKILL
        rescue(dispatcher)
        assert len(twice(relay)) == 1

    def test_without_the_fence_a_letter_goes_twice(self, letters, dispatcher, relay):
        paused = dispatcher(PAUSE_AT=RECIPIENT, AT_LETTER=str(STRUCK), MUTATE="no_fence")
        paused.wait_until_it_stands_still()
        rescue(dispatcher)
        paused.signal(signal.SIGCONT)
        paused.wait()
        assert len(twice(relay)) >= 1
