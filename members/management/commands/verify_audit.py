"""manage.py verify_audit: is the security log as it was written?"""

from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from members.actions.chain import HEADS
from members.chain import Head, check_heads, check_rows
from members.models import ChainAnchor, HeadExport, SecurityEvent
from rounds_site.kit.commands import PortalCommand


class Command(PortalCommand):
    help = (
        "Check the chain of the security log, and compare it with the heads that were exported. Ends with 1 on a fault."
    )

    def add_arguments(self, parser):
        kept = settings.AUDIT_HEADS_DIR / HEADS
        parser.add_argument("--heads", metavar="FILE", type=Path, help=f"lines of exported heads; else {kept}")

    def handle(self, *, heads, **options):
        anchor = ChainAnchor.objects.first() or ChainAnchor()
        read, unread = as_heads(self.lines(heads))
        faults = [*unread, *faults_of(anchor, read)]
        self.report(anchor, read)
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} found: the log is not as it was written.", returncode=1)
        self.stdout.write("Nothing was changed, removed, put in or moved.")

    def lines(self, file):
        kept = settings.AUDIT_HEADS_DIR / HEADS
        try:
            return (file or kept).read_text().splitlines()
        except FileNotFoundError:
            if file or HeadExport.objects.exists():
                raise CommandError(f"{file or kept} is not here: nothing to compare the log with.") from None
        self.stdout.write("No head was exported yet: that the chain was computed anew would not be found.")
        return []

    def report(self, anchor, heads):
        rows, waiting = SecurityEvent.objects.sealed(), SecurityEvent.objects.unsealed().count()
        span = f", number {rows.first().number} to {rows.last().number}" if rows else ""
        self.stdout.write(f"Checked {rows.count()} rows{span}, and {len(heads)} exported heads.")
        if anchor.number:
            self.stdout.write(f"Rows up to number {anchor.number} left after their year.")
        if waiting:
            self.stdout.write(f"{waiting} waiting to be sealed.")


def as_heads(lines):
    heads, faults = [], []
    for number, line in enumerate(lines, start=1):
        try:
            heads.append(Head.read(line))
        except ValueError:
            faults.append(f"Line {number} of the heads is not as it was exported.")
    return heads, faults


def faults_of(anchor, heads):
    yield from check_rows(SecurityEvent.objects.sealed().iterator(chunk_size=2000), anchor=anchor, heads=heads)
    numbered = SecurityEvent.objects.filter(number__in={head.number for head in heads})
    digests = dict(numbered.values_list("number", "digest"))
    yield from check_heads(digests, anchor=anchor, heads=heads, now=timezone.now())
