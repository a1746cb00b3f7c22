"""What the worker and its clock do, done at once: in these tests no process of theirs runs beside the portal.

The letters are told the time: the clock is set to a day for every test, and the task, which compares the clock with the
last run's and with the database's, would rightly take that for a jump and let no letter go.
"""

import re

from django.core import mail
from django.utils import timezone

from evaluation.tasks import follow_the_clock as follow_what_comes_after
from evaluation.tasks import keep_boxes
from members.actions import correspondence
from rounds.tasks import follow_the_clock as follow_the_rounds

POSTPONED = "This Round is postponed."  # one of the scenery is
LINK = re.compile(r"http://[^/\s]+(/\S*)")


def strike():
    """A turn of the clock, and the letters that are due."""
    follow_the_rounds()
    keep_boxes()
    follow_what_comes_after()
    correspondence.run(now=timezone.now())


def letters_to(email):
    """Those of the worker; codes for signing in, and the news of the Round that is postponed to begin with, aside."""
    correspondence.run(now=timezone.now())
    return [
        each
        for each in mail.outbox
        if email in each.to and each.subject != "Your sign-in code" and POSTPONED not in each.body
    ]


def page_in(letter):
    """The address of the page to which its button leads."""
    return LINK.search(letter.body)[1]
