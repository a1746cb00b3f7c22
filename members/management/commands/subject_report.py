"""manage.py subject_report: all that is held about one person, for a request that does not come through the portal."""

import json

from django.core.management.base import CommandError
from django.utils import timezone

from members import holdings
from members.models import Person
from rounds_site.kit.commands import PortalCommand
from rounds_site.kit.sight import seen_by


class Command(PortalCommand):
    help = "Print all that is held about one person, as their own page shows it, and the rows that lead to them."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--json", action="store_true", help="for other programs, as the person can download it")

    def handle(self, *, email, **options):
        person, now = person_with(email), timezone.now()
        with seen_by(person):
            told = holdings.as_file(person, now=now)
            tables = holdings.found_in_tables(person)
        if options["json"]:
            tables = [{"table": table, "field": field, "rows": number} for table, field, number in tables]
            self.stdout.write(json.dumps(told | {"tables": tables}, indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(lines_of(told, tables)))


def person_with(email):
    person = Person.objects.known_as(email)
    if person is None:
        raise CommandError("Nobody here has that address.")
    return person


def lines_of(told, tables):
    for holding in told["held"]:
        yield f"{holding['title']}\n  (kept {holding['until']})"
        yield from (f"  {row['what']}: {row['says']}" for row in holding["rows"])
        yield ""
    yield "Rows of the database that lead to this person"
    yield from (f"  {table}.{field}: {number}" for table, field, number in tables)
