"""The report of one Round to a steering group: who reads it, what stands in it, and its files."""

import io

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from evaluation import tasks
from evaluation.actions import comments, report_files
from evaluation.disclosure import CLOSED_ANSWERS
from evaluation.models import ReportFile
from evaluation.models.results import Comment
from evaluation.states import Review
from members.actions import correspondence
from rounds.models import TeamMember
from rounds.states import RoundState, TeamPart
from tests.factories.evaluation import counted
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.rounds.pages import words_of

from .reading import held

pytestmark = pytest.mark.django_db(databases=["default", "box"])

VALUES = {1: {5: 20, 4: 7, 2: 3}, 2: {4: 8}, 3: {4: 5}}


@pytest.fixture
def round(world):
    found = held(world, 1, headcount=40, host_organisation=world.elmbridge, partners=[world.elmbridge])
    TeamMember.objects.create(round=found, person=world.ada, part=TeamPart.FACILITATOR)
    counted(found, values=VALUES, forms=30, comments=["=Kind words", "Waiting words", "Withheld words"])
    for text, review in (("=Kind words", Review.SHOWN), ("Withheld words", Review.WITHHELD)):
        Comment.objects.filter(round_id=found.pk, text=text).update(review=review)
    return found


def page(client, round, person, name="round_report"):
    client.force_login(person)
    return client.get(reverse(name, args=[round.pk]))


def ask(client, round, person):
    client.force_login(person)
    assert client.post(reverse("make_round_report", args=[round.pk])).status_code == 302
    return ReportFile.objects.get()


def member_of(world, **where):
    person = PersonFactory(works_for=world.elmbridge)
    RoleGrantFactory(person=person, role="steering_group", **where)
    return person


def test_for_its_facilitators_and_those_who_steer_its_system(client, world, round):
    inside = [world.ada, world.ines, member_of(world, system=world.system)]
    outside = [(world.ben, 403), (member_of(world, organisation=world.elmbridge), 403), (PersonFactory(), 404)]
    for person, status in [*((person, 200) for person in inside), *outside]:
        for name in ("round_report", "round_report_file"):
            assert page(client, round, person, name).status_code == status
        assert page(client, round, person, "round_report_pdf").status_code == (404 if status == 200 else status)


def test_of_a_round_to_come_there_is_none(client, world):
    coming = held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED)
    assert page(client, coming, world.ines).status_code == 404


def test_facts_exact_people_blunt_answers_in_words(client, world, round):
    words = words_of(page(client, round, world.ines))
    assert "12:30pm to 1:30pm. About 40 people came." in words
    assert f"about a theme, hosted by {world.elmbridge.name}." in words
    assert "One partner was invited" in words
    assert "About 30 forms came back." in words
    rows = {row[0]: row[1:] for row in answered(client, round, world.ines)}
    assert rows == {
        "I see better now how the work feels to other people.": [30, "All or nearly all agreed"],
        "What I heard will help my colleagues and me to work together.": [10, "All or nearly all agreed"],
    }
    assert "%" not in words


def answered(client, round, person):
    report = page(client, round, person).context["report"]
    return next(part.dictionary["rows"] for part in report.parts if part.title == "What people said")


def test_only_comments_that_were_published_stand_in_it(client, world, round):
    for person in (world.ines, world.ada):
        words = words_of(page(client, round, person))
        assert "“=Kind words”" in words
        assert "Waiting words" not in words
        assert "Withheld words" not in words


def test_where_few_answered_nothing_is_said_of_it(client, world):
    small = held(world, 1, headcount=None)
    counted(small, values={}, forms=None)
    words = words_of(page(client, small, world.ines))
    assert CLOSED_ANSWERS in words
    assert "Fewer than 8 people came." in words
    uncounted = held(world, 2, headcount="none")
    words = words_of(page(client, uncounted, world.ines))
    assert "The answers are not counted yet." in words
    assert "How many came is not entered yet." in words


def test_what_a_team_answered_stays_with_it(client, world):
    of_one_team = held(world, 1, headcount=40, kind="unit")
    counted(of_one_team, values=VALUES, forms=30, comments=["Kind words"])
    Comment.objects.update(review=Review.SHOWN)
    words = words_of(page(client, of_one_team, world.ines))
    assert "What a team answers stays with it." in words
    for told in ("About 40", "About 30", "agreed", "Kind words"):
        assert told not in words


def test_what_was_not_so_is_said(client, world, round):
    words = words_of(page(client, round, world.ines))
    assert "Only one facilitator is named." in words
    assert "Is it a responsive Round?" not in words


def test_the_spreadsheet_says_the_same_and_runs_nothing(client, world, round):
    answer = page(client, round, world.ines, "round_report_file")
    book = load_workbook(io.BytesIO(answer.content))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not any(cell.startswith("=") for cell in cells)
    assert "“=Kind words”" in cells
    assert "How these figures were made" in cells
    assert any(cell.startswith("Answers are told in words, from 8 on") for cell in cells)
    assert page(client, round, world.ines, "round_report_file").content == answer.content


def test_its_pdf_is_made_written_about_and_fetched_by_whoever_asked(client, world, round, mailoutbox):
    ask(client, round, world.ada)
    assert "The PDF is being made." in words_of(page(client, round, world.ada))
    tasks.make_reports()
    answer = page(client, round, world.ada, "round_report_pdf")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert page(client, round, world.ines, "round_report_pdf").status_code == 404
    correspondence.dispatch(now=timezone.now())
    [letter] = mailoutbox
    assert reverse("round_report", args=[round.pk]) in letter.body
    assert round.title not in letter.body
    TeamMember.objects.all().delete()
    assert page(client, round, world.ada, "round_report_pdf").status_code == 403


def test_it_stands_among_no_reports_of_the_system(client, world, round):
    ask(client, round, world.ines)
    tasks.make_reports()
    scope = f"ics-{world.system.code.lower()}"
    words = words_of(client.get(reverse("reports", args=[scope])))
    assert "There are none." in words
    assert client.get(reverse("report_file", args=[scope, ReportFile.objects.get().pk])).status_code == 404
    answer = client.post(reverse("make_report", args=[scope]), {"kind": "round", "half_year": "2026-10"})
    assert answer.status_code == 404


def test_asked_twice_it_is_made_once_and_beside_others(client, world, round):
    first = ask(client, round, world.ines)
    assert ask(client, round, world.ines).pk == first.pk
    other = held(world, 2, headcount=40)
    client.post(reverse("make_round_report", args=[other.pk]))
    assert ReportFile.objects.count() == 2


@pytest.mark.parametrize("verb", ["withhold", "edit_out"])
def test_words_that_are_taken_back_are_in_no_file_any_more(client, world, round, verb):
    comment = Comment.objects.get(round_id=round.pk, review=Review.SHOWN)
    more = {"text": "words"} if verb == "edit_out" else {}
    ask(client, round, world.ines)
    tasks.make_reports()
    getattr(comments, verb)(round=round, comment_id=comment.pk, **more)
    assert not ReportFile.objects.exists()


def test_nor_in_one_that_was_being_made_meanwhile(client, world, round):
    comment = Comment.objects.get(round_id=round.pk, review=Review.SHOWN)

    def make(file, now):
        comments.withhold(round=round, comment_id=comment.pk)
        return b"%PDF"

    ask(client, round, world.ines)
    assert not report_files.make_next(make=make, now=timezone.now())
    assert not ReportFile.objects.exists()


def test_as_many_queries_for_three_comments_as_for_one(client, world, round):
    def asked():
        with CaptureQueriesContext(connections["default"]) as there, CaptureQueriesContext(connections["box"]) as box:
            client.get(reverse("round_report", args=[round.pk]))
        return len(there) + len(box)

    page(client, round, world.ines)
    one = asked()
    for number in range(2):
        Comment.objects.create(round_id=round.pk, text=f"More words {number}", review=Review.SHOWN)
    who_looks = 4 if connections["default"].vendor == "postgresql" else 0
    assert asked() == one <= 15 + who_looks
