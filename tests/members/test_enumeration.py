"""Whoever types addresses learns nothing: not whether one is known, closed, an alias, or of a domain that opens a door.

The corpus goes through each page that takes an address. For all of it: the same status, the same way on, the same page,
one letter with the same subject and a code, and about as many statements. What differs is in the mailbox's own hands.
"""

import re
from collections import Counter

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from members.models import ApprovedDomain, JoinLink, Membership, Person
from tests.factories.members import JoinLinkFactory, OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.members.test_joining import CONFIRM, SIGN_IN, without_tokens

pytestmark = pytest.mark.django_db

# A new account is an account and its address: two rows, each looked for before and written in a savepoint.
BAND = 8

CORPUS = {
    "known": "known@riverbank.example",
    "known, in capitals": "KNOWN@Riverbank.Example",
    "a second address of somebody": "second@riverbank.example",
    "a second address, never proven": "unproven@riverbank.example",
    "a holder of a role": "olu@riverbank.example",
    "unknown": "stranger@elsewhere.example",
    "unknown, of an approved domain": "stranger@riverbank.example",
    "begun and never confirmed": "begun@elsewhere.example",
    "closed": "closed@riverbank.example",
    "a plus before a known one": "known+rounds@riverbank.example",
    "a plus before an unknown one": "stranger+rounds@riverbank.example",
    "letters that look alike": "known@rivеrbank.example",
    "wide letters": "known@ｒiverbank.example",
    "a part of a domain": "known@mail.riverbank.example",
    "long": "l" * 60 + "@" + "riverbank." * 18 + "example",
}


@pytest.fixture
def pages():
    """The addresses of the pages that take an address, with what else they ask."""
    system = SystemFactory()
    riverbank = OrganisationFactory(name="Riverbank", system=system)
    ApprovedDomain.objects.create(organisation=riverbank, domain="riverbank.example")
    known = PersonFactory(email="known@riverbank.example", works_for=riverbank)
    EmailAddress.objects.create(user=known, email="second@riverbank.example", verified=True)
    EmailAddress.objects.create(user=known, email="unproven@riverbank.example", verified=False)
    RoleGrantFactory(person=PersonFactory(email="olu@riverbank.example"), role="administrator", system=system)
    begun = PersonFactory(email="begun@elsewhere.example", verified=False)
    EmailAddress.objects.create(user=begun, email=begun.email, verified=False, primary=True)
    PersonFactory(email="closed@riverbank.example", is_active=False, works_for=riverbank)
    JoinLinkFactory(organisation=OrganisationFactory(name="Quarry Lane", system=system, has_staff_list=False))
    join = reverse("join", args=[JoinLink.objects.get().token])
    return {SIGN_IN: {}, join: {"name": "Wren", "staff_group": "other"}}


def asked(page, email, said):
    """All that somebody sees who types that address, and how many statements it took. The limits are those of a
    mailbox and tried elsewhere: here none is to hold up the next."""
    cache.clear()
    client, before = Client(), len(mail.outbox)
    statements = Counter()
    with connection.execute_wrapper(counted_in(statements)):
        answer = client.post(page, {"email": email} | said)
    then = client.get(CONFIRM)
    letters = mail.outbox[before:]
    seen = {
        "status": answer.status_code,
        "way on": answer.get("Location"),
        "headers": sorted(answer.headers),
        "cookies": sorted(client.cookies),
        "page": without_tokens(then, email.lower(), email),
        "letters": [
            (letter.subject, len(re.findall(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", letter.body)), plain(letter.body))
            for letter in letters
        ],
    }
    return seen, statements.total()


def counted_in(statements):
    def run(execute, sql, params, many, context):
        statements[sql] += 1
        return execute(sql, params, many, context)

    return run


def plain(body):
    return re.sub(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", "CODE", body)


def test_every_address_gets_the_same(pages):
    for page, said in pages.items():
        answers = {name: asked(page, email, said) for name, email in CORPUS.items()}
        expected, _ = answers["known"]
        assert {name: seen for name, (seen, _) in answers.items() if seen != expected} == {}
        statements = [number for _, number in answers.values()]
        assert min(statements) > 0
        assert max(statements) - min(statements) <= BAND, {name: number for name, (_, number) in answers.items()}
        assert expected["letters"][0][:2] == ("Your sign-in code", 1)


def test_a_wrong_code_is_answered_alike_and_ends_alike(pages):
    seen = set()
    for email in CORPUS.values():
        client = Client()
        client.post(SIGN_IN, {"email": email})
        tries = [client.post(CONFIRM, {"code": "WRNG-CODE"}) for _ in range(3)]
        seen.add(tuple((each.status_code, each.get("Location")) for each in tries))
    assert len(seen) == 1


def test_asking_changes_nothing_about_anybody_and_joins_nobody_to_anything(pages):
    before = snapshot()
    for page, said in pages.items():
        for email in CORPUS.values():
            asked(page, email, said)
    after = snapshot()
    assert [row for row in before if row not in after] == []
    new = Person.objects.exclude(pk__in=[row[0] for row in before])
    assert [person.email for person in new if person.emailaddress_set.filter(verified=True).exists()] == []
    assert Membership.objects.exclude(person__in=[row[0] for row in before]).count() == 0


def snapshot():
    people = Person.objects.order_by("pk").values_list("pk", "email", "name", "is_active", "emailaddress__verified")
    return list(people.order_by("pk", "emailaddress__pk"))


@pytest.mark.parametrize("field", ["email", "name", "staff_group"])
@pytest.mark.parametrize(
    "sly",
    ["a@x.example\r\nBcc: b@x.example", "a@x.example%0aBcc:b@x.example", "a@x.example\u2028Bcc: b@x.example", "\x00"],
)
def test_no_field_writes_into_the_head_of_a_letter(pages, field, sly):
    for page, said in pages.items():
        Client().post(page, {"email": "wren@x.example"} | said | {field: sly})
    for letter in mail.outbox:
        assert sorted(letter.message().keys()) == sorted({*letter.message().keys()} - {"Bcc", "Cc"})
        assert letter.to == ["wren@x.example"]
        assert (letter.cc, letter.bcc) == ([], [])
