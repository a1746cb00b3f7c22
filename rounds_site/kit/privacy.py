"""Words for classifying what we keep: every field of every model carries one.

Each model states ``privacy = {Kept.X: "field other_field", …}``; a test compares the names with the model's fields,
so that a new field is a decision about people before it is a column.
"""

from enum import Enum


class Kept(Enum):
    """Until when a field is kept, in the words of the privacy notice."""

    REFERENCE = "says nothing about a person; kept as long as the portal runs"
    ACCOUNT = "while the person has an account"
    ROLE = "while the role lasts, and 12 months after"
    EVENT = "a fact about a Round, not about who came; kept"
    ROUND_30 = "until 30 days after the Round"
    LETTER = "until 30 days after the Round it names, or 30 days after it was sent"
    UPLOAD = "until it was accepted, and a day at most"
    BOX = "until the box has been counted"
    COUNT = "counts that name nobody; kept"
    REVIEWED = "words that name nobody; kept until a facilitator withholds them"


def classified(model) -> set[str]:
    """The names of the fields that ``model.privacy`` classifies."""
    return {name for names in model.privacy.values() for name in names.split()}
