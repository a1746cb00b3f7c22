"""A role that takes two people: one proposes, another confirms. Neither is the person who would hold it."""

from django.db import IntegrityError, transaction

from members.access import may_give, today
from members.models import RoleGrant, RoleProposal
from members.models.audit import Act
from members.roles import ROLES
from rounds_site.kit.refusals import Refused

from . import audit, memberships

DECIDED = "That has been decided meanwhile, or its 14 days are over."


@transaction.atomic
def propose(*, person, role, where, by, now, starts_on=None, ends_on=None):
    """It waits for 14 days; meanwhile the person holds nothing by it."""
    memberships.refuse_unless_theirs(by, role, where, now)
    if by == person:
        raise Refused(f"Nobody proposes themself. Ask somebody else who may give the role {ROLES[role].name}.")
    on = today(now)
    dates = {"starts_on": starts_on or on, "ends_on": ends_on}
    memberships.refuse_dates(on=on, **dates)
    memberships.refuse_twice(RoleGrant.objects.filter(person=person, role=role, system=where), person, dates)
    RoleProposal.objects.over(now).filter(person=person, role=role, system=where).delete()
    try:
        with transaction.atomic():
            made = RoleProposal.objects.create(
                person=person, role=role, system=where, **dates, proposed_by=by, created_at=now
            )
    except IntegrityError:
        raise Refused(f"{person} is proposed for that already, and waits for a second person.") from None
    _note(Act.ROLE_PROPOSED, made, by, now)
    return made


@transaction.atomic
def confirm(*, proposal, by, now):
    """The role, from the day that was proposed, or from today where that has passed."""
    proposal = _waiting(proposal, now)
    refuse_unless_second(proposal, by, now)
    if not _stands(proposal, now):
        raise Refused(
            "Whoever proposed this may not give that role any more. Propose it yourself, for another to confirm."
        )
    starts_on = max(proposal.starts_on, today(now))
    if proposal.ends_on and proposal.ends_on <= starts_on:
        raise Refused("Its last day has passed. Propose it anew.")
    proposal.delete()
    return memberships.grant(
        person=proposal.person,
        role=proposal.role,
        where=proposal.system,
        by=by,
        now=now,
        starts_on=starts_on,
        ends_on=proposal.ends_on,
        proposed_by=proposal.proposed_by,
    )


@transaction.atomic
def decline(*, proposal, by, now):
    """By whoever proposed it, or by anybody who could have confirmed it."""
    proposal = _waiting(proposal, now)
    if by != proposal.proposed_by:
        refuse_unless_second(proposal, by, now)
    proposal.delete()
    _note(Act.ROLE_WITHDRAWN if by == proposal.proposed_by else Act.ROLE_DECLINED, proposal, by, now)
    return proposal


def refuse_unless_second(proposal, by, now):
    memberships.refuse_unless_theirs(by, proposal.role, proposal.system, now)
    if by in (proposal.proposed_by, proposal.person):
        raise Refused("A second person confirms it: neither who proposed it nor who would hold the role.")


def _stands(proposal, now):
    proposer = proposal.proposed_by
    return proposer.is_active and may_give(proposer, proposal.role, proposal.system, now=now)


def _waiting(proposal, now):
    """The row under its lock: of two who decide at once, the second is told."""
    waiting = RoleProposal.objects.waiting(now).select_for_update(of=("self",))
    found = waiting.select_related("person", "system", "proposed_by").filter(pk=proposal.pk).first()
    if found is None:
        raise Refused(DECIDED)
    return found


def _note(act, proposal, by, now):
    audit.record(act, by=by, about=proposal.person_id, where=proposal.system, now=now, role=proposal.role)
