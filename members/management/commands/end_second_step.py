"""manage.py end_second_step: let somebody set up a new second step who has lost phone, passkey and paper."""

from django.core.management.base import CommandError
from django.utils import timezone

from members.actions import ways_in
from rounds_site.kit.commands import PortalCommand

from .subject_report import person_with


class Command(PortalCommand):
    help = "End the second step of somebody who has lost it. Make sure by voice first that it is they who ask."

    def add_arguments(self, parser):
        parser.add_argument("email")

    def handle(self, *, email, **options):
        kinds = ways_in.end_second_step(person=person_with(email), by=None, now=timezone.now())
        if not kinds:
            raise CommandError("They have no second step set up.")
        self.stdout.write("Ended, and it stands in the log. At their next sign-in they set up a new one.")
