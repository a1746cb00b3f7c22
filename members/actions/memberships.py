"""Who works where, and who holds which role."""

from django.db import transaction

from members import emails
from members.access import forget_grants, may_give, today
from members.models import (
    JoinRequest,
    ListedJob,
    Membership,
    Organisation,
    Person,
    RoleGrant,
    SecurityEvent,
    Succession,
    System,
)
from members.models.audit import Act
from members.roles import ROLES
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.refusals import Refused

from . import audit


@transaction.atomic
def employ(*, person, organisation, staff_group, source, now, site=None):
    """Note that the person works there from today; whoever does already stays as they are. Whatever they had asked to
    be let in for is settled by it."""
    JoinRequest.objects.filter(person=person).delete()
    # A merger and whoever comes to one of its organisations wait for each other; who was second comes to the new one.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    ListedJob.objects.filter(person=person, organisation=organisation).delete()
    membership, made = Membership.objects.get_or_create(
        person=person,
        organisation=organisation,
        ends_on=None,
        defaults={"staff_group": staff_group, "source": source, "site": site, "starts_on": today(now)},
    )
    heir = made and Succession.objects.whole().filter(predecessor=organisation).select_related("successor").first()
    if not heir:
        return membership
    membership.delete()
    return employ(person=person, organisation=heir.successor, staff_group=staff_group, source=source, now=now)


def set_staff_group(*, membership, staff_group):
    """The person's own word, which no staff list writes over."""
    if membership.staff_group != staff_group:
        membership.staff_group = staff_group
        membership.corrected = sorted({*membership.corrected, "staff_group"})
        membership.save(update_fields=["staff_group", "corrected"])
    return membership


def set_site(*, membership, site):
    """The person's own word as well; None for no site in particular."""
    if membership.site != site:
        membership.site = site
        membership.corrected = sorted({*membership.corrected, "site"})
        membership.save(update_fields=["site", "corrected"])
    return membership


@transaction.atomic
def give_role(*, person, role, where, by, now, starts_on=None, ends_on=None):
    """`where` is a System, a Place or an Organisation; the role table says who may give what. It holds from `starts_on`
    (today) until the day before `ends_on`, and ends by itself then.

    Where a further one takes two people this is refused: ``proposals`` is for that. So is giving oneself a role: what
    one may do is for somebody else to say.
    """
    refuse_unless_theirs(by, role, where, now)
    if by == person:
        raise Refused("Nobody gives a role to themself. Ask somebody else who may give it.")
    if takes_two(role, where):
        raise Refused(f"Another {ROLES[role].name} takes two people: you propose, somebody else confirms.")
    return grant(person=person, role=role, where=where, by=by, now=now, starts_on=starts_on, ends_on=ends_on)


def takes_two(role, where):
    """Whether somebody else has to confirm it. The first in a scope nobody could confirm; whoever held the role once
    and does no longer counts, or one person could end it and give it anew. So does whoever has erased their account
    since: that the role was given stands in the log."""
    if not ROLES[role].two_people:
        return False
    # Of two who each give the first one at once, the second is told.
    System.objects.select_for_update(no_key=True).get(pk=where.pk)
    given = SecurityEvent.objects.filter(act=Act.ROLE_GIVEN, where=where.pk, said__role=role)
    return RoleGrant.objects.filter(role=role, system=where).exists() or given.exists()


def grant(*, person, role, where, by, now, starts_on=None, ends_on=None, proposed_by=None):
    """The row, with its letter and its line in the log; whether it is theirs to give has been asked. In the transaction
    of whoever calls."""
    on = today(now)
    dates = {"starts_on": starts_on or on, "ends_on": ends_on}
    refuse_dates(on=on, **dates)
    scope = {type(where).__name__.lower(): where}
    # The dates of one role of one person: two that are given at once cannot see each other.
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    refuse_twice(RoleGrant.objects.filter(person=person, role=role, **scope), person, dates)
    given = RoleGrant.objects.create(
        person=person, role=role, **scope, **dates, granted_by=by, proposed_by=proposed_by, created_at=now
    )
    forget_grants(person)
    emails.role_given(given, now=now)
    _note(Act.ROLE_GIVEN, given, by, now)
    return given


@transaction.atomic
def change_role(*, grant, starts_on, ends_on, by, now):
    """Its dates alone: another role or scope is another row. What takes two people, one does not make last longer; when
    it began is settled once it has."""
    refuse_unless_theirs(by, grant.role, grant.scope, now)
    grant = _not_over(grant, now)
    if grant.starts_on <= today(now) and starts_on != grant.starts_on:
        raise Refused(f"It began on {nhs_date(grant.starts_on)}, and that stays.")
    refuse_dates(on=min(grant.starts_on, today(now)), starts_on=starts_on, ends_on=ends_on)
    if ends_on and ends_on <= today(now):
        raise Refused("Its last day must be today or later. To end it at once, press End.")
    if ROLES[grant.role].two_people and _lasts_longer(grant, starts_on, ends_on):
        raise Refused(
            f"To hold the role {ROLES[grant.role].name} longer takes two people. Propose it anew, from the day after "
            "its last day."
        )
    return _change(grant, starts_on, ends_on, by, now)


def _change(grant, starts_on, ends_on, by, now):
    same = RoleGrant.objects.filter(person=grant.person_id, role=grant.role, **_scope_of(grant)).exclude(pk=grant.pk)
    refuse_twice(same, grant.person, {"starts_on": starts_on, "ends_on": ends_on})
    if ends_on or starts_on > today(now):
        _refuse_the_last(grant, now)
    if (grant.starts_on, grant.ends_on) == (starts_on, ends_on):
        return grant
    grant.starts_on, grant.ends_on = starts_on, ends_on
    grant.save(update_fields=["starts_on", "ends_on"])
    forget_grants(grant.person)
    emails.role_given(grant, now=now)
    _note(Act.ROLE_CHANGED, grant, by, now)
    return grant


@transaction.atomic
def end_role(*, grant, by, now):
    """It ends today, or before it began. The last administrator of a system stays, or nobody could let anybody in."""
    refuse_unless_theirs(by, grant.role, grant.scope, now)
    grant = _not_over(grant, now)
    _refuse_the_last(grant, now)
    grant.ends_on = max(today(now), grant.starts_on)
    grant.save(update_fields=["ends_on"])
    forget_grants(grant.person)
    emails.role_ended(grant, now=now)
    _note(Act.ROLE_ENDED, grant, by, now)
    return grant


def refuse_unless_theirs(by, role, where, now):
    if not may_give(by, role, where, now=now):
        raise Refused(f"Your own role does not let you give or end the role {ROLES[role].name} there.")


def refuse_dates(*, on, starts_on, ends_on):
    if starts_on < on:
        raise Refused("The first day must be today or later.")
    if ends_on and ends_on <= starts_on:
        raise Refused("The last day must not be before the first.")


def refuse_twice(same, person, dates):
    """`same`: the other grants of that role in that scope to that person."""
    overlapping = same.not_over(dates["starts_on"])
    if dates["ends_on"]:
        overlapping = overlapping.filter(starts_on__lt=dates["ends_on"])
    if overlapping.exists():
        raise Refused(f"{person} holds that role there already.")


def _not_over(grant, now):
    """The row as it stands, held: of two who end it at once the second is told. The system first, as in giving."""
    System.objects.select_for_update(no_key=True).filter(pk=grant.system_id).first()
    Person.objects.select_for_update(no_key=True).get(pk=grant.person_id)
    found = RoleGrant.objects.not_over(today(now)).filter(pk=grant.pk)
    found = found.select_related("person", "system", "place", "organisation").first()
    if found is None:
        raise Refused("That role had ended already.")
    return found


def _lasts_longer(grant, starts_on, ends_on):
    return starts_on < grant.starts_on or (grant.ends_on is not None and (ends_on is None or ends_on > grant.ends_on))


def _refuse_the_last(grant, now):
    """Whoever is left must have no last day either, or the portal would lose its last administrator by itself. The
    system is held."""
    if grant.role != "administrator" or not grant.system_id:
        return
    others = RoleGrant.objects.in_force(today(now)).filter(
        role=grant.role, system=grant.system_id, ends_on=None, person__is_active=True
    )
    if not others.exclude(person=grant.person_id).exists():
        raise Refused(f"{grant.person} is the only administrator. Name another one first.")


def _scope_of(grant):
    return {"system": grant.system_id, "place": grant.place_id, "organisation": grant.organisation_id}


def _note(act, grant, by, now):
    last = {"last_day": nhs_date(grant.last_day, weekday=False)} if grant.ends_on and act != Act.ROLE_ENDED else {}
    first = {"from": nhs_date(grant.starts_on, weekday=False)} if act != Act.ROLE_ENDED else {}
    audit.record(act, by=by, about=grant.person_id, where=grant.scope, now=now, role=grant.role, **first, **last)
