"""Logs say what happened and where in the code, never to whom or with which words."""

import json
import logging

import pytest
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import IntegrityError
from django.test import Client
from django.urls import path, reverse

from rounds_site.logs import Discreet, DiscreetJson
from rounds_site.urls import urlpatterns as portal_urls
from tests.factories.members import JoinLinkFactory, PersonFactory

ADDRESS = "ben@quarry-lane.example"


def raised():
    try:
        raise IntegrityError(f"Key (email)=({ADDRESS}) already exists")
    except IntegrityError as error:
        return type(error), error, error.__traceback__


def written(name, message, *args, **extra):
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, extra.pop("exc_info", None))
    record.__dict__.update(extra)
    return Discreet().format(record)


def test_of_an_exception_only_kind_and_place_are_written():
    line = written("members.postbox", "A letter was not sent", exc_info=raised())
    assert ADDRESS not in line
    assert line.endswith("django.db.utils.IntegrityError")
    assert "in raised" in line


def test_not_even_if_another_handler_wrote_it_first():
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "said", (), raised())
    assert ADDRESS in logging.Formatter().format(record)
    assert ADDRESS not in Discreet().format(record)


@pytest.mark.django_db
def test_of_a_request_only_the_pattern_of_its_address_is_written(rf):
    class Match:
        route = "join/<token>/"

    request = rf.get("/join/s3cret/")
    request.resolver_match = Match
    message = "%s: %s"
    line = written("django.request", message, "Not Found", request.path, request=request, status_code=404)
    assert line.endswith("ERROR django.request 404 join/<token>/")
    assert written("django.request", message, "Not Found", "/a/b", status_code=404).endswith("404 (no page)")


@pytest.mark.django_db
def test_not_even_of_a_request_that_is_refused(caplog, client):
    link = JoinLinkFactory()
    Client(enforce_csrf_checks=True).post(reverse("join", args=[link.token]))
    client.get("/", HTTP_HOST=ADDRESS)
    lines = [Discreet().format(record).splitlines()[0] for record in caplog.records]
    assert [line.partition(" django.")[2] for line in lines] == [
        "security.csrf 403 join/<slug:token>/",
        "security.DisallowedHost 400 (no page)",
    ]


def test_of_a_failed_task_neither_arguments_nor_words():
    args = {"id": "1", "name": "members.tasks.x", "exc": f"refused {ADDRESS}", "args": f"['{ADDRESS}']", "kwargs": "{}"}
    line = written("celery.app.trace", "Task %(name)s[%(id)s] raised: %(exc)s %(args)s", args)
    assert line.endswith("Task members.tasks.x[1] raised: - -")


def test_as_json_it_is_an_object_a_line_with_no_word_of_anybody():
    record = logging.LogRecord("members.postbox", logging.ERROR, __file__, 1, "A letter was not sent", (), raised())
    line = DiscreetJson().format(record)
    assert ADDRESS not in line
    assert "\n" not in line
    said = json.loads(line)
    assert said.pop("at").endswith("+00:00")
    [frame] = said.pop("frames")
    assert frame.startswith(f"{__file__}:")
    assert frame.endswith(" raised")
    assert said == {
        "level": "ERROR",
        "logger": "members.postbox",
        "message": "A letter was not sent",
        "error": "django.db.utils.IntegrityError",
    }


@pytest.mark.parametrize("formatter", [Discreet, DiscreetJson])
def test_no_format_tells_the_address_of_a_page(rf, formatter):
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "%s: %s", ("Gone", "/join/s3cret/"), None)
    record.status_code, record.request = 500, rf.get("/join/s3cret/")
    assert "s3cret" not in formatter().format(record)
    assert "500 (no page)" in formatter().format(record)


def test_the_root_logger_writes_so(settings):
    assert settings.LOGGING["root"]["handlers"] == ["console"]
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "discreet"
    assert settings.LOGGING["loggers"]["django"]["handlers"] == []


def broken(request):
    raise IntegrityError(ADDRESS)


urlpatterns = [path("broken/", broken), *portal_urls]


@pytest.fixture
def logged(caplog):
    """What django.request would hand to the console."""
    return lambda: [
        (record.status_code, record.levelname) for record in caplog.records if record.name == "django.request"
    ]


@pytest.mark.django_db
def test_an_answer_is_no_fault(client, logged):
    client.force_login(PersonFactory())
    cache.clear()
    assert client.get("/manage/").status_code == 403
    assert client.get("/nowhere/").status_code == 404
    assert client.get("/readyz").status_code == 503
    assert logged() == []


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_fault_is_written(client, logged):
    client.raise_request_exception = False
    assert client.get("/broken/").status_code == 500
    assert logged() == [(500, "ERROR")]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/readyz", "/nowhere/", "/healthz"])
def test_the_head_alone_is_sent_without_a_body(rf, address):
    """The test client drops bodies by itself; a web server does not."""
    answers = [get_wsgi_application().get_response(ask(address)) for ask in (rf.head, rf.get)]
    assert [answer.status_code for answer in answers] in ([200, 200], [404, 404], [503, 503])
    assert answers[0].content == b""
    assert answers[0].headers["Content-Length"] == answers[1].headers["Content-Length"] != "0"
