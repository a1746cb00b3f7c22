"""Logs say what happened and where in the code, never to whom or with which words."""

import logging

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from rounds_site.logs import Discreet
from tests.factories.members import JoinLinkFactory

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


def test_the_root_logger_writes_so(settings):
    assert settings.LOGGING["root"]["handlers"] == ["console"]
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "discreet"
    assert settings.LOGGING["loggers"]["django"]["handlers"] == []
