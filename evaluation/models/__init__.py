"""`box` and `results` are imported as modules: Django must see their models, and nobody should reach for them here."""

from . import box, results  # noqa: F401  Django finds the models through these
from .attendance import Attendance, FirstRoundCounted, Register, RoundFigure
from .feedback import CardDeck, FeedbackBox
from .questionnaire import Item, Questionnaire

__all__ = [
    "Attendance",
    "CardDeck",
    "FeedbackBox",
    "FirstRoundCounted",
    "Item",
    "Questionnaire",
    "Register",
    "RoundFigure",
]
