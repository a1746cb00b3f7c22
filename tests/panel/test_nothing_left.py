"""A portal of real processes in which three people are asked to tell a story and prepare it. All that it keeps is
searched for whatever tells of that: while they are on the panel, and once they are off it, by stepping back and by the
clock."""

import datetime as dt
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from members.models import Person
from rounds.models import Storyteller
from rounds.models.story import Story
from tests.factories.members import PersonFactory
from tests.factories.rounds import RoundFactory
from tests.journeys.passing import let_pass
from tests.journeys.visitor import Visitor
from tests.panel.searching import Search
from tests.running import wait_until
from tests.worlds import small_world

AHEAD = dt.timedelta(days=6)


@dataclass
class Teller:
    """`canaries`: whatever tells that they are on the panel, {what: its words}; of staff without what their account
    says anyway."""

    name: str
    email: str
    story: str
    works_here: bool = False
    visitor: Visitor = None
    canaries: dict = field(default_factory=dict)

    def plant(self, row):
        self.canaries = {
            "their row of the panel": _ways_to_write(row.pk),
            "their person": _ways_to_write(row.person_id),
            "their story": {self.story},
        }
        if not self.works_here:
            self.canaries |= {"their name": {self.name}, "their address": {self.email}}

    @property
    def words(self):
        return set().union(*self.canaries.values())


def _ways_to_write(key):
    return {str(key), key.hex}


class Told:
    """Staff and two from outside are asked onto one panel, say yes, prepare and write, all over HTTP."""

    def __init__(self, portal):
        self.portal, self.world = portal, small_world()
        self.fay = PersonFactory(name="Fay Facilitator", works_for=self.world.elmbridge)
        self.round = a_round(self.world, self.fay)
        self.facilitator = self.visitor(self.fay.email)
        self.tellers = [
            Teller("Sid Canarystaff", "sid.canary@elmbridge.example", "canary-sid held a hand", works_here=True),
            Teller("Orla Canaryguest", "orla.canary@home.example", "canary-orla never slept — ‘not once’"),
            Teller("Cass Canarycarer", "cass.canary@post.example", "canary-cass laughed"),
        ]
        staff = self.tellers[0]
        person = PersonFactory(name=staff.name, email=staff.email, works_for=self.world.elmbridge)
        staff.visitor = self.visitor(staff.email)
        self.before_asking = self.search(_ways_to_write(person.pk)).found
        for teller in self.tellers:
            self.ask(teller)
        self.meet_all()
        self.set_the_order()

    def visitor(self, email):
        visitor = Visitor(self.portal.url, self.portal.relay, email)
        visitor.sign_in()
        return visitor

    def panel_page(self):
        return self.facilitator.go(f"/organise/rounds/{self.round.pk}/panel/")

    def ask(self, teller):
        self.panel_page().press("Ask them", email=teller.email, called=teller.name).reads("They get a letter.")
        letters = self.portal.relay.to
        wait_until(
            lambda: any("has a question" in each.text for each in letters(teller.email)), seconds=30, what="the letter"
        )
        row = Storyteller.objects.get(person__email=teller.email)
        teller.plant(row)
        teller.visitor = teller.visitor or self.visitor(teller.email)
        page = f"/preparation/{row.pk}/"
        teller.visitor.go(page).press("Yes, let us talk").reads("Your preparation")
        self.prepare(teller)
        self.meet(teller, row)
        teller.visitor.go(f"{page}story/").press("Save", text=f"{teller.story}. Then we went home.").reads("saved.")
        teller.visitor.press("Share", readers=str(self.fay.pk)).reads("They can read it now.")

    def prepare(self, teller):
        self.panel_page().follow(teller.name)
        day = timezone.localdate() + dt.timedelta(days=1)
        when = {"due_on_day": day.day, "due_on_month": day.month, "due_on_year": day.year}
        self.facilitator.press("Save", **when, owner=str(self.fay.pk)).press("Mark as done")

    def meet(self, teller, row):
        """A time is found for the two of them, and set."""
        self.facilitator.go(f"/organise/rounds/{self.round.pk}/panel/{row.pk}/meeting/")
        self.facilitator.press("Ask who can", **a_proposal())
        teller.visitor.go(f"/preparation/{row.pk}/").press("Save when I can", can=row.meeting.times)
        self.facilitator.go(self.facilitator.at).press("Set it").reads("Add it to my diary")
        teller.canaries["their meeting"] = _ways_to_write(row.meeting.pk)

    def meet_all(self):
        """Each says when they can; no time is set."""
        self.panel_page().follow("Find a time").press("Ask who can", **a_proposal())
        meeting = self.round.meetings.get(storyteller=None)
        for teller in self.tellers:
            page = f"/preparation/{Storyteller.objects.get(person__email=teller.email).pk}/"
            teller.visitor.go(page).press("Save when I can", can=meeting.times[:1]).reads("Your answer is saved")
            answer = meeting.answers.get(person__email=teller.email)
            teller.canaries["their answer"] = _ways_to_write(answer.pk)

    def set_the_order(self):
        keys = Storyteller.objects.order_by("created_at").values_list("pk", flat=True)
        self.panel_page().press("Set the order", **{str(key): turn for turn, key in enumerate(keys, start=1)})

    def search(self, words, copies=()):
        """Everywhere, and with the keys of stories that lie there now."""
        flush_journals()
        found = Search(sorted(words)).in_databases().in_files(self.portal.folder)
        found.in_letters(self.portal.relay.letters)
        found.in_redis(settings.REDIS_URL or self.portal.environment.get("REDIS_URL"))
        return found.with_the_keys(copies, self.portal.folder / "story_keys")

    def left_of(self, teller, search):
        """{what: the places that tell it}, but for letters in their own mailbox, and what was there before they were
        asked."""
        found = {}
        for what, words in teller.canaries.items():
            places = {
                place
                for place, here in search.found.items()
                if here & words - self.before_asking.get(place, set()) and place != f"a letter to {teller.email}"
            }
            if places:
                found[what] = places
        return found


def a_round(world, facilitator):
    starts_at = timezone.now() + AHEAD
    return RoundFactory(
        system=world.system,
        partners=[world.elmbridge],
        facilitators=[facilitator],
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
        booking_opens_at=starts_at - dt.timedelta(days=9),
    )


def a_proposal():
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    times = {f"day_{n}": str(tomorrow) for n in (1, 2)} | {"clock_1": "9am", "clock_2": "2pm"}
    return times | {"place": "The quiet room"}


def flush_journals():
    """SQLite overwrites what is deleted, and its journal, which holds pages of before, at its next checkpoint."""
    for connection in connections.all():
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def rows_of_stories():
    return list(Story.objects.values("id", "storyteller__person", "version", "sealed"))


@pytest.fixture(scope="module")
def told(portal):
    with override_settings(STORY_KEY_DIR=portal.folder / "story_keys"):
        yield Told(portal)


def test_of_whoever_told_or_stepped_back_nothing_is_left_but_letters_in_their_own_mailbox(told, portal, figures):
    """In one life, so in one test: what follows needs what was before."""
    words, copies = set().union(*(teller.words for teller in told.tellers)), rows_of_stories()
    planted = sum(len(teller.canaries) for teller in told.tellers)

    before = told.search(words, copies)
    found = [told.left_of(teller, before) for teller in told.tellers]
    assert [set(each) for each in found] == [set(teller.canaries) for teller in told.tellers]
    assert all(each["their row of the panel"] >= {"default.rounds_preparationstep"} for each in found)
    assert {place for each in found for place in each["their story"]} == {"what opens"}

    staff, guest, carer = told.tellers
    for teller in (staff, guest):
        page = f"/preparation/{Storyteller.objects.get(person__email=teller.email).pk}/"
        teller.visitor.go(page).follow("Step back from this Round").press("Yes, step back").reads(
            "You owe no one a reason"
        )
    now = told.search(words, copies)
    assert [told.left_of(teller, now) for teller in (staff, guest)] == [{}, {}]
    assert set(told.left_of(carer, now)) == set(carer.canaries)
    told.panel_page().reads(carer.name)
    assert staff.name not in told.facilitator.source
    assert guest.name not in told.facilitator.source

    # That somebody was asked stands in a list for a year, out of which they take themself.
    carer.visitor.go("/tell-a-story/").press("Take me out of that list").press("Sign out")
    let_pass(AHEAD + dt.timedelta(days=30, hours=2))
    portal.ring("members.tasks.forget")
    wait_until(lambda: not Person.objects.filter(email=carer.email).exists(), seconds=60, what="the clock")
    wait_until(lambda: not list((portal.folder / "story_keys").glob("*.key")), seconds=10, what="the keys")
    after = told.search(words, copies)
    left = [told.left_of(teller, after) for teller in told.tellers]
    assert left == [{}, {}, {}]
    figures("nothing left: looked at before", **before.looked)
    figures("nothing left: looked at after", **after.looked)
    figures("nothing left: canaries", before=sum(map(len, found)), of=planted, after=sum(map(len, left)))
