"""People who leave, erase their account or are taken over from a list at once: none blocks another, and none the door.

Each pair takes the same things; where they met in the middle before, they meet here.
"""

import datetime as dt
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from evaluation.actions import attendance
from members.access import today
from members.actions import erasure, leaving, staff_changes, staff_imports, staff_lists
from members.actions.succession import act
from members.actions.succession.plan import Plan, Successor
from members.actions.succession.preview import preview
from members.models import Membership, Organisation, Person
from members.models.succession import Kind
from rounds.actions import panel, registration
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory
from tests.worlds import NOON

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*acts):
    """What each said: the sentence of its refusal, or "" once it was done. A deadlock is an error of the test."""

    def done(act):
        try:
            act()
        except Refused as refusal:
            return str(refusal)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(done, acts))


@pytest.fixture
def meeting(monkeypatch):
    """`meeting(module, name)`: two who call it wait there for each other, or for as long as it takes to see that the
    other is held up before it."""

    def meet(module, name, after=False):
        real, both = getattr(module, name), threading.Barrier(2)

        def met(*args, **kwargs):
            found = real(*args, **kwargs) if after else None
            try:
                both.wait(1.5)
            except threading.BrokenBarrierError:
                both.abort()
            return found if after else real(*args, **kwargs)

        monkeypatch.setattr(module, name, met)

    return meet


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def hospice(system):
    return OrganisationFactory(name="Lantern Hospice", system=system)


def rounds_of(system, *partners):
    """Two, in the order of their keys."""
    days = {"system": system, "partners": partners, "starts_at": NOON + dt.timedelta(days=9)}
    found = [RoundFactory(facilitators=[PersonFactory()], **days) for _ in range(2)]
    return sorted(found, key=lambda round: round.pk)


def test_two_who_erase_their_accounts_do_not_block_each_other(system, hospice, meeting):
    first, last = rounds_of(system, hospice)
    one, other = PersonFactory(works_for=hospice), PersonFactory(works_for=hospice)
    for person, booked, tells in ((one, last, first), (other, first, last)):
        BookingFactory(round=booked, person=person)
        StorytellerFactory(round=tells, person=person)
    meeting(panel, "step_back")
    acts = [lambda who=who: erasure.erase(person=who, by=who, now=NOON) for who in (one, other)]
    assert at_once(*acts) == ["", ""]
    assert not Person.objects.filter(pk__in=[one.pk, other.pk]).exists()


def test_of_two_facilitators_who_erase_at_once_the_second_is_refused(system, hospice, meeting):
    pair = [PersonFactory(works_for=hospice) for _ in range(2)]
    round = RoundFactory(system=system, partners=[hospice], facilitators=pair, starts_at=NOON + dt.timedelta(days=9))
    meeting(erasure, "addresses_of")
    said = at_once(*[lambda who=who: erasure.erase(person=who, by=who, now=NOON) for who in pair])
    assert sorted(said)[0] == ""
    assert sorted(said)[1].startswith(f"Nobody else runs the Round “{round.title}”.")
    assert round.team.count() == 1


def test_a_list_and_somebody_who_leaves_do_not_block_each_other(system, hospice, meeting):
    other = OrganisationFactory(system=system)
    first, last = rounds_of(system, hospice, other)
    on_list = {where: PersonFactory(works_for=where) for where in (other, hospice)}
    BookingFactory(round=last, person=on_list[other])
    BookingFactory(round=first, person=on_list[hospice])
    leaver = PersonFactory(works_for=hospice)
    for round in (first, last):
        BookingFactory(round=round, person=leaver)
    meeting(registration, "cancel", after=True)
    jobs = [(person.pk, where.pk) for where, person in on_list.items()]
    job = leaver.memberships.get()
    said = at_once(
        lambda: leaving.leave_by_list(jobs=jobs, by=None, now=NOON),
        lambda: leaving.leave(membership=job, by=leaver, now=NOON),
    )
    assert said == ["", ""]
    assert not Membership.objects.filter(ends_on=None).exists()


def listing(organisation, *emails):
    rows = [f"Someone,{email},{organisation.code}" for email in emails]
    organisations = Organisation.objects.order_by("pk")
    read = staff_lists.read("\n".join(["name,email,organisation code", *rows]).encode(), organisations=organisations)
    digest = staff_changes.compare(read, organisations=organisations, now=NOON).digest
    return lambda: staff_imports.accept(
        read, organisations=organisations, digest=digest, end_many=True, by=None, now=NOON
    )


def test_the_door_writes_on_while_a_staff_list_is_taken_over(system, hospice, monkeypatch):
    """Also who comes from a partner on the list."""
    round = RoundFactory(system=system, partners=[hospice], starts_at=NOON)
    real, held, written = staff_imports.compare, threading.Event(), threading.Event()

    def slow(*args, **kwargs):
        held.set()
        written.wait(10)
        return real(*args, **kwargs)

    def walk_in():
        held.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        try:
            attendance.add_walk_in(round=round, key=uuid.uuid4(), name="Wim", organisation=hospice, now=NOON)
        finally:
            written.set()

    accept = listing(hospice, "new@hospice.example")
    monkeypatch.setattr(staff_imports, "compare", slow)
    assert at_once(accept, walk_in) == ["", ""]
    assert round.attendances.count() == 1


def test_a_list_that_takes_an_administrator_and_a_merger_do_not_block_each_other(system, hospice, meeting):
    for _ in range(2):
        RoleGrantFactory(person=PersonFactory(works_for=hospice), role="administrator", system=system)
    RoleGrantFactory(role="administrator", system=system)
    accept = listing(hospice, "new@hospice.example")
    plan = Plan(Kind.MERGER, (hospice,), (Successor("Vale Care"),), today(NOON))
    seen = preview(plan, by=None, now=NOON).seen
    meeting(staff_imports, "compare")
    meeting(act, "lock_partners", after=True)
    said = at_once(accept, lambda: act.carry_out(plan, seen=seen, by=None, now=NOON))
    assert "" in said


def test_who_leaves_and_a_merger_do_not_block_each_other(system, hospice, meeting):
    """An administrator, whose system the merger holds."""
    leaver = PersonFactory(works_for=hospice)
    for person in (leaver, PersonFactory()):
        RoleGrantFactory(person=person, role="administrator", system=system)
    plan = Plan(Kind.MERGER, (hospice,), (Successor("Vale Care"),), today(NOON))
    seen = preview(plan, by=None, now=NOON).seen
    job = leaver.memberships.get()
    meeting(leaving, "hold_systems")
    meeting(act, "lock_partners", after=True)
    said = at_once(
        lambda: leaving.leave(membership=job, by=leaver, now=NOON),
        lambda: act.carry_out(plan, seen=seen, by=None, now=NOON),
    )
    assert "" in said
