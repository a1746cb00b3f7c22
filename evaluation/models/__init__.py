"""`box` and `results` are imported as modules: Django must see their models, and nobody should reach for them here."""

from . import box, results  # noqa: F401  Django finds the models through these
from .attendance import Attendance, Register, RoundFigure
from .feedback import FeedbackBox
from .questionnaire import Item, Questionnaire

__all__ = ["Attendance", "FeedbackBox", "Item", "Questionnaire", "Register", "RoundFigure"]
