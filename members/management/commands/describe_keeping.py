"""``manage.py describe_keeping`` prints the table of docs/privacy.md: every class of what is kept on people, from the
code."""

from django.core.management.base import BaseCommand

from members.reports import retention


class Command(BaseCommand):
    help = "Prints the table of docs/privacy.md: what is kept on people, what for, until when and what remains."

    def handle(self, **options):
        self.stdout.write("\n".join(retention.in_a_table()))
