"""People around one Round with a panel, one of every kind who may or may not see it."""

from dataclasses import dataclass

from members.models import Person
from rounds.models import Round
from rounds.states import Step, TeamPart
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import RoundFactory, StorytellerFactory, TeamMemberFactory
from tests.worlds import World, small_world


@dataclass
class Around:
    """Ada facilitates, Dev was asked and said yes, Olga (from outside) too; Fay facilitates elsewhere, Hal helps."""

    world: World
    round: Round
    dev: Person
    olga: Person
    hal: Person
    fay: Person
    ann: Person
    cora: Person

    @property
    def devs(self):
        return self.round.panel.get(person=self.dev)

    @property
    def olgas(self):
        return self.round.panel.get(person=self.olga)

    def everyone(self):
        """{who: Person}; None is nobody signed in."""
        world = self.world
        return {
            "facilitator": world.ada,
            "another facilitator": self.fay,
            "clinical lead": self.cora,
            "administrator": self.ann,
            "ICS lead": world.ines,
            "invited staff": world.ben,
            "other staff": world.cleo,
            "helper": self.hal,
            "storyteller": self.dev,
            "another storyteller": self.olga,
            "nobody": None,
        }


def around(**fields) -> Around:
    world = small_world()
    usual = {"system": world.system, "partners": [world.elmbridge], "facilitators": [world.ada]}
    round = RoundFactory(**usual | {"title": "Thrown in"} | fields)
    found = Around(
        world=world,
        round=round,
        dev=PersonFactory(name="Dev Storyteller", works_for=world.elmbridge),
        olga=PersonFactory(name="Olga Outside"),
        hal=PersonFactory(name="Hal Helper"),
        fay=PersonFactory(name="Fay Facilitator", works_for=world.elmbridge),
        ann=PersonFactory(name="Ann Administrator", works_for=world.elmbridge),
        cora=PersonFactory(name="Cora Clinical", works_for=world.elmbridge),
    )
    RoleGrantFactory(person=found.fay, role="facilitator", system=world.system)
    RoleGrantFactory(person=found.ann, role="administrator", system=world.system)
    RoleGrantFactory(person=found.cora, role="clinical_lead", system=world.system)
    TeamMemberFactory(round=round, person=found.hal, part=TeamPart.HELPER)
    for person in (found.dev, found.olga):
        StorytellerFactory(round=round, person=person, done=[Step.AGREED])
    return found


def statuses(client, everyone, address, data=None):
    """{who: status} of everyone who asks for that address, or posts `data` there; without signing in it is 302."""
    answers = {}
    for who, person in everyone.items():
        client.logout()
        if person:
            client.force_login(person)
        answers[who] = (client.get(address) if data is None else client.post(address, data)).status_code
    return answers
