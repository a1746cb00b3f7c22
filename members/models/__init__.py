from .audit import CareEntry, ChainAnchor, HeadExport, SecurityEvent
from .delivery import Delivery
from .joining import ApprovedDomain, InvitationLink, JoinRequest, ListedJob
from .lane import Pace, Suppression
from .licence import Coverage, Licence
from .membership import Membership, RoleGrant, RoleProposal
from .organisation import JoinLink, Logo, Organisation, Place, PlaceEdge, Site, StaffCount, System, SystemEdge
from .person import Person
from .provider import Provider
from .retention import Destruction, RetentionPass
from .succession import Succession, SystemSuccession
from .training import Training
from .upload import Upload

__all__ = [
    "ApprovedDomain",
    "CareEntry",
    "ChainAnchor",
    "Coverage",
    "Delivery",
    "Destruction",
    "HeadExport",
    "InvitationLink",
    "JoinLink",
    "JoinRequest",
    "Licence",
    "ListedJob",
    "Logo",
    "Membership",
    "Organisation",
    "Pace",
    "Person",
    "Place",
    "PlaceEdge",
    "Provider",
    "RetentionPass",
    "RoleGrant",
    "RoleProposal",
    "SecurityEvent",
    "Site",
    "StaffCount",
    "Succession",
    "Suppression",
    "System",
    "SystemEdge",
    "SystemSuccession",
    "Training",
    "Upload",
]
