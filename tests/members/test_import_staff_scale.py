"""20,000 people in under 60 seconds of one core and under 300 MB: a process of its own, measured by the system."""

import os
import subprocess
import sys
import time

import openpyxl
import pytest
from django.db import connections

from members.models import Membership, Organisation, Person, System, SystemEdge
from tests.running import ROOT, RunningPortal

PEOPLE, PARTNERS = 20_000, 4
SECONDS, MEGABYTES = 60, 300
GROUPS = ["Nursing and Midwifery Registered", "Estates and Ancillary", "Medical and Dental", "Wizards"]


@pytest.fixture
def portal(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), RunningPortal(tmp_path) as running, running.databases_here():
        yield running


def test_twenty_thousand_people(portal, tmp_path, capsys):
    make_partners()
    file = tmp_path / "staff.csv"
    written(file, range(PEOPLE))
    told = {"first": measured(portal, file)}
    assert (Person.objects.count(), Membership.objects.count()) == (PEOPLE, PEOPLE)
    told["again"] = measured(portal, file)
    told["as a workbook"] = measured(portal, workbook_of(file))
    # Everybody has another staff group, a tenth has gone and as many are new.
    written(file, range(PEOPLE // 10, PEOPLE + PEOPLE // 10), shift=1)
    told["changed"] = measured(portal, file)
    assert Membership.objects.filter(ends_on=None).count() == PEOPLE
    assert Membership.objects.exclude(ends_on=None).count() == PEOPLE // 10
    with capsys.disabled():
        for what, (seconds, megabytes, wall) in told.items():
            on = f"{connections['default'].vendor}, {what}"
            sys.stdout.write(f"\n{on}: {seconds:.1f} s CPU, {wall:.1f} s, {megabytes} MB\n")
    assert max(seconds for seconds, _, _ in told.values()) < SECONDS
    assert max(megabytes for _, megabytes, _ in told.values()) < MEGABYTES


def make_partners():
    system = System.objects.create(code="QXV", name="North Vale", short_name="North Vale", sender_address="a@b.example")
    for n in range(PARTNERS):
        partner = Organisation.objects.create(code=f"XR{n}", name=f"Riverbank {n}", sector="acute")
        SystemEdge.objects.create(system=system, organisation=partner, starts_on="2020-04-01")


def written(file, numbers, shift=0):
    with file.open("w", encoding="utf-8") as text:
        text.write("Name,Email,Organisation code,Staff group,Site\n")
        for n in numbers:
            code, group = n % PARTNERS, GROUPS[(n + shift) % len(GROUPS)]
            text.write(f"Person {n} Exämple,person.{n}@riverbank{code}.example,XR{code},{group},Site {n % 50}\n")


def workbook_of(file):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in file.read_text(encoding="utf-8").splitlines():
        sheet.append(line.split(","))
    book.save(file.with_suffix(".xlsx"))
    return file.with_suffix(".xlsx")


# The peak of this program alone: what the system says of a child that has ended includes its parent before the fork.
PROGRAM = """
import sys
from pathlib import Path
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import_staff", sys.argv[1], "--accept"])
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line))
"""


def measured(portal, file):
    """(seconds of CPU, megabytes at the peak, seconds on the clock) of one import."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(file)],
        cwd=ROOT,
        env=portal.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process.stdout:
        *_, imported, kilobytes = process.stdout.read().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert (process.returncode, imported) == (0, "Imported.")
    return used.ru_utime + used.ru_stime, int(kilobytes) // 1024, time.monotonic() - began
