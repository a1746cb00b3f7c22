"""FAULT_REPORTS_URL: what is told of a fault, and that nothing else leaves the portal."""

import http.server
import json
import logging
import os
import subprocess
import sys
import threading

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError

from rounds_site import fault_reports
from rounds_site.environment import Reader
from rounds_site.fault_reports import Reports
from tests.running import ROOT, free_port

ADDRESS = "ben@quarry-lane.example"


class Ear:
    """Hears what is reported."""

    def __init__(self):
        ear = self
        self.heard = []

        class Hears(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                ear.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hears)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def ear():
    ear = Ear()
    yield ear
    ear.close()


@pytest.fixture
def reports(ear):
    return Reports(ear.url)


def fault(name="members.postbox", *, request=None, what=IntegrityError):
    try:
        raise what(f"Key (email)=({ADDRESS}) already exists")
    except what:
        said = f"A letter to {ADDRESS}"
        record = logging.LogRecord(name, logging.ERROR, __file__, 1, said, (), sys.exc_info())
    if request:
        record.request, record.status_code = request, 500
    return record


def tell(reports, *records):
    for record in records:
        reports.handle(record)
    reports.waiting.join()


def test_kind_and_place_are_told_and_no_word_of_it(reports, ear):
    tell(reports, fault())
    [said] = ear.heard
    assert ADDRESS not in json.dumps(said)
    place = said.pop("place")
    assert place.startswith("tests/operations/test_fault_reports.py:")
    assert place.endswith(" fault")
    assert said == {
        "level": "ERROR",
        "logger": "members.postbox",
        "kind": "django.db.utils.IntegrityError",
        "route": "",
        "times": 1,
    }


def test_of_a_page_the_pattern_of_its_address(reports, ear, rf):
    class Match:
        route = "join/<token>/"

    request = rf.get("/join/s3cret/")
    request.resolver_match = Match
    tell(reports, fault("django.request", request=request))
    assert ear.heard[0]["route"] == "join/<token>/"
    assert "s3cret" not in json.dumps(ear.heard)


def test_in_somebody_elses_code_the_last_line_of_ours_is_named(reports, ear):
    try:
        json.loads(ADDRESS)
    except json.JSONDecodeError:
        tell(reports, logging.LogRecord("x", logging.ERROR, __file__, 1, "", (), sys.exc_info()))
    assert ear.heard[0]["place"].startswith("tests/operations/test_fault_reports.py:")


def test_what_was_only_said_is_told_by_its_place_alone(reports, ear):
    tell(reports, logging.LogRecord("x", logging.ERROR, str(ROOT / "members" / "a.py"), 7, ADDRESS, (), None, "run"))
    assert (ear.heard[0]["place"], ear.heard[0]["kind"]) == ("members/a.py:7 run", "")


def test_a_warning_is_no_fault(ear):
    logger, handler = logging.Logger("x"), Reports(ear.url)
    logger.addHandler(handler)
    logger.warning("not this")
    logger.error("this")
    handler.waiting.join()
    assert len(ear.heard) == 1


def test_the_same_is_told_once_and_later_with_how_often(reports, ear, monkeypatch):
    tell(reports, *(fault() for _ in range(5)), fault(what=ValueError))
    assert [(each["kind"].rpartition(".")[2], each["times"]) for each in ear.heard] == [
        ("IntegrityError", 1),
        ("ValueError", 1),
    ]
    monkeypatch.setattr(fault_reports, "QUIET", 0)
    tell(reports, fault())
    assert ear.heard[-1]["times"] == 5


def test_nobody_waits_for_whoever_does_not_answer_and_it_is_told_again_later(ear, capsys):
    reports = Reports(f"http://127.0.0.1:{free_port()}/hook")
    tell(reports, fault())
    assert capsys.readouterr().err == "A fault could not be reported (URLError).\n"
    reports.url = ear.url
    tell(reports, fault())
    assert len(ear.heard) == 1


def test_more_than_can_wait_is_dropped(monkeypatch, ear):
    monkeypatch.setattr(fault_reports, "WAITING", 2)
    reports = Reports(ear.url)
    reports.thread = threading.current_thread()
    for _ in range(9):
        reports.handle(fault())
    assert reports.waiting.qsize() == 2


@pytest.mark.parametrize("url", ["http://hook.example/x", "ftp://127.0.0.1/x", "hook.example"])
def test_it_is_told_over_https_or_to_this_machine(url):
    with pytest.raises(ImproperlyConfigured, match="FAULT_REPORTS_URL must begin with https"):
        Reader({"FAULT_REPORTS_URL": url}).hook("FAULT_REPORTS_URL")


def test_a_portal_that_is_told_to_reports_its_faults(ear, tmp_path):
    """In a process of its own, as settings are read at a start."""
    code = (
        "import django, logging; django.setup(); logging.getLogger('rounds').error('said of ' + 'ben@x.example');"
        "next(h for h in logging.root.handlers if hasattr(h, 'waiting')).waiting.join()"
    )
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "FAULT_REPORTS_URL": ear.url}
    environment |= {"DJANGO_SETTINGS_MODULE": "rounds_site.settings", "LOG_FORMAT": "json"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stderr)["logger"] == "rounds"
    assert [each["logger"] for each in ear.heard] == ["rounds"]
