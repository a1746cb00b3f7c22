"""What the box of a Round may be, and the words of the questionnaire's scales."""

from datetime import timedelta

from django.db import models

from rounds.states import Kind

# How long after its counting a box's key is destroyed, and how long a key that is not there is waited for.
KEY_STAYS = timedelta(hours=24)
KEY_AWAITED = timedelta(days=7)
# So long after a half-year its pool of small Rounds takes answers: by then each of its boxes was counted or is lost.
POOL_STAYS_OPEN = timedelta(weeks=3)
# The box of a Round takes forms from half an hour before its start until three days after its end.
OPENS_BEFORE = timedelta(minutes=30)
STAYS_OPEN = timedelta(hours=72)
# Of Team Time people fill in a short form before they go back to their work.
STAYS_OPEN_FOR_A_TEAM = timedelta(hours=12)


def stays_open(round):
    """For how long after its end the box of a Round takes forms."""
    return STAYS_OPEN_FOR_A_TEAM if round.kind == Kind.TEAM_TIME else STAYS_OPEN


class BoxState(models.TextChoices):
    """The box of a cancelled Round is emptied: what lay in it is destroyed unread and never counted. So is that of a
    box whose key was lost: nobody can open it."""

    OPEN = "open", "Open"
    COUNTED = "counted", "Counted"
    EMPTIED = "emptied", "Emptied"
    LOST = "lost", "Lost"


AGREEMENT = [
    (1, "Completely disagree"),
    (2, "Somewhat disagree"),
    (3, "Neither agree nor disagree"),
    (4, "Somewhat agree"),
    (5, "Completely agree"),
]

RATING = [(1, "Poor"), (2, "Fair"), (3, "Good"), (4, "Excellent"), (5, "Exceptional")]

SCALES = {"agreement": AGREEMENT, "rating": RATING}


# What an item measures, short enough for the row of a chart.
CONSTRUCTS = {
    "insight": "Insight into others",
    "colleagues": "Working together",
    "relevance": "Close to my work",
    "knowledge": "Knowledge for care",
    "discussion": "A helpful discussion",
    "facilitation": "Well facilitated",
    "again": "Would come again",
    "recommend": "Would recommend",
    "taking_part": "Taking part online",
    "overall": "All in all",
}

# The kinds of work that feedback asks for, so broad that a few of each are in most rooms; see ``BROAD_GROUP_OF``.
BROAD_GROUPS = {
    "nursing": "Nursing and midwifery",
    "clinical": "Medicine, therapies and other clinical professions",
    "care": "Care and support work, in health or social care",
    "community": "Social work, housing, community and chaplaincy",
    "running": "Administration, management, estates and all other work",
}
BROAD_GROUP_OF = {
    **dict.fromkeys(["nursing"], "nursing"),
    **dict.fromkeys(["medical", "allied_health", "science", "pharmacy_psychology"], "clinical"),
    **dict.fromkeys(["clinical_support", "social_care"], "care"),
    **dict.fromkeys(["social_work", "housing", "chaplaincy", "volunteer"], "community"),
    **dict.fromkeys(["administration", "estates", "student", "other"], "running"),
}


class Occasion(models.TextChoices):
    """The Rounds that may ask questions of their own."""

    IN_PERSON = "in_person", "Rounds in person, or in person and online"
    ONLINE = "online", "Rounds online"
    TEAM_TIME = "team_time", "Team Time"
    UNIT = "unit", "Unit-based Rounds"
    STUDENT = "student", "Rounds for students"


class LeftOut(models.TextChoices):
    PAPER = "paper", "The paper forms"
    SENT = "sent", "The forms sent by code or card"


class Review(models.TextChoices):
    """A facilitator's word on a comment; until then it is shown to facilitators only."""

    WAITING = "waiting", "Not read yet"
    SHOWN = "shown", "Published"
    WITHHELD = "withheld", "Withheld"
