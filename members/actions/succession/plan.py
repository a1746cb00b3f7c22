"""What is to become of organisations, as somebody has answered the questions; and what speaks against it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from members.access import may, systems_of_others, today
from members.models import Organisation, SystemEdge
from members.models.succession import Kind
from members.roles import May
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.refusals import Refused

# Further back it is more likely a slip of the hand than a merger that nobody entered.
FURTHEST_BACK = dt.timedelta(days=3 * 365)


@dataclass(frozen=True)
class Successor:
    """A partner that takes over, or (without `organisation`) one that begins on the day; "" as code: one of ours."""

    name: str
    organisation: Organisation | None = None
    sector: str = ""
    postcode: str = ""
    code: str = ""

    @classmethod
    def standing(cls, organisation):
        return cls(name=organisation.name, organisation=organisation)

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Plan:
    """`successors[heir]` takes on what cannot be divided. Of a division `to` says to which successor each job of a
    person goes, by the job's key: an index, and a job that is not in it has nobody decided about it yet."""

    kind: Kind
    predecessors: tuple[Organisation, ...]
    successors: tuple[Successor, ...]
    on: dt.date
    to: Mapping = field(default_factory=dict)
    heir: int = 0

    @property
    def is_split(self):
        return self.kind == Kind.SPLIT

    def successor_of(self, job):
        """The index of the successor to which a job goes, or None while that is open."""
        return self.to.get(job) if self.is_split else 0


def refuse(plan, *, by, now):
    """Whatever speaks against the plan as a whole, whoever is about to look at it or to carry it out."""
    _refuse_the_day(plan, now)
    _refuse_the_shape(plan)
    for each in plan.predecessors:
        _refuse_what_ended(each)
        _refuse_what_is_not_theirs(each, plan.on, by, now)
    for each in plan.successors:
        if each.organisation:
            _refuse_what_ended(each.organisation)
            if by and not may(by, May.MANAGE_ORGANISATIONS, each.organisation, now=now):
                _refuse_what_is_others(each.organisation, by, now)
        elif each.code and Organisation.objects.filter(code=each.code).exists():
            raise Refused(f"There is an organisation with the code {each.code} already. Choose it as it stands.")


def _refuse_the_day(plan, now):
    if plan.on > today(now):
        raise Refused("The day is still to come. Come back on that day: until then nothing needs to change.")
    if plan.on < today(now) - FURTHEST_BACK:
        raise Refused("The day is more than three years ago. Check the year.")


def _refuse_the_shape(plan):
    ending = {each.pk for each in plan.predecessors}
    going_on = [each.organisation.pk for each in plan.successors if each.organisation]
    if ending & set(going_on):
        raise Refused("Something cannot end and take over on the same day. Choose another partner.")
    names = {each.name.casefold() for each in plan.successors}
    if len(names) < len(plan.successors) or len(set(going_on)) < len(going_on):
        raise Refused("Two of the names are the same. Name each once.")
    if plan.is_split and len(plan.successors) < 2:
        raise Refused("Name at least two organisations that it becomes.")


def _refuse_what_ended(organisation):
    followed = organisation.became.select_related("successor").order_by("successor__name").first()
    if followed:
        since = nhs_date(followed.on, weekday=False)
        raise Refused(f"{organisation} became {followed.successor} on {since} already.")


def _refuse_what_is_not_theirs(organisation, on, by, now):
    """All systems that it belongs to are concerned, so all must be theirs. The service itself may."""
    edges = SystemEdge.objects.filter(organisation=organisation)
    if not edges.in_force(today(now)).exists():
        raise Refused(f"{organisation} is no partner any more.")
    if not edges.in_force(on).exists() and on < today(now):
        raise Refused(f"On {nhs_date(on, weekday=False)} {organisation} was no partner yet. Check the day.")
    _refuse_what_is_others(organisation, by, now)


def _refuse_what_is_others(organisation, by, now):
    for system in systems_of_others([organisation], by, now=now).get(organisation.pk, []):
        raise Refused(
            f"{organisation} belongs to {system} too, which your role does not cover. "
            "Somebody who looks after both can do this."
        )
