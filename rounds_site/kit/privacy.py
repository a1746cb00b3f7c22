"""Words for classifying what we keep: every field of every model carries one.

Each model states ``privacy = {Kept.X: "field other_field", …}``; a test compares the names with the model's fields,
so that a new field is a decision about people before it is a column.
"""

from datetime import timedelta
from enum import Enum

from django.conf import settings


def kept_for(name) -> timedelta:
    """For how long this portal keeps that (``KEPT_DAYS``)."""
    return timedelta(days=settings.KEPT_DAYS[name])


def kept_in_words(name) -> str:
    days = settings.KEPT_DAYS[name]
    return "12 months" if days == 365 else f"{days} days"


class Kept(Enum):
    """Until when a field is kept, in the words of the privacy notice."""

    REFERENCE = "says nothing about a person; kept as long as the portal runs"
    ACCOUNT = "while the person has an account"
    WORK = f"while the person works there, and {kept_in_words('work')} after"
    ROLE = f"while the role lasts, and {kept_in_words('roles')} after"
    CONTACT = "until the partner names another contact"
    FACILITATED = "while the person has an account; of who only helped, until 30 days after the Round"
    PLANNER = "until 30 days after the Round, or after the last of a series"
    EVENT = "a fact about a Round, not about who came; kept"
    COVER = "until 30 days after the Round; the hours, their cost and the partner are kept"
    DAY_AFTER = "until 24 hours after the Round"
    ROUND_30 = "until 30 days after the Round"
    CARE_OWED = f"until {kept_in_words('care')} after the Round"
    SUGGESTION = "for 24 months from the beginning of the half-year in which it was handed on; words that name nobody"
    DEBRIEF = f"until {kept_in_words('debriefs')} after the Round"
    LETTER = "until 30 days after the Round it names, or 30 days after it was sent"
    UPLOAD = "until it was accepted, and a day at most"
    REPORT = "for 7 days after it was asked for"
    SECURITY_LOG = "for 12 months; names nobody's booking, attendance, feedback or story"
    CARE_LOG = "for 12 months; which Round it was, until 30 days after that Round"
    SUPPRESSED = "for 12 months; a print of an address, without the address"
    JOINING = "until it is used or answered, and 30 days after the last word at most"
    BOX = "until the box has been counted"
    VOICES = f"for {kept_in_words('voices')}, or until the person takes it back"
    COUNT = "counts that name nobody; kept"
    REVIEWED = "until a facilitator withholds them; words that name nobody"


def classified(model) -> set[str]:
    """The names of the fields that ``model.privacy`` classifies."""
    return {name for names in model.privacy.values() for name in names.split()}


# What no clock destroys: it names nobody, or is a fact about a Round.
WITHOUT_A_PERIOD = {Kept.REFERENCE, Kept.EVENT, Kept.COUNT}
