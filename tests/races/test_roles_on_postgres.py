"""A role given by many at once, a proposal confirmed by two at once, the first lead of a system named twice at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from members.actions import memberships, proposals
from members.models import RoleGrant, RoleProposal
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory, RoleGrantFactory, SystemFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def all_at_once(acts):
    together = threading.Barrier(len(acts), timeout=60)

    def press(act):
        together.wait()
        try:
            return act()
        except Refused as refusal:
            return str(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(press, acts))


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def administrators(system):
    return [RoleGrantFactory(person=PersonFactory(), role="administrator", system=system).person for _ in range(4)]


def test_a_role_given_by_four_at_once_is_held_once(system, administrators):
    ben = PersonFactory(name="Ben Booker")
    said = {"person": ben, "role": "facilitator", "where": system, "now": timezone.now()}
    got = all_at_once([lambda by=by: memberships.give_role(by=by, **said) for by in administrators])
    assert sorted(type(each).__name__ for each in got) == ["RoleGrant", "str", "str", "str"]
    assert RoleGrant.objects.filter(person=ben).count() == 1


def test_of_four_who_each_name_the_first_lead_one_does(system, administrators):
    now = timezone.now()
    acts = [
        lambda by=by: memberships.give_role(person=PersonFactory(), role="ics_lead", where=system, by=by, now=now)
        for by in administrators
    ]
    got = all_at_once(acts)
    assert sorted(type(each).__name__ for each in got) == ["RoleGrant", "str", "str", "str"]
    assert RoleGrant.objects.filter(role="ics_lead").count() == 1


def test_a_proposal_is_confirmed_once_and_never_declined_as_well(system, administrators):
    RoleGrantFactory(role="ics_lead", system=system)
    proposer, *others = administrators
    now, ben = timezone.now(), PersonFactory()
    made = proposals.propose(person=ben, role="ics_lead", where=system, by=proposer, now=now)
    acts = [lambda by=by: proposals.confirm(proposal=made, by=by, now=now) for by in others]
    got = all_at_once([*acts, lambda: proposals.decline(proposal=made, by=proposer, now=now)])
    assert [each for each in got if isinstance(each, str)] == [proposals.DECIDED] * 3
    assert not RoleProposal.objects.exists()
    assert RoleGrant.objects.filter(person=ben).count() == sum(isinstance(each, RoleGrant) for each in got)


def test_two_who_end_each_other_at_once_leave_an_administrator(system):
    first, second = (RoleGrantFactory(person=PersonFactory(), role="administrator", system=system) for _ in range(2))
    now = timezone.now()
    all_at_once(
        [
            lambda: memberships.end_role(grant=second, by=first.person, now=now),
            lambda: memberships.end_role(grant=first, by=second.person, now=now),
        ]
    )
    assert RoleGrant.objects.in_force(timezone.localdate(now)).filter(role="administrator").count() == 1
