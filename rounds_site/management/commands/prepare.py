from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Brings both databases, the table of the cache and the static files up to date. Does no harm twice."

    def handle(self, **options):
        for database in ("default", "box"):
            call_command("migrate", database=database, interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
