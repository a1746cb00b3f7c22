"""A small world for tests: ada facilitates, ben books, cleo is from another organisation, ines leads the ICS."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from members.models import Organisation, Person, System
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)

LONDON = ZoneInfo("Europe/London")
NOON = dt.datetime(2027, 3, 3, 12, 0, tzinfo=LONDON)


@dataclass
class World:
    system: System
    elmbridge: Organisation
    quarry_lane: Organisation
    ada: Person
    ben: Person
    cleo: Person
    ines: Person


def small_world() -> World:
    """Two partners of one system; Ada may plan Rounds everywhere in it, Ines sees its figures."""
    system = SystemFactory()
    elmbridge = OrganisationFactory(name="Elmbridge Hospital NHS Trust", sector="acute", system=system)
    quarry_lane = OrganisationFactory(name="Quarry Lane Care Homes", sector="social_care", system=system)
    world = World(
        system=system,
        elmbridge=elmbridge,
        quarry_lane=quarry_lane,
        ada=PersonFactory(name="Ada Facilitator", works_for=elmbridge),
        ben=PersonFactory(name="Ben Booker", works_for=elmbridge),
        cleo=PersonFactory(name="Cleo Carer", works_for=quarry_lane),
        ines=PersonFactory(name="Ines Lead", works_for=elmbridge),
    )
    RoleGrantFactory(person=world.ada, role="facilitator", system=system)
    RoleGrantFactory(person=world.ines, role="ics_lead", system=system)
    return world
