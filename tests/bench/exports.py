"""The longest files that somebody can take: both logs, of as many rows as a size says; and every spreadsheet, of a
half-year with a hundredth as many Rounds. Each is asked for by a process of its own, with the rights of the web server:
what a row costs, or a whole spreadsheet, and how much the file made the process grow."""

import datetime as dt
import uuid
from collections import defaultdict

from django.urls import reverse
from django.utils import timezone

from evaluation.access import scope_of
from evaluation.models import Release, ReleasedCell, ReleasedSector
from evaluation.reports.half_years import HalfYear
from evaluation.views.figure.licensor import COLUMNS
from members.models import CareEntry, SecurityEvent
from members.models.audit import Act, Opened
from members.roles import Sector
from rounds.states import RoundState
from rounds_site.kit.moments import midnight
from tests.factories.evaluation import RoundFigureFactory, counted
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory

from .alone import measured
from .figures import Figure, to_two_places
from .people import know_the_tables
from .portals import portal_and_relay
from .serving import let_it_serve, sessions_of

SIZES = [1_000, 10_000, 100_000]
LOGS = ("security", "care")
MINUTE = dt.timedelta(minutes=1)
MOST_AT_ONCE = 5_000
ROWS_A_ROUND = 100
SPREADSHEETS = ("board_report_file", "annual_report_file", "make_return", "round_report_file")
ANSWERS = {number: {5: 15, 4: 9, 2: 6} for number in range(1, 6)}


def run(sizes):
    with portal_and_relay() as (portal, _):
        let_it_serve(portal)
        lead = a_lead()
        session = sessions_of(portal, [lead])[lead.email]
        grew, there = defaultdict(int), 0
        for size in sorted(sizes):
            add_rows(lead, range(there, size))
            last = add_rounds(lead, range(there // ROWS_A_ROUND, size // ROWS_A_ROUND))
            know_the_tables()
            there = size
            for log in LOGS:
                said = measured(portal, "exporting", "post", session, reverse("manage_audit_file"), f"log={log}")
                grew[f"file of the {log} log"] = max(grew[f"file of the {log} log"], said["grew_kb"])
                yield from of_one(said, size, f"{size:,} rows of the {log} log")
            for name in SPREADSHEETS:
                said = measured(portal, "exporting", *asking_for(name, session, last))
                grew["spreadsheet"] = max(grew["spreadsheet"], said["grew_kb"])
                yield from of_a_spreadsheet(said, f"{name} of {size // ROWS_A_ROUND:,} Rounds")
        for what, most in grew.items():
            yield figure("grows_at_most_mb", most / 1000, "MB", f"a process that writes a {what}", "at most", 24)


def asking_for(name, session, round):
    """How a browser asks for this spreadsheet. `round`: one of the half-year that it is of."""
    if name == "round_report_file":
        return "get", session, reverse(name, args=[round.pk])
    address, half_year = reverse(name, args=[scope_of(round.system)]), f"half_year={HalfYear.of_round(round).key}"
    if name == "make_return":
        return "post", session, address, half_year, "as=spreadsheet", *(f"columns={key}" for key in COLUMNS)
    return "get", session, address, half_year


def of_one(said, rows, note):
    cpu = 1000 * (said["cpu"] + said["database_cpu"]) / rows
    statements = (said["statements"] - said["framing"]) / rows
    yield figure("rows", said["rows"], "rows", note)
    yield figure("cpu_ms_per_row", cpu, "ms", note)
    yield figure("statements_per_1000_rows", 1000 * statements, "statements", note)
    yield figure("grew_mb", said["grew_kb"] / 1000, "MB", note)


def of_a_spreadsheet(said, note):
    yield figure("rows", said["rows"], "rows", note)
    yield figure("cpu_ms", 1000 * (said["cpu"] + said["database_cpu"]), "ms", note)
    yield figure("statements", said["statements"] - said["framing"], "statements", note)
    yield figure("grew_mb", said["grew_kb"] / 1000, "MB", note)


def a_lead():
    """Of a system that keeps both logs, has figures of its last half-year, and held one Round a year before."""
    system = SystemFactory()
    lead = PersonFactory(name="Ines Lead", works_for=OrganisationFactory(system=system))
    for role in ("governance_lead", "ics_lead"):
        RoleGrantFactory(person=lead, role=role, system=system)
    release(system)
    a_round(lead, last_half_year().before().before(), 0)
    return lead


def release(system):
    """Each sector came."""
    made = Release.objects.create(system=system, half_year=last_half_year().key, rounds=9, left_out=0)
    staff = {"staff": 4_000, "release": made}
    ReleasedSector.objects.bulk_create([ReleasedSector(sector=each, partners=1, **staff) for each in Sector])
    cells = [ReleasedCell(table="work", cell=f"{each}/not_said", number=80, **staff) for each in Sector]
    ReleasedCell.objects.bulk_create(cells)


def last_half_year():
    return HalfYear.of(timezone.localdate()).before()


def add_rounds(lead, numbers):
    """So many more in the last half-year; the last of them."""
    return [a_round(lead, last_half_year(), n) for n in numbers][-1]


def a_round(lead, half_year, n):
    """It is over, and its feedback is counted."""
    host = lead.memberships.get().organisation
    there = {"system": lead.role_grants.first().system, "host_organisation": host, "partners": [host]}
    starts_at = midnight(half_year.begins) + dt.timedelta(days=1 + n % 150, hours=12)
    when = {"starts_at": starts_at, "booking_opens_at": starts_at - dt.timedelta(days=30)}
    round = RoundFactory(state=RoundState.CLOSED, **there, **when)
    RoundFigureFactory(round=round)
    counted(round, values=ANSWERS)
    return round


def add_rows(lead, numbers):
    """Of the last months, as many in each log as numbers, by a person whom a file names."""
    now, where = timezone.now(), lead.role_grants.first().system_id
    acts = {"act": Act.ROLE_GIVEN, "by": lead.pk, "where": where, "said": {"role": "facilitator"}}
    opened = {"what": Opened.REGISTER, "by": lead.pk, "where": where}
    SecurityEvent.objects.bulk_create(
        [SecurityEvent(at=now - n * MINUTE, about=str(lead.pk), **acts) for n in numbers], batch_size=MOST_AT_ONCE
    )
    CareEntry.objects.bulk_create(
        [CareEntry(hour=now - n * MINUTE, about=uuid.uuid4(), **opened) for n in numbers], batch_size=MOST_AT_ONCE
    )


def figure(name, value, unit, note, *goal):
    return Figure("exports", name, to_two_places(value), unit, note, goal)
