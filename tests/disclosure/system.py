"""A system that lives through three half-years, Round by Round, and everything its dashboard says meanwhile."""

import csv
import io
import re
import uuid
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import product, takewhile

import time_machine
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from evaluation import tasks
from evaluation.actions import attendance, clock
from evaluation.actions.feedback import STAYS_OPEN
from evaluation.models import Attendance, ReportFile
from evaluation.reports.half_years import HalfYear
from evaluation.states import ReportKind, ReportState
from evaluation.urls import urlpatterns
from evaluation.views.figure.licensor import COLUMNS
from evaluation.views.figures import FILES
from evaluation.views.offered import TABLES as OFFERED_FILES
from evaluation.views.series import TABLES as SERIES_FILES
from members.actions import correspondence
from members.models import PlaceEdge
from rounds.actions import scheduling
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.blunt import STEP, THRESHOLD, rounded
from tests.factories.evaluation import counted
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    StaffCountFactory,
    SystemFactory,
)
from tests.factories.rounds import LONDON, RoundFactory, SeriesFactory

# Not by the number that a factory has come to: it might be one that nobody should meet.
NAMED = "Robin Person"
STAFF = {"acute": 4000, "council": 1500, "hospice": 300, "social_care": 700}
OF_FIGURES = ("figures/<slug:scope>", "figures/series/", "organise/rounds/<uuid:pk>/report")
# What is posted to, says only what one person once asked for or took away, or is there once a worker has made it.
ASIDE = {"make_return", "make_report", "make_round_report", "returns", "reports", "report_file", "round_report_pdf"}
LINES = [line for line in urlpatterns if str(line.pattern).startswith(OF_FIGURES) and line.name not in ASIDE]
TABLES = {"dashboard_file": FILES, "series_figures_file": SERIES_FILES}
ASKED_BY_TABLE = {"offered_file", "offered_in_place_file"}
NAMESPACE = uuid.UUID("5f0f3f0e-0000-4000-8000-000000000000")


def numbers_behind(shown):
    """All numbers that ``rounded`` makes read like this one; None: it is not shown."""
    return range(THRESHOLD) if shown is None else range(shown - STEP // 2, shown + STEP // 2 + 1)


class NeverWas(Exception):
    pass


@contextmanager
def that_never_was():
    """What is lived in it is taken back in both databases. Letters are handed over in it all the same, as in a test."""
    try:
        with ExitStack() as both:
            for using in ("default", "box"):
                block = transaction.atomic(using=using)
                block._from_testcase = True
                both.enter_context(block)
            yield
            raise NeverWas
    except NeverWas:
        pass


@dataclass(frozen=True)
class Hour:
    """One Round: `came` is sector → people ticked in, `walked_in` came beside them; `answers` is value → how many gave
    it to the first question."""

    day: date
    came: dict[str, int] = field(default_factory=dict)
    walked_in: int = 0
    begins: time = time(12, 30)
    answers: dict[int, int] = field(default_factory=dict)

    @property
    def headcount(self):
        return sum(self.came.values()) + self.walked_in

    @property
    def half_year(self):
        return HalfYear.of(self.day)

    @property
    def month(self):
        return f"{self.day:%B %Y}"


class LivingSystem:
    """`live` lets the Rounds happen through the actions and yields the moments at which somebody may look."""

    def __init__(self, code="QDX", staff=STAFF):
        self.system = SystemFactory(code=code)
        self.partners = {
            sector: OrganisationFactory(
                name=f"Partner for {sector}", sector=sector, system=self.system, code=f"XP{number}"
            )
            for number, sector in enumerate(STAFF)
        }
        for sector, number in staff.items():
            StaffCountFactory(organisation=self.partners[sector], number=number)
        self.place = PlaceFactory(
            pk=uuid.uuid5(NAMESPACE, "place"), system=self.system, code="alder", name="Alder Vale"
        )
        for sector in ("acute", "hospice"):
            PlaceEdge.objects.create(place=self.place, organisation=self.partners[sector], starts_on=date(2020, 1, 1))
        self.people = {
            sector: [PersonFactory(name=NAMED, works_for=partner, verified=False) for _ in range(60)]
            for sector, partner in self.partners.items()
        }
        self.series = SeriesFactory(pk=uuid.uuid5(NAMESPACE, "series"), system=self.system)
        self.lead = PersonFactory(name=NAMED, works_for=self.partners["acute"])
        RoleGrantFactory(person=self.lead, role="ics_lead", system=self.system)

    def live(self, hours):
        """After each Round, and at last when the half-years are over."""
        for number, hour in enumerate(hours):
            starts_at = datetime.combine(hour.day, hour.begins, LONDON)
            round = RoundFactory(
                pk=uuid.uuid5(NAMESPACE, f"{number}"),
                title=f"Round {number}",
                system=self.system,
                series=self.series,
                host_place=self.place,
                starts_at=starts_at,
                booking_opens_at=starts_at - timedelta(days=30),
                venue=None,
                state=RoundState.HELD,
                partners=self.partners.values(),
            )
            Attendance.objects.bulk_create(
                each for sector, number_there in hour.came.items() for each in self.at(round, sector, number_there)
            )
            attendance.close_register(round=round, headcount=hour.headcount, now=round.ends_at)
            if hour.answers:
                counted(round, values={1: hour.answers}, forms=rounded(sum(hour.answers.values())))
            yield self.turn(round.ends_at + STAYS_OPEN + timedelta(hours=1))
        yield self.turn(starts_at + timedelta(days=240))

    def at(self, round, sector, number):
        """So many of a sector, ticked in: those who have accounts first."""
        for person in self.people[sector][:number]:
            yield Attendance(round=round, person=person)
        for _ in range(number - len(self.people[sector])):
            yield Attendance(round=round, organisation=self.partners[sector], staff_group="nursing")

    def turn(self, now):
        with time_machine.travel(now, tick=False):
            scheduling.mark_held(now=now)
            clock.follow(now=now)
        return now

    def get(self, now, path, *, by=None, **query):
        return self._ask("get", now, path, query, by)

    def post(self, now, path, **said):
        return self._ask("post", now, path, said, None)

    def _ask(self, how, now, path, said, by):
        with time_machine.travel(now, tick=False):
            client = self.clients[by or self.lead]
            client.force_login(by or self.lead)
            return getattr(client, how)(path, said)

    @cached_property
    def clients(self):
        return defaultdict(Client)

    def shown_at(self, now, address, *, by=None, **asked):
        """What is handed out there: a page less what the browser session puts into it, the rows of a CSV, and any other
        file to the byte."""
        answer = self.get(now, address, by=by, **asked)
        assert answer.status_code == 200, address
        kind = answer["Content-Type"].partition(";")[0]
        if kind == "text/html":
            return re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())
        return rows_of(answer.content) if kind == "text/csv" else answer.content

    def file(self, now, half_year, name):
        """Its table, without what stands below it."""
        shown = self.shown_at(now, reverse("dashboard_file", args=[self.scope, name]), half_year=half_year.key)
        return list(takewhile(bool, shown))

    def returned(self, now, half_year):
        """{what a licensor is sent: content}, in both forms."""
        asked = {"half_year": half_year.key, "columns": list(COLUMNS)}
        for form in ("", "spreadsheet"):
            answer = self.post(now, reverse("make_return", args=[self.scope]), **asked | {"as": form})
            assert answer.status_code == 200
            content = answer.content if form else rows_of(answer.content)
            yield (f"return {form}".strip(), half_year.key), content

    @property
    def rounds(self):
        return Round.objects.filter(system=self.system).order_by("starts_at")

    @property
    def scope(self):
        return f"ics-{self.system.code.lower()}"

    def everything(self, now, half_years):
        """All pages and files that are offered at that moment."""
        found = {}
        for half_year in half_years:
            for line in LINES:
                for said, address, asked in self.addresses(line, half_year):
                    content = self.shown_at(now, address, half_year=half_year.key, **asked)
                    found[" ".join([line.name, *said[:-1]]), said[-1]] = content
            found |= dict(self.returned(now, half_year))
        return found

    def addresses(self, line, half_year):
        """[(words that tell it from others and of which half-year or Round it is, address, what is asked for)] of all
        to which that line of them leads. An argument that is new has to be told here what it may be."""
        of_a_round = str(line.pattern).startswith("organise/")
        rounds = self.rounds.filter(**half_year.hours)
        known = {
            "scope": [self.scope],
            "place": [self.place.code],
            "code": [partner.code.lower() for partner in self.partners.values()],
            "table": list(TABLES.get(line.name, ())),
            "pk": [str(each.pk) for each in rounds] if of_a_round else [self.series.pk],
        }
        names = list(line.pattern.converters)
        for values in product(*(known[name] for name in names)):
            arguments = dict(zip(names, values, strict=True))
            said = [value for name, value in arguments.items() if name in ("table", "code")]
            of = str(arguments["pk"]) if of_a_round else half_year.key
            address = reverse(line.name, kwargs=arguments)
            for table in OFFERED_FILES if line.name in ASKED_BY_TABLE else [""]:
                yield [*said, *filter(None, [table]), of], address, {"table": table} if table else {}

    def made(self, now, half_years, rounds):
        """The reports that are made in the background, as PDF files, and the letters that say so."""
        mail.outbox.clear()
        asked = [
            (reverse("make_report", args=[self.scope]), {"kind": kind, "half_year": each.key})
            for each in half_years
            for kind in ReportKind.values
            if kind != ReportKind.ROUND
        ]
        asked += [(reverse("make_round_report", args=[round.pk]), {}) for round in rounds]
        for address, said in asked:
            assert self.post(now, address, **said).status_code == 302, address
            with time_machine.travel(now, tick=False):
                tasks.make_reports()
        with time_machine.travel(now, tick=False):
            correspondence.dispatch(now=now)
        files = ReportFile.objects.filter(system=self.system).order_by("kind", "half_year", "round")
        assert {file.state for file in files} == {ReportState.READY}
        made = {(f"{file.kind} PDF", str(file.round_id or file.half_year)): bytes(file.content) for file in files}
        # In whatever order they were handed over.
        letters = sorted(letter.body for letter in mail.outbox)
        return made | {("letter", f"{number}"): body for number, body in enumerate(letters)}


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
