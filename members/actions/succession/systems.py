"""What becomes of a care system: its partners, Places, roles and Rounds to come go on in another, from a day on.

A Place is a borough and does not end with the board above it: it keeps its code, its partners and its Rounds. What was
held stays in the system of its time.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from members import registry
from members.access import forget_grants, may, may_give, today
from members.actions.audit import record
from members.actions.organisations import lock_partners
from members.models import (
    JoinRequest,
    Organisation,
    Place,
    Provider,
    RoleGrant,
    RoleProposal,
    System,
    SystemEdge,
)
from members.models.audit import Act
from members.models.succession import Kind, SystemSuccession
from members.roles import ROLES, May, Sector
from rounds_site.kit.formats import thousands
from rounds_site.kit.refusals import Refused

from . import act
from .act import Stale
from .plan import FURTHEST_BACK, Plan, Successor
from .preview import Part, Preview, mark_of, preview
from .spans import Cover

OWN = {"id", "created_at", "code", "name", "short_name"}


@dataclass(frozen=True)
class NextSystem:
    """The system that goes on: as it stands where there is one with that code, else made like the one before it."""

    code: str
    name: str
    short_name: str


@dataclass(frozen=True)
class SystemPlan:
    """Of a division `to` says where each partner and Place goes on: {key: index}."""

    system: System
    successors: tuple[NextSystem, ...]
    on: dt.date
    to: Mapping = field(default_factory=dict)

    @property
    def is_split(self):
        return len(self.successors) > 1

    @property
    def kind(self):
        return Kind.SPLIT if self.is_split else Kind.MERGER

    def index_of(self, key):
        return self.to.get(key, 0) if self.is_split else 0


def preview_system(plan, *, by, now):
    """Refused where it cannot be; else what it would do, from the live rows."""
    _refuse(plan, by, now)
    told = Preview()
    parts = [_partners(plan, now), _places(plan), _roles(plan, by, now), _undecided(plan, now)]
    parts += [_hanging(each, plan, now) for each in registry.system_dependants]
    board = _board(plan, now)
    if board:
        inner = preview(board, by=by, now=now)
        sentence = f"{plan.system.code}, the board itself, becomes {board.successors[0]} as a partner too."
        parts.append(Part("board", sentence, (), mark_of([(name, part.mark) for name, part in inner.parts.items()])))
    told.parts = {part.name: part for part in parts}
    return told


def _refuse(plan, by, now):
    if SystemSuccession.objects.filter(predecessor=plan.system).exists():
        raise Refused(f"{plan.system} has gone on under another name already.")
    if not today(now) - FURTHEST_BACK <= plan.on <= today(now):
        raise Refused("The day must be today or earlier, and within three years. Check the year.")
    codes = [each.code for each in plan.successors]
    if plan.system.code in codes or len(set(codes)) < len(codes):
        raise Refused("Each system that goes on needs a code of its own, other than the one that ends.")
    standing = System.objects.filter(code__in=codes).order_by("name")
    for system in (plan.system, *standing):
        if by and not may(by, May.MANAGE_ORGANISATIONS, system, now=now):
            raise Refused(f"{system} is looked after by others. Somebody who looks after both can do this.")
    if plan.is_split and (missing := _without_a_place(plan)):
        raise Refused(f"Say where they go on: {', '.join(missing)}.")


def _without_a_place(plan):
    partners = Organisation.objects.filter(system_edges__in=_edges(plan)).distinct().order_by("name")
    everything = [*partners, *plan.system.places.order_by("name")]
    return [each.name for each in everything if plan.to.get(each.pk) not in range(len(plan.successors))]


def _edges(plan):
    return SystemEdge.objects.not_over(plan.on).filter(system=plan.system).order_by("starts_on", "pk")


def _partners(plan, now):
    rows = list(_edges(plan).values_list("pk", "organisation", "starts_on", "ends_on"))
    number = len({organisation for _, organisation, _, _ in rows})
    sentence = (
        f"{thousands(number)} partner{' belongs' if number == 1 else 's belong'} to {_names(plan)} from that day."
    )
    return Part("partners", sentence, _shares(plan, [row[1] for row in rows]), mark_of(rows), number)


def _places(plan):
    places = list(plan.system.places.order_by("pk").values_list("pk", "name"))
    number = len(places)
    sentence = f"{number} Place{' goes' if number == 1 else 's go'} on there, with partners and Rounds as they are."
    return Part("places", sentence if places else "", _shares(plan, [pk for pk, _ in places]), mark_of(places), number)


def _names(plan):
    return " or ".join(each.name for each in plan.successors)


def _shares(plan, keys):
    if not plan.is_split:
        return ()
    indices = [plan.index_of(key) for key in dict.fromkeys(keys)]
    return tuple(f"{indices.count(index)} to {each.name}" for index, each in enumerate(plan.successors))


def _grants(plan, now):
    held = RoleGrant.objects.not_over(today(now)).filter(system=plan.system)
    return held.select_related("person", "system").order_by("person__name", "role", "starts_on", "pk")


def _given(by, grant, now):
    return by is None or may_give(by, grant.role, grant.system, now=now)


def _roles(plan, by, now):
    grants = [(grant, _given(by, grant, now)) for grant in _grants(plan, now)]
    lines = tuple(
        f"{grant.person}, {ROLES[grant.role].name}" + ("" if given else ": ends, and an administrator can give it anew")
        for grant, given in grants
    )
    where = "each of them" if plan.is_split else _names(plan)
    sentence = f"Roles in {plan.system} end today, and are given anew in {where}." if grants else ""
    return Part("roles", sentence, lines, mark_of([(grant.pk, given) for grant, given in grants]), len(grants))


def _undecided(plan, now):
    """What somebody there has still to decide; of a division nobody can say whither, so the first takes it on."""
    asked = list(JoinRequest.objects.undecided().filter(system=plan.system).order_by("pk").values_list("pk", flat=True))
    proposed = list(
        RoleProposal.objects.waiting(now).filter(system=plan.system).order_by("pk").values_list("pk", flat=True)
    )
    number = len(asked) + len(proposed)
    what = "request to join or proposed role goes" if number == 1 else "requests to join or proposed roles go"
    sentence = f"{thousands(number)} undecided {what} on in {plan.successors[0].name}."
    return Part("undecided", sentence if number else "", (), mark_of([asked, proposed]), number)


def _hanging(dependant, plan, now):
    rows = dependant.rows(plan.system, now)
    return Part(dependant.name, dependant.words(len(rows), _names(plan)) if rows else "", (), mark_of(rows), len(rows))


def _board(plan, now):
    """The plan for the board as a partner. Where it is divided its people have to be asked for one by one."""
    board = Organisation.objects.in_system(plan.system, on=today(now)).filter(code=plan.system.code).first()
    if board is None or plan.is_split:
        return None
    (next_one,) = plan.successors
    standing = Organisation.objects.filter(code=next_one.code).first()
    successor = (
        Successor.standing(standing) if standing else Successor(next_one.name, code=next_one.code, sector=Sector.ICB)
    )
    return Plan(Kind.MERGER, (board,), (successor,), plan.on)


# --- Carrying it out --------------------------------------------------------------------------------


@transaction.atomic
def change_system(plan, *, seen, by, now):
    """All of it or nothing; Stale where it would do something else by now. The systems that go on."""
    lock_partners()
    told = preview_system(plan, by=by, now=now)
    if changed := told.changed_since(seen):
        raise Stale(f"Something changed since you looked: {', '.join(changed)}. Here is the preview as it is now.")
    successors = [_begin(plan.system, each) for each in plan.successors]
    if board := _board(plan, now):
        act.carry_out(board, seen=preview(board, by=by, now=now).seen, by=by, now=now)
    _hand_over_partners(plan, successors)
    for place in plan.system.places.order_by("pk"):
        Place.objects.filter(pk=place.pk).update(system=successors[plan.index_of(place.pk)])
    _hand_over_roles(plan, successors, by, now)
    for dependant in registry.system_dependants:
        dependant.move(plan.system, lambda key: successors[plan.index_of(key)], now)
    Provider.objects.filter(system=plan.system).update(system=successors[0])
    _hand_over_undecided(plan, successors[0])
    _write_down(plan, successors, told, by, now)
    return successors


def _begin(before, wanted):
    """With the settings of the one before it: whoever looks after it reads them over."""
    standing = System.objects.filter(code=wanted.code).first()
    if standing:
        return standing
    settings = {each.name: getattr(before, each.name) for each in System._meta.concrete_fields if each.name not in OWN}
    return System.objects.create(code=wanted.code, name=wanted.name, short_name=wanted.short_name, **settings)


def _hand_over_partners(plan, successors):
    cover = Cover()
    for edge in SystemEdge.objects.filter(system__in=successors):
        cover.take((edge.system_id, edge.organisation_id), edge.starts_on, edge.ends_on)
    made, old = [], _edges(plan)
    for edge in old:
        system = successors[plan.index_of(edge.organisation_id)]
        span = max(edge.starts_on, plan.on), edge.ends_on
        made += [
            SystemEdge(system=system, organisation_id=edge.organisation_id, starts_on=start, ends_on=end)
            for start, end in cover.fill((system.pk, edge.organisation_id), *span)
        ]
    act.end_rows(old, plan.on)
    SystemEdge.objects.bulk_create(made)


def _hand_over_roles(plan, successors, by, now):
    """Everywhere, where it is divided: who looked after the whole looks after the parts until somebody ends it."""
    for grant, given in [(grant, _given(by, grant, now)) for grant in _grants(plan, now)]:
        RoleGrant.objects.filter(pk=grant.pk).update(ends_on=max(today(now), grant.starts_on))
        record(Act.ROLE_ENDED, by=by, now=now, about=grant.person_id, where=plan.system, role=grant.role)
        for system in successors if given else []:
            act.give_anew(grant, by=by, now=now, system=system)
        forget_grants(grant.person)
    if by:
        forget_grants(by)


def _hand_over_undecided(plan, successor):
    JoinRequest.objects.filter(system=plan.system).update(system=successor)
    for proposal in RoleProposal.objects.filter(system=plan.system).order_by("pk"):
        same = {"person": proposal.person_id, "role": proposal.role, "system": successor}
        if RoleProposal.objects.filter(**same).exists():
            proposal.delete()
        else:
            RoleProposal.objects.filter(pk=proposal.pk).update(system=successor)


def _write_down(plan, successors, told, by, now):
    for successor in successors:
        SystemSuccession.objects.create(predecessor=plan.system, successor=successor, kind=plan.kind, on=plan.on)
    record(
        Act.SYSTEMS_CHANGED,
        by=by,
        now=now,
        about=plan.system.code,
        where=plan.system,
        became=[each.code for each in successors],
        on=str(plan.on),
        **{name: part.number for name, part in told.parts.items()},
    )
