"""A process that hands letters over for as many seconds as a line on its input says, and then tells what that cost.

``portal``: the portal's own dispatcher, as the worker runs it. ``bare``: the floor. That is a loop which for each
letter reads one row, commits *handing*, renders the same templates, sends on one connection and commits *sent*, and
checks nothing: no claim, no mark, no fence, no sweeper.
"""

import json
import sys
import time
from itertools import cycle

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils import timezone

from members.actions import correspondence
from members.models import Delivery
from members.registry import letters
from rounds_site.kit.links import absolute_url, sign

from .meter import Meter, peak_memory

BARE, PORTAL = "bare", "portal"


class Portal:
    def __init__(self):
        self.watch = correspondence.Watch()

    def send(self, seconds):
        return correspondence.run(seconds=seconds, watch=self.watch)


class Bare:
    """Its rows are its own, and are sent again and again."""

    def __init__(self):
        self.rows = cycle(Delivery.objects.filter(kind=BARE).values_list("pk", flat=True))
        self.facts = self.relay = None

    def send(self, seconds):
        self.relay = self.relay or get_connection()
        self.relay.open()
        sent, ends_at = 0, time.monotonic() + seconds
        while time.monotonic() < ends_at:
            self.send_one(next(self.rows))
            sent += 1
        return {"sent": sent}

    def send_one(self, pk):
        row = Delivery.objects.get(pk=pk)
        self.facts = self.facts or letters["invitation"].read(row, timezone.now())
        same = Delivery.objects.filter(pk=pk)
        same.update(state="handing")
        stop_url = absolute_url("stop", sign(row.person_id, purpose="stop"))
        context = self.facts.context | {
            "service_name": settings.SERVICE_NAME,
            "portal_url": settings.PORTAL_URL,
            "stop_url": stop_url,
        }
        subject, text, html = (
            render_to_string(f"emails/rounds/invitation.{part}", context) for part in ("subject.txt", "txt", "html")
        )
        letter = EmailMultiAlternatives(subject.strip(), text, self.facts.sender, [f"{pk}@floor.example"])
        letter.attach_alternative(html, "text/html")
        self.relay.send_messages([letter])
        same.update(state="sent")


def main():
    meter = Meter()
    sender = {PORTAL: Portal, BARE: Bare}[sys.argv[1]]()
    for line in sys.stdin:
        before = meter.now()
        outcomes = sender.send(float(line))
        cost = {name: value - before[name] for name, value in meter.now().items()}
        sys.stdout.write(json.dumps({"outcomes": outcomes, "peak_kb": peak_memory(), **cost}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
