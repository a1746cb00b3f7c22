"""What the commands of ``manage.py`` have in common that work on what the databases hold."""

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from .readiness import NOT_PREPARED, prepared


class PortalCommand(BaseCommand):
    """Where it fails since the databases are not ready, it says so with what to do."""

    def execute(self, *arguments, **options):
        try:
            return super().execute(*arguments, **options)
        except DatabaseError:
            if prepared():
                raise
            raise CommandError(NOT_PREPARED) from None
