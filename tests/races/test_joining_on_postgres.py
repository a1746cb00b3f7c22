"""An invitation pressed twice at once, a request decided by two at once, two administrators who leave at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connections, transaction
from django.utils import timezone

from members.actions import invitations, join_requests, leaving, people, providers
from members.models import Delivery, InvitationLink, JoinRequest, Membership, Person, Provider, RoleGrant
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

AT_ONCE = 8


def all_at_once(acts):
    """What each got: what the act returned, or the sentence of its refusal."""
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
def hospice(system):
    return OrganisationFactory(name="Lantern Hospice", system=system)


@pytest.fixture
def olu(system):
    return RoleGrantFactory(person=PersonFactory(), role="administrator", system=system).person


def test_an_invitation_lets_somebody_in_once_however_often_they_press_at_once(hospice, olu):
    link = invitations.invite(organisation=hospice, email="wren@x.example", by=olu, now=timezone.now())
    said = {"invitation": str(link.pk), "name": "", "staff_group": "other", "now": timezone.now()}
    wren = PersonFactory(email="wren@x.example")
    got = all_at_once([lambda: invitations.join(person=wren, **said)] * AT_ONCE)
    assert len([each for each in got if isinstance(each, Membership)]) == 1
    assert {each for each in got if isinstance(each, str)} == {
        "This invitation has been used, or has ended. Please ask whoever invited you for another."
    }
    assert (Membership.objects.count(), InvitationLink.objects.count()) == (1, 0)


def test_an_address_typed_many_times_at_once_has_one_account():
    said = {"email": "wren@x.example", "now": timezone.now()}
    got = all_at_once([lambda: invitations.account_for(**said).pk] * AT_ONCE)
    assert (Person.objects.count(), len(set(got))) == (1, 1)


def test_who_comes_back_from_a_provider_twice_at_once_is_one_person(hospice):
    provider = Provider.objects.create(
        system=hospice.system_edges.get().system, name="X", client_id="c", domains=["x.example"], state="on"
    )
    provider.organisations.add(hospice)
    said = {"subject": "1", "email": "wren@x.example", "email_denied": False, "name": "Wren", "now": timezone.now()}
    got = all_at_once([lambda: providers.recognise(provider=provider, **said)] * AT_ONCE)
    assert (set(got), SocialAccount.objects.count()) == ({Person.objects.get()}, 1)
    assert Membership.objects.count() == 1


def test_two_who_decide_at_once_decide_once(hospice, olu):
    asked = JoinRequest.objects.create(
        person=PersonFactory(), system=SystemFactory(), organisation_name="x", changed_at=timezone.now()
    )
    said = {"request": asked, "by": olu, "now": timezone.now()}
    yes, no = (
        lambda: join_requests.accept(organisation=hospice, **said),
        lambda: join_requests.decline(**said),
    )
    got = all_at_once([yes, no] * 3)
    assert got.count("Somebody else has decided this request meanwhile.") == 5
    assert Membership.objects.count() + JoinRequest.objects.filter(state="declined").count() == 1
    assert Delivery.objects.count() == 1


def test_of_two_last_administrators_who_leave_at_once_one_stays(system, hospice):
    jobs = [MembershipFactory(organisation=hospice) for _ in range(2)]
    for job in jobs:
        RoleGrantFactory(person=job.person, role="administrator", system=system)
    acts = [lambda job=job: leaving.leave(membership=job, by=job.person, now=timezone.now()) for job in jobs]
    got = all_at_once(acts)
    assert len([each for each in got if isinstance(each, str)]) == 1
    assert RoleGrant.objects.filter(ends_on=None).count() == 1


def test_an_account_for_which_a_code_is_asked_is_not_forgotten_at_that_moment():
    """The clock has found it and waits for whoever asks; then it looks again."""
    now = timezone.now()
    wren = PersonFactory(email="wren@x.example", verified=False, created_at=now - timedelta(days=2))
    asked, found = threading.Event(), threading.Event()

    def ask():
        with transaction.atomic():
            invitations.account_for(email=wren.email, now=now)
            asked.set()
            found.wait(1)

    def clock():
        asked.wait(10)
        people.forget_unconfirmed([wren.pk], before=now - timedelta(days=1))
        found.set()

    all_at_once([ask, clock])
    assert Person.objects.get() == wren
