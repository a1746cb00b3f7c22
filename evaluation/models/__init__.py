"""`box` and `results` are imported as modules: Django must see their models, and nobody should reach for them here."""

from . import box, results  # noqa: F401  Django finds the models through these
from .attendance import Attendance, FirstRoundCounted, Register, RoundFigure
from .door import DoorLink
from .event import EventFacts
from .feedback import CardDeck, FeedbackBox
from .questionnaire import Item, Questionnaire, QuestionnaireUse
from .report import ReportFile
from .tally import Folded, Release, ReleasedCell, ReleasedSector, Tally

__all__ = [
    "Attendance",
    "CardDeck",
    "DoorLink",
    "EventFacts",
    "FeedbackBox",
    "FirstRoundCounted",
    "Folded",
    "Item",
    "Questionnaire",
    "QuestionnaireUse",
    "Register",
    "Release",
    "ReleasedCell",
    "ReleasedSector",
    "ReportFile",
    "RoundFigure",
    "Tally",
]
