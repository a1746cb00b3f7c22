from .registration import Booking
from .round import Round, RoundPartner, TeamMember
from .venue import Venue

__all__ = ["Booking", "Round", "RoundPartner", "TeamMember", "Venue"]
