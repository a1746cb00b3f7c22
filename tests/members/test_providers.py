"""Sign-in providers: what administrators set up, what is kept of it, and who is recognised."""

import json
import re
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from members.access import organisations_to_join
from members.actions import providers
from members.adapter import denied_in, speaks_of_one
from members.models import Membership, Person, Provider, SecurityEvent, SystemEdge
from members.models.audit import Act
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    LONG_AGO,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.running import free_port
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
SECRET = "a-secret-that-nobody-reads-again"


class Quiet(WSGIRequestHandler):
    def log_message(self, *said):
        pass


@pytest.fixture(scope="module")
def described():
    """What describes itself over real HTTP: {path: description}, at `described.url`."""
    port, pages = free_port(), {}

    def answer(environ, start):
        page = pages.get(environ["PATH_INFO"])
        start("200 OK" if page else "404 Not Found", [("Content-Type", "application/json")])
        return [json.dumps(page).encode() if page else b""]

    server = make_server("127.0.0.1", port, answer, handler_class=Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{port}"

    def describe(tenant, **otherwise):
        issuer = f"{address}/{tenant}"
        said = {"issuer": issuer, "authorization_endpoint": "http://login.example/authorize"} | otherwise
        pages[f"/{tenant}/.well-known/openid-configuration"] = said
        return issuer

    yield describe
    server.shutdown()
    server.server_close()


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(name="Riverbank Hospital", system=system)


@pytest.fixture
def olu(system):
    person = PersonFactory(name="Olu Administrator")
    RoleGrantFactory(person=person, role="administrator", system=system)
    return person


@pytest.fixture
def facts(described, riverbank):
    return {
        "name": "Riverbank account",
        "organisations": [riverbank],
        "issuer": described("riverbank"),
        "client_id": "portal",
        "secret": SECRET,
        "domains": ["riverbank.example"],
        "second_step_words": ["mfa"],
    }


@pytest.fixture
def provider(system, facts, olu):
    return providers.add(system=system, by=olu, now=NOON, **facts)


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def acts():
    found = SecurityEvent.objects.exclude(act=Act.SIGNED_IN).order_by("at", "id")
    return [(each.act, each.about, each.said) for each in found]


# --- Setting one up -----------------------------------------------------------------------------------


def test_it_is_off_at_first_and_knows_where_its_pages_are(provider, olu):
    assert provider.state == Provider.State.OFF
    assert provider.origins == sorted(["http://login.example", provider.issuer.rpartition("/")[0]])
    assert acts() == [(Act.PROVIDER_ADDED, provider.code, {})]


def test_its_secret_lies_sealed(provider):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_secret FROM members_provider")
        [row] = cursor.fetchall()
    assert SECRET not in str(row)
    assert providers.secret_of(provider) == SECRET


@pytest.mark.parametrize(
    ("otherwise", "words"),
    [
        ({"issuer": "http://somebody.example"}, "The provider calls itself http://somebody.example"),
        ({"authorization_endpoint": None}, "is not at an https address"),
    ],
)
def test_one_that_describes_somebody_else_or_nothing_is_refused(system, facts, olu, described, otherwise, words):
    facts["issuer"] = described("odd", **otherwise)
    with pytest.raises(Refused, match=words):
        providers.add(system=system, by=olu, now=NOON, **facts)


@pytest.mark.parametrize("path", ["nothing-here", "riverbank/"])
def test_one_that_is_not_there_is_refused(system, facts, olu, path):
    facts["issuer"] = facts["issuer"].rpartition("/")[0] + f"/{path}"
    with pytest.raises(Refused):
        providers.add(system=system, by=olu, now=NOON, **facts)


@pytest.mark.parametrize("tenant", ["common", "organizations", "consumers"])
def test_an_issuer_for_every_organisation_there_is_is_refused(system, facts, olu, tenant):
    facts["issuer"] = f"https://login.microsoftonline.com/{tenant}/v2.0"
    with pytest.raises(Refused, match="accounts of any organisation"):
        providers.add(system=system, by=olu, now=NOON, **facts)


def test_one_issuer_once(provider, system, facts, olu):
    with pytest.raises(Refused, match="already"):
        providers.add(system=system, by=olu, now=NOON, **facts)


def test_a_change_keeps_the_secret_and_says_what_changed(provider, olu, riverbank):
    said = {"organisations": [riverbank], "domains": ["riverbank.example", "rb.example"], "by": olu, "now": NOON}
    providers.change(provider=provider, **said)
    assert providers.secret_of(provider) == SECRET
    providers.change(provider=provider, secret="another", **said)
    assert providers.secret_of(provider) == "another"
    assert sorted(said["changed"] for act, _, said in acts() if act != Act.PROVIDER_ADDED) == [["domains"], ["secret"]]
    assert "another" not in str(acts())


def test_the_issuer_never_changes(provider, olu, riverbank):
    with pytest.raises(Refused, match="add another provider"):
        providers.change(provider=provider, organisations=[riverbank], issuer="https://x.example", by=olu, now=NOON)


def test_switching_is_written_down_once(provider, olu):
    for state in ("trying", "on", "on", "off"):
        providers.switch(provider=provider, state=state, by=olu, now=NOON)
    written = sorted((act, said["state"]) for act, _, said in acts() if act != Act.PROVIDER_ADDED)
    changed, ended = Act.PROVIDER_CHANGED, Act.PROVIDER_ENDED
    assert written == [(changed, "on"), (changed, "trying"), (ended, "off")]


@pytest.mark.parametrize("wrong", [{"state": "maybe"}, {"name": ""}, {"client_id": ""}])
def test_the_database_keeps_what_a_provider_is(provider, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Provider.objects.update(**wrong)


# --- Its pages ----------------------------------------------------------------------------------------

PAGES = ("/manage/sign-in/", "/manage/sign-in/add/", "/manage/sign-in/{}/", "/manage/sign-in/{}/switch/")


@pytest.mark.parametrize("page", PAGES)
def test_they_are_for_whoever_looks_after_the_system(client, provider, riverbank, page):
    address = page.format(provider.code)
    assert client.get(address)["Location"].startswith("/account/login/code/")
    partner_admin = PersonFactory()
    RoleGrantFactory(person=partner_admin, role="administrator", organisation=riverbank)
    for person in (PersonFactory(), partner_admin):
        client.force_login(person)
        assert client.post(address, {"state": "on"}).status_code in (403, 405)
    elsewhere = PersonFactory()
    RoleGrantFactory(person=elsewhere, role="administrator", system=SystemFactory())
    client.force_login(elsewhere)
    assert provider.name not in text(client.get("/manage/sign-in/"))
    if "{}" in page:
        assert client.post(address, {"state": "on"}).status_code == 404


def test_one_is_added_tried_and_offered_on_its_pages(client, olu, riverbank, described):
    client.force_login(olu)
    said = {
        "name": "Riverbank account",
        "organisations": [riverbank.code],
        "issuer": described("by-hand"),
        "client_id": "portal",
        "secret": SECRET,
        "domains": "@Riverbank.example\n\nrb.example",
        "second_step_words": "mfa, ngcmfa",
    }
    page = client.post("/manage/sign-in/add/", said, follow=True)
    provider = Provider.objects.get()
    assert page.redirect_chain[-1][0] == f"/manage/sign-in/{provider.code}/"
    assert (provider.domains, provider.second_step_words) == (["rb.example", "riverbank.example"], ["mfa", "ngcmfa"])
    assert f"/account/with/{provider.code}/back/" in text(page)
    assert SECRET not in text(page)
    assert provider.sealed_secret not in text(page)
    client.post(f"/manage/sign-in/{provider.code}/switch/", {"state": "on"})
    said |= {"secret": "", "name": "At Riverbank"}
    client.post(f"/manage/sign-in/{provider.code}/", said)
    client.post("/account/logout/")
    page = client.get("/account/login/code/")
    assert "At Riverbank" in text(page)
    assert "http://login.example" in page["Content-Security-Policy"]
    assert "http://login.example" not in client.get("/support/")["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"issuer": "riverbank"}, "Enter an address that begins with https://"),
        ({"issuer": "https://user:x@login.example"}, "Enter an address that begins with https://"),
        ({"domains": "gmail.com"}, "Anybody can have an address at gmail.com"),
        ({"domains": "not a domain"}, "not a domain is not a domain: enter what follows the @"),
        ({"organisations": []}, "Choose at least one partner"),
        ({"organisations": ["ZZZ"]}, "Select from the choices"),
        ({"secret": ""}, "Enter the client secret"),
        ({"name": "Line\nbreak\x00"}, "Leave out characters that cannot be seen"),
    ],
)
def test_what_cannot_be_is_answered_on_the_page(client, olu, facts, riverbank, wrong, words):
    client.force_login(olu)
    said = facts | {"organisations": [riverbank.code], "domains": "riverbank.example", "second_step_words": ""} | wrong
    answer = client.post("/manage/sign-in/add/", said)
    assert (answer.status_code, words in text(answer)) == (200, True)
    assert Provider.objects.count() == 0


def test_an_unknown_state_is_none(client, olu, provider):
    client.force_login(olu)
    assert client.post(f"/manage/sign-in/{provider.code}/switch/", {"state": "gone"}).status_code == 404


def test_one_that_is_off_leads_nowhere(client, provider):
    for page in (f"/account/with/{provider.code}/", f"/account/with/{provider.code}/back/", "/account/with/nobody/"):
        assert client.get(page).status_code == 404
    assert client.post(f"/account/with/{provider.code}/").status_code == 404


def test_one_that_does_not_answer_leads_back_to_the_code(client, provider):
    Provider.objects.update(state="on", issuer=f"http://127.0.0.1:{free_port()}")
    answer = client.post(f"/account/with/{provider.code}/", follow=True)
    assert answer.redirect_chain == [("/account/login/code/", 302)]
    assert "was not completed" in text(answer)


def test_looking_at_the_button_asks_nobody(client, provider):
    Provider.objects.update(state="on", issuer=f"http://127.0.0.1:{free_port()}")
    assert client.get(f"/account/with/{provider.code}/").status_code == 200


# --- Whom it brings -----------------------------------------------------------------------------------


def recognise(provider, email, **said):
    said = {"subject": "s-1", "email_denied": False, "name": "Somebody", "now": timezone.now()} | said
    return providers.recognise(provider=provider, email=email, **said)


@pytest.mark.parametrize(
    "email",
    [
        "a@elsewhere.example",
        "a@sub.riverbank.example",
        "a@notriverbank.example",
        "a@riverbank.example.elsewhere.example",
        "a@riverbank.example@elsewhere.example",
        "a@rіverbank.example",
        "a",
        "",
    ],
)
def test_only_the_very_domain_counts(provider, email):
    assert recognise(provider, email) is None
    assert (Person.objects.filter(email=email).count(), SocialAccount.objects.count()) == (0, 0)


def test_its_case_does_not_matter(provider):
    assert recognise(provider, "Ben@RIVERBANK.example").email == "ben@riverbank.example"


def test_a_second_address_that_was_proven_leads_to_its_owner(provider):
    ben = PersonFactory()
    EmailAddress.objects.create(user=ben, email="ben@riverbank.example", verified=True)
    assert recognise(provider, "ben@riverbank.example") == ben


def test_an_address_that_was_typed_and_never_proven_is_proven_now(provider):
    ben = PersonFactory(email="ben@riverbank.example", verified=False)
    assert recognise(provider, "ben@riverbank.example") == ben
    assert EmailAddress.objects.get(user=ben).verified


def test_whoever_works_elsewhere_alone_proves_who_they_are_by_a_code(provider):
    """Whoever runs a provider could say that anybody has come."""
    ben = PersonFactory(email="ben@riverbank.example", works_for=OrganisationFactory(name="Quarry Lane"))
    assert recognise(provider, ben.email) is None
    assert [each.organisation.name for each in Membership.objects.filter(person=ben)] == ["Quarry Lane"]
    assert not SocialAccount.objects.exists()


def test_whoever_works_there_too_stays_where_they_are(provider, riverbank):
    ben = PersonFactory(email="ben@riverbank.example", works_for=OrganisationFactory(name="Quarry Lane"))
    MembershipFactory(person=ben, organisation=riverbank)
    assert recognise(provider, ben.email) == ben
    assert Membership.objects.filter(person=ben).count() == 2


def test_whoever_has_gone_to_another_partner_is_its_to_name_no_more(provider, riverbank):
    ben = recognise(provider, "ben@riverbank.example")
    assert recognise(provider, "ben@riverbank.example") == ben
    Membership.objects.filter(person=ben).update(organisation=OrganisationFactory(name="Quarry Lane"))
    assert recognise(provider, "ben@riverbank.example") is None


def scopes_in(system):
    """{kind of scope: one in that system}"""
    hospice = OrganisationFactory(system=system)
    return {"system": system, "place": PlaceFactory(system=system), "organisation": hospice}


@pytest.mark.parametrize(("elsewhere", "believed"), [(False, True), (True, False)])
@pytest.mark.parametrize("scope", ["system", "place", "organisation"])
def test_no_provider_speaks_of_whoever_holds_a_role_in_another_system(
    provider, system, riverbank, scope, elsewhere, believed
):
    lee = PersonFactory(email="lee@riverbank.example", works_for=riverbank)
    where = scopes_in(SystemFactory() if elsewhere else system)[scope]
    RoleGrantFactory(person=lee, role="facilitator", **{scope: where})
    assert (recognise(provider, lee.email) == lee) is believed


@pytest.mark.parametrize("scope", ["system", "place", "organisation"])
def test_a_role_elsewhere_that_came_later_ends_its_word(provider, scope):
    lee = recognise(provider, "lee@riverbank.example")
    RoleGrantFactory(person=lee, role="facilitator", **{scope: scopes_in(SystemFactory())[scope]})
    assert recognise(provider, lee.email) is None


@pytest.mark.parametrize("own", [True, False])
def test_of_a_role_at_a_partner_of_two_systems_only_its_own_provider_speaks(provider, system, riverbank, own):
    shared = riverbank if own else OrganisationFactory(system=system)
    SystemEdge.objects.create(organisation=shared, system=SystemFactory(), starts_on=LONG_AGO)
    lee = PersonFactory(email="lee@riverbank.example", works_for=riverbank)
    RoleGrantFactory(person=lee, role="administrator", organisation=shared)
    assert (recognise(provider, lee.email) == lee) is own


ASKED = {"iss": "https://idp.example/a", "sub": "1", "nonce": "n"}


@pytest.mark.parametrize(
    ("claims", "told", "nonce", "believed"),
    [
        (ASKED, {}, "n", True),
        (ASKED, {"sub": "1"}, "n", True),
        (ASKED, {"sub": "2"}, "n", False),
        (ASKED | {"iss": "https://idp.example/b"}, {}, "n", False),
        (ASKED | {"iss": None}, {}, "n", False),
        (ASKED | {"nonce": "m"}, {}, "n", False),
        (ASKED | {"nonce": None}, {}, None, False),
        (ASKED | {"sub": ""}, {}, "n", False),
    ],
)
def test_an_answer_is_the_issuers_own_and_to_our_question(claims, told, nonce, believed):
    assert speaks_of_one(claims, told, issuer="https://idp.example/a", nonce=nonce) is believed


def test_of_several_partners_all_are_open_to_whom_it_brought_and_to_nobody_else(provider, system):
    provider.organisations.add(OrganisationFactory(name="Riverbank Hospice", system=system))
    Provider.objects.update(state="on")
    nia = recognise(provider, "nia@riverbank.example")
    assert Membership.objects.count() == 0
    names = [each.name for each in organisations_to_join(nia, now=NOON).order_by("name")]
    assert names == ["Riverbank Hospice", "Riverbank Hospital"]
    assert not organisations_to_join(PersonFactory(email="zoe@riverbank.example"), now=NOON).exists()


def test_another_provider_knows_others_by_the_same_name(provider, system, facts, olu, described):
    nia = recognise(provider, "nia@riverbank.example")
    other = providers.add(system=system, by=olu, now=NOON, **facts | {"issuer": described("other"), "domains": []})
    assert recognise(provider, "") == nia
    assert recognise(other, "") is None


@pytest.mark.parametrize(
    ("claims", "counts"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": "mfa"}, True),
        ({"acr": "mfa"}, True),
        ({"acrs": ["c1", "mfa"]}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": ["mfa-not"]}, False),
        ({"amr": None}, False),
        ({"amr": {"mfa": 1}}, False),
        ({}, False),
    ],
)
def test_what_counts_as_its_second_step(provider, claims, counts):
    assert provider.saw_second_step(claims) is counts
    provider.second_step_words = []
    assert provider.saw_second_step(claims) is False


def test_a_secret_of_another_site_key_leads_back_to_the_code_and_is_logged(client, provider, settings, caplog):
    Provider.objects.update(state=Provider.State.ON)
    settings.SECRET_KEY = "another-key-than-when-the-secret-was-entered-0123456789"
    assert client.post(f"/account/with/{provider.code}/").headers["Location"].startswith("/account/login/code/")
    assert f"The secret of the sign-in provider {provider.code} cannot be opened" in caplog.text


@pytest.mark.parametrize(
    ("answer", "denied"),
    [
        ({}, False),
        ({"email_verified": True}, False),
        ({"email_verified": False}, True),
        ({"email_verified": "false"}, True),
    ],
)
def test_an_answer_may_deny_that_the_address_is_theirs(provider, answer, denied):
    assert denied_in(answer) is denied
    assert (recognise(provider, "a@riverbank.example", email_denied=denied) is None) is denied
