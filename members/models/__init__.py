from .delivery import Delivery
from .membership import Membership, RoleGrant
from .organisation import JoinLink, Organisation, Place, PlaceEdge, Site, StaffCount, System, SystemEdge
from .person import Person
from .upload import Upload

__all__ = [
    "Delivery",
    "JoinLink",
    "Membership",
    "Organisation",
    "Person",
    "Place",
    "PlaceEdge",
    "RoleGrant",
    "Site",
    "StaffCount",
    "System",
    "SystemEdge",
    "Upload",
]
