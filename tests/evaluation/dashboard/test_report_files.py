"""A report as a tagged PDF: asked for, made by a worker, written about, for whoever asked and nobody else."""

import datetime as dt
import io
import re
import signal
import subprocess
import sys
import time
import zlib

import pytest
import time_machine
from django.core import mail
from django.db.models.signals import post_delete
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from PIL import Image
from pypdf import PdfReader

from evaluation import tasks
from evaluation.actions import report_files
from evaluation.exports import report_pdf
from evaluation.models import ReportFile
from evaluation.reports.board import Period
from evaluation.reports.half_years import HalfYear
from evaluation.states import ReportState
from evaluation.views.figure import board
from members.actions import correspondence, retention
from members.models import Delivery
from rounds_site.kit import printing
from tests.factories.members import PersonFactory, RoleGrantFactory

from .reading import held, release
from .test_board import address

pytestmark = pytest.mark.django_db
OCTOBER = Period((HalfYear.called("2026-10"),))
WEEK = dt.timedelta(days=7)


def ask(client, world, kind="board", half_year="2026-10"):
    client.force_login(world.ines)
    answer = client.post(address(world, "make_report"), {"kind": kind, "half_year": half_year})
    assert answer.status_code == 302
    assert answer["Location"] == address(world, "reports")
    return ReportFile.objects.get()


def listed(client, world):
    client.force_login(world.ines)
    return client.get(address(world, "reports")).content.decode()


def download(client, world, file):
    return client.get(reverse("report_file", args=[f"ics-{world.system.code.lower()}", file.pk]))


def make_next(now=None):
    return report_files.make_next(make=lambda file, now: b"%PDF", now=now or timezone.now())


def told(pdf):
    """What stands in the objects of a PDF, unpacked as far as it is packed."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    found = [pdf]
    for each in packed:
        try:
            found.append(zlib.decompress(each))
        except zlib.error:
            found.append(each)
    return b"\n".join(found)


def test_who_asks_finds_it_ready_and_gets_a_letter_that_says_no_more(client, world, mailoutbox):
    held(world, 1, headcount=45)
    file = ask(client, world)
    assert "Your report is being made." in listed(client, world)
    tasks.make_reports()
    file.refresh_from_db()
    assert file.state == ReportState.READY
    assert "Download as PDF" in listed(client, world)
    answer = download(client, world, file)
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    correspondence.dispatch(now=timezone.now())
    [letter] = mailoutbox
    assert letter.to == [world.ines.email]
    assert letter.subject == "You have a message in the Rounds portal"
    assert "2026" not in letter.body
    assert "A report that you asked for is ready." in letter.body


def test_the_pdf_is_tagged_has_a_title_and_a_language(client, world):
    held(world, 1, headcount=45)
    release(world, "2026-10", {"acute": (80, 4000)})
    ask(client, world)
    tasks.make_reports()
    said = told(bytes(ReportFile.objects.get().content))
    assert b"/MarkInfo" in said
    assert b"/StructTreeRoot" in said
    assert b"en-GB" in said
    assert b"pdfuaid" in said
    for tag in (b"/H1", b"/H2", b"/Table", b"/TH", b"/TD", b"/P"):
        assert tag in said
    assert b"/URI" not in said


@pytest.mark.parametrize("kind", ["board", "annual"])
def test_the_same_facts_make_the_same_file_to_the_byte(world, kind):
    """Once the period is over; until then it says of what day it is."""
    held(world, 1, headcount=45)
    release(world, "2026-10", {"acute": (80, 4000)})
    file = ReportFile(system=world.system, kind=kind, half_year="2026-10", asked_by=world.ines)
    over = timezone.now() + dt.timedelta(days=60)
    one = board.as_pdf(file, over)
    time.sleep(1.1)
    with time_machine.travel(over + dt.timedelta(days=1), tick=False):
        assert board.as_pdf(file, timezone.now()) == one
    assert board.as_pdf(file, timezone.now()) != one
    held(world, 2, headcount=30)
    assert board.as_pdf(file, over) != one


def test_nobody_else_fetches_it_and_nobody_once_the_role_is_over(client, world):
    file = ask(client, world)
    make_next()
    other = PersonFactory(works_for=world.elmbridge)
    RoleGrantFactory(person=other, role="ics_lead", system=world.system)
    client.force_login(other)
    assert download(client, world, file).status_code == 404
    assert "Board report," not in client.get(address(world, "reports")).content.decode()
    client.force_login(world.ines)
    assert download(client, world, file).status_code == 200
    world.ines.role_grants.all().delete()
    assert download(client, world, file).status_code in {403, 404}


def test_one_that_is_not_ready_is_no_file(client, world):
    assert download(client, world, ask(client, world)).status_code == 404


def test_asked_twice_it_is_made_once_and_asked_later_anew(client, world):
    first = ask(client, world)
    assert ask(client, world).pk == first.pk
    assert make_next()
    assert not make_next()
    assert ask(client, world).pk != first.pk


def test_what_goes_wrong_is_said_and_keeps_no_other_from_being_made(client, world):
    def make(file, now):
        if file.kind == "board":
            raise OSError("no such library")
        return b"%PDF"

    now = timezone.now()
    for kind in ("board", "annual"):
        report_files.ask(system=world.system, kind=kind, period=OCTOBER, by=world.ines, now=now)
    assert sorted(report_files.make_next(make=make, now=now) for _ in range(2)) == [False, True]
    assert dict(ReportFile.objects.values_list("kind", "state")) == {"board": "failed", "annual": "ready"}
    assert "It could not be made." in listed(client, world)
    assert Delivery.objects.filter(kind="report_ready").count() == 2
    correspondence.dispatch(now=now)
    said = sorted(re.search("could not be made|is ready", letter.body).group() for letter in mail.outbox)
    assert said == ["could not be made", "is ready"]
    assert {letter.subject for letter in mail.outbox} == {"You have a message in the Rounds portal"}


def test_one_that_would_never_be_done_is_given_up_and_keeps_no_other_from_being_made(client, world, monkeypatch):
    """A table of half a million cells: to set it takes minutes."""
    endless = mark_safe(f"<table>{100_000 * '<tr><td>1<td>2<td>3<td>4<td>5'}</table>")
    hanging = board.Report(title="A report", of="A system", lead=endless, parts=[])
    wait(world, "board", "annual")
    monkeypatch.setattr("rounds_site.kit.printing.LONGEST", 3)
    begun = time.monotonic()
    make = {"board": lambda now: report_pdf(hanging), "annual": lambda now: b"%PDF"}
    made = [report_files.make_next(make=lambda file, now: make[file.kind](now), now=timezone.now()) for _ in range(2)]
    assert sorted(made) == [False, True]
    assert time.monotonic() - begun < 30
    assert dict(ReportFile.objects.values_list("kind", "state")) == {"board": "failed", "annual": "ready"}
    assert "It could not be made. Ask for it again" in listed(client, world)


def test_no_process_outlives_its_time_though_nobody_waits_for_it(tmp_path):
    """As where the worker that began it was killed."""
    command = [sys.executable, "-m", "rounds_site.kit.printing", str(tmp_path / "look.css"), "0.5"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=printing.ROOT) as alone:
        assert alone.wait(timeout=30) == -signal.SIGALRM


def test_what_a_killed_worker_had_begun_has_failed_and_is_not_begun_anew(client, world):
    file = ask(client, world)
    begun = timezone.now()
    ReportFile.objects.update(state=ReportState.MAKING, begun_at=begun)
    for minutes, state in ((9, "making"), (10, "failed")):
        assert not make_next(begun + dt.timedelta(minutes=minutes))
        file.refresh_from_db()
        assert file.state == state
    assert "Ask for it again" in listed(client, world)
    assert Delivery.objects.filter(kind="report_ready", about=file.pk).count() == 1
    assert ask(client, world).pk != file.pk


def wait(world, *kinds):
    for kind in kinds:
        report_files.ask(system=world.system, kind=kind, period=OCTOBER, by=world.ines, now=timezone.now())


def test_a_bell_makes_one_and_rings_for_the_next(world, monkeypatch, django_capture_on_commit_callbacks):
    wait(world, "board", "annual")
    rung = []
    monkeypatch.setattr("celery.current_app.send_task", lambda task, **how: rung.append(task))
    for left in (1, 0):
        rung.clear()
        with django_capture_on_commit_callbacks(execute=True):
            tasks.make_reports()
        assert ReportFile.objects.filter(state="waiting").count() == left
        assert rung.count(report_files.TASK) == left


def test_while_one_thread_makes_a_report_no_other_is_taken(world):
    wait(world, "board")
    with tasks.making:
        tasks.make_reports()
    assert ReportFile.objects.get().state == "waiting"
    tasks.make_reports()
    assert ReportFile.objects.get().state == "ready"


def test_what_waited_long_is_begun_when_it_is_its_turn(world):
    wait(world, "board")
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1), tick=False):
        tasks.make_reports()
        assert ReportFile.objects.get().begun_at == timezone.now()


def test_two_requests_at_once_are_one_report(client, world):
    """The other comes between the looking and the writing."""
    before = ask(client, world)
    make_next()
    mine = {"system": world.system, "kind": "board", "half_year": "2026-10", "asked_by": world.ines}

    def meanwhile(**kwargs):
        ReportFile.objects.create(created_at=timezone.now(), **mine)

    post_delete.connect(meanwhile, sender=ReportFile)
    try:
        assert ask(client, world).pk != before.pk
    finally:
        post_delete.disconnect(meanwhile, sender=ReportFile)


def test_it_is_gone_a_week_after_it_was_asked_for(client, world):
    ask(client, world)
    tasks.make_reports()
    with time_machine.travel(timezone.now() + WEEK, tick=False):
        assert "Download" not in listed(client, world)
        retention.run(now=timezone.now())
    assert not ReportFile.objects.exists()


def test_a_letter_that_leaves_after_the_file_is_gone_does_not_leave(client, world, mailoutbox):
    ask(client, world)
    tasks.make_reports()
    ReportFile.objects.all().delete()
    correspondence.dispatch(now=timezone.now())
    assert mailoutbox == []


def test_a_year_is_one_file_whichever_of_its_halves_is_asked_for(client, world):
    held(world, 1, headcount=45)
    held(world, 6, year=2026, headcount=20)
    first = ask(client, world, "annual", "2026-10")
    assert first.half_year == "2026-04"
    assert ask(client, world, "annual", "2026-04").pk == first.pk


def test_a_file_is_of_its_own_period_even_where_that_can_no_longer_be_asked_for(world):
    """A Round was deleted or moved meanwhile, say."""
    held(world, 1, headcount=45)
    file = ReportFile(system=world.system, kind="board", half_year="2024-04", asked_by=world.ines)
    assert b"April to September 2024" in told(board.as_pdf(file, timezone.now()))


@pytest.mark.parametrize("where", ["page", "look"])
def test_it_fetches_nothing_whatever_stands_in_it(settings, tmp_path, where):
    picture = tmp_path / "secret.png"
    Image.new("RGB", (2, 2), "red").save(picture)
    look = tmp_path / "static/css/report.css"
    look.parent.mkdir(parents=True)
    look.write_text(f"body {{ background: url(file://{picture}) }}" if where == "look" else "")
    settings.BASE_DIR = tmp_path
    lead = mark_safe(f'<img src="file://{picture}" alt="A picture">' if where == "page" else "A lead.")
    made = report_pdf(board.Report(title="A report", of="A system", lead=lead, parts=[]))
    assert made.startswith(b"%PDF")
    assert b"/Image" not in told(made)


def test_a_table_that_fits_on_a_page_stands_on_one():
    table = {"caption": "Feedback", "head": ["Question", "Answers"], "rows": [[f"Item {n}", 25] for n in range(6)]}
    part = {"title": "What people said", "says": ["So many agreed."] * 21, "tables": [table]}
    made = report_pdf(board.Report(title="A report", of="A system", lead="A lead.", parts=[part]))
    assert [each.extract_text().count("Item ") for each in PdfReader(io.BytesIO(made)).pages] == [0, 6]


def test_an_unknown_kind_is_not_here(client, world):
    client.force_login(world.ines)
    assert client.post(address(world, "make_report"), {"kind": "secret"}).status_code == 404
