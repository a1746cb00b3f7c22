"""An attacker who takes away everything that anybody may read, at every moment, and tries it all.

The promise is that nothing published can be turned back into a person. Which part of it is attacked where:

* exact numbers in any words, cell or file, and the difference of any two looks at the same words, over all moments and
  half-years: here, ``TestWhatIsPublished``;
* subtracting what is shown from its totals, within tables and across them: here, ``TestSubtraction``, by ``solver``;
* averaging the same figure over pages, files and readers, after a restart and after every job has run again: here,
  ``TestAsking``;
* somebody who knows all attendances but one: ``test_insider``;
* what one Round had, from any two looks; and what everybody at a small Round answered: ``test_differencing``;
* two worlds that differ in one attendance, through the whole job, to the byte: ``test_neighbouring_worlds``;
* late corrections, late Rounds, other numbers of staff, mergers: ``test_freezing``;
* the noise, its exact distribution and its range: ``test_noise``;
* a way around the gate, in the code: ``test_one_gate``;
* and hiding everything, which would be safe too: ``test_usefulness``.

Everything is read as it comes over HTTP, by ``published``, which knows no page: a new one is attacked as soon as
another links to it. The noise is the real one. The control is the same portal with its gate replaced by what most
dashboards do, exact totals with numbers below 8 suppressed; the same attack must break it.
"""

import random
import re
from collections import Counter, defaultdict
from datetime import date, time
from html.parser import HTMLParser
from itertools import combinations

import pytest
from django.core.cache import caches

from evaluation import noise, tables
from evaluation.actions import clock, releases
from evaluation.exports import SPREADSHEET
from evaluation.models import Release
from evaluation.models.tally import REACHED
from evaluation.reports.reach import ALL_WITH_STAFF
from tests.disclosure.published import Piece, read, words_of
from tests.disclosure.solver import bounds, known
from tests.disclosure.system import NAMED, STAFF, Hour, LivingSystem, numbers_behind, that_never_was
from tests.factories.members import PersonFactory, RoleGrantFactory

# The databases are there, though the worlds are lived before the first test begins.
pytestmark = pytest.mark.django_db

# Each number is told by itself wherever it turns up: none is a multiple of 5, and none is met on a page by chance.
HOURS = [
    Hour(date(2026, 4, 14), {"acute": 437, "council": 231, "hospice": 6}, 17, answers={5: 21, 4: 9, 2: 4}),
    Hour(date(2026, 6, 16), {"acute": 612, "social_care": 278}, 3, begins=time(8, 30), answers={5: 8, 4: 1}),
    Hour(date(2026, 6, 24), {"council": 3}, 2),
    Hour(date(2026, 10, 13), {"acute": 524, "council": 327, "hospice": 3}, 10, answers={5: 11, 3: 2}),
    Hour(date(2026, 11, 17), {"acute": 349, "social_care": 416}, 6, begins=time(17, 30), answers={5: 9, 4: 7, 1: 1}),
    Hour(date(2027, 2, 9), {"hospice": 5}, 1),
]
HALF_YEARS = sorted({hour.half_year for hour in HOURS})
TELLING = 150
LEAD = "ics_lead"
# A shown number, and a constant either way: no more than that number is.
ENDS = {"Range", "From", "To"}
NOT_SHOWN = {"Not shown", "fewer than 8", "Fewer than 8", ""}


class Archive:
    """All that was published while a system lived, as plain words: `looks` is [{(name, half-year): pieces}], one after
    each Round, and several at the end of all. The control is looked at less often."""

    def __init__(self, *, control):
        self.looks, self.published = [], Counter()
        self.system = LivingSystem(staff={sector: 10 * number for sector, number in STAFF.items()})
        for number, now in enumerate(self.system.live(HOURS)):
            over = number == len(HOURS)
            if over or not control or number == 0:
                half_years = HALF_YEARS if over else [HOURS[number].half_year]
                self.keep(self.system.everything(now, half_years))
        self.end = now
        if not control:
            self._at_the_end()

    def _at_the_end(self):
        found = {role: crawl(self.system, self.end, *who) for role, who in readers_of(self.system).items()}
        self.found = found
        self.keep({(path, role): content for role, pages in found.items() for path, content in pages.items()})
        self.keep(self.system.made(self.end, HALF_YEARS, self.system.rounds))
        self.keep(self._asked_again())

    def keep(self, published):
        self.published.update(kind_of(content) for content in published.values())
        self.looks.append({of: read(content) for of, content in published.items()})

    def _asked_again(self):
        """After a restart as far as one process can tell, and after every job has run once more."""
        for cache in caches.all():
            cache.clear()
        del self.system.clients
        clock.follow(now=self.end)
        releases.follow(now=self.end)
        for made in Release.objects.filter(system=self.system.system).order_by("half_year"):
            half_year = next(each for each in HALF_YEARS if each.key == made.half_year)
            assert releases.release(system=self.system.system, half_year=half_year, now=self.end) == made
        return self.system.everything(self.end, HALF_YEARS)

    @property
    def pieces(self):
        return [(of, piece) for look in self.looks for of, pieces in look.items() for piece in pieces]


def kind_of(content):
    if isinstance(content, list):
        return "files"
    if isinstance(content, str):
        return "pages" if "<html" in content else "letters"
    return "books" if content.startswith(b"PK") else "reports" if content.startswith(b"%PDF") else "files"


def readers_of(system):
    """{role: (somebody who holds it, where they follow links)}: each who may read figures; and one who leads and one
    who only works there, who follow all other links."""
    scopes = {
        "sponsor": {"system": system.system},
        "sponsor of a partner": {"organisation": system.partners["council"]},
        "place_lead": {"place": system.place},
        "steering_group": {"system": system.system},
    }
    at_figures = f"/figures/{system.scope}/"
    found = {LEAD: (system.lead, at_figures), "lead, elsewhere": (system.lead, "/")}
    found["staff, elsewhere"] = (PersonFactory(name=NAMED, works_for=system.partners["hospice"]), "/")
    for role, scope in scopes.items():
        person = PersonFactory(name=NAMED, works_for=system.partners["acute"])
        RoleGrantFactory(person=person, role=role.partition(" ")[0], **scope)
        found[role] = (person, at_figures)
    return found


# --- Whatever can be reached by links -------------------------------------------------------------


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [value.partition("#")[0] for name, value in attributes if name == "href" and value]


# Pages of which there are many alike, or that show nobody anything but their own; and the numbers of boxes, which are
# drawn by chance, so that some two of them may well differ by anything.
NO_FURTHER = (
    "/promises/each-box/",
    "/static/",
    "/demo/",
    "/manage/people/",
    "/diaries/",
    "/your-details/",
    "/organise/plan/",
)
MOST_PAGES = 90
READ = ("text/html", "text/csv", "application/pdf", SPREADSHEET)


def crawl(system, now, person, within):
    """{address: content} of the pages and files that this person finds by following links."""
    found, waiting = {}, [within]
    while waiting and len(found) < MOST_PAGES:
        path = waiting.pop(0)
        answer = system.get(now, path, by=person)
        assert answer.status_code == 200 or within == "/", path
        found[path] = taken(answer)
        links = _Links()
        links.feed(found[path] if answer.status_code == 200 and isinstance(found[path], str) else "")
        further = [path.partition("?")[0] + each if each.startswith("?") else each for each in links.found]
        if within != "/":
            further = [each.partition("?")[0] for each in further if each.startswith(within)]
        new = [each for each in further if each.startswith("/") and not each.startswith(NO_FURTHER)]
        new = [each for each in new if within != "/" or not each.startswith("/figures/")]
        waiting += [each for each in dict.fromkeys(new) if each not in found and each not in waiting]
    return {path: content for path, content in found.items() if content}


def taken(answer):
    """The words of a page, the bytes of a file; nothing of a picture or a diary."""
    kind = answer.get("Content-Type", "").partition(";")[0]
    if kind not in READ:
        return ""
    return answer.content.decode() if kind == "text/html" else answer.content


@pytest.fixture(scope="module")
def lived(strictness, django_db_setup, django_db_blocker):
    """lived(gate=…) is the archive of a world that then never was."""

    def live(gate=None):
        kept = []
        with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
            for where, other in (gate or {}).items():
                patch.setattr(where, other)
            with that_never_was():
                kept.append(Archive(control=bool(gate)))
        return kept[0]

    return live


@pytest.fixture(scope="module")
def archive(lived):
    return lived()


def suppressed(number):
    return number if number >= 8 else None


PLAIN_SUPPRESSION = {
    "evaluation.actions.attendance.rounded": suppressed,
    "evaluation.disclosure.rounded": suppressed,
    "evaluation.noise.laplace": lambda epsilon: 0,
}


@pytest.fixture(scope="module")
def naive(lived):
    """The control: the same portal with exact totals, and numbers below 8 suppressed."""
    return lived(PLAIN_SUPPRESSION)


# --- Numbers that nobody should meet --------------------------------------------------------------


def secrets():
    """{what it is: number} that no publication may give back: of each Round, each sector in it, and their sums."""
    found = Counter()
    for number, hour in enumerate(HOURS):
        found["people at a Round", number] = hour.headcount
        found["people in a month", hour.month] += hour.headcount
        found["people in a half-year", hour.half_year.key] += hour.headcount
        for sector, came in hour.came.items():
            found["of a sector at a Round", sector, number] = came
            found["of a sector", sector, hour.half_year.key] += came
            found["ticked in", hour.half_year.key] += came
    return {what: number for what, number in found.items() if number >= TELLING}


def given_away(archive):
    """({the secret that some number or difference is: where it stood}, how many differences were tried)."""
    where, tried = {}, 0
    for place, said in said_at_each_place(archive).items():
        differences = {abs(one - other) for one, other in combinations(said, 2)}
        where |= dict.fromkeys(said | differences, place)
        tried += len(said) * (len(said) - 1) // 2
    for place, column in columns(archive).items():
        whole = sum(column)
        where |= dict.fromkeys({whole, *(abs(2 * each - whole) for each in column)}, place)
        tried += len(column) + 1
    return {what: where[number] for what, number in secrets().items() if number in where}, tried


def said_at_each_place(archive):
    """{(where it stands, which number of it): all numbers that ever stood there, on any page at any moment}. Of a
    number without a word beside it nobody knows what it could be taken from, and a rate is no number of people: two
    rates differ by whatever chance makes of it."""
    found = defaultdict(set)
    for of, piece in archive.pieces:
        if piece.where[-1] in ENDS or is_rate(piece):
            continue
        alone = not re.search("[a-z]", "".join(piece.where))
        for place, number in enumerate(piece.numbers):
            found[(piece.where, place, number if alone else "", "" if piece.where[0] else of[0])].add(number)
    return found


def columns(archive):
    """{where: what stands there below one another, and may be added up or be the sum of the rest}: of people, and of
    nothing else that a table has. "Fewer than 8" is no number that anybody could add."""
    found = defaultdict(dict)
    for look, contents in enumerate(archive.looks):
        for of, pieces in contents.items():
            for piece in pieces:
                if len(piece.where) == 3 and COLUMN_OF_PEOPLE.match(piece.where[2]) and SHOWN.fullmatch(piece.words):
                    found[look, of, piece.where[0], piece.where[2]][piece.where[1]] = piece.numbers[0]
    return {where: list(column.values()) for where, column in found.items()}


def is_rate(piece):
    return len(piece.where) == 3 and bool(RATE.search(piece.where[2]))


# A column, or words around a number, that say of how many people it is told. A rate for each 1,000 staff may be small.
COLUMN_OF_PEOPLE = re.compile(
    "(Came|People who came|Attended|Got no place|Feedback forms|Answers)(?! for each|, per 1,000)"
)
RATE = re.compile("(for each|[Pp]er) 1,000")
SHOWN = re.compile(r"(About )?\d[\d,]*")
SAID_OF_PEOPLE = re.compile(r"(?<![\d,.])(?<!fewer than )[1-7] (people |colleagues |staff )?came\b(?! for each)")


def small_numbers(pieces):
    """The pieces in which a number from 1 to 7 stands where a number of people stands: whatever it is, it is none that
    anybody may read."""
    return {(of, piece) for of, piece in pieces if is_small(piece)}


def is_small(piece):
    in_a_cell = len(piece.where) == 3 and COLUMN_OF_PEOPLE.match(piece.where[2])
    return bool(SAID_OF_PEOPLE.search(piece.words) or (in_a_cell and re.fullmatch("(About )?[1-7]", piece.words)))


class TestWhatIsPublished:
    def test_the_secrets_are_none_that_rounding_makes(self):
        assert all(number % 5 for number in secrets().values())
        assert len(secrets()) >= 25

    def test_the_ends_of_a_range_are_its_number_and_a_constant(self, archive):
        """The same of every employer, with chance drawn anew for each, and of a sector the same in each half-year that
        adds up as many cells: so they are read no further."""
        ends = defaultdict(set)
        for look in archive.looks:
            for (name, _), pieces in look.items():
                said = shown_in(pieces) if name in ("dashboard_file employers", "dashboard_file reach") else {}
                for row in [row for (row, column), came in said.items() if column == "Came" and came is not None]:
                    low, came, high = (said[row, column] for column in ("From", "Came", "To"))
                    ends["" if name.endswith("employers") else row].add((came - low if low else None, high - came))
        assert len(ends) > 2
        for row, seen in ends.items():
            assert len({below for below, _ in seen} - {None}) <= 1, row
            assert len({above for _, above in seen}) == 1, row

    def test_no_number_and_no_difference_is_one_of_them(self, archive, figures):
        found, tried = given_away(archive)
        published = {piece for _, piece in archive.pieces if piece.numbers}
        figures(
            "disclosure: published", looks=len(archive.looks), **archive.published, different_numbers=len(published)
        )
        figures("disclosure: attacks", differences=tried, cells_attacked=len(secrets()), cells_recovered=len(found))
        assert found == {}
        assert archive.published["pages"] > 150
        assert min(archive.published[kind] for kind in ("files", "books", "reports", "letters")) > 0

    def test_no_small_number_of_people_stands_where_one_would(self, archive):
        assert small_numbers(archive.pieces) == set()

    def test_one_that_stood_there_would_be_seen(self):
        of = ("dashboard_file reach", "2026-04")
        said = [Piece(("Reach by sector", "Hospices", "Came"), "6"), words_of("About 6 people came.")]
        said.append(Piece(("By the time", "Hospices", "Before 9am"), "3 about 6 came"))
        assert len(small_numbers([(of, each) for each in said])) == 3
        said = [Piece(("Reach by sector", "Hospices", "Came"), "10"), words_of("About 16 people came.")]
        assert small_numbers([(of, each) for each in said]) == set()

    def test_the_same_attack_breaks_plain_suppression(self, naive, figures):
        found, _ = given_away(naive)
        figures("disclosure: controls", exact_totals_attacked=len(secrets()), exact_totals_recovered=len(found))
        assert len(found) >= 0.6 * len(secrets())

    def test_everybody_who_may_reads_the_same(self, archive):
        """Whatever somebody else may read adds nothing: nobody has a filter of their own."""
        own = {role: figures_read(pages) for role, pages in archive.found.items() if "elsewhere" not in role}
        assert len(own) == 5
        for role, read_by_them in own.items():
            assert len(read_by_them) >= 10, role
            assert {path: own[LEAD][path] for path in read_by_them} == read_by_them, role


def figures_read(pages):
    """{address of a page of figures: all cells of its tables}, without what somebody asked for or downloaded."""
    return {
        path: {(piece.where, piece.words) for piece in read(content) if len(piece.where) == 3}
        for path, content in pages.items()
        if not path.endswith(("/reports/", "/return/"))
    }


# --- Shown from totals ----------------------------------------------------------------------------


def a_table(chance):
    """Partners by kinds of work, as many a dashboard has it."""
    return [[chance.choice([1, 3, 6, 12, 18, 25, 31, 40]) for _ in range(5)] for _ in range(6)]


def suppressed_system(table):
    """(what each hidden cell may be, what the exact margins say of their sums)."""
    rows, across = range(len(table)), range(len(table[0]))
    hidden = {(row, column): (0, 7) for row in rows for column in across if table[row][column] < 8}
    lines = [[(row, column) for column in across] for row in rows]
    lines += [[(row, column) for row in rows] for column in across]
    sums = [
        (cells, number, number)
        for line in lines
        if (cells := [cell for cell in line if cell in hidden])
        for number in [sum(table[row][column] for row, column in cells)]
    ]
    return hidden, sums


def released_system(files, half_year):
    """The same of what was released of a half-year, as its files say it: the sum over sectors, times of day, employers
    and kinds of work is over the same attendances. The attacker reckons with the rounding, and bets that no noise was
    so large as one draw in a million is."""
    shown = {
        name: shown_in(files[f"dashboard_file {name}", half_year.key])
        for name in ("reach", "employers", "work", "equity")
    }
    within, sums, whole = {}, [], [0, 0]
    for sector in STAFF:
        label, partner = REACHED[sector], f"Partner for {sector}"
        then = shown["equity"].get((label, "Came, midday to 5pm"))
        within[label, "in the afternoon"] = open_to(then, tables.TIME) if then else (0, 2000)
        within[label, "at other times"] = (0, 2000)
        cells = [(label, "in the afternoon"), (label, "at other times")]
        for number, table in (
            (shown["reach"].get((label, "Came")), tables.WORK),
            (shown["employers"].get((partner, "Came")), tables.EMPLOYER),
        ):
            low, high = open_to(number, table, cells=2)
            sums.append((cells, low, high))
        whole = [end + more for end, more in zip(whole, (low, high), strict=True)]
    kinds = [(row, "") for row, column in shown["work"] if column == "Came" and row != ALL_WITH_STAFF]
    within |= {kind: open_to(shown["work"][kind[0], "Came"], tables.WORK, cells=len(STAFF)) for kind in kinds}
    in_all = open_to(shown["work"][ALL_WITH_STAFF, "Came"], tables.WORK, cells=len(STAFF) * len(kinds))
    return within, [*sums, (kinds, *whole), (kinds, *in_all), ([cell for cell in within if cell[1]], *in_all)]


def shown_in(pieces):
    """{(last head of the row, column): number, None where there is none}"""
    rows = {(piece.where[1].rpartition(" | ")[2], piece.where[2]): piece for piece in pieces}
    return {at: (piece.numbers[0] if piece.words.replace(",", "").isdigit() else None) for at, piece in rows.items()}


def open_to(shown, table, *, cells=1):
    """What is left open by rounding, and by noise short of one draw in a million in each of so many cells."""
    behind, far = numbers_behind(shown), 0
    while sum(noise.likelihood(k, table.noise) for k in range(-far, far + 1)) < 1 - 1e-6:
        far += 1
    return max(behind[0] - cells * far, 0), behind[-1] + cells * far


class TestSubtraction:
    def test_margins_give_back_what_was_suppressed(self, figures):
        """The control, and that the solver is one."""
        chance, cells, recovered = random.Random(4), 0, 0
        for _ in range(12):
            table = a_table(chance)
            hidden, sums = suppressed_system(table)
            found = known(hidden, sums)
            assert all(table[row][column] == number for (row, column), number in found.items())
            cells, recovered = cells + len(hidden), recovered + len(found)
        figures("disclosure: controls", suppressed_cells=cells, suppressed_cells_recovered=recovered)
        assert recovered > 0.2 * cells

    def test_nor_does_what_is_released_give_any_cell(self, archive, figures):
        """By all files together: sectors, employers, kinds of work and times of day are sums of the same people."""
        files = archive.looks[len(HOURS)]
        for half_year in HALF_YEARS:
            within, sums = released_system(files, half_year)
            found = bounds(within, sums)
            widths = [high - low for low, high in found.values()]
            figures(
                "disclosure: attacks",
                subtractions=len(sums), cells_attacked=len(found), cells_recovered=widths.count(0),
            )  # fmt: skip
            assert min(widths) >= 8
            for key, number in true_numbers(half_year).items():
                assert found[key][0] <= number <= found[key][1]


def true_numbers(half_year):
    """How many of each sector came in the afternoon."""
    found = Counter()
    for hour in HOURS:
        for sector, came in hour.came.items():
            if hour.half_year == half_year and hour.begins == time(12, 30):
                found[REACHED[sector], "in the afternoon"] += came
    return found


# --- The same question again ----------------------------------------------------------------------


def figure_of(name, half_year, piece):
    """What is one figure: reach, wherever it stands; and else the same cell of the same page."""
    caption, row, _ = piece.where
    if name == "dashboard_file reach":
        return tuple(row.split(" | "))
    if caption.startswith("Reach by sector"):
        asked = name.partition("half_year=")[2] or (half_year if is_one(half_year) else HALF_YEARS[-1].key)
        last = max(each for each in HALF_YEARS if each.key <= asked)
        return caption.partition(", ")[2] or last.words, row
    return name, half_year if is_one(half_year) or name.startswith("round_report") else "", piece.where


def is_one(half_year):
    return half_year in {each.key for each in HALF_YEARS}


class TestAsking:
    def test_again_tells_no_more(self, archive, figures):
        """Once released: pages for each reader, files, spreadsheets, and all of it after a restart."""
        answers = defaultdict(list)
        for look in archive.looks[len(HOURS) :]:
            for (name, half_year), pieces in look.items():
                for piece in pieces:
                    if piece.where[-1] in ("Came", "Came for the first time"):
                        words = "" if piece.words in NOT_SHOWN else piece.words.replace(",", "")
                        answers[figure_of(name, half_year, piece)].append(words)
        figures("disclosure: attacks", figures_asked_again=sum(map(len, answers.values())))
        assert {figure: said for figure, said in answers.items() if len(set(said)) > 1} == {}
        assert len(answers) > 50
        assert all(len(said) > 1 for said in answers.values())
        assert max(map(len, answers.values())) >= 10

    def test_the_average_of_many_answers_would_be_exact(self, figures):
        """The control: noise that is drawn for each look."""
        true = {cell: random.Random(cell).randrange(200) for cell in range(40)}
        asked = {cell: [number + noise.laplace(tables.WORK.noise) for _ in range(100)] for cell, number in true.items()}
        found = [cell for cell, number in true.items() if abs(sum(asked[cell]) / 100 - number) < 0.5]
        figures("disclosure: controls", averaged_cells=len(true), averaged_cells_recovered=len(found))
        assert len(found) > 0.9 * len(true)
