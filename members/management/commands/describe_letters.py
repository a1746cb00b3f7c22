"""``manage.py describe_letters`` prints the table of docs/letters.md: every kind of letter, from the code."""

from django.core.management.base import BaseCommand

from members.registry import letters

HEAD = ["| letter | who gets it | not | lane | kept until |", "|---|---|---|---|---|"]


class Command(BaseCommand):
    help = "Prints the table of docs/letters.md: every kind of letter, who gets it and when not."

    def handle(self, **options):
        self.stdout.write("\n".join([*HEAD, *map(_line, letters)]))


def _line(letter):
    told = letter.told
    lane = "to many" if letter.lane_rank else "personal"
    kept = "30 days after the Round" if letter.gone else "30 days after it was finished"
    return f"| **{told.title}** (`{letter.kind}`) | {told.to} | {told.not_when} | {lane} | {kept} |"
