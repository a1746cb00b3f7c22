"""``bin/backup`` runs it."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from rounds_site import backups

DAYS = 14


class Command(BaseCommand):
    help = (
        "Backs both databases up, each into a folder of its own, and removes backups there that are older than --days. "
        "No key of a box or of a story is in them. On PostgreSQL run it with the addresses of the role for prepare."
    )

    def add_arguments(self, parser):
        parser.add_argument("people", type=Path, help="the folder for the database that knows people")
        parser.add_argument("box", type=Path, help="the folder for the feedback box: another one")
        parser.add_argument(
            "--days", type=int, default=DAYS, help=f"for how long a backup is kept ({DAYS}; 0: none is removed)"
        )

    def handle(self, people, box, days, **options):
        if people.resolve() == box.resolve():
            raise CommandError("Name two folders: a backup of the box is kept apart from one of the people.")
        now = timezone.now()
        for alias, folder in zip(backups.ALIASES, (people, box), strict=True):
            try:
                self.stdout.write(f"Backed up: {backups.make(alias, folder, now=now)}")
            except (backups.Failed, OSError) as error:
                raise CommandError(f"There is no new backup of {alias}: {error}.") from None
            for gone in backups.drop_old(alias, folder, days=days, now=now) if days else []:
                self.stdout.write(f"Removed, older than {days} days: {gone}")
