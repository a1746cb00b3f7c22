"""manage.py import_staff: the people of one or more partners from a staff list, with a preview first."""

from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone

from members.access import today
from members.actions import leaving, staff_changes, staff_imports, staff_lists
from members.models import Organisation, SystemEdge
from rounds_site.kit.commands import PortalCommand
from rounds_site.kit.formats import thousands
from rounds_site.kit.refusals import Refused

from .import_organisations import content_of


class Command(PortalCommand):
    help = "Show what a staff list would add, change and end; with --accept, do it."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--accept", action="store_true", help="import what the preview says")
        parser.add_argument(
            "--end-many", action="store_true", help="also where that ends half the staff list of a partner, or more"
        )

    def handle(self, *, file, accept, end_many, **options):
        now = timezone.now()
        partners = SystemEdge.objects.in_force(today(now)).values("organisation")
        organisations = Organisation.objects.filter(pk__in=partners)
        try:
            staff_list = staff_lists.read(content_of(file), organisations=organisations)
            told = staff_changes.compare(staff_list, organisations=organisations, now=now)
            resting = leaving.rest_in_sight(told.jobs_ending, starting=told.jobs_starting, by=None, now=now)
            self.stdout.write(
                "\n".join([*(f"- at once closed to them: {words}" for words in resting), *lines_of(told)])
            )
            if accept:
                seen = {"digest": told.digest, "end_many": end_many}
                staff_imports.accept(staff_list, organisations=organisations, now=now, **seen)
        except staff_imports.EndsMany as refusal:
            raise CommandError(f"{refusal} Nothing was imported. Add --end-many if it is meant.") from None
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("Imported." if accept else "Nothing was imported. Add --accept to import this.")


def lines_of(told):
    yield from (f"! line {fault.number}: {fault.sentence}" for fault in told.faults)
    yield from (f"? line {warning.number}: {warning.sentence}" for warning in told.warnings)
    for words, count in told.staff_list.most_unmatched:
        yield f"? staff group {words}, {thousands(count)} times: taken as Other"
    for site in told.new_sites:
        yield f"? site {site.name} of {site.code}, {thousands(site.lines)} times: new, and would be made"
    if told.staff_list.unused:
        yield f"? columns that are not used: {', '.join(map(staff_lists.shortened, told.staff_list.unused))}"
    yield from (f"- {each.email}: not on the list any more" for each in told.ended)
    yield from (f"- a role that ends: {held}" for held in told.roles_ending)
    yield from (f"? the only administrator, who stays that: {held}" for held in told.roles_staying)
    for code, tally in told.tallies.items():
        yield f"{code}  {tally.organisation}: {counts_of(tally)}"
    yield f"{counts_of(told.total)}, {thousands(len(told.faults))} faulty lines."


def counts_of(tally):
    return ", ".join(f"{thousands(getattr(tally, name))} {name}" for name in ("new", "changed", "unchanged", "ended"))
