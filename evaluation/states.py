"""What the box of a Round may be, and the words of the questionnaire's scales."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import models

from rounds.states import Kind

# How long after its counting a box's key is destroyed, and how long a key that is not there is waited for.
KEY_STAYS = timedelta(hours=24)
KEY_AWAITED = timedelta(days=7)
# So long after a half-year its pool of small Rounds takes answers: by then each of its boxes was counted or is lost.
POOL_STAYS_OPEN = timedelta(weeks=3)
# So long after a half-year its figures wait for Rounds to be closed. A register is kept no longer than that: a Round
# which is not closed by then cannot be folded any more.
RELEASE_WAITS = timedelta(days=30)
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


# Every answer has a place from 1 to 5, whatever its words and however many there are. What lies above the middle is
# what the share of favourable answers counts (``disclosure``): of four or five answers the best two, else the best one.
PLACES = {2: (1, 5), 3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}
MIDDLE = 3


@dataclass(frozen=True)
class Scale:
    """The answers to choose from, in the order in which they stand on the form: the lowest first, or the highest.

    `counted`: how the favourable ones are told of in a sentence; "" quotes them.
    """

    words: tuple[str, ...]
    top_first: bool = False
    counted: str = ""

    @property
    def points(self) -> list[tuple[int, str]]:
        """[(place, words)]"""
        places = PLACES[len(self.words)]
        return list(zip(reversed(places) if self.top_first else places, self.words, strict=True))

    @property
    def from_the_top(self) -> list[tuple[int, str]]:
        return sorted(self.points, reverse=True)

    @property
    def favourable(self) -> list[str]:
        """The words of the favourable answers, the lower first.

        >>> Scale(("Yes", "Not sure", "No"), top_first=True).favourable
        ['Yes']
        """
        return [words for place, words in sorted(self.points) if place > MIDDLE]

    @property
    def in_quotes(self) -> str:
        """
        >>> Scale(("Never", "Now and then", "Often", "Always")).in_quotes
        '“Often” or “Always”'
        """
        return " or ".join(f"“{words}”" for words in self.favourable)

    @property
    def in_file(self) -> str:
        """For a column of a file."""
        return " + ".join(self.favourable)

    @property
    def said(self) -> str:
        """What those did whose answer was favourable."""
        return self.counted or f"said {self.in_quotes}"


# Whoever changes the words of one gives it another name: what was asked stays as it was asked.
SCALES = {
    "agreement": Scale(
        (
            "Completely disagree",
            "Somewhat disagree",
            "Neither agree nor disagree",
            "Somewhat agree",
            "Completely agree",
        ),
        counted="agreed",
    ),
    "rating": Scale(("Poor", "Fair", "Good", "Excellent", "Exceptional"), counted="said excellent or exceptional"),
    "extent": Scale(("Not at all", "A little", "In part", "Mostly", "Completely")),
    "likelihood": Scale(("Very unlikely", "Unlikely", "Neither likely nor unlikely", "Likely", "Very likely")),
    "yes_no": Scale(("Yes", "Not sure", "No"), top_first=True),
}
# An item whose answers are in its own words.
OWN_WORDS = "own"


def scale_of(code, words="", top_first=False) -> Scale:
    """`words`: those of an item of OWN_WORDS, one answer a line."""
    return Scale(tuple(words.splitlines()), top_first) if code == OWN_WORDS else SCALES[code]


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
IN_SHORT = {
    "nursing": "Nursing and midwifery",
    "clinical": "Medicine and therapies",
    "care": "Care and support work",
    "community": "Social work, housing, chaplaincy",
    "running": "Administration and all other",
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


class ReportKind(models.TextChoices):
    BOARD = "board", "Board report"
    ANNUAL = "annual", "Annual report"
    ROUND = "round", "Report of a Round"


class ReportState(models.TextChoices):
    """waiting → making → ready | failed; see ``actions.report_files``."""

    WAITING = "waiting", "Waiting"
    MAKING = "making", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Could not be made"
