"""Past Rounds as a file: what each line says, and what is faulty."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from evaluation.actions import past_lists, past_rounds
from rounds_site.kit.refusals import Refused
from tests.evaluation.past import FIRST, HEAD, NOW, own, read
from tests.factories.members import OrganisationFactory, PlaceFactory, SystemFactory


@pytest.fixture
def system(db):
    return SystemFactory(code="QXV", name="North Vale System", short_name="North Vale")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system)


def counts(told):
    return len(told.new), len(told.unchanged), len(told.other)


# --- What a line says ---


def test_a_line_as_it_is_read(system, riverbank):
    [line] = read(system, FIRST).lines
    assert line == past_lists.Line(
        number=2,
        starts_at=datetime(2026, 3, 4, 12, 30, tzinfo=UTC),
        title="Thrown in at the deep end",
        held="in_person",
        host=riverbank,
        headcount=43,
        forms=30,
        counts={1: {1: 1, 4: 9, 5: 20}, 5: {5: 12}},
    )


@pytest.mark.parametrize("written", ["1150", '"1,150"', "1 150"])
def test_headcounts_as_people_write_them(system, written):
    [line] = read(system, f"4/3/2026,,A title,online,,{written},,,,,").lines
    assert line.headcount == 1150


@pytest.mark.parametrize("written", ["4/3/2026", "04.03.26", "2026-03-04", "4 March 2026", "4-Mar-26"])
def test_dates_as_people_here_write_them(system, written):
    [line] = read(system, f"{written},,A title,online,,,,,,,").lines
    assert timezone.localdate(line.starts_at) == date(2026, 3, 4)


def test_where_there_is_no_time_it_is_midday_by_the_clock_on_the_wall(system):
    [line] = read(system, "10/6/2026,,A title,online,,,,,,,").lines
    assert timezone.localtime(line.starts_at).hour == 12


@pytest.mark.parametrize(
    ("written", "held"),
    [("Face-to-face", "in_person"), ("MS Teams", "online"), ("VIRTUAL", "online"), ("hybrid", "hybrid")],
)
def test_formats_as_people_call_them(system, written, held):
    assert read(system, f"4/3/2026,,A title,{written},,,,,,,").lines[0].held == held


def test_hosts_by_code_or_name(system, riverbank):
    place = PlaceFactory(system=system, code="alder-hill", name="Alder Hill")
    lines = [f"4/3/2026,,Title {n},online,{host},,,,,," for n, host in enumerate(["xr1", "Alder Hill", "QXV", ""])]
    assert [line.host for line in read(system, *lines).lines] == [riverbank, place, None, None]


@pytest.mark.parametrize(
    "headings",
    [
        "insight 1,insight 4,insight 5,overall 5",
        "Q1 1,Q1 4,Q1 5,Q5 5",
        "1: 1,1: 4,1: 5,5: 5",
        "Insight completely disagree,Insight Somewhat agree,insight - Completely Agree,Overall exceptional",
        "I see better now how the work feels to other people. 1,insight_4,Question 1 5,Item 5 5",
    ],
)
def test_answers_by_value_or_by_word_under_any_name_of_the_question(system, riverbank, headings):
    head = f"Date,Time,Title,Format,Host,Headcount,Forms,{headings}"
    assert read(system, FIRST, head=head).lines[0].counts == {1: {1: 1, 4: 9, 5: 20}, 5: {5: 12}}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (",,T,online,,,,,,,", "There is no date. Add it."),
        ("soon,,T,online,,,,,,,", "“soon” is not a date like 4/3/2026. Correct it."),
        ("31/2/2026,,T,online,,,,,,,", "“31/2/2026” is not a day of the calendar. Correct it."),
        ("4/3/1926,,T,online,,,,,,,", "“4/3/1926” is too long ago. Correct it."),
        ("3/3/2027,,T,online,,,,,,,", "This Round is not over yet. Plan it in the portal."),
        ("4/3/2026,late,T,online,,,,,,,", "Enter the time, such as 12:30pm."),
        ("4/3/2026,,,online,,,,,,,", "There is no title. Add it."),
        ("4/3/2026,,T,,,,,,,,", "There is no format. Write in person, online or hybrid."),
        ("4/3/2026,,T,by post,,,,,,,", "“by post” is not a format. Write in person, online or hybrid."),
        (
            "4/3/2026,,T,Team Time,,,,,,,",
            "Rounds of one team or unit are not imported: their headcount would tell of a few people.",
        ),
        (
            "4/3/2026,,T,online,XR9,,,,,,",
            "There is no partner or Place with the code “XR9”. Correct it, add the partner first, or leave it empty "
            "for a Round of the whole system.",
        ),
        ("4/3/2026,,T,online,,many,,,,,", "The headcount “many” is not a whole number. Correct it."),
        ('4/3/2026,,T,online,,"1,15",,,,,', "The headcount “1,15” is not a whole number. Correct it."),
        ("4/3/2026,,T,online,,-5,,,,,", "The headcount “-5” is not a whole number. Correct it."),
        ("4/3/2026,,T,online,,2001,,,,,", "The headcount “2001” is larger than 2,000. Correct it."),
        ("4/3/2026,,T,online,,40,x,,,,", "The number of forms “x” is not a whole number. Correct it."),
        ("4/3/2026,,T,online,,40,49,,,,", "49 forms are more than 40 people fill in. Correct one of the two."),
        ("4/3/2026,,T,online,,40,,1,,,", "There are answers, and no number of forms. Add it."),
        (
            "4/3/2026,,T,online,,40,9,5,5,,",
            "Question 1 has 10 answers on 9 forms. Correct one of the two.",
        ),
        ("4/3/2026,,T,online,,40,9,5,=1+1,,", "The number of answers “=1+1” is not a whole number. Correct it."),
        ("4/3/2026,,T,online,,,,,,,,x", "It has 12 columns, and the headings only 11."),
    ],
)
def test_a_faulty_line_says_what_to_do(system, line, sentence):
    found = read(system, line)
    assert ([tuple(fault) for fault in found.faults], found.lines) == ([(2, sentence)], [])


def test_a_title_that_is_too_long_or_unreadable(system):
    said = "The title is longer than 120 letters, or holds characters that cannot be read. Correct it."
    for title in ("T" * 121, "T\x07", "T\ufffd"):
        assert [each.sentence for each in read(system, f"4/3/2026,,{title},online,,,,,,,").faults] == [said]


def test_the_same_round_twice_is_taken_once(system, riverbank):
    found = read(system, FIRST, FIRST.replace("Thrown", "THROWN"), FIRST.replace("12:30pm", "4pm"))
    assert [line.number for line in found.lines] == [2, 4]
    assert [tuple(each) for each in found.faults] == [
        (3, "The same Round stands in line 2 already. Take one of the two out.")
    ]


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("Datum,Titel", "The first line must hold the headings, and we find none for Date and Title and Format. "),
        ("Date,Day,Title,Format", "Two columns are headed “Day”, or mean the same. Keep one of them."),
        ("Date,Title,Format,Q1 5,insight 5", "Two columns are headed “insight 5”, or mean the same."),
        ("Date,Title,Format,joy 5", "The column “joy 5” counts answers to a question that the forms did not ask."),
        ("Date,Title,Format,insight 6", "The column “insight 6” counts an answer that is not on the scale of 1 to 5."),
    ],
)
def test_headings_that_cannot_be_are_refused(system, head, sentence):
    with pytest.raises(Refused) as refusal:
        read(system, "4/3/2026,T,online,1,1", head=head)
    assert str(refusal.value).startswith(sentence)


def test_columns_that_are_not_read_are_listed(system):
    assert read(system, "4/3/2026,T,online,Ada", head="Date,Title,Format,Facilitator").unused == ["Facilitator"]


# --- Anything at all ---


ANY = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
CELLS = st.one_of(
    st.text(max_size=10),
    st.integers(-5, 3000).map(str),
    st.sampled_from(["4/3/2026", "2026-06-10", "12:30pm", "A title", "online", "In person", "XR1", "=1+1", "<b>", ""]),
)


@ANY
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_list_or_refused(system, content, headed):
    whole = f"{HEAD}\n".encode() + content if headed else content
    try:
        found = past_lists.read(whole, system=system, questions=own(system).questions, now=NOW)
    except Refused:
        return
    assert found.lines or found.faults


@ANY
@given(st.lists(st.lists(CELLS, max_size=12), max_size=6))
def test_every_row_is_a_round_or_a_faulty_line_and_what_is_sound_can_be_entered_twice(system, riverbank, rows):
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    asked = own(system)
    try:
        found = past_lists.read(
            f"{HEAD}\n{written.getvalue()}".encode("utf-8", "replace"),
            system=system,
            questions=asked.questions,
            now=NOW,
        )
    except Refused:
        return
    assert len(found.lines) + len(found.faults) <= len(rows)
    for _ in range(2):
        told = past_rounds.compare(found, system=system)
        past_rounds.accept(found, system=system, questionnaire=asked.questionnaire, digest=told.digest, now=NOW)
    assert counts(past_rounds.compare(found, system=system))[0] == 0
