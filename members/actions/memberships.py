"""Who works where, and who holds which role."""

from django.db import IntegrityError, transaction

from members.access import forget_grants, may_give, today
from members.models import Membership, RoleGrant, System
from members.roles import ROLES
from rounds_site.kit.refusals import Refused


@transaction.atomic
def employ(*, person, organisation, staff_group, source, now):
    """Note that the person works there from today; whoever does already stays as they are."""
    membership, _ = Membership.objects.get_or_create(
        person=person,
        organisation=organisation,
        ends_on=None,
        defaults={"staff_group": staff_group, "source": source, "starts_on": today(now)},
    )
    return membership


def set_staff_group(*, membership, staff_group):
    """The person's own word, which no staff list writes over."""
    if membership.staff_group != staff_group:
        membership.staff_group = staff_group
        membership.corrected = sorted({*membership.corrected, "staff_group"})
        membership.save(update_fields=["staff_group", "corrected"])
    return membership


@transaction.atomic
def give_role(*, person, role, where, by, now):
    """`where` is a System, a Place or an Organisation; the role table says who may give what."""
    _refuse_unless_theirs(by, role, where, now)
    scope = {type(where).__name__.lower(): where}
    try:
        with transaction.atomic():
            grant = RoleGrant.objects.create(person=person, role=role, **scope, starts_on=today(now), granted_by=by)
    except IntegrityError:
        raise Refused(f"{person} holds that role there already.") from None
    forget_grants(person)
    return grant


@transaction.atomic
def end_role(*, grant, by, now):
    """It ends today. The last administrator of a system stays, or nobody could let anybody in."""
    _refuse_unless_theirs(by, grant.role, grant.scope, now)
    if grant.role == "administrator" and grant.system_id:
        _refuse_the_last(grant, now)
    grant.ends_on = today(now)
    grant.save(update_fields=["ends_on"])
    forget_grants(grant.person)
    return grant


def _refuse_unless_theirs(by, role, where, now):
    if not may_give(by, role, where, now=now):
        raise Refused(f"Your own role does not let you give or end the role {ROLES[role].name} there.")


def _refuse_the_last(grant, now):
    System.objects.select_for_update().get(pk=grant.system_id)
    others = RoleGrant.objects.in_force(today(now)).filter(
        role=grant.role, system=grant.system_id, person__is_active=True
    )
    if not others.exclude(person=grant.person_id).exists():
        raise Refused(f"{grant.person} is the only administrator. Name another one first.")
