"""Before a sensitive act one shows that it is still oneself: by a code in a letter, by the app, by a code on paper."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from members import current
from members.views.proving import recently_proven
from rounds_site.urls import urlpatterns as all_of_ours
from tests.factories.members import PersonFactory
from tests.sessions import app_code
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


@recently_proven
def act(request, where):
    return HttpResponse(f"{request.method} at {where}: {request.POST.getlist('name')}")


urlpatterns = [path("act/<slug:where>/", act), *all_of_ours]


@pytest.fixture(autouse=True)
def guarded():
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def ben(client, time_machine):
    time_machine.move_to(NOON, tick=False)
    person = PersonFactory(email="ben@riverbank.example")
    client.force_login(person)
    return person


@pytest.fixture
def later(client, ben, time_machine):
    """Eleven minutes after signing in."""
    time_machine.shift(11 * 60)
    client.get("/support/")
    return client


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def code_in_the_letter():
    return re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", mail.outbox[-1].body)[0]


def test_who_has_just_signed_in_is_not_asked(client, ben):
    assert text(client.get("/act/a/")) == "GET at a: []"


def test_a_stranger_signs_in_first(client):
    assert client.get("/act/a/")["Location"] == "/account/login/code/?next=/act/a/"


def test_a_code_by_letter_leads_on_to_the_same_page(later):
    page = later.get("/act/a/?q=1")
    assert "Show that it is you" in text(page)
    assert mail.outbox == []
    page = later.post("/act/a/?q=1", {"prove-by": "write"})
    assert "We have written to <b>ben@riverbank.example</b>" in text(page)
    answer = later.post("/act/a/?q=1", {"prove-by": "letter", "prove-code": code_in_the_letter().lower()})
    assert (answer.status_code, answer["Location"]) == (302, "/act/a/?q=1")
    assert text(later.get("/act/a/")) == "GET at a: []"


def test_what_was_sent_travels_with_the_question_and_is_done_after_the_answer(later):
    page = text(later.post("/act/a/", {"name": ["one", '"><b>two'], "csrfmiddlewaretoken": "x"}))
    assert "GET at" not in page
    assert page.count('<input type="hidden" name="name" value="one">') == 1
    assert '<input type="hidden" name="name" value="&quot;&gt;&lt;b&gt;two">' in page
    sent = {"name": ["one", '"><b>two'], "prove-sent": "1"}
    page = text(later.post("/act/a/", sent | {"prove-by": "write"}))
    assert page.count('name="prove-sent" value="1"') == 2
    done = text(later.post("/act/a/", sent | {"prove-by": "letter", "prove-code": code_in_the_letter()}))
    assert done == "POST at a: ['one', '\"><b>two']"


def test_nothing_that_was_sent_is_kept(later):
    later.post("/act/a/", {"name": "a confidential story"})
    assert "story" not in str(dict(later.session))


def test_proof_is_good_for_ten_minutes(later, time_machine):
    later.post("/act/a/", {"prove-by": "write"})
    later.post("/act/a/", {"prove-by": "letter", "prove-code": code_in_the_letter()})
    time_machine.shift(9 * 60 + 50)
    assert text(later.get("/act/a/")) == "GET at a: []"
    time_machine.shift(20)
    assert "Show that it is you" in text(later.get("/act/a/"))


def test_three_tries_for_a_letter(later):
    later.post("/act/a/", {"prove-by": "write"})
    right = code_in_the_letter()
    for _ in range(3):
        page = text(later.post("/act/a/", {"prove-by": "letter", "prove-code": "WRNG-CODE"}))
        assert "That code is not right" in page
    assert "Show that it is you" in text(later.post("/act/a/", {"prove-by": "letter", "prove-code": right}))


def test_tries_that_are_under_way_count_before_they_are_answered(later):
    """Many posts at once are three tries too."""
    later.post("/act/a/", {"prove-by": "write"})
    request = type("Request", (), {"session": later.session})()
    assert [current.forget(request, f"try-{number}") for number in (0, 1, 2, 0)] == [True, True, True, False]
    page = text(later.post("/act/a/", {"prove-by": "letter", "prove-code": code_in_the_letter()}))
    assert "That code is not right" in page


def test_a_new_letter_has_three_tries_of_its_own(later):
    for tries in (3, 2):
        later.post("/act/a/", {"prove-by": "write"})
        for _ in range(tries):
            later.post("/act/a/", {"prove-by": "letter", "prove-code": "WRNG-CODE"})
    later.post("/act/a/", {"prove-by": "letter", "prove-code": code_in_the_letter()})
    assert text(later.get("/act/a/")) == "GET at a: []"


def test_a_code_works_once_and_not_after_its_time(later, time_machine):
    later.post("/act/a/", {"prove-by": "write"})
    right = code_in_the_letter()
    time_machine.shift(15 * 60 + 1)
    assert "Show that it is you" in text(later.post("/act/a/", {"prove-by": "letter", "prove-code": right}))


def test_letters_are_limited(later):
    pages = [text(later.post("/act/a/", {"prove-by": "write"})) for _ in range(4)]
    assert len(mail.outbox) == 3
    assert "Too many codes were asked for just now" in pages[-1]


@pytest.mark.parametrize("by", ["letter", "app", "passkey", "nonsense", ""])
def test_no_answer_is_no_proof(later, by):
    for said in (
        {},
        {"prove-code": ""},
        {"prove-code": "None"},
        {"prove-credential": "null"},
        {"prove-credential": "{"},
    ):
        page = later.post("/act/a/", {"prove-by": by} | said)
        assert "Show that it is you" in text(page)


def test_whoever_has_an_app_shows_that_and_no_letter_does(client, ben, time_machine):
    TOTP.activate(ben, SECRET)
    time_machine.shift(11 * 60)
    assert "Send a code to" not in text(client.get("/act/a/"))
    client.post("/act/a/", {"prove-by": "write"})
    assert mail.outbox == []
    assert "That code is not right" in text(client.post("/act/a/", {"prove-by": "app", "prove-code": "000000"}))
    assert client.post("/act/a/", {"prove-by": "app", "prove-code": app_code(SECRET)})["Location"] == "/act/a/"
    cache.clear()
    assert text(client.get("/act/a/")) == "GET at a: []"


def test_a_code_on_paper_does_too_and_works_once(client, ben, time_machine):
    TOTP.activate(ben, SECRET)
    code = RecoveryCodes.activate(ben).get_unused_codes()[0]
    time_machine.shift(11 * 60)
    assert client.post("/act/a/", {"prove-by": "app", "prove-code": code}).status_code == 302
    time_machine.shift(11 * 60)
    assert client.post("/act/a/", {"prove-by": "app", "prove-code": code}).status_code == 200


def test_when_a_second_step_was_used_is_not_kept(client, ben, time_machine):
    TOTP.activate(ben, SECRET)
    time_machine.shift(11 * 60)
    client.post("/act/a/", {"prove-by": "app", "prove-code": app_code(SECRET)})
    assert list(Authenticator.objects.values_list("last_used_at", flat=True)) == [None]


def test_the_secret_of_an_app_is_sealed(ben):
    TOTP.activate(ben, SECRET)
    assert SECRET not in str(Authenticator.objects.get().data)
