"""``bin/restore`` runs it."""

import sys
from pathlib import Path

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from members.actions import outbox
from rounds_site import backups, celery


class Command(BaseCommand):
    help = (
        "Brings both databases back from their backups, in the place of what is there. Then it runs migrations that "
        "came since, ends all sessions, holds letters to many back, and destroys what has had its time. Stop the "
        "portal first. On PostgreSQL run it with the addresses of the role for prepare."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("people", type=Path, help="the file of the database that knows people (default-…)")
        parser.add_argument("box", type=Path, help="the file of the feedback box (box-…)")
        parser.add_argument("--yes", action="store_true", help="do not ask: what is there now may be lost")

    def handle(self, people, box, yes, **options):
        files = dict(zip(backups.ALIASES, (people, box), strict=True))
        for alias, path in files.items():
            if not path.is_file() or not backups.is_of(alias, path):
                raise CommandError(f"{path} is no backup of {alias} on this engine. Nothing was changed.")
        refuse_while_it_runs()
        if not yes and not is_agreed():
            raise CommandError("Nothing was changed.")
        for alias, path in files.items():
            try:
                backups.bring_back(alias, path)
            except (backups.Failed, OSError) as error:
                raise CommandError(f"{alias} was not brought back ({error}) and is as it was. Try again.") from None
            self.stdout.write(f"Brought back: {path}")
        self.make_it_fit_to_open()

    def make_it_fit_to_open(self):
        """A session that was ended since would be back, and so would be letters that have gone since: those to many
        wait for an administrator's word."""
        call_command("prepare")
        Session.objects.all().delete()
        outbox.hold_all(now=timezone.now())
        call_command("forget", stdout=self.stdout)
        self.stdout.write("Letters to many are held back: an administrator lets them go on at Manage, Letters.")
        if backups.are_on_postgresql():
            self.stdout.write("A backup holds no rights: run manage.py make_roles now, as you did at first.")
        self.stdout.write("manage.py verify_audit says what the security log lacks since. Then start the portal.")


def refuse_while_it_runs():
    try:
        runs = celery.clock_answers()
    except (DatabaseError, OSError):  # what is to be brought back may not be there at all
        return
    if runs:
        raise CommandError(
            "The portal runs, or did two minutes ago. Stop it, wait, and try again. Nothing was changed."
        )


def is_agreed():
    sys.stdout.write("What is in both databases now will be lost. Type yes to go on: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == "yes"
