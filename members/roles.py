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
    FIND_VOICES = "look for storytellers: read what is offered to them, and see who was asked"
    ARRANGE_ROUNDS = "look after the arrangements of Rounds, without seeing who booked"
    ASK_FOR_BACKFILL = "ask for hours of cover for a partner, and invoice them"
    PAY_BACKFILL = "approve and pay hours of cover, where the role is held in a whole system"
    ANSWER_SUGGESTIONS = "answer what Rounds led to, where it was handed on to a partner or a Place in their care"
    STEER = "plan the meetings of the steering group of a whole system, and note what comes of them"
    SEE_FIGURES = "see the figures"
    MANAGE_ORGANISATIONS = "add partners and keep their details right"
    MANAGE_PEOPLE = "add people and give them roles"
    LOOK_AFTER_LETTERS = "see how the letters of a whole system do, and settle those that are uncertain"
    READ_LOGS = "read the two logs: what holders of roles did, and who opened what is confidential"


@dataclass(frozen=True)
class Role:
    code: str
    name: str
    scopes: frozenset[Scope]
    may: frozenset[May]
    given_by: frozenset[str]
    two_people: bool


def _role(code, name, scopes, may, given_by, *, two_people=False):
    """`two_people`: after the first in a scope, one person proposes each further one and another confirms it."""
    return Role(code, name, frozenset(scopes), frozenset(may), frozenset(given_by), two_people)


ROLES = {
    role.code: role
    for role in [
        _role(
            "ics_lead",
            "ICS lead",
            [Scope.SYSTEM],
            [
                *(May.SEE_FIGURES, May.ANSWER_SUGGESTIONS, May.PAY_BACKFILL, May.STEER),
                *(May.MANAGE_ORGANISATIONS, May.MANAGE_PEOPLE),
            ],
            ["ics_lead", "administrator"],
            two_people=True,
        ),
        _role(
            "place_lead",
            "Place lead",
            [Scope.PLACE],
            [May.SEE_FIGURES, May.ANSWER_SUGGESTIONS],
            ["ics_lead", "administrator"],
        ),
        _role(
            "sponsor",
            "Sponsor",
            [Scope.SYSTEM, Scope.ORGANISATION],
            [May.SEE_FIGURES, May.STEER],
            ["ics_lead", "administrator"],
        ),
        _role(
            "clinical_lead",
            "Clinical lead",
            [Scope.SYSTEM, Scope.PLACE, Scope.ORGANISATION],
            [May.PLAN_ROUNDS, May.FIND_VOICES, May.SEE_FIGURES],
            ["ics_lead", "administrator"],
        ),
        _role(
            "facilitator",
            "Facilitator",
            [Scope.SYSTEM, Scope.PLACE, Scope.ORGANISATION],
            [May.PLAN_ROUNDS, May.FIND_VOICES, May.SEE_FIGURES],
            ["ics_lead", "administrator"],
        ),
        _role(
            "administrator",
            "Administrator",
            [Scope.SYSTEM, Scope.ORGANISATION],
            [
                *(May.ARRANGE_ROUNDS, May.ANSWER_SUGGESTIONS, May.ASK_FOR_BACKFILL, May.PAY_BACKFILL),
                *(May.MANAGE_ORGANISATIONS, May.MANAGE_PEOPLE, May.LOOK_AFTER_LETTERS, May.STEER),
            ],
            ["administrator"],
        ),
        _role(
            "governance_lead",
            "Information-governance lead",
            [Scope.SYSTEM, Scope.ORGANISATION],
            [May.READ_LOGS],
            ["ics_lead", "administrator"],
        ),
        _role(
            "steering_group",
            "Steering group member",
            [Scope.SYSTEM, Scope.PLACE, Scope.ORGANISATION],
            [May.SEE_FIGURES, May.STEER],
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
