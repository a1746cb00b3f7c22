"""Every page under /account/: in our look and words, or not here."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver

from tests.factories.members import PersonFactory, SystemFactory

pytestmark = pytest.mark.django_db

THEIRS = re.compile(r"password|[Aa]uthenticator [Aa]pp\b|Two-Factor|two-factor|Recovery Codes|[Ii]nactive|Third-Party")


def routed(patterns=None, before=""):
    for each in patterns or get_resolver().url_patterns:
        route = before + str(each.pattern).removeprefix("^")
        if hasattr(each, "url_patterns"):
            yield from routed(each.url_patterns, route)
        elif route.startswith("account/"):
            yield f"/{route}"


def test_the_walk_finds_the_pages():
    found = set(routed())
    assert {"/account/login/code/", "/account/inactive/", "/account/2fa/app/"} < found
    assert not [each for each in found if "3rdparty" in each or "social" in each]


@pytest.fixture(params=["nobody", "somebody", "with a second step"])
def visitor(request, client):
    SystemFactory()
    if request.param != "nobody":
        person = PersonFactory(email="ben@riverbank.example")
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    if request.param == "with a second step":
        TOTP.activate(person, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(person)
        assert Authenticator.objects.count() == 2
    return client


@pytest.mark.parametrize("address", sorted(set(routed())))
def test_every_page_is_ours_or_leads_away(visitor, address):
    response = visitor.get(address)
    assert response.status_code in (200, 302, 403, 404)
    if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
        return
    page = response.content.decode()
    assert page.count('class="rd-title"') == 1
    assert page.count("<h1") == 1
    words = re.sub(r"<[^>]+>", " ", page.split("<main")[1].split("</main>")[0])
    for own in ("There is no password to remember", "an authenticator app"):
        words = words.replace(own, "")
    assert THEIRS.findall(words) == []


@pytest.mark.parametrize(
    "name",
    [
        "account/account_inactive.html",
        "mfa/authenticate.html",
        "account/prove.html",
        "mfa/webauthn/add_form.html",
        "mfa/webauthn/authenticator_confirm_delete.html",
        "mfa/webauthn/authenticator_list.html",
        "mfa/webauthn/edit_form.html",
        "mfa/recovery_codes/index.html",
        "mfa/recovery_codes/generate.html",
        "mfa/totp/activate_form.html",
        "mfa/totp/deactivate_form.html",
    ],
)
def test_pages_that_need_a_step_before_them_are_ours_too(name):
    assert get_template(name).origin.name == str(settings.BASE_DIR / "templates" / name)


@pytest.mark.parametrize(
    "address", ["/account/reauthenticate/", "/account/password/reset/", "/account/password/change/", "/account/login/"]
)
def test_what_would_ask_for_a_password_leads_to_the_code(client, address):
    assert client.get(address)["Location"] == "/account/login/code/"


def test_nobody_comes_by_a_third_party(client):
    names = ("3rdparty/", "3rdparty/login/error/", "3rdparty/signup/", "social/connections/", "phone/verify/")
    assert [client.get(f"/account/{name}").status_code for name in names] == [404] * 5
