"""What this app keeps on people, why, and how it ends: its part of the table of which docs/privacy.md is written.

What people came to is added up before the last of it goes: folded into sums of sectors where the register was closed,
and else left as the number of its ticks, for as long as the box waits to be counted.
"""

from django.db.models import Exists, OuterRef, Q

from evaluation.actions import folding
from evaluation.models import Attendance, CardDeck, DoorLink, FeedbackBox, Register, ReportFile
from evaluation.states import BoxState
from members.registry import Keeping, keepings
from rounds.actions.endings import done_with, forgotten, locked, next_names, of_rounds, rounds_with
from rounds.states import RoundState
from rounds_site.kit.privacy import Kept

DOOR = "you, the facilitators of that Round and those who help at its door"


def register_due(now):
    return rounds_with(Attendance.objects.all(), forgotten(now))


def forget_register(*, keys, now):
    number = 0
    for round in locked(keys, forgotten(now)):
        folding.fold(round=round, early=True)
        came = Attendance.objects.filter(round=round)
        open_still = Register.objects.filter(round=round, closed_at=None, headcount=None)
        open_still.update(headcount=came.count())
        number += came.delete()[0]
    return number


def nobody_left():
    """Registers of Rounds of whose people nobody is left to be folded: what folding needs goes after what it folds."""
    return Register.objects.filter(~Exists(Attendance.objects.filter(round=OuterRef("round"))))


def old_decks(now):
    """Of Rounds that do not take place, or whose names have had their time, and whose box does not wait."""
    waits = FeedbackBox.objects.filter(round=OuterRef("round"), state=BoxState.OPEN)
    off = Q(round__state=RoundState.CANCELLED) | Q(round__in=done_with(now).values("pk"))
    return CardDeck.objects.filter(off & ~Q(round__state=RoundState.POSTPONED), ~Exists(waits))


def decks_due(now):
    return old_decks(now).order_by("pk").values_list("pk", flat=True)


def forget_decks(*, keys, now):
    return old_decks(now).filter(pk__in=keys).delete()[0]


def old_reports(now):
    return ReportFile.objects.forgotten(now)


def reports_due(now):
    return old_reports(now).order_by("pk").values_list("pk", flat=True)


def forget_reports(*, keys, now):
    return old_reports(now).filter(pk__in=keys).delete()[0]


def register():
    """Called once, when the app is ready."""
    for keeping in KEEPINGS:
        keepings.register(keeping)


KEEPINGS = [
    Keeping(
        "register",
        "That you were ticked in at the door",
        Kept.ROUND_30,
        purpose="For the headcount, and for the facilitators on the day",
        seen_by=DOOR,
        remains="sums of each sector over half a year, without names, which become its figures and are destroyed",
        covers=("evaluation.Attendance",),
        due=register_due,
        forget=forget_register,
        at_once=1,
        next_due=next_names,
    ),
    Keeping(
        "headcount",
        "How many people were there, to the last one",
        Kept.ROUND_30,
        purpose="For the food, the box and the figures",
        seen_by="the facilitators of that Round",
        remains="the number to the nearest 5, or that it was fewer than 8",
        covers=("evaluation.Register",),
        **of_rounds(nobody_left(), done_with),
        next_due=next_names,
    ),
    Keeping(
        "door_links",
        "That you made a link for a device at the door",
        Kept.ROUND_30,
        purpose="So that somebody without an account can help there",
        seen_by="the facilitators of that Round",
        covers=("evaluation.DoorLink",),
        **of_rounds(DoorLink.objects.all(), forgotten),
        next_due=next_names,
    ),
    Keeping(
        "boxes",
        "Your feedback",
        Kept.BOX,
        purpose="So that Rounds become better. It never bears your name",
        seen_by="nobody, until its box is opened and all forms are counted at once",
        remains="counts, and comments that a facilitator has read",
        covers=("evaluation.Form", "evaluation.PaperTally", "evaluation.CardDeck"),
        due=decks_due,
        forget=forget_decks,
        ends="the counting, by the worker of the box; the key that opened the forms is destroyed a day later",
    ),
    Keeping(
        "comments",
        "Comments that were written as feedback",
        Kept.REVIEWED,
        purpose="So that the partners of a Round read what it meant",
        seen_by="the facilitators of that Round, and once they publish one whoever sees its results",
        covers=("evaluation.Comment",),
        ends="a facilitator, who takes words out or withholds it",
    ),
    Keeping(
        "first_rounds",
        "That you have been to a Round, if you said that it was your first",
        Kept.ACCOUNT,
        purpose="So that a first Round is counted once. Not which it was",
        seen_by="nobody",
        covers=("evaluation.FirstRoundCounted",),
        ends="the end of your account",
    ),
    Keeping(
        "reports",
        "Reports that you asked for as files",
        Kept.REPORT,
        purpose="So that you can fetch them once they are made",
        seen_by="you",
        covers=("evaluation.ReportFile",),
        due=reports_due,
        forget=forget_reports,
    ),
]
