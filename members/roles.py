"""Who may do what: one table in plain English, stored as codes.

A role is held in a scope (a system, a Place or an organisation) for a time. Who facilitates, helps or tells a story at
one Round is not a role: it is a row of that Round and stands in no list.
"""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    SYSTEM = "system"
    PLACE = "place"
    ORGANISATION = "organisation"


class May(StrEnum):
    """What a role lets a person do, within its scope."""

    PLAN_ROUNDS = "plan Rounds, and publish, move and cancel those they run"
    ARRANGE_ROUNDS = "look after the arrangements of Rounds, without seeing who booked"
    SEE_FIGURES = "see the figures"
    MANAGE_ORGANISATIONS = "add partners and keep their details right"
    MANAGE_PEOPLE = "add people and give them roles"
    SEE_ROLES = "see who holds which role"


@dataclass(frozen=True)
class Role:
    code: str
    name: str
    scopes: frozenset[Scope]
    may: frozenset[May]
    given_by: frozenset[str]


def _role(code, name, scopes, may, given_by):
    return Role(code, name, frozenset(scopes), frozenset(may), frozenset(given_by))


ROLES = {
    role.code: role
    for role in [
        _role(
            "ics_lead",
            "ICS lead",
            [Scope.SYSTEM],
            [May.SEE_FIGURES, May.MANAGE_ORGANISATIONS, May.MANAGE_PEOPLE],
            ["ics_lead", "administrator"],
        ),
        _role("place_lead", "Place lead", [Scope.PLACE], [May.SEE_FIGURES], ["ics_lead", "administrator"]),
        _role(
            "sponsor",
            "Sponsor",
            [Scope.SYSTEM, Scope.ORGANISATION],
            [May.SEE_FIGURES],
            ["ics_lead", "administrator"],
        ),
        _role(
            "clinical_lead",
            "Clinical lead",
            [Scope.SYSTEM, Scope.PLACE, Scope.ORGANISATION],
            [May.PLAN_ROUNDS, May.SEE_FIGURES],
            ["ics_lead", "administrator"],
        ),
        _role(
            "facilitator",
            "Facilitator",
            [Scope.SYSTEM, Scope.PLACE, Scope.ORGANISATION],
            [May.PLAN_ROUNDS, May.SEE_FIGURES],
            ["ics_lead", "administrator"],
        ),
        _role(
            "administrator",
            "Administrator",
            [Scope.SYSTEM, Scope.ORGANISATION],
            [May.ARRANGE_ROUNDS, May.MANAGE_ORGANISATIONS, May.MANAGE_PEOPLE],
            ["administrator"],
        ),
        _role(
            "governance_lead",
            "Information-governance lead",
            [Scope.SYSTEM, Scope.ORGANISATION],
            [May.SEE_ROLES],
            ["ics_lead", "administrator"],
        ),
        _role(
            "steering_group",
            "Steering group member",
            [Scope.SYSTEM, Scope.PLACE, Scope.ORGANISATION],
            [May.SEE_FIGURES],
            ["ics_lead", "administrator"],
        ),
        _role("mentor", "Mentor", [Scope.SYSTEM], [], ["ics_lead", "administrator"]),
    ]
}


class Sector(StrEnum):
    """The kind of employer, as figures show it."""

    ACUTE = "acute"
    MENTAL_HEALTH = "mental_health"
    COMMUNITY = "community"
    AMBULANCE = "ambulance"
    PRIMARY_CARE = "primary_care"
    COUNCIL = "council"
    SOCIAL_CARE = "social_care"
    HOSPICE = "hospice"
    CHARITY = "charity"
    HOUSING = "housing"
    EDUCATION = "education"
    ICB = "icb"
    TRUST = "trust"


SECTORS = {
    Sector.ACUTE: "Acute hospitals",
    Sector.MENTAL_HEALTH: "Mental health",
    Sector.COMMUNITY: "Community health",
    Sector.AMBULANCE: "Ambulance",
    Sector.PRIMARY_CARE: "General practice",
    Sector.COUNCIL: "Council",
    Sector.SOCIAL_CARE: "Social care",
    Sector.HOSPICE: "Hospices",
    Sector.CHARITY: "Charities",
    Sector.HOUSING: "Housing",
    Sector.EDUCATION: "Education",
    Sector.ICB: "Integrated care board",
    Sector.TRUST: "NHS trust, kind not set yet",
}

STAFF_GROUPS = {
    "nursing": "Nursing and midwifery",
    "medical": "Medical and dental",
    "allied_health": "Allied health",
    "science": "Healthcare science",
    "clinical_support": "Additional clinical services",
    "social_work": "Social work",
    "social_care": "Social care and support",
    "pharmacy_psychology": "Pharmacy and psychology",
    "administration": "Administration and management",
    "estates": "Estates, facilities and catering",
    "housing": "Housing, council and community",
    "chaplaincy": "Chaplaincy and spiritual care",
    "volunteer": "Volunteer",
    "student": "Student",
    "other": "Other",
    "not_said": "Prefer not to say",
}

# Those who treat or nurse, for the mix of voices on a panel.
CLINICAL = frozenset({"nursing", "medical", "allied_health", "science", "clinical_support", "pharmacy_psychology"})
