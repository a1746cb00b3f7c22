"""A portal of real processes in which three people write their story down and share it. All that it keeps is searched
for their words: while they are there, and when they are gone, by their teller, by stepping back and by the clock."""

import datetime as dt
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from members.models import Destruction
from rounds.actions import stories
from rounds.models.story import Story
from rounds.states import Step
from tests.factories.members import PersonFactory
from tests.factories.rounds import RoundFactory, StorytellerFactory
from tests.journeys.passing import let_pass
from tests.journeys.visitor import Visitor
from tests.panel.searching import Search, every_form
from tests.running import ROOT, wait_until
from tests.worlds import small_world

CANARIES = ["canary-one held a hand", "canary-two never slept — ‘not once’", "canary-three laughed"]
WRITERS, SAVINGS = 3, 12
AHEAD = dt.timedelta(days=3)


class Lived:
    """Three on the panel of a Round that Fay runs, each of whom wrote, changed and shared their story over HTTP."""

    def __init__(self, portal):
        self.portal, self.world = portal, small_world()
        self.fay = PersonFactory(name="Fay Facilitator", works_for=self.world.elmbridge)
        starts_at = timezone.now() + AHEAD
        self.round = RoundFactory(
            system=self.world.system,
            partners=[self.world.elmbridge],
            facilitators=[self.fay],
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(hours=1),
            booking_opens_at=starts_at - dt.timedelta(days=9),
        )
        people = [PersonFactory(name=f"Teller {n}", works_for=self.world.elmbridge if n else None) for n in range(3)]
        self.panel = [StorytellerFactory(round=self.round, person=person, done=[Step.AGREED]) for person in people]
        self.tellers = [self.visitor(person) for person in people]
        self.drafts = []
        for storyteller, visitor, canary in zip(self.panel, self.tellers, CANARIES, strict=True):
            self.write(storyteller, visitor, canary)
        self.reader = self.visitor(self.fay)

    def visitor(self, person):
        visitor = Visitor(self.portal.url, self.portal.relay, person.email)
        visitor.sign_in()
        return visitor

    def write(self, storyteller, visitor, canary):
        page = f"/preparation/{storyteller.pk}/story/"
        visitor.go(page).press("Save", text="canary-draft of what is taken out").reads("It is saved.")
        self.drafts += self.rows()
        visitor.go(page).press("Save", text=f"{canary}. And then we went home.").reads("It is saved.")
        visitor.press("Share", readers=str(self.fay.pk)).reads("They can read it now.")

    def read_page(self, storyteller, **options):
        return self.reader.go(f"/organise/rounds/{self.round.pk}/panel/{storyteller.pk}/story/", **options).text

    def rows(self):
        return list(Story.objects.values("id", "storyteller__person", "version", "sealed"))

    @property
    def keys(self):
        return self.portal.folder / "story_keys"

    def search(self, copies=()):
        """Everywhere, and with the keys that lie there now, in the rows of now and in copies of before."""
        found = Search([*CANARIES, "canary-draft"])
        found.in_databases().in_files(self.portal.folder).in_letters(self.portal.relay.letters)
        found.in_redis(settings.REDIS_URL or self.portal.environment.get("REDIS_URL"))
        return found.with_the_keys([*self.rows(), *copies], self.keys)


@pytest.fixture(scope="module")
def lived(portal):
    """The keys lie where the portal's own processes have them."""
    with override_settings(STORY_KEY_DIR=portal.folder / "story_keys"):
        yield Lived(portal)


def test_what_is_planted_in_any_form_is_found():
    found = every_form()
    assert len(found) > 20
    assert all(found)


def test_it_is_written_kept_and_destroyed(lived, portal, figures):
    """In one life, so in one test: what follows needs what was before."""
    backup = lived.rows()
    before = lived.search(copies=backup)
    figures("stories before destruction", searched=before.places, canaries=3, found=len(before.found["what opens"]))
    # Only with the keys, and nothing of the drafts that were written over.
    assert before.found == {"what opens": set(CANARIES)}
    assert Search(["canary-draft"]).with_the_keys(lived.drafts, lived.keys).found == {}
    for storyteller, canary in zip(lived.panel, CANARIES, strict=True):
        assert canary in lived.read_page(storyteller)

    saved_at_once(lived, portal)

    backup += lived.rows()
    one, two, three = lived.panel
    lived.tellers[0].go(f"/preparation/{one.pk}/story/").press("Delete now").reads("It is deleted, with the key")
    lived.tellers[1].go(f"/preparation/{two.pk}/step-back/").press("Yes, step back").reads("You have stepped back")
    # While another story of the same month is still there.
    now = lived.search(copies=backup)
    assert now.found == {"what opens": {CANARIES[2]}}
    lived.read_page(one, status=403)
    lived.read_page(two, status=404)
    assert CANARIES[2] in lived.read_page(three)
    assert Destruction.objects.filter(name="stories").count() == 0

    let_pass(AHEAD + dt.timedelta(days=30, hours=2))
    portal.ring("members.tasks.forget")
    wait_until(lambda: not Story.objects.exists(), seconds=60, what="the clock")
    wait_until(lambda: not list(lived.keys.glob("*.key")), seconds=10, what="the keys")
    time.sleep(1)
    after = lived.search(copies=backup)
    figures("stories after destruction", searched=after.places, canaries=3, found=len(after.found))
    assert after.found == {}
    assert after.places > 500
    assert Destruction.objects.filter(name="stories").count() == 1
    Visitor(portal.url).go("/promises/").reads("Stories whose time had come last went in")


def saved_at_once(lived, portal):
    """Each saving is another key. Processes save one story at once, while it is read: nobody ever gets half of one, nor
    one without its key, and what remains is one key for each story."""
    key = str(lived.panel[0].pk)
    run = [sys.executable, "-m", "tests.panel.saving", key]
    names = [f"writer{n}" for n in range(WRITERS)]
    writers = [subprocess.Popen([*run, name, str(SAVINGS)], cwd=ROOT, env=portal.environment) for name in names]
    read = set()
    while any(writer.poll() is None for writer in writers):
        read.add(stories.read(lived.panel[0])[0])
    assert [writer.returncode for writer in writers] == [0] * WRITERS
    text, version = stories.read(lived.panel[0])
    assert version == 2 + WRITERS * SAVINGS
    whole = {f"{name} {number} " + name * 500 for name in names for number in range(SAVINGS)}
    assert read - {f"{CANARIES[0]}. And then we went home."} <= whole
    assert {path.stem for path in lived.keys.glob("*.key")} == {
        str(key) for key in Story.objects.values_list("key", flat=True)
    }
    assert lived.tellers[0].go(f"/preparation/{key}/story/").source.count(text) == 1
    lived.tellers[0].press("Save", text=CANARIES[0]).reads("It is saved.")
