"""Paths where nobody may be recognised: no cookie is set or read, and no token is asked for."""

import pytest
from django.http import HttpResponse
from django.template import RequestContext, Template
from django.test import Client
from django.urls import include, path

from tests.factories.members import PersonFactory

PAGE = Template("{% csrf_token %}{{ messages|length }}{{ user.is_authenticated }}")


def page(request):
    request_has = [name for name in ("session", "user", "_messages") if hasattr(request, name)]
    return HttpResponse(f"{request_has} {PAGE.render(RequestContext(request))}")


def broken(request):
    raise RuntimeError


urlpatterns = [
    path("feedback/", page),
    path("feedback/broken/", broken),
    path("feedback/sent/", lambda request: HttpResponse("in the box")),
    path("feedback-elsewhere/", page),
    path("", include("rounds_site.urls")),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def strict_client(person=None):
    client = Client(enforce_csrf_checks=True)
    if person:
        client.force_login(person)
    return client


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "address", ["/feedback/sent/", "/feedback/missing/", "/certificates/check/", "/healthz", "/readyz", "/metrics"]
)
def test_no_cookie_is_ever_set_or_varied_by(method, address):
    client = strict_client(PersonFactory())
    answer = getattr(client, method)(address)
    assert answer.cookies == {}
    assert "cookie" not in answer.headers.get("Vary", "").lower()


def test_nothing_there_knows_who_asks(django_assert_num_queries):
    client = strict_client(PersonFactory())
    with django_assert_num_queries(0):
        assert b"[]" in client.get("/feedback/").content


def test_a_form_without_a_token_is_taken_there():
    answer = strict_client().post("/feedback/sent/", {"said": "thank you"})
    assert (answer.status_code, answer.content) == (200, b"in the box")


@pytest.mark.parametrize("address", ["/feedback-elsewhere/", "/account/login/code/", "/account/logout/"])
def test_and_only_there(address):
    assert strict_client(PersonFactory()).post(address, {"email": "ben@quarry-lane.example"}).status_code == 403


def test_the_headers_of_every_page_are_on_those_too():
    headers = strict_client().get("/feedback/sent/").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_an_error_there_is_answered_like_any_other():
    client = Client(raise_request_exception=False)
    assert client.get("/feedback/missing/").status_code == 404
    assert client.get("/feedback/broken/").status_code == 500
