"""manage.py import_organisations: partners from an ODS list, with a preview first."""

from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone

from members.actions import imports, ods, tables
from members.models import System
from rounds_site.kit.commands import PortalCommand
from rounds_site.kit.refusals import Refused


class Command(PortalCommand):
    help = "Show what an ODS list would add and change; with --accept, do it."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--icb", required=True, metavar="QYG", help="the code of the system whose lines to take")
        parser.add_argument("--accept", action="store_true", help="import what the preview says")

    def handle(self, *, file, icb, accept, **options):
        system = System.objects.filter(code=icb.strip().upper()).first()
        if system is None:
            raise CommandError(f"There is no system {icb} in this portal. Begin it with manage.py begin.")
        try:
            ods_list = ods.read(content_of(file), icb=system.code)
            told = imports.preview(ods_list, system=system, now=timezone.now())
            if accept:
                imports.accept(ods_list, system=system, digest=told.digest, now=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("\n".join(lines_of(told)))
        self.stdout.write("Imported." if accept else "Nothing was imported. Add --accept to import this.")


def content_of(file):
    """The bytes of the file, or a little more than may be: enough to be told that it is too large."""
    try:
        with file.open("rb") as opened:
            return opened.read(tables.LARGEST + 1)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None


def lines_of(told):
    yield from (f"+ {line.code}  {line.name}  ({line.sector_name})" for line in told.to_add)
    for line, changes in told.changes:
        yield from (f"~ {line.code}  {what}: {old} → {new}" for what, old, new in changes)
    yield from (f"  {line.code}  set here by hand and left alone: {', '.join(kept)}" for line, kept in told.corrected)
    yield from (f"  {line.code}  {line.name}: no longer a partner here, and left alone" for line in told.left)
    yield from (f"  {line.code}  {line.name}: became {' and '.join(names)} here" for line, names in told.succeeded)
    yield from (f"- {line.code}  {line.name}: closes on {line.closed_on}" for line in told.ended)
    yield from (f"! line {fault.number}: {fault.sentence}" for fault in told.faults)
    yield (
        f"{len(told.to_add)} to add, {len(told.changed)} changed, {len(told.unchanged)} unchanged, "
        f"{len(told.ended)} ended, "
        f"{len(told.faults)} faulty lines."
    )
