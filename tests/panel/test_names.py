"""Who reads a storyteller's name on which page, by every role on every page there is: before the Round, on the day
after it and once names are gone. One is staff, whom administrators know as such, and one is from outside."""

import datetime as dt

import pytest
import time_machine
from django.urls import get_resolver

from members.roles import ROLES as ALL_ROLES
from rounds.actions import panel, scheduling
from rounds.states import Step
from tests.architecture.asking import address_of, ask, clients_of, routes_of
from tests.architecture.conftest import realm, whole_realm  # noqa: F401 (pytest finds them here)
from tests.architecture.expected import FINDS_VOICES, IN, LED_ON, MANAGES_ACORNFIELD, ROUTES, RUNS
from tests.architecture.test_letters_stay_home import sent, version
from tests.factories.members import PersonFactory
from tests.factories.rounds import StorytellerFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db(databases=["default", "box"])

STAFF, GUEST = "Tellcanary", "Guestcanary"
DAY = dt.timedelta(days=1)
# One of every kind: a role where the Round is, or over the whole system; a part in it; or nothing.
PARTS = ["anonymous", "staff, same", "booked", "helper", "runs it", "storyteller"]
ROLES = [f"{role}, {near}" for near in ("same", "system") for role in ALL_ROLES]
# Every address that shows something: the others only act, and what they lead to is asked for itself.
PAGES = {key: route for key, route in ROUTES.items() if route.get is not LED_ON}

# Who reads of a storyteller as such; of the page of one of them it is that one.
READ_IT = {
    **dict.fromkeys(["round_panel", "round_meeting"], (RUNS, {STAFF, GUEST})),
    **dict.fromkeys(["round_storyteller", "round_story", "round_one_to_one"], (RUNS, {STAFF})),
}
# Whoever looks after the staff of Acornfield reads who works there, and whoever asks people that one was asked; neither
# that one of them tells a story.
AS_STAFF = {"manage_people": MANAGES_ACORNFIELD, "voices": FINDS_VOICES}


@pytest.fixture
def told(realm):  # noqa: F811 (the fixture)
    guest = PersonFactory(name=f"Gil {GUEST}", email="guestcanary@home.example")
    realm.guest = StorytellerFactory(round=realm.today, person=guest, done=[Step.AGREED])
    return realm


def readers(realm, askers, figures, moment):  # noqa: F811
    """{(page, who, whose name)} of all who meet a name; every page that opens to them at all is asked."""
    clients = {name: client for name, client in clients_of(realm).items() if name in askers}
    asked, found = 0, set()
    for key, route in PAGES.items():
        for who in [who for who in clients if route.get[who] == IN]:
            answer = ask(clients[who], "GET", address_of(key, realm))
            content = b"".join(answer) if answer.streaming else answer.content
            text = content.decode("utf-8", "replace") + str(dict(answer.headers))
            found |= {(key, who, name) for name in (STAFF, GUEST) if name in text}
            asked += 1
    figures(f"a storyteller's name, {moment}", roles=len(clients), pages=len(PAGES), asked=asked, met=len(found))
    return found


def expected(askers, *, named):
    read_it = READ_IT if named else {}
    as_tellers = {(key, who, name) for key, (allowed, names) in read_it.items() for who in allowed for name in names}
    as_staff = {(key, who, STAFF) for key, allowed in AS_STAFF.items() for who in allowed}
    return {each for each in as_tellers | as_staff if each[1] in askers}


def test_before_the_round_its_facilitators_read_it_and_nobody_else(told, figures, caplog):
    caplog.set_level("DEBUG")
    askers = {name for name in told.askers if name in PARTS + ROLES}
    assert readers(told, askers, figures, "before") == expected(askers, named=True)
    assert [name for name in (STAFF, GUEST) if name in caplog.text] == []
    assert {key.partition(":")[0] for key in ROUTES} == {name for name, _ in routes_of(get_resolver())}


def test_the_day_after_they_still_do(told, figures):
    with time_machine.travel(NOON + DAY, tick=False):
        assert readers(told, RUNS, figures, "the day after") == expected(RUNS, named=True)


def test_thirty_days_after_nobody_does(told, figures):
    """Whether their rows have gone or not."""
    told.today.refresh_from_db()
    with time_machine.travel(told.today.kept_until, tick=False):
        askers = {name for name in told.askers if name in PARTS + ROLES and not name.endswith("system")}
        assert readers(told, askers, figures, "30 days after") == expected(askers, named=False)


def test_no_letter_carries_it(told):
    """Neither those to others, when the Round is moved and called off, nor those to the panel itself."""
    round = told.coming
    panel.ask(round=round, email=told.guest.person.email, by=told.lead, now=NOON)
    panel.agree(storyteller=StorytellerFactory(round=round, person=told.teller.person), now=NOON)
    letters = sent(NOON)
    changes = {"starts_at": round.starts_at + DAY, "ends_at": round.ends_at + DAY}
    scheduling.move(round=round, changes=changes, seen_version=version(round), by=told.lead, now=NOON)
    letters += sent(NOON)
    scheduling.cancel_round(round=round, seen_version=version(round), by=told.lead, now=NOON)
    letters += sent(NOON)
    to_the_guest = [address for address, _ in letters if address == told.guest.person.email]
    assert len(to_the_guest) == 3
    assert len(letters) > len(to_the_guest)
    assert [address for address, words in letters for name in (STAFF, GUEST) if name in words] == []


def test_who_stepped_back_is_read_of_nowhere(told, figures):
    for storyteller in (told.teller, told.guest):
        panel.step_back(storyteller=storyteller)
    assert readers(told, RUNS, figures, "stepped back") == expected(RUNS, named=False)
