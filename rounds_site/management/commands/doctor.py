import sys

from django.core.management.base import BaseCommand

from rounds_site.doctor import Part, examine


class Command(BaseCommand):
    help = (
        "Examines this deployment and says what to mend; changes nothing. Run it while the portal runs, with the same "
        "environment, by the same user. Ends with 1 where something must be mended."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--part",
            type=Part,
            choices=list(Part),
            default=Part.ALL,
            metavar="{" + ",".join(Part) + "}",
            help="what of the portal runs with this environment, where web server and workers run apart (all)",
        )

    def handle(self, part, **options):
        found = []
        for each in examine(part):
            found.append(each.verdict)
            self.stdout.write(f"{each.verdict}  {each.says}")
        faults = found.count("mend")
        self.stdout.write(f"\n{faults} to mend." if faults else "\nNothing to mend.")
        sys.exit(1 if faults else 0)
