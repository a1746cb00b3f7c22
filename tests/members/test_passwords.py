"""Passwords: only where a site wants them, and never a way round the second step."""

import os
import re
import subprocess
import sys

import pytest
from django.test import override_settings
from django.urls import clear_url_caches

from rounds_site import urls
from tests.factories.members import MembershipFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.running import ROOT

pytestmark = pytest.mark.django_db
LONG = "lantern teaspoon gravel"

# As rounds_site.urls puts them together with ACCOUNT_PASSWORDS=1.
urlpatterns = [*urls.passwords, *urls.urlpatterns]


@pytest.fixture
def wanted():
    fields = ["email*", "password1*"]
    with override_settings(ROOT_URLCONF=__name__, PASSWORDS=True, ACCOUNT_SIGNUP_FIELDS=fields):
        clear_url_caches()
        yield
    clear_url_caches()


def sign_in(client, person, password):
    return client.post("/account/login/", {"login": person.email, "password": password})


def test_by_default_there_are_none(client):
    client.force_login(PersonFactory())
    assert client.get("/your-details/password/").status_code == 404
    assert "password" not in client.get("/your-details/ways-in/").content.decode().lower()


@pytest.mark.parametrize("said", ["", "1"])
def test_a_site_says_whether_it_wants_them(said, tmp_path):
    code = """import django; django.setup()
from django.urls import resolve
print(resolve('/account/login/').func.view_class)"""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept
        | {"DJANGO_SETTINGS_MODULE": "rounds_site.settings", "VAR_DIR": str(tmp_path), "ACCOUNT_PASSWORDS": said},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert ("RedirectView" in done.stdout) is (said == "")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 12 characters"),
        ("password1234", "too common"),
        ("ben.booker@riverbank", "too similar"),
        ("", "Enter a new password"),
    ],
)
def test_weak_ones_are_refused(wanted, client, password, words):
    person = PersonFactory(email="ben.booker@riverbank.example", name="Ben Booker")
    client.force_login(person)
    page = client.post("/your-details/password/", {"password1": password, "password2": password})
    assert words in page.content.decode()
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_one_is_set_and_signs_in_and_ends_other_sessions(wanted, client):
    person = MembershipFactory().person
    client.force_login(person)
    elsewhere = type(client)()
    elsewhere.force_login(person)
    assert client.post("/your-details/password/", {"password1": LONG, "password2": LONG}).status_code == 302
    assert client.get("/your-details/").status_code == 200
    assert elsewhere.get("/your-details/").status_code == 302
    client.post("/account/logout/")
    assert "do not belong together" in sign_in(client, person, LONG + "x").content.decode()
    assert sign_in(client, person, LONG)["Location"] == "/"
    assert client.get("/your-details/").status_code == 200


def test_a_role_holder_still_shows_the_second_step(wanted, client):
    person = PersonFactory()
    person.set_password(LONG)
    person.save()
    RoleGrantFactory(person=person, system=SystemFactory())
    sign_in(client, person, LONG)
    assert client.get("/organise/")["Location"] == "/account/2fa/"


def test_known_and_unknown_addresses_get_the_same_answer(wanted, client):
    PersonFactory(email="ben@riverbank.example")
    said = [{"login": f"{name}@riverbank.example", "password": "wrong horse battery"} for name in ("ben", "nob")]
    pages = [client.post("/account/login/", each).content.decode().replace("nob@", "ben@") for each in said]
    pages = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page) for page in pages]
    assert pages[0] == pages[1]
