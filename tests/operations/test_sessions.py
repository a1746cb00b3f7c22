import datetime as dt

import pytest
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.utils import timezone

from tests.factories.members import PersonFactory

pytestmark = pytest.mark.django_db


def test_a_session_ends_twelve_hours_after_signing_in_whatever_happens_in_it(rf, time_machine):
    time_machine.move_to(dt.datetime(2027, 3, 3, 9, 0, tzinfo=dt.UTC), tick=False)
    request = rf.get("/")
    request.session = SessionStore()
    login(request, PersonFactory(), backend="allauth.account.auth_backends.AuthenticationBackend")
    time_machine.move_to(dt.datetime(2027, 3, 3, 19, 0, tzinfo=dt.UTC), tick=False)
    request.session["seen"] = True
    request.session.save()
    assert request.session.get_expiry_age() == 2 * 60 * 60
    assert request.session.get_expiry_date() == timezone.now() + dt.timedelta(hours=2)


def test_signed_in_pages_are_not_kept_by_the_browser(client):
    client.force_login(PersonFactory())
    assert "no-store" in client.get("/account/missing/").headers["Cache-Control"]


def test_pages_for_everyone_may_be_kept(client):
    assert "Cache-Control" not in client.get("/account/missing/").headers


def test_the_address_for_passwords_leads_to_the_code(client):
    answer = client.get("/account/login/?next=/my-rounds/")
    assert (answer.status_code, answer.url) == (302, "/account/login/code/?next=/my-rounds/")


@pytest.mark.parametrize("page", ["reset/", "reset/done/", "reset/key/a-b/", "change/", "set/"])
def test_nobody_gets_a_password(client, page):
    person = PersonFactory()
    client.force_login(person)
    for ask in (client.get, client.post):
        answer = ask(f"/account/password/{page}", {"email": person.email, "password1": "x" * 20, "password2": "x" * 20})
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/account/login/code/")
    assert mail.outbox == []
    person.refresh_from_db()
    assert person.has_usable_password() is False
