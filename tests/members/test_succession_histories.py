"""Any sequence of mergers and divisions: everybody works where they should, nobody twice, and the past stands still."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core import serializers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from members.actions.succession.act import carry_out
from members.actions.succession.plan import Plan, Successor
from members.actions.succession.preview import jobs_of, preview
from members.models import Membership, PlaceEdge, SystemEdge
from members.models.succession import Kind, Succession
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory, PlaceFactory, SystemFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), NOON.date()
DAYS = (LAST - FIRST).days

days = st.integers(1, DAYS).map(lambda number: FIRST + timedelta(days=number))
jobs = st.tuples(
    st.integers(0, 4), st.integers(0, 3), st.integers(0, DAYS), st.none() | st.integers(1, DAYS)
)  # person, organisation, begins, lasts
acts = st.tuples(st.sampled_from(["join", "merge", "split"]), st.integers(0, 9), st.integers(0, 9), st.randoms())


class Story:
    """What should be so, kept by hand: for each person and day the set of organisations where they work."""

    def __init__(self):
        self.system = SystemFactory()
        place = PlaceFactory(system=self.system)
        self.living = [OrganisationFactory(system=self.system, place=place) for _ in range(4)]
        self.people = [PersonFactory() for _ in range(5)]
        self.works = {}

    def employ(self, person, organisation, begins, lasts):
        start = FIRST + timedelta(days=begins)
        end = start + timedelta(days=lasts) if lasts else None
        key = self.people[person].pk, self.living[organisation].pk
        wanted = {day for day in range(begins, DAYS + 1) if end is None or FIRST + timedelta(days=day) < end}
        if wanted & self.works.get(key, set()) or self._open(key):
            return
        MembershipFactory(
            person=self.people[person], organisation=self.living[organisation], starts_on=start, ends_on=end
        )
        self.works.setdefault(key, set()).update(wanted)

    def _open(self, key):
        return Membership.objects.filter(person=key[0], organisation=key[1], ends_on=None).exists()

    def happen(self, what, first, second, chance, on):
        old = self.living[first % len(self.living)]
        if what == "split":
            return self._split(old, on, chance)
        into = self.living[second % len(self.living)]
        if into is old:
            return self._become([old], Successor("A new name"), Kind.RENAMING, on)
        if what == "join":
            return self._become([old], Successor.standing(into), Kind.MERGER, on)
        return self._become([old, into], Successor("Both of them"), Kind.MERGER, on)

    def _become(self, old, successor, kind, on):
        (heir,) = self._carry_out(Plan(kind, tuple(old), (successor,), on), old)
        for each in old:
            for person in self.people:
                self._pass_on(person.pk, each, heir, on)

    def _split(self, old, on, chance):
        plan = Plan(Kind.SPLIT, (old,), (Successor("North"), Successor("South")), on)
        going, to = {}, {}
        for job in jobs_of(plan):
            to[job.pk] = going.setdefault(job.person_id, chance.randint(0, 1))
        plan = Plan(plan.kind, plan.predecessors, plan.successors, on, to=to)
        heirs = self._carry_out(plan, [old])
        for person, index in going.items():
            self._pass_on(person, old, heirs[index], on)

    def _carry_out(self, plan, old):
        told = preview(plan, by=None, now=NOON)
        assert told.undecided == []
        heirs = carry_out(plan, seen=told.seen, by=None, now=NOON).successors
        self.living = [each for each in self.living if each not in old]
        self.living += [each for each in heirs if each not in self.living]
        return heirs

    def _pass_on(self, person, old, heir, on):
        stays = self.works.pop((person, old.pk), set())
        since = (on - FIRST).days
        self.works[person, old.pk] = {day for day in stays if day < since}
        self.works.setdefault((person, heir.pk), set()).update(day for day in stays if day >= since)


def days_at_work():
    """{(person, organisation): days}, each day counted as often as some row says it."""
    found = {}
    for job in Membership.objects.all():
        start, end = (job.starts_on - FIRST).days, DAYS + 1
        if job.ends_on:
            end = min(end, (job.ends_on - FIRST).days)
        found.setdefault((job.person_id, job.organisation_id), []).extend(range(start, end))
    return {key: sorted(days) for key, days in found.items() if days}


def overlapping(model, *ends):
    """Rows of the same two ends that are true on one day."""
    spans = {}
    for row in model.objects.order_by("starts_on", "ends_on"):
        key = tuple(getattr(row, name) for name in ends)
        if row.starts_on != row.ends_on:
            spans.setdefault(key, []).append((row.starts_on, row.ends_on or date.max))
    return [key for key, rows in spans.items() for one, other in pairwise(rows) if one[1] > other[0]]


def over_by(day):
    """Everything that was over by then, each row as it stands."""
    over = [model.objects.filter(ends_on__lte=day) for model in (Membership, SystemEdge, PlaceEdge)]
    rows = [each for found in (*over, Succession.objects.all()) for each in serializers.serialize("python", found)]
    return {(row["model"], row["pk"]): row["fields"] for row in rows}


class AnyHistory(TestCase):
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(jobs, max_size=12), st.lists(st.tuples(acts, days), max_size=5))
    def test_everybody_works_where_they_should(self, employed, happened):
        story = Story()
        for job in employed:
            story.employ(*job)
        # Within a history each act is on the day of the one before or later, as acts are.
        for (what, first, second, chance), on in sorted(happened, key=lambda each: each[1]):
            before = over_by(on)
            story.happen(what, first, second, chance, on)
            assert before == {key: row for key, row in over_by(on).items() if key in before}
        assert days_at_work() == {key: sorted(days) for key, days in story.works.items() if days}
        assert overlapping(SystemEdge, "system_id", "organisation_id") == []
        assert overlapping(PlaceEdge, "place_id", "organisation_id") == []
        assert overlapping(Membership, "person_id", "organisation_id") == []
