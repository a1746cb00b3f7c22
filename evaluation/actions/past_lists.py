"""Past Rounds as a file, one line each: which columns it has, what each line says, and what is wrong with it."""

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.exceptions import ValidationError

from evaluation.actions.attendance import MOST_PEOPLE
from evaluation.actions.past_questions import Question
from evaluation.disclosure import HIDDEN, THRESHOLD, most_forms
from members.actions import tables
from members.actions.staff_groups import plain
from members.actions.staff_lists import quoted
from members.models import Organisation, Place
from rounds.actions.past import LASTED
from rounds.states import Format
from rounds_site.kit.fields import in_one_piece, london, month_number, parsed_time
from rounds_site.kit.refusals import Refused

COLUMNS = {
    "date": "Date | Date of Round | Date held | Held on | Day",
    "time": "Time | Start | Start time | Starts at | From",
    "title": "Title | Theme | Topic | Name | Round",
    "format": "Format | Type | How held | Mode",
    "host": "Host | Host code | Organisation code | Organisation | Site code | Held by",
    "headcount": "Headcount | Attendance | Attendees | Attended | People | Number of people | Total attendance",
    "forms": "Forms | Forms returned | Feedback forms | Evaluations | Responses | Number of forms",
}
HEADINGS = {plain(spelling): column for column, said in COLUMNS.items() for spelling in said.split(" | ")}
NEEDED = {"date": "Date", "title": "Title", "format": "Format"}

FORMATS = {
    Format.IN_PERSON: "In person | Face to face | F2F | Room | On site | Physical",
    Format.ONLINE: "Online | Virtual | Remote | Teams | MS Teams | Zoom",
    Format.HYBRID: "Hybrid | In person and online | Mixed | Both",
}
HELD = {plain(spelling): held for held, said in FORMATS.items() for spelling in (held, *said.split(" | "))}
OF_ONE_TEAM = {plain(words) for words in ("Team Time", "Unit based", "Unit", "Student", "Students", "Pop up")}
TOO_FEW = {plain(words) for words in (HIDDEN, f"<{THRESHOLD}", "less than 8", "under 8")}
TALLY = re.compile(r"(.*\S)[\s:_=/-]+([0-9]+)")
DAYS = [
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"),
    re.compile(r"(?P<d>[0-9]{1,2})[ ./-](?P<m>[0-9A-Za-z]+)[ ./-](?P<y>[0-9]{2}|[0-9]{4})"),
]
FIRST_YEAR = 2000
MIDDAY = dt.time(12)


class Line(NamedTuple):
    """One Round. `headcount` None: nobody knows it. `counts`: number of the question → {value: how many}"""

    number: int
    starts_at: dt.datetime
    title: str
    held: str
    host: object
    headcount: int | None
    forms: int | None
    counts: dict[int, dict[int, int]]


class Fault(NamedTuple):
    number: int
    sentence: str


@dataclass
class PastList:
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


class Faulty(Exception):
    """What is wrong with a line, in a sentence."""


def read(content, *, system, questions: list[Question], now):
    """The Rounds in those bytes; Refused where it is no such list. Each question has the number of its place."""
    rows = tables.read(content, is_heading=lambda cell: plain(cell) in HEADINGS or bool(TALLY.fullmatch(cell)))
    columns = _Columns(next(rows)[1], questions)
    found, reading, first = PastList(unused=columns.unused), _Reading(system, columns, now), {}
    for number, row in rows:
        try:
            line = reading.line(number, row)
            key = key_of(line)
            if key in first:
                raise Faulty(f"The same Round stands in line {first[key]} already. Take one of the two out.")
        except Faulty as fault:
            found.faults.append(Fault(number, str(fault)))
        else:
            first[key] = number
            found.lines.append(line)
    if not found.lines and not found.faults:
        raise Refused("There is no Round below the headings. Choose the whole list.")
    return found


def key_of(line):
    """What makes two lines the same Round."""
    return line.starts_at, line.title.casefold(), getattr(line.host, "pk", None)


class _Columns:
    """Where each fact stands, and where the answers to each question do."""

    def __init__(self, headings, questions):
        self.width = len(headings)
        self.places, self.tallies, self.unused = {}, {}, []
        names = {name: question for question in questions for name in question.names}
        for place, heading in enumerate(headings):
            self._take(place, heading, names)
        if missing := [said for column, said in NEEDED.items() if column not in self.places]:
            raise Refused(
                f"The first line must hold the headings, and we find none for {' and '.join(missing)}. "
                "Take the list to fill in as a pattern."
            )

    def _take(self, place, heading, names):
        column = HEADINGS.get(plain(heading))
        answer = None if column else _answer(heading, names)
        if column in self.places or (answer and answer in self.tallies):
            raise Refused(f"Two columns are headed {quoted(heading)}, or mean the same. Keep one of them.")
        if column:
            self.places[column] = place
        elif answer:
            self.tallies[answer] = place
        elif heading:
            self.unused.append(heading)


def _answer(heading, names):
    """(question, value) that a column counts, or None where it counts no answers."""
    for name, question in names.items():
        for value, label in question.answers.points:
            asked = heading.casefold().removesuffix(label.casefold())
            if asked != heading.casefold() and plain(asked) == name:
                return question.number, value
    match = TALLY.fullmatch(heading)
    return _answer_by_number(heading, names.get(plain(match[1])), int(match[2])) if match else None


def _answer_by_number(heading, question, number):
    if question is None:
        raise Refused(f"The column {quoted(heading)} counts answers to a question that the forms did not ask.")
    places = sorted(place for place, _ in question.answers.points)
    if not 1 <= number <= len(places):
        raise Refused(f"The column {quoted(heading)} counts an answer that is not on the scale of 1 to {len(places)}.")
    return question.number, places[number - 1]


class _Reading:
    def __init__(self, system, columns, now):
        self.columns, self.now = columns, now
        ours = Organisation.objects.filter(system_edges__system=system).distinct()
        self.hosts = {plain(each.name): each for each in Place.objects.filter(system=system)}
        self.hosts |= {plain(each.code): each for each in Place.objects.filter(system=system)}
        self.hosts |= {plain(each.code): each for each in ours}
        self.hosts |= dict.fromkeys(["", plain(system.code), plain(system.name), plain(system.short_name)])

    def line(self, number, row):
        said = {column: row[place] if place < len(row) else "" for column, place in self.columns.places.items()}
        if any(row[self.columns.width :]):
            raise Faulty(f"It has {len(row)} columns, and the headings only {self.columns.width}.")
        line = Line(
            number=number,
            starts_at=self._starts_at(said["date"], said.get("time", "")),
            title=_title(said["title"]),
            held=_held(said["format"]),
            host=self._host(said.get("host", "")),
            headcount=_headcount(said.get("headcount", "")),
            forms=_number(said.get("forms", ""), "number of forms"),
            counts=self._counts(row),
        )
        _refuse_what_cannot_be(line)
        return line

    def _starts_at(self, day, time):
        try:
            starts_at = london(_day(day), parsed_time(time) if time else MIDDAY)
        except ValidationError as error:
            raise Faulty(f"{error.messages[0]}.") from None
        if starts_at + LASTED > self.now:
            raise Faulty("This Round is not over yet. Plan it in the portal.")
        return starts_at

    def _host(self, words):
        if plain(words) not in self.hosts:
            raise Faulty(
                f"There is no partner or Place with the code {quoted(words)}. "
                "Correct it, add the partner first, or leave it empty for a Round of the whole system."
            )
        return self.hosts[plain(words)]

    def _counts(self, row):
        counts = {}
        for (question, value), place in self.columns.tallies.items():
            number = _number(row[place] if place < len(row) else "", "number of answers")
            if number:
                counts.setdefault(question, {})[value] = number
        return {question: dict(sorted(values.items())) for question, values in sorted(counts.items())}


def _day(words):
    """2027-03-04, 4/3/2027, 4.3.27 or 4 March 2027; the day first, as people here write it."""
    match = next((match for pattern in DAYS if (match := pattern.fullmatch(words))), None)
    if not match:
        said = f"{quoted(words)} is not a date like 4/3/2026. Correct it."
        raise Faulty(said if words else "There is no date. Add it.")
    year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
    try:
        day = dt.date(year, month_number(match["m"]), int(match["d"]))
    except ValueError:
        raise Faulty(f"{quoted(words)} is not a day of the calendar. Correct it.") from None
    if day.year < FIRST_YEAR:
        raise Faulty(f"{quoted(words)} is too long ago. Correct it.")
    return day


def _title(words):
    if not words:
        raise Faulty("There is no title. Add it.")
    if len(words) > 120 or not words.isprintable() or "\ufffd" in words:
        raise Faulty("The title is longer than 120 letters, or holds characters that cannot be read. Correct it.")
    return words


def _held(words):
    if plain(words) in OF_ONE_TEAM:
        raise Faulty("Rounds of one team or unit are not imported: their headcount would tell of a few people.")
    if plain(words) not in HELD:
        said = f"{quoted(words)} is not a format." if words else "There is no format."
        raise Faulty(f"{said} Write in person, online or hybrid.")
    return HELD[plain(words)]


def _headcount(words):
    if words and plain(words) in TOO_FEW:
        return THRESHOLD - 1
    return _number(words, "headcount")


def _number(words, what):
    if not words:
        return None
    digits = in_one_piece(words)
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 6):
        raise Faulty(f"The {what} {quoted(words)} is not a whole number. Correct it.")
    if int(digits) > MOST_PEOPLE:
        raise Faulty(f"The {what} {quoted(words)} is larger than {MOST_PEOPLE:,}. Correct it.")
    return int(digits)


def _refuse_what_cannot_be(line):
    if line.counts and line.forms is None:
        raise Faulty("There are answers, and no number of forms. Add it.")
    known = line.headcount is not None and line.headcount >= THRESHOLD
    if line.forms and known and line.forms > most_forms(line.headcount):
        raise Faulty(f"{line.forms} forms are more than {line.headcount} people fill in. Correct one of the two.")
    most = Counter({question: sum(values.values()) for question, values in line.counts.items()})
    for question, number in most.items():
        if number > line.forms:
            raise Faulty(f"Question {question} has {number} answers on {line.forms} forms. Correct one of the two.")
