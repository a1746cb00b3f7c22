"""manage.py change_system: what becomes of a care system, with a preview first."""

import csv
from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone

from members.access import today
from members.actions.succession import mapping
from members.actions.succession.systems import NextSystem, SystemPlan, change_system, preview_system
from members.forms.system_change import shortened
from members.models import Organisation, System
from rounds_site.kit.commands import PortalCommand
from rounds_site.kit.refusals import Refused


class Command(PortalCommand):
    help = "Show what the list of changes would do to a care system; with --accept, do it. Check the list first."

    def add_arguments(self, parser):
        parser.add_argument("--icb", required=True, metavar="QMM", help="the code of the system that ends")
        parser.add_argument("--mapping", type=Path, default=mapping.SHIPPED, help="another list of the same shape")
        parser.add_argument(
            "--where",
            type=Path,
            metavar="FILE",
            help="for a system that is divided: lines of a partner's or Place's code and the code of its new system",
        )
        parser.add_argument("--accept", action="store_true", help="do what the preview says")

    def handle(self, *, icb, accept, where, **options):
        now, system = timezone.now(), System.objects.filter(code=icb.strip().upper()).first()
        if system is None:
            raise CommandError(f"There is no system {icb} in this portal.")
        try:
            listed = mapping.read(options["mapping"])
            plan = plan_of(system, listed, where, now)
            told = preview_system(plan, by=None, now=now)
            if accept:
                change_system(plan, seen=told.seen, by=None, now=now)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        if not listed.checked:
            self.stdout.write("TO BE CHECKED: nobody has compared this list with the Organisation Data Service.")
        names = " and ".join(f"{each.name} ({each.code})" for each in plan.successors)
        self.stdout.write(f"{system} goes on as {names} from {plan.on}.")
        for part in told.told:
            self.stdout.write("\n".join([part.sentence, *(f"  {line}" for line in part.lines)]))
        self.stdout.write("Done." if accept else "Nothing was changed. Add --accept to do this.")


def plan_of(system, listed, where, now):
    change = listed.changes.get(system.code)
    if change is None:
        raise Refused(f"The list says nothing of {system.code}.")
    successors = tuple(NextSystem(code, name, shortened(name)) for code, name in change.became)
    to = places_of(system, where, [code for code, _ in change.became], now) if where else {}
    return SystemPlan(system, successors, change.on, to)


def places_of(system, where, codes, now):
    """{key of a partner or Place: index}; Refused for a line that says nothing of either."""
    keys = dict(Organisation.objects.in_system(system, on=today(now)).order_by().values_list("code", "pk"))
    keys |= dict(system.places.order_by().values_list("code", "pk"))
    found = {}
    with where.open(newline="", encoding="utf-8-sig") as file:
        for number, row in enumerate(csv.reader(file), start=1):
            if len(row) != 2 or row[0].strip() not in keys or row[1].strip().upper() not in codes:
                raise Refused(
                    f"Line {number} of {where.name} must be the code of a partner or Place, then of its system."
                )
            found[keys[row[0].strip()]] = codes.index(row[1].strip().upper())
    return found
