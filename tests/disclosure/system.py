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
from evaluation.states import ReportKind
from evaluation.views.figure.licensor import COLUMNS
from members.actions import correspondence
from rounds.actions import scheduling
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.blunt import STEP, THRESHOLD, rounded
from tests.factories.evaluation import counted
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    StaffCountFactory,
    SystemFactory,
)
from tests.factories.rounds import LONDON, RoundFactory, SeriesFactory

STAFF = {"acute": 4000, "council": 1500, "hospice": 300, "social_care": 700}
PAGES = ("dashboard", "equity", "offered", "board_report", "annual_report", "sponsor_brief")
FILES = (
    *("reach", "work", "mix", "employers", "first", "meeting", "waited"),
    *("people", "rounds", "partners", "feedback", "by-work", "small-rounds", "equity"),
)
BOOKS = ("board_report_file", "annual_report_file")
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
        self.people = {
            sector: [PersonFactory(works_for=partner, verified=False) for _ in range(60)]
            for sector, partner in self.partners.items()
        }
        self.series = SeriesFactory(pk=uuid.uuid5(NAMESPACE, "series"), system=self.system)
        self.lead = PersonFactory(works_for=self.partners["acute"])
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

    def page(self, now, half_year, name="dashboard", *of):
        return self.page_at(now, half_year, reverse(name, args=[self.scope, *of]))

    def page_at(self, now, half_year, address):
        """The page less what the browser session puts into it."""
        answer = self.get(now, address, half_year=half_year.key)
        return re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())

    def file(self, now, half_year, name):
        return self.lines(now, half_year, reverse("dashboard_file", args=[self.scope, name]))

    def lines(self, now, half_year, address, **asked):
        answer = self.get(now, address, half_year=half_year.key, **asked)
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    def book(self, now, half_year, name):
        """A spreadsheet, to the byte."""
        return self.get(now, reverse(name, args=[self.scope]), half_year=half_year.key).content

    def returned(self, now, half_year):
        """What a licensor is sent."""
        asked = {"half_year": half_year.key, "columns": list(COLUMNS)}
        return self.post(now, reverse("make_return", args=[self.scope]), **asked).content

    @property
    def scope(self):
        return f"ics-{self.system.code.lower()}"

    def beside(self, now, half_year):
        """What was offered by table, the series, and the reports of single Rounds."""
        offered = reverse("offered_file", args=[self.scope])
        for table in ("offered", "rounds", "regularity"):
            yield (f"{table} offered", half_year.key), self.lines(now, half_year, offered, table=table)
        yield ("series page", half_year.key), self.page_at(now, half_year, self.of_series())
        came = self.of_series("_file", "came")
        yield ("series file", half_year.key), self.lines(now, half_year, came)
        for round in Round.objects.filter(system=self.system, **half_year.hours).order_by("starts_at"):
            report = reverse("round_report", args=[round.pk])
            yield ("report of a Round", str(round.pk)), self.page_at(now, half_year, report)

    def of_series(self, what="", *table):
        return reverse(f"series_figures{what}", args=[self.series.pk, *table])

    def everything(self, now, half_years):
        """All pages and files that are offered at that moment."""
        pages = {(f"{name} page", each.key): self.page(now, each, name) for each in half_years for name in PAGES}
        pages |= {
            (f"{sector} page", each.key): self.page(now, each, "partner_figures", partner.code.lower())
            for each in half_years
            for sector, partner in self.partners.items()
        }
        for each in half_years:
            pages |= dict(self.beside(now, each))
        pages |= {("return", each.key): self.returned(now, each) for each in half_years}
        pages |= {(name, each.key): self.book(now, each, name) for each in half_years for name in BOOKS}
        return pages | {(name, each.key): self.file(now, each, name) for each in half_years for name in FILES}

    def made(self, now, half_years):
        """The reports that are made in the background, as PDF files, and the letters that say so."""
        mail.outbox.clear()
        asked = [(kind, each) for each in half_years for kind in ReportKind.values]
        for kind, each in asked:
            self.post(now, reverse("make_report", args=[self.scope]), kind=kind, half_year=each.key)
            with time_machine.travel(now, tick=False):
                tasks.make_reports()
        with time_machine.travel(now, tick=False):
            correspondence.dispatch(now=now)
        files = ReportFile.objects.filter(system=self.system).order_by("kind", "half_year")
        made = {(f"{file.kind} PDF", file.half_year): bytes(file.content) for file in files}
        return made | {("letter", f"{number}"): letter.body for number, letter in enumerate(mail.outbox)}
