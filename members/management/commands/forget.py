"""``manage.py forget``: destroys all that has had its time, as the clock does each hour. To be run on a database that
was brought back from a backup, before anybody is let in."""

from django.core.management.base import CommandError
from django.utils import timezone

from members.actions import retention
from members.models import RetentionPass
from rounds_site.kit.commands import PortalCommand


class Command(PortalCommand):
    help = "Destroys all that has had its time. Does no harm twice; broken off, it goes on when run again."

    def handle(self, **options):
        # Where there are no tables it fails here, once, and not class by class.
        RetentionPass.objects.exists()
        if left := retention.run(now=timezone.now()):
            raise CommandError(
                f"This is not done yet: {'; '.join(left)}. The log says what was in the way. PostgreSQL needs the "
                "database role of the worker: that of the web server does not see every row."
            )
        self.stdout.write("All that has had its time is destroyed.")
