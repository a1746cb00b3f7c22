import datetime as dt
import re

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
    login(request, PersonFactory(), backend="members.adapter.SignedIn")
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


LOST = "Nothing was saved, because you had been signed out. Please do it again."


def sign_in(client, person, then):
    client.post(f"/account/login/code/?next={then}", {"email": person.email, "next": then})
    code = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mail.outbox[-1].body)[0]
    return client.post("/account/login/code/confirm/", {"code": code, "next": then}, follow=True)


def test_what_was_sent_after_signing_out_elsewhere_is_said_to_be_lost(client):
    person = PersonFactory(name="Ben Booker")
    asked = client.post("/your-details/", {"name": "Benjamin Booker"})
    assert asked["Location"] == "/account/login/code/?next=/your-details/"
    assert LOST in sign_in(client, person, "/your-details/").content.decode()
    person.refresh_from_db()
    assert person.name == "Ben Booker"
    assert LOST not in client.get("/your-details/").content.decode()


def test_who_only_looked_lost_nothing(client):
    person = PersonFactory()
    client.get("/your-details/")
    assert LOST not in sign_in(client, person, "/your-details/").content.decode()
