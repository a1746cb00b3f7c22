"""An invitation to one address: a letter, a link that works once, for a fortnight, and what it gives away."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from members.actions import correspondence, invitations, retention
from members.models import Delivery, InvitationLink, Membership, Person, SecurityEvent
from members.models.audit import Act
from rounds_site.kit.links import sign
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.members.test_joining import CONFIRM, code, text, without_tokens

pytestmark = pytest.mark.django_db

SAID = {"name": "Wren Newcomer", "staff_group": "estates"}
PAGE = "/manage/organisations/XH1/who-gets-in/"


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def hospice(system):
    return OrganisationFactory(code="XH1", name="Lantern Hospice", system=system)


@pytest.fixture
def olu(system):
    return RoleGrantFactory(person=PersonFactory(name="Olu"), role="administrator", system=system).person


@pytest.fixture
def link(hospice, olu):
    return invitations.invite(organisation=hospice, email="wren@elsewhere.example", by=olu, now=timezone.now())


def address_of(link):
    return reverse("invited", args=[sign(link.pk, purpose="invited")])


def invite(client, email):
    return client.post(reverse("invite", args=["XH1"]), {"email": email}, follow=True)


def test_an_administrator_invites_and_the_letter_brings_somebody_in(client, hospice, olu):
    client.force_login(olu)
    page = invite(client, "Wren@Elsewhere.example")
    assert "A letter goes to wren@elsewhere.example. Its link works once, for 14 days." in text(page)
    client.post("/account/logout/")
    correspondence.run()
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["wren@elsewhere.example"], "An invitation to the Rounds portal")
    assert "Olu invites you to join as staff of Lantern Hospice." in letter.body
    url = re.search(r"https?://[^/]+(/invited/\S+)", letter.body)[1]
    assert 'we send a code to <b class="rd-break">wren@elsewhere.example</b>' in text(client.get(url))
    assert (InvitationLink.objects.count(), Person.objects.count()) == (1, 1)
    assert client.post(url, SAID)["Location"] == CONFIRM
    assert (InvitationLink.objects.count(), Membership.objects.count()) == (1, 0)
    page = client.post(CONFIRM, {"code": code()}, follow=True)
    assert "You have joined as staff of Lantern Hospice." in text(page)
    job = Membership.objects.get()
    assert (job.person.email, job.person.name, job.source) == ("wren@elsewhere.example", "Wren Newcomer", "invited")
    assert EmailAddress.objects.get(user=job.person).verified
    assert InvitationLink.objects.count() == 0


def test_it_works_once(client, link, hospice):
    wren = PersonFactory(email=link.email)
    said = {"name": "", "staff_group": "other", "invitation": str(link.pk), "now": timezone.now()}
    invitations.join(person=wren, **said)
    with pytest.raises(Refused, match="This invitation has been used, or has ended"):
        invitations.join(person=wren, **said)
    assert Membership.objects.get().person == wren


def test_whose_address_it_did_not_go_to_is_not_let_in(link):
    wren = PersonFactory(email=link.email, verified=False)
    said = {"name": "", "staff_group": "other", "invitation": str(link.pk), "now": timezone.now()}
    for person in (PersonFactory(), wren):
        with pytest.raises(Refused, match=r"^This invitation went to wren@elsewhere\.example\."):
            invitations.join(person=person, **said)
    assert (Membership.objects.count(), InvitationLink.objects.count()) == (0, 1)


def test_used_withdrawn_ended_and_never_made_are_one_and_the_same_page(client, link, olu, hospice):
    withdrawn = invitations.invite(organisation=hospice, email="a@x.example", by=olu, now=timezone.now())
    invitations.withdraw(link=withdrawn, by=olu, now=timezone.now())
    InvitationLink.objects.filter(pk=link.pk).update(created_at=timezone.now() - timedelta(days=14))
    pages = [client.get(address_of(each)) for each in (link, withdrawn)]
    pages += [client.get("/invited/nonsense/"), client.get(reverse("invited", args=[sign(link.pk, purpose="stop")]))]
    pages += [client.post(address_of(link), SAID)]
    assert {page.status_code for page in pages} == {404}
    assert len({without_tokens(page) for page in pages}) == 1


def test_it_works_for_a_fortnight_and_not_longer(client, link):
    InvitationLink.objects.update(created_at=timezone.now() - timedelta(days=14) + timedelta(minutes=1))
    assert client.get(address_of(link)).status_code == 200
    InvitationLink.objects.update(created_at=timezone.now() - timedelta(days=14))
    assert client.get(address_of(link)).status_code == 404


def test_one_that_ends_before_the_code_is_entered_makes_nobody_staff(client, link):
    client.post(address_of(link), SAID)
    InvitationLink.objects.all().delete()
    page = client.post(CONFIRM, {"code": code()}, follow=True)
    assert "This invitation has been used, or has ended. Please ask whoever invited you for another." in text(page)
    assert Membership.objects.count() == 0


def test_the_database_does_not_hold_what_opens_it(link):
    kept = InvitationLink.objects.values().get() | Delivery.objects.values().get()
    token = sign(link.pk, purpose="invited").partition(":")[2]
    assert [name for name, value in kept.items() if token in str(value)] == []


def test_a_new_one_to_the_same_address_ends_the_one_before(client, link, hospice, olu):
    again = invitations.invite(organisation=hospice, email=link.email, by=olu, now=timezone.now())
    assert [client.get(address_of(each)).status_code for each in (link, again)] == [404, 200]
    correspondence.run()
    assert len(mail.outbox) == 1


def test_the_address_is_forgotten_with_the_link_used_or_not(client, link):
    client.post(address_of(link), SAID)
    client.post(CONFIRM, {"code": code()})
    assert Delivery.objects.count() == 1
    retention.forget("invitations", now=link.created_at + timedelta(days=14))
    assert Delivery.objects.count() == 0


def test_a_withdrawn_one_whose_letter_waits_sends_none(client, link, olu):
    client.force_login(olu)
    assert "wren@elsewhere.example" in text(client.get(PAGE))
    page = client.post(reverse("withdraw_invitation", args=["XH1", link.pk]), follow=True)
    assert "wren@elsewhere.example" not in text(page)
    correspondence.run()
    assert mail.outbox == []
    acts = SecurityEvent.objects.filter(act__startswith="people.").order_by("at").values_list("act", "about")
    assert list(acts) == [(Act.INVITATION_MADE, str(link.pk)), (Act.INVITATION_WITHDRAWN, str(link.pk))]


def test_who_works_there_is_not_invited_and_who_has_an_account_elsewhere_is_told_of_to_nobody(client, hospice, olu):
    PersonFactory(email="here@x.example", works_for=hospice)
    PersonFactory(email="elsewhere@x.example")
    client.force_login(olu)
    assert "here@x.example is staff of Lantern Hospice already." in text(invite(client, "here@x.example"))
    known, unknown = (text(invite(client, f"{name}@x.example")) for name in ("elsewhere", "nowhere"))
    assert "A letter goes to elsewhere@x.example." in known
    assert "A letter goes to nowhere@x.example." in unknown


def test_somebody_signed_in_whose_address_it_is_joins_with_the_account_they_have(client, link):
    ben = PersonFactory(email="ben@riverbank.example")
    EmailAddress.objects.create(user=ben, email=link.email, verified=True)
    client.force_login(ben)
    assert "You are signed in as ben@riverbank.example." in text(client.get(address_of(link)))
    assert client.post(address_of(link), {"staff_group": "other"})["Location"] == "/"
    assert Membership.objects.get().person == ben


@pytest.mark.parametrize("claims", [False, True])
def test_an_invitation_that_was_passed_on_sends_a_code_to_whom_it_went_to(client, link, claims):
    ben = PersonFactory(email="ben@riverbank.example")
    if claims:
        EmailAddress.objects.create(user=ben, email=link.email, verified=False)
    client.force_login(ben)
    page = text(client.get(address_of(link)))
    assert 'the invitation went to <b class="rd-break">wren@elsewhere.example</b>' in page
    assert "enter your name" in text(client.post(address_of(link), {"staff_group": "other"})).lower()
    assert client.post(address_of(link), SAID)["Location"] == CONFIRM
    assert (mail.outbox[0].to, Membership.objects.count()) == (["wren@elsewhere.example"], 0)
    page = client.post(CONFIRM, {"code": code()}, follow=True)
    assert "You have joined as staff of Lantern Hospice." in text(page)
    assert Membership.objects.get().person.email == "wren@elsewhere.example"
    assert page.wsgi_request.user.email == "wren@elsewhere.example"


@pytest.mark.parametrize(
    "sly", ["", "wren", "wren@x.example\nBcc: all@x.example", "a@x.example, b@x.example", "x" * 250 + "@y.example"]
)
def test_what_is_no_address_is_said_so(client, hospice, olu, sly):
    client.force_login(olu)
    page = invite(client, sly)
    assert "nter an email address" in text(page) or "Enter their email address" in text(page)
    assert Delivery.objects.count() == 0


def test_nobody_sends_invitations_without_end(client, hospice, olu, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"invite": "2/h/user"}
    client.force_login(olu)
    for number in range(3):
        page = invite(client, f"a{number}@x.example")
    assert "Too many invitations were sent within the hour." in text(page)
    assert InvitationLink.objects.count() == 2


def test_looking_changes_nothing(client, link, olu):
    client.get(address_of(link))
    client.force_login(olu)
    for name, keys in {"invite": [], "withdraw_invitation": [link.pk]}.items():
        assert client.get(reverse(name, args=["XH1", *keys]))["Location"] == PAGE
    assert InvitationLink.objects.get() == link


def test_the_database_keeps_one_for_each_address(link, hospice):
    with pytest.raises(IntegrityError), transaction.atomic():
        InvitationLink.objects.create(organisation=hospice, email=link.email)
