"""manage.py erase_person: erase an account at somebody's request, with a look at what would go first."""

from django.core.management.base import CommandError
from django.utils import timezone

from members import holdings
from members.actions import erasure
from rounds_site.kit.commands import PortalCommand
from rounds_site.kit.refusals import Refused
from rounds_site.kit.sight import seen_by

from .subject_report import person_with


class Command(PortalCommand):
    help = (
        "Show what erasing an account would take; with --for-good, erase it. Make sure first that it is they who ask."
    )

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--for-good", action="store_true", help="erase it; nothing brings it back")

    def handle(self, *, email, for_good, **options):
        person, now = person_with(email), timezone.now()
        with seen_by(person):
            held = holdings.all_held(person, now=now)
            hindrances = erasure.hindrances(person=person, now=now)
        for holding, rows in held:
            self.stdout.write(f"{holding.title}: {len(rows)}")
        if hindrances:
            raise CommandError(" ".join(hindrances))
        if not for_good:
            self.stdout.write("Nothing was erased. Add --for-good to erase this account.")
            return
        try:
            erasure.erase(person=person, by=None, now=now)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("Erased. One last letter tells them.")
