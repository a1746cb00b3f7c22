from members.actions import correspondence
from rounds_site.kit.commands import PortalCommand


class Command(PortalCommand):
    help = "Hands over the letters that are due and prints how many, by what became of them. Safe beside the worker."

    def add_arguments(self, parser):
        parser.add_argument("--seconds", type=int, default=20, help="stop after so many seconds (20)")

    def handle(self, **options):
        outcomes = correspondence.run(seconds=options["seconds"])
        said = [f"{outcome}: {number}" for outcome, number in sorted(outcomes.items())]
        self.stdout.write("\n".join(said) or "no letter was due")
