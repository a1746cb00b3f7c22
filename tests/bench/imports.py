"""Lists that an employer or the Organisation Data Service hands out: new, and taken once more unchanged. Each is
previewed and accepted by a process of its own: what a line costs, and how much memory it takes meanwhile."""

from pathlib import Path
from tempfile import TemporaryDirectory

from members.models import Membership, SystemEdge
from tests.factories.members import OrganisationFactory, SystemFactory

from .alone import measured
from .figures import Figure, to_two_places
from .people import know_the_tables
from .portals import portal_and_relay

SIZES = [1_000, 10_000]
NEW, AGAIN = "new", "taken once more"
SHORT = 2
GROUPS = ("Nursing and Midwifery Registered", "Medical and Dental", "Administrative and Clerical")


def run(sizes):
    with portal_and_relay() as (portal, _), TemporaryDirectory(prefix="bench-lists-") as folder:
        for kind in (StaffList(), PartnerList()):
            for size in sizes:
                yield from of_one(portal, kind, Path(folder), size)


def of_one(portal, kind, folder, size):
    code, other = kind.code(), kind.code()
    lists = [folder / "list.csv", code, folder / "short.csv", other]
    lists[0].write_text("\n".join([kind.headings, *(kind.line(code, n) for n in range(size))]))
    lists[2].write_text("\n".join([kind.headings, *(kind.line(other, n) for n in range(SHORT))]))
    for when in (NEW, AGAIN):
        said = measured(portal, "importing", kind.name, *lists, worker=True)
        know_the_tables()
        note = f"{kind.name}, {size:,} lines, {when}"
        cpu = 1000 * (said["cpu"] + said["database_cpu"]) / size
        statements = (said["statements"] - said["framing"]) / size
        yield figure("statements_per_line", statements, "statements", note, "at most", 0.5)
        yield figure("cpu_ms_per_line", cpu, "ms", note)
        yield figure("grew_mb", said["grew_kb"] / 1000, "MB", note)
        yield figure("lines_taken", kind.taken(code), "lines", note, "exactly", size)


class StaffList:
    name = "staff"
    headings = "Email,Organisation code,Name,Staff group,Site"

    def code(self):
        return OrganisationFactory(system=SystemFactory()).code

    def line(self, code, n):
        group = GROUPS[n % len(GROUPS)]
        return f"{code.lower()}.{n}@staff.example,{code},Robin Person {n},{group},Site {n % 7}"

    def taken(self, code):
        return Membership.objects.filter(organisation__code=code, ends_on=None).count()


class PartnerList:
    name = "partners"
    headings = "ods_code,name,kind,icb_code,region,postcode"

    def code(self):
        return SystemFactory().code

    def line(self, code, n):
        return f"{code}{n:05},Acorn Hospital {code} {n},nhs_trust,{code},North,AB1 2CD"

    def taken(self, code):
        return SystemEdge.objects.filter(system__code=code).count()


def figure(name, value, unit, note, *goal):
    return Figure("imports", name, to_two_places(value), unit, note, goal)
