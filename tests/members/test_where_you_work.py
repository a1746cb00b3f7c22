"""Somebody has proven an address, and nobody has heard of them: what it opens, and what they choose."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.access import organisations_to_join
from members.actions import leaving, people
from members.models import ApprovedDomain, Membership, Organisation, Site, SystemEdge
from rounds.models import TeamMember
from rounds.states import TeamPart
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.factories.rounds import RoundFactory
from tests.members.test_joining import CONFIRM, SIGN_IN, code, text, without_tokens

pytestmark = pytest.mark.django_db

HERE = "/where-you-work/"
ASK = "/where-you-work/not-listed/"


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def riverbank(system):
    return opened_by("nhs.net", code="XR1", name="Riverbank", system=system)


def opened_by(domain, **facts):
    organisation = OrganisationFactory(**facts)
    ApprovedDomain.objects.create(organisation=organisation, domain=domain)
    return organisation


def helper(system):
    person = PersonFactory()
    TeamMember.objects.create(round=RoundFactory(system=system), person=person, part=TeamPart.HELPER)
    return person


def sign_in(client, email, onwards=""):
    to = f"?next={onwards}" if onwards else ""
    client.post(SIGN_IN + to, {"email": email})
    return client.post(CONFIRM + to, {"code": code()}, follow=True)


def offered_to(client, email):
    """The codes of the partners that this address opens."""
    page = sign_in(client, email)
    client.post("/account/logout/")
    if page.redirect_chain[-1][0] != HERE:
        assert page.redirect_chain[-1][0] == ASK
        return []
    return [each for each in Organisation.objects.values_list("code", flat=True) if f'/at/{each}/"' in text(page)]


def test_an_unknown_address_leads_to_where_you_work_and_on_to_a_place(client, riverbank):
    Site.objects.create(organisation=riverbank, name="Laundry")
    page = sign_in(client, "Wren@nhs.net")
    assert [step for step, _ in page.redirect_chain][-1] == HERE
    assert "Riverbank" in text(page)
    site = Site.objects.get()
    said = {"name": "Wren Newcomer", "site": site.pk, "staff_group": "estates"}
    page = client.post(reverse("work_here", args=["XR1"]), said, follow=True)
    assert "You have joined as staff of Riverbank." in text(page)
    work = Membership.objects.get()
    assert (work.person.email, work.person.name) == ("wren@nhs.net", "Wren Newcomer")
    assert (work.organisation, work.site, work.staff_group, work.source) == (riverbank, site, "estates", "domain")
    assert client.get("/").status_code == 200


def test_whoever_followed_a_link_comes_to_it_once_they_have_said_where_they_work(client, riverbank):
    page = sign_in(client, "wren@nhs.net", onwards="/privacy/")
    assert page.redirect_chain[-1][0] == f"{HERE}?next=%2Fprivacy%2F"
    assert "Then you come to the page that you followed a link to." in text(page)
    there = f"{reverse('work_here', args=['XR1'])}?next=%2Fprivacy%2F"
    assert there in page.content.decode()
    said = {"name": "Wren Newcomer", "staff_group": "estates"}
    assert client.post(there, {"name": ""}).status_code == 200
    assert client.post(there, said).url == "/privacy/"


def test_nobody_is_led_to_another_site(client, riverbank):
    sign_in(client, "wren@nhs.net")
    there = f"{reverse('work_here', args=['XR1'])}?next=https://elsewhere.example/"
    assert client.post(there, {"name": "Wren", "staff_group": "estates"}).url == "/"


def test_whoever_has_left_is_let_in_anew_by_somebody_there_and_not_by_their_address(client, riverbank, system):
    wren = PersonFactory(email="wren@nhs.net", works_for=riverbank)
    meadow = opened_by("nhs.net", code="XR2", name="Meadow", system=system)
    olu = RoleGrantFactory(role="administrator", system=system).person
    leaving.leave(membership=wren.memberships.get(), by=olu, now=timezone.now())
    assert list(organisations_to_join(wren, now=timezone.now())) == [meadow]
    client.force_login(wren)
    assert client.post(reverse("work_here", args=["XR1"]), {"staff_group": "nursing"}).status_code == 404
    said = {"name": "Wren", "email": wren.email, "staff_group": "nursing", "by": olu, "now": timezone.now()}
    people.add_staff(organisation=riverbank, **said)
    assert wren.memberships.get(ends_on=None).organisation == riverbank


def test_the_domain_narrows_and_the_person_chooses(client, system, riverbank):
    opened_by("nhs.net", code="XR2", name="Meadow", system=system)
    opened_by("hillside.example", code="XR3", name="Hillside", system=system)
    assert sorted(offered_to(client, "wren@nhs.net")) == ["XR1", "XR2"]
    assert offered_to(client, "maya@hillside.example") == ["XR3"]


@pytest.mark.parametrize(
    "near",
    [
        "wren@mail.nhs.net",
        "wren@xnhs.net",
        "wren@nhs.net.example",
        "wren@nhѕ.net",
        "wren@ｎhs.net",
        "wren@nhs.nеt",
        "wren+nhs.net@elsewhere.example",
    ],
)
def test_what_only_looks_like_a_domain_opens_nothing(client, riverbank, near):
    """Three of them hold letters of other alphabets, which are other letters however much they look alike."""
    assert offered_to(client, near) == []


def test_capitals_and_a_plus_open_what_the_plain_address_does(client, riverbank):
    assert offered_to(client, "WREN@NHS.NET") == ["XR1"]
    assert offered_to(client, "wren+rounds@nhs.net") == ["XR1"]


def test_an_address_that_was_never_proven_opens_nothing(client, riverbank):
    person = PersonFactory(email="wren@elsewhere.example")
    EmailAddress.objects.create(user=person, email="wren@nhs.net", verified=False)
    client.force_login(person)
    assert client.get(HERE)["Location"] == ASK
    assert client.get(reverse("work_here", args=["XR1"])).status_code == 404
    assert client.post(reverse("work_here", args=["XR1"]), {"staff_group": "other"}).status_code == 404
    assert Membership.objects.count() == 0


def test_a_second_address_that_is_proven_opens_it(client, riverbank):
    person = PersonFactory(email="wren@elsewhere.example")
    EmailAddress.objects.create(user=person, email="wren@nhs.net", verified=True)
    client.force_login(person)
    assert "Riverbank" in text(client.get(HERE))


def test_a_partner_that_left_its_system_and_one_whose_domain_ended_are_not_offered(client, system, riverbank):
    SystemEdge.objects.filter(organisation=riverbank).update(ends_on="2026-01-01")
    ended = opened_by("nhs.net", code="XR2", system=system)
    ended.approved_domains.all().delete()
    assert offered_to(client, "wren@nhs.net") == []


def test_where_somebody_works_already_is_not_offered_again(client, riverbank):
    client.force_login(MembershipFactory(person=PersonFactory(email="wren@nhs.net"), organisation=riverbank).person)
    assert client.get(HERE)["Location"] == ASK
    assert client.get(reverse("work_here", args=["XR1"])).status_code == 404


def test_pages_ask_to_sign_in_and_name_no_partner_before(client, riverbank):
    for page in (HERE, ASK, "/where-you-work/request/", reverse("work_here", args=["XR1"])):
        assert client.get(page)["Location"] == f"{SIGN_IN}?next={page}"


def test_bad_input_stays_on_the_page(client, system, riverbank):
    Site.objects.create(organisation=OrganisationFactory(system=system), name="Elsewhere")
    Site.objects.create(organisation=riverbank, name="Laundry")
    sign_in(client, "wren@nhs.net")
    wrong = {
        "name": "Wren\r\nBcc: x@y.example\x00",
        "site": str(Site.objects.get(name="Elsewhere").pk),
        "staff_group": "x",
    }
    page = text(client.post(reverse("work_here", args=["XR1"]), wrong))
    assert "Leave out characters that cannot be seen" in page
    assert page.count("nhsuk-error-message") == 3
    assert Membership.objects.count() == 0


# --- Who is led there, and who is not ---------------------------------------------------------------


def test_home_leads_there_only_whom_nobody_knows(client, system, riverbank):
    led = {}
    for name, person in {
        "newcomer": PersonFactory(),
        "staff": PersonFactory(works_for=riverbank),
        "lead": RoleGrantFactory(person=PersonFactory(), role="sponsor", system=system).person,
        "helper at a Round": helper(system),
    }.items():
        client.force_login(person)
        led[name] = client.get("/").status_code
    assert led == {"newcomer": 302, "staff": 200, "lead": 200, "helper at a Round": 200}


def test_a_newcomer_is_asked_wherever_they_were_going(client, riverbank):
    client.post(SIGN_IN, {"email": "wren@nhs.net", "next": "/my-rounds/"})
    assert client.post(CONFIRM, {"code": code(), "next": "/my-rounds/"})["Location"] == f"{HERE}?next=%2Fmy-rounds%2F"


def test_who_joins_a_second_partner_is_asked_about_the_first(client, system, riverbank):
    person = PersonFactory(email="wren@nhs.net", works_for=OrganisationFactory(name="Meadow", system=system))
    client.force_login(person)
    page = client.post(reverse("work_here", args=["XR1"]), {"staff_group": "other"}, follow=True)
    assert page.redirect_chain[-1][0] == "/your-details/"
    assert text(page).count("I have left") == 2


# --- Mailboxes with a plus, and shared ones ---------------------------------------------------------


def test_a_plus_makes_an_account_of_its_own_and_says_so(client, riverbank):
    ben = PersonFactory(email="ben@nhs.net", works_for=riverbank)
    page = text(sign_in(client, "ben+rounds@nhs.net"))
    assert 'You signed in as <b class="rd-break">ben+rounds@nhs.net</b>.' in page
    assert 'apart from any of <b class="rd-break">ben@nhs.net</b>' in page
    assert ben.memberships.count() == 1
    assert mail.outbox[-1].to == ["ben+rounds@nhs.net"]


def test_the_same_is_said_whether_or_not_the_plain_address_is_known(riverbank):
    PersonFactory(email="maya@nhs.net", works_for=riverbank)
    unknown, known = (without_tokens(sign_in(Client(), f"{name}+rounds@nhs.net")) for name in ("ben", "maya"))
    assert known.replace("maya", "ben") == unknown
