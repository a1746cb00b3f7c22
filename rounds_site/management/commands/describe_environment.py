"""``manage.py describe_environment`` prints the table of docs/operating.md: every variable, from the code."""

from django.core.management.base import BaseCommand

from rounds_site import settings, variables

HEAD = ["| variable | default | values | secret | what it is |", "|---|---|---|---|---|"]


class Command(BaseCommand):
    help = "Prints the table of docs/operating.md: every variable of the environment."

    def handle(self, **options):
        self.stdout.write("\n".join([*HEAD, *map(_line, variables.VARIABLES)]))


def _line(variable):
    default, low, high = settings.env.asked[variable.name]
    bounds = "1 or 0" if (low, high) == (0, 1) else f"{low} to {high} {variable.unit}".strip() if high else ""
    shown = variable.default or default
    return f"| `{variable.name}` | {shown} | {bounds} | {'yes' if variable.secret else ''} | {variable.says} |"
