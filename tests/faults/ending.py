"""How a siege comes to its end: nobody breaks anything any more, time goes by, and the oracle is asked."""

import datetime as dt

from django.test import override_settings
from django.utils import timezone

from members.actions import correspondence, outbox
from members.models import Delivery
from rounds.models import Round

from .oracle import judge

DAY = dt.timedelta(days=1)


def come_to_an_end(siege):
    """(how many were uncertain once it was calm, what the oracle says when all is over)"""
    siege.settle()
    uncertain = judge(siege.sink, siege.journal).uncertain
    ask_for_uncertain_ones_again()
    time_goes_by(siege.sink, until=max(Round.objects.values_list("ends_at", flat=True)) + DAY)
    return uncertain, judge(siege.sink, siege.journal)


def ask_for_uncertain_ones_again():
    """An administrator does, of all of them."""
    round = Round.objects.first()
    letters = Delivery.objects.filter(state="uncertain")
    outbox.send_again(letters, by=round.team.get().person, system=round.system, now=timezone.now())


def time_goes_by(sink, *, until):
    """Reminders fall due, day by day, until no Round is ahead; nothing breaks any more."""
    relay = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": sink.port}
    with override_settings(EMAIL_BACKEND="rounds_site.kit.smtp.EmailBackend", **relay):
        now = timezone.now()
        while now < until:
            for moment in (now, now + dt.timedelta(minutes=2)):
                correspondence.run(now=moment, seconds=60)
            now += DAY
