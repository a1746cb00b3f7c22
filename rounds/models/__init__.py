from . import story  # noqa: F401 (known to Django; few touch what is in it)
from .after import CareOwed, Debrief
from .avoided import AvoidedDates
from .backfill import Backfill
from .diary import DiaryEntry, DiaryFeed
from .food import FoodOrder
from .kept import KeptPlaces
from .meeting import Meeting, MeetingAnswer
from .needs import Needs
from .new_host import NewHost
from .panel import PreparationStep, Storyteller
from .registration import Booking
from .round import Round, RoundPartner
from .series import Series
from .steering import SteeringLine, SteeringMeeting
from .suggestion import Suggestion
from .team import TeamMember
from .template import RoundTemplate
from .venue import Venue
from .voices import Approach, Offer, Theme, ThemeUse, VoiceTally

__all__ = [
    "Approach",
    "AvoidedDates",
    "Backfill",
    "Booking",
    "CareOwed",
    "Debrief",
    "DiaryEntry",
    "DiaryFeed",
    "FoodOrder",
    "KeptPlaces",
    "Meeting",
    "MeetingAnswer",
    "Needs",
    "NewHost",
    "Offer",
    "PreparationStep",
    "Round",
    "RoundPartner",
    "RoundTemplate",
    "Series",
    "SteeringLine",
    "SteeringMeeting",
    "Storyteller",
    "Suggestion",
    "TeamMember",
    "Theme",
    "ThemeUse",
    "Venue",
    "VoiceTally",
]
