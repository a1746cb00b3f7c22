"""Signing in by a partner's provider, which is a real one of OpenID Connect, in a browser with our content policy."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from axe_playwright_python.base import AXE_FILE_PATH
from django.contrib.sessions.models import Session
from django.core import mail
from playwright.sync_api import expect

from members.actions import providers
from members.models import Membership, Person, Provider
from tests.browser.visitor import DESKTOP, Visitor
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.sign_in_provider import RunningProvider
from tests.worlds import NOON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = {
    "ben": {"email": "Ben@riverbank.example", "name": "Ben From Work"},
    "nia": {"email": "nia@riverbank.example", "name": "Nia  New"},
    "olu": {"email": "olu@riverbank.example", "amr": ["pwd", "mfa"]},
    "pat": {"email": "pat@riverbank.example", "amr": ["pwd"]},
    "eve": {"email": "olu@elsewhere.example", "email_verified": True, "amr": ["mfa"]},
    "kit": {"email": "kit@riverbank.example", "email_verified": False},
    "sly": {"email": "sly@sub.riverbank.example"},
    "nemo": {},
}


@pytest.fixture(autouse=True)
def noon():
    """The provider is a process with the real clock, so these tests keep to it too."""


@pytest.fixture(scope="module")
def at_work():
    with RunningProvider(**PEOPLE) as running:
        yield running


@pytest.fixture
def provider(at_work, live_server):
    system = SystemFactory()
    provider = providers.add(
        system=system,
        organisations=[OrganisationFactory(name="Riverbank Hospital", system=system)],
        by=None,
        now=NOON,
        name="Riverbank account",
        issuer=at_work.url,
        client_id="portal",
        secret="a secret",
        domains=["riverbank.example"],
        second_step_words=["mfa"],
    )
    providers.switch(provider=provider, state=Provider.State.ON, by=None, now=NOON)
    return provider


@pytest.fixture
def stranger(new_context, live_server):
    """Somebody who is not signed in; neither our pages nor the way there and back may make a browser complain."""
    context = new_context()
    context.set_default_timeout(30_000)
    context.add_init_script(path=AXE_FILE_PATH)
    # The provider's own page asks for a style sheet of a third party.
    context.route(re.compile("^https:"), lambda route: route.fulfill(body="", content_type="text/css"))
    page, heard = context.new_page(), []
    page.on("console", lambda message: heard.append(f"{message.type} at {message.location}: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"script error: {error}"))
    yield Visitor(page, live_server.url, width=DESKTOP)
    assert heard == []


def come_as(stranger, name, then="/my-rounds/"):
    stranger.go(f"/account/login/code/?next={then}").press("Riverbank account")
    return stranger.press(name, exact=True)


def where(visitor):
    return visitor.page.url.removeprefix(visitor.url)


def code():
    return re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", mail.outbox[-1].body)[0]


def test_somebody_who_is_known_is_signed_in_and_goes_where_they_wanted(provider, stranger):
    ben = PersonFactory(email="ben@riverbank.example", name="Ben Booker", works_for=provider.organisations.get())
    come_as(stranger, "ben")
    assert where(stranger) == "/my-rounds/"
    assert [(each.user, each.provider) for each in SocialAccount.objects.all()] == [(ben, provider.code)]
    assert Person.objects.get().name == "Ben Booker"
    assert Membership.objects.get(person=ben).source != "provider"
    assert mail.outbox == []


def test_whoever_works_elsewhere_alone_proves_who_they_are_by_a_code(provider, stranger):
    PersonFactory(email="ben@riverbank.example", works_for=OrganisationFactory())
    come_as(stranger, "ben")
    stranger.reads("does not vouch for that address", "Enter your code")
    assert SocialAccount.objects.count() == 0


def test_somebody_new_of_a_domain_it_vouches_for_is_made_and_works_there(provider, stranger):
    come_as(stranger, "nia")
    assert where(stranger) == "/my-rounds/"
    nia = Person.objects.get(email="nia@riverbank.example")
    assert nia.name == "Nia New"
    assert [(each.organisation.name, each.source) for each in nia.memberships.all()] == [
        ("Riverbank Hospital", "provider")
    ]
    stranger.page.context.clear_cookies()
    come_as(stranger, "nia")
    assert Person.objects.count() == 1
    assert SocialAccount.objects.count() == 1


def test_of_several_partners_the_person_says_which(provider, stranger):
    second = OrganisationFactory(name="Riverbank Hospice", system=provider.system)
    provider.organisations.add(second)
    come_as(stranger, "nia", then="/")
    stranger.reads("Where do you work?", "Riverbank Hospital", "Riverbank Hospice")
    assert Membership.objects.count() == 0


def test_known_by_the_provider_s_own_name_when_their_address_changes(provider, stranger):
    come_as(stranger, "nia")
    Person.objects.update(email="nia.married@riverbank.example")
    stranger.page.context.clear_cookies()
    come_as(stranger, "nia")
    assert [each.email for each in Person.objects.all()] == ["nia.married@riverbank.example"]


@pytest.mark.parametrize("name", ["eve", "kit", "sly"])
def test_any_other_address_is_sent_a_code_and_nobody_is_made_or_linked(provider, stranger, name):
    """Another domain, a part of ours before it, and one that the provider itself calls unproven."""
    come_as(stranger, name)
    stranger.reads("does not vouch for that address", "Enter your code")
    assert where(stranger) == "/account/login/code/confirm/?next=%2Fmy-rounds%2F"
    assert [letter.to for letter in mail.outbox] == [[PEOPLE[name]["email"]]]
    assert (Person.objects.count(), SocialAccount.objects.count()) == (0, 0)


def test_an_administrator_elsewhere_is_not_taken_over_by_an_address_that_somebody_typed(provider, stranger):
    olu = PersonFactory(email="olu@elsewhere.example")
    RoleGrantFactory(person=olu, role="administrator", system=provider.system)
    come_as(stranger, "eve")
    stranger.reads("Enter your code")
    assert SocialAccount.objects.count() == 0
    stranger.enter(code=code()).press("Continue")
    # The code of the mailbox is enough to come in, and the provider's word on a second step counts for nothing.
    stranger.reads("You hold a role here, so you can see more than your own things.")
    assert SocialAccount.objects.count() == 0


def test_its_own_second_step_counts_where_its_answer_says_so(provider, stranger):
    for name in ("olu", "pat"):
        person = PersonFactory(email=f"{name}@riverbank.example", works_for=provider.organisations.get())
        RoleGrantFactory(person=person, role="facilitator", system=provider.system)
    come_as(stranger, "olu", then="/organise/")
    assert where(stranger) == "/organise/"
    stranger.page.context.clear_cookies()
    come_as(stranger, "pat", then="/organise/")
    assert where(stranger) == "/account/2fa/"


def test_nor_does_it_count_once_an_administrator_says_so(provider, stranger):
    Provider.objects.update(second_step_words=[])
    person = PersonFactory(email="olu@riverbank.example")
    RoleGrantFactory(person=person, role="facilitator", system=provider.system)
    come_as(stranger, "olu", then="/organise/")
    assert where(stranger) == "/account/2fa/"


def test_a_closed_account_stays_closed(provider, stranger):
    PersonFactory(email="ben@riverbank.example", is_active=False)
    come_as(stranger, "ben")
    stranger.reads("This account is closed")


def test_without_an_address_one_asks_for_a_code(provider, stranger):
    come_as(stranger, "nemo")
    stranger.reads("did not tell us your email address")
    assert where(stranger) == "/account/login/code/"


def test_who_turns_back_there_is_back_at_signing_in(provider, stranger):
    stranger.go("/account/login/code/").press("Riverbank account").press("Deny")
    stranger.reads("was not completed")
    assert where(stranger) == "/account/login/code/"


def test_on_trial_it_works_at_its_own_address_alone(provider, stranger):
    Provider.objects.update(state=Provider.State.TRYING)
    stranger.go("/account/login/code/")
    expect(stranger.page.get_by_role("button", name="Riverbank account")).to_have_count(0)
    stranger.go(f"/account/with/{provider.code}/").is_right()
    stranger.press("Sign in with Riverbank account").press("nia", exact=True)
    assert Person.objects.count() == 1


def test_an_answer_works_once_and_only_in_the_browser_that_asked(provider, stranger, client):
    answers = []
    stranger.page.on("request", lambda request: answers.append(request.url) if "/back/?" in request.url else None)
    come_as(stranger, "nia")
    again = answers[0].removeprefix(stranger.url)
    assert client.get(again)["Location"] == "/account/login/code/"
    stranger.page.context.clear_cookies()
    stranger.go(again)
    stranger.reads("was not completed")


def test_nothing_that_the_provider_told_is_kept_and_no_time_of_coming(provider, stranger):
    come_as(stranger, "nia")
    first = SocialAccount.objects.values_list("last_login", "extra_data", "uid").get()
    assert first[1] == {}
    assert "nia" not in first[2]
    stranger.page.context.clear_cookies()
    come_as(stranger, "nia")
    assert SocialAccount.objects.values_list("last_login", "extra_data", "uid").get() == first
    kept = " ".join(str(each.get_decoded()) for each in Session.objects.all())
    assert "nia@riverbank.example" not in kept
