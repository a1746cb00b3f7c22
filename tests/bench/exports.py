"""The longest files that somebody can take: both logs, of as many rows as a size says. Each is asked for by a process
of its own, with the rights of the web server: what a row costs, and how much the file made the process grow."""

import datetime as dt
import uuid

from django.urls import reverse
from django.utils import timezone

from members.models import CareEntry, SecurityEvent
from members.models.audit import Act, Opened
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory

from .alone import measured
from .figures import Figure, to_two_places
from .people import know_the_tables
from .portals import portal_and_relay
from .serving import let_it_serve, sessions_of

SIZES = [1_000, 10_000, 100_000]
LOGS = ("security", "care")
MINUTE = dt.timedelta(minutes=1)
MOST_AT_ONCE = 5_000


def run(sizes):
    with portal_and_relay() as (portal, _):
        let_it_serve(portal)
        lead = a_lead()
        session = sessions_of(portal, [lead])[lead.email]
        grew, there = {}, 0
        for size in sorted(sizes):
            add_rows(lead, range(there, size))
            know_the_tables()
            there = size
            for log in LOGS:
                said = measured(portal, "exporting", session, reverse("manage_audit_file"), f"log={log}")
                grew[log, size] = said["grew_kb"] / 1000
                yield from of_one(said, size, f"{size:,} rows of the {log} log")
        for log in LOGS:
            most = max(grew[log, size] for size in sizes)
            yield figure(
                "grows_at_most_mb", most, "MB", f"a process that writes a file of the {log} log", "at most", 24
            )


def of_one(said, rows, note):
    cpu = 1000 * (said["cpu"] + said["database_cpu"]) / rows
    statements = (said["statements"] - said["framing"]) / rows
    yield figure("rows", said["rows"], "rows", note)
    yield figure("cpu_ms_per_row", cpu, "ms", note)
    yield figure("statements_per_1000_rows", 1000 * statements, "statements", note)
    yield figure("grew_mb", said["grew_kb"] / 1000, "MB", note)


def a_lead():
    system = SystemFactory()
    lead = PersonFactory(name="Ines Lead", works_for=OrganisationFactory(system=system))
    return RoleGrantFactory(person=lead, role="governance_lead", system=system).person


def add_rows(lead, numbers):
    """Of the last months, as many in each log as numbers, by a person whom a file names."""
    now, where = timezone.now(), lead.role_grants.get().system_id
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
