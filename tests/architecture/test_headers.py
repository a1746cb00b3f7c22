"""What every address says to the browser of whoever gets in, and that none takes a form that comes from elsewhere."""

import pytest
from django.test.client import ClientHandler

from tests.architecture.asking import address_of, ask, client_of
from tests.architecture.expected import ASKERS, IN, ROUTES

pytestmark = pytest.mark.django_db(databases=["default", "box"])

MAY_MOST = ["runs it", "administrator, system", "ics_lead, same", *ASKERS]
ON_EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
IN_EVERY_POLICY = {"default-src 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"}
# A letter in a frame of our own page: it brings its style, and can do nothing there.
FRAMED = {"default-src 'none'", "frame-ancestors 'self'", "style-src 'unsafe-inline'"}
# {key: why no session of anybody can be misused there}
WITHOUT_A_TOKEN = {
    "feedback": "without a cookie by design: whoever gives it is nobody",
    "check_certificate": "without a cookie: it reads what is pasted into it, and keeps nothing",
    "stop": "a mail program presses the button in the head of a letter, and the address itself is the secret",
}
# The same for everybody, at addresses made of what they hold.
FOR_EVERYBODY = {"public", "max-age=31536000", "immutable"}


def asker_in(key, method):
    met = getattr(ROUTES[key], method)
    return next((asker for asker in MAY_MOST if met[asker] == IN), None)


@pytest.mark.parametrize("key", [key for key in ROUTES if asker_in(key, "get")])
def test_every_answer_is_guarded(key, realm):
    asker = asker_in(key, "get")
    client = client_of(realm.askers[asker])
    answer = ask(client, "GET", address_of(key, realm))
    assert {name: answer.headers.get(name) for name in ON_EVERY_ANSWER} == ON_EVERY_ANSWER
    assert "camera=(" in answer.headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    policy = set(answer.headers["Content-Security-Policy"].split("; "))
    assert policy >= IN_EVERY_POLICY | {"frame-ancestors 'none'"} or policy >= FRAMED
    assert not [said for said in policy - FRAMED if "unsafe" in said or "http:" in said or "*" in said]
    for cookie in answer.cookies.values():
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    if realm.askers[asker] and answer.status_code == 200:
        kept = set(answer.headers.get("Cache-Control", "").split(", "))
        assert {"no-store", "private"} & kept or (kept == FOR_EVERYBODY and key in ("look", "logo"))


@pytest.mark.parametrize("key", [key for key in ROUTES if asker_in(key, "post")])
def test_no_form_is_taken_from_elsewhere(key, realm):
    client = client_of(realm.askers[asker_in(key, "post")])
    client.handler = ClientHandler(enforce_csrf_checks=True)
    answer = ask(client, "POST", address_of(key, realm), ROUTES[key].data(realm))
    assert (answer.status_code == 403) == (key not in WITHOUT_A_TOKEN)
