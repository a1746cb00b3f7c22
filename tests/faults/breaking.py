"""Where a process of the portal can be broken off, what can be taken from it, and how its clock can be set wrong."""

import datetime as dt
import functools
import mmap
import os
import signal
import struct

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from members.actions.correspondence import dispatching, handing, rows
from members.models import Delivery
from rounds_site.kit import smtp
from rounds_site.kit.smtp import EmailBackend

from . import steps

AFTER = {
    steps.CLAIMED: (dispatching, "claim"),
    steps.READ: (dispatching, "read_ahead"),
    steps.COMPOSED: (handing, "compose"),
    steps.CONNECTED: (EmailBackend, "open"),
    steps.RECIPIENT: (EmailBackend, "_begin"),
    steps.HANDING_WRITTEN: (rows, "take_in_hand"),
    steps.DOT: (EmailBackend, "_send_dot"),
    steps.ANSWERED: (EmailBackend, "_hear_answer"),
    steps.SENT: (rows, "finish"),
}
BEFORE = {
    steps.BODY: (handing, "commit_handing"),
    steps.LOCKED: (rows, "take_in_hand"),
    steps.HANDING: (EmailBackend, "_expect_silence"),
}
ONCE_A_BATCH = {steps.CLAIMED, steps.READ}
NUMBER = struct.Struct("d")


def as_told(told):
    """What is told, by variables of the environment:

    * CRASH_AT=<step> kills this process as SIGKILL does, PAUSE_AT=<step> stops it as SIGSTOP does; at the letter whose
      number AT_LETTER says, beginning with 1.
    * MUTATE=no_handing_commit or no_fence takes that protection away, so that one can see the suite turn red.
    * CLOCK=<file> has a clock that goes wrong by as many seconds as stand in the file.
    * HURRY=<seconds> waits no longer than that for a relay that does not answer.
    * HASTE=<times> makes a lease, and whatever letters wait for, that many times shorter.

    The product itself has no such switch.
    """
    mutate(told.get("MUTATE"))
    for variable, number in [("CRASH_AT", signal.SIGKILL), ("PAUSE_AT", signal.SIGSTOP)]:
        if step := told.get(variable):
            break_off(step, number, 1 if step in ONCE_A_BATCH else int(told.get("AT_LETTER", "1")))
    if "CLOCK" in told:
        set_clock_wrong(told["CLOCK"])
    if "HURRY" in told:
        hurry(float(told["HURRY"]))
    if "HASTE" in told:
        make_haste(float(told["HASTE"]))


def break_off(step, number, at_letter):
    owner, name = (AFTER | BEFORE)[step]
    whole, calls = getattr(owner, name), iter(range(1, 1_000_000))

    def struck():
        if next(calls) == at_letter:
            os.kill(os.getpid(), number)

    @functools.wraps(whole)
    def wrapped(*arguments, **options):
        if step in BEFORE:
            struck()
            return whole(*arguments, **options)
        done = whole(*arguments, **options)
        struck()
        return done

    setattr(owner, name, wrapped)


def mutate(what):
    if what == "no_handing_commit":
        rows.take_in_hand = lambda delivery, facts, message, now: 1
    if what == "no_fence":
        rows.held = lambda delivery, *states: Delivery.objects.filter(whosesoever(delivery))


def whosesoever(delivery):
    """The statement is still handed the token, which counts for nothing."""
    return Q(pk=delivery.pk) | Q(pk=delivery.pk, token=delivery.token)


def set_clock_wrong(file):
    right, wrong = timezone.now, Clock(file)
    timezone.now = lambda: right() + dt.timedelta(seconds=wrong.by)


class Clock:
    """By how many seconds a clock is wrong: a number in a file, which several processes see at once."""

    def __init__(self, file):
        with open(file, "r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), NUMBER.size)

    @classmethod
    def made_at(cls, file):
        file.write_bytes(NUMBER.pack(0))
        return cls(file)

    @property
    def by(self):
        return NUMBER.unpack(self._shared)[0]

    @by.setter
    def by(self, seconds):
        self._shared[:] = NUMBER.pack(seconds)


def hurry(seconds):
    settings.EMAIL_TIMEOUT = seconds
    smtp.DEADLINE = 2 * seconds


def make_haste(times):
    rows.LEASE = dispatching.LEASE = rows.LEASE / times
    rows.BACKOFF[:] = [wait / times for wait in rows.BACKOFF]
    dispatching.CALM /= times
    dispatching.STEADY_AGAIN /= times
