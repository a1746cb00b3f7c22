from .delivery import Delivery
from .membership import Membership, RoleGrant
from .organisation import JoinLink, Organisation, Place, PlaceEdge, StaffCount, System, SystemEdge
from .person import Person

__all__ = [
    "Delivery",
    "JoinLink",
    "Membership",
    "Organisation",
    "Person",
    "Place",
    "PlaceEdge",
    "RoleGrant",
    "StaffCount",
    "System",
    "SystemEdge",
]
