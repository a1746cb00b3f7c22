from .panel import PreparationStep, Storyteller
from .registration import Booking
from .round import Round, RoundPartner, TeamMember
from .venue import Venue

__all__ = ["Booking", "PreparationStep", "Round", "RoundPartner", "Storyteller", "TeamMember", "Venue"]
