"""Trying too often, from behind proxies too; where signing in leads to; known and unknown addresses look alike."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory

pytestmark = pytest.mark.django_db

ASK, CONFIRM = "/account/login/code/", "/account/login/code/confirm/"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def ask(client, email, **headers):
    client.cookies.clear()
    return client.post(ASK, {"email": email}, headers=headers)


def code():
    return re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", mail.outbox[-1].body)[0]


# --- Limits -------------------------------------------------------------------------------------------


def limited_from(client, *forwarded, limit="2/m/ip,100/m/key"):
    """Which of these requests, each with its own X-Forwarded-For, was turned away; for addresses nobody has."""
    with override_settings(ACCOUNT_RATE_LIMITS={"request_login_code": limit}):
        answers = [ask(client, f"nobody{n}@x.example", x_forwarded_for=each) for n, each in enumerate(forwarded)]
    return [answer.status_code != 302 for answer in answers]


def test_without_a_proxy_a_forged_header_is_no_disguise(client):
    assert limited_from(client, "1.1.1.1", "2.2.2.2", "3.3.3.3") == [False, False, True]


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
def test_behind_one_proxy_only_what_the_proxy_wrote_counts(client):
    forged = [f"{n}.{n}.{n}.{n}, 192.0.2.7" for n in range(1, 4)]
    assert limited_from(client, *forged) == [False, False, True]


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
def test_behind_one_proxy_two_people_are_two(client):
    assert limited_from(client, "192.0.2.7", "192.0.2.7", "192.0.2.8", "9.9.9.9, 192.0.2.7") == [
        False,
        False,
        False,
        True,
    ]


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=2)
def test_behind_two_proxies_the_one_before_the_last_counts(client):
    forged = [f"{n}.{n}.{n}.{n}, 192.0.2.7, 10.0.0.1" for n in range(1, 4)]
    assert limited_from(client, *forged) == [False, False, True]


def test_three_letters_a_minute_to_one_address_from_wherever(client):
    person = PersonFactory()
    for n in range(5):
        ask(client, person.email, x_forwarded_for=f"10.0.0.{n}")
    assert len(mail.outbox) == 3


def test_a_code_ends_after_three_wrong_ones(client):
    person = PersonFactory()
    ask(client, person.email)
    right = code()
    for _ in range(3):
        client.post(CONFIRM, {"code": "WRNG-CODE"})
    client.post(CONFIRM, {"code": right})
    assert "_auth_user_id" not in client.session


# --- Where it leads -----------------------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example/",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:\\\\evil.example",
    " https://evil.example",
    "\thttps://evil.example",
    "/\t/evil.example",
    "/%09/evil.example/../..//evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "https://127.0.0.1/",
    "http://localhost:9000/",
    "//127.0.0.1/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "ftp://evil.example",
    "https://evil.example\\@testserver",
    "http://[::1]/",
    "/\r\nLocation: https://evil.example",
    "%2F%2Fevil.example",
    "https%3A%2F%2Fevil.example",
    "//google.com/%2f..",
    "\x00//evil.example",
]


@pytest.mark.parametrize("there", ELSEWHERE)
def test_after_signing_in_one_is_still_here(client, there):
    person = PersonFactory(works_for=OrganisationFactory())
    client.post(ASK, {"email": person.email, "next": there})
    answer = client.post(CONFIRM, {"code": code(), "next": there})
    assert answer.status_code == 302
    assert_ours(answer["Location"])


@pytest.mark.parametrize("there", ELSEWHERE)
def test_signing_out_and_coming_back_by_a_passkey_or_provider_lead_nowhere_else_either(client, there):
    client.force_login(PersonFactory())
    assert_ours(client.post("/account/logout/", {"next": there})["Location"])
    assert_ours(client.post("/account/2fa/passkeys/sign-in/", {"credential": "{}", "next": there})["Location"])
    page = client.get(ASK, {"next": there})
    assert [each for each in re.findall(r'(?:href|action)="([^"]*)"', text(page)) if "evil" in each.split("?")[0]] == []


def assert_ours(location):
    """As a browser reads it: a path of ours, whatever it does with backslashes, tabs and line ends."""
    read = re.sub(r"[\t\r\n]", "", location).replace("\\", "/").strip()
    assert read.startswith("/")
    assert not read.startswith("//")


# --- Known and unknown --------------------------------------------------------------------------------


def outcome(client, email):
    """All that somebody outside could tell apart: status, where it leads, the page, how much was asked, the letter."""
    ask(client, "warm@up.example")
    mail.outbox.clear()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = ask(client, email)
    page = text(client.get(CONFIRM)).replace(email, "who@where")
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return answer.status_code, answer["Location"], page, len(mail.outbox), len(queries)


def test_no_kind_of_address_looks_different_from_outside(client):
    PersonFactory(email="plain@riverbank.example")
    PersonFactory(email="typed@riverbank.example", verified=False)
    PersonFactory(email="closed@riverbank.example", is_active=False)
    RoleGrantFactory(person=PersonFactory(email="role@riverbank.example"), system=SystemFactory())
    names = ("plain", "role", "closed", "typed", "nobody")
    seen = {name: outcome(client, f"{name}@riverbank.example") for name in names}
    assert len({each[:4] for each in seen.values()}) == 1
    # The letter is what takes time; a query or two more or less is far below it.
    counts = [each[4] for each in seen.values()]
    assert max(counts) - min(counts) <= 2, seen
