"""Carrying out a plan: dated edges end and others begin on its day, all of them or none, and nothing is rewritten."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from members import registry
from members.access import forget_grants, today
from members.actions.audit import record
from members.actions.organisations import lock_partners, new_partner
from members.models import (
    ApprovedDomain,
    InvitationLink,
    JoinLink,
    ListedJob,
    Membership,
    Organisation,
    PlaceEdge,
    Provider,
    RoleGrant,
    Site,
    StaffCount,
    SystemEdge,
)
from members.models.audit import Act
from members.models.succession import Kind, Succession
from rounds_site.kit.formats import people
from rounds_site.kit.refusals import Refused

from .preview import added_up, jobs_of, preview, roles_that_move
from .spans import Cover

BATCH = 500
ACTS = {
    Kind.MERGER: Act.ORGANISATIONS_MERGED,
    Kind.RENAMING: Act.ORGANISATION_RENAMED,
    Kind.SPLIT: Act.ORGANISATION_SPLIT,
}
NUMBERS = {1: "One thing", 2: "Two things", 3: "Three things", 4: "Four things"}


class Stale(Refused):
    """What the page said is no longer so: the person looks again and decides anew."""


@dataclass(frozen=True)
class Done:
    """Who goes on, and what the page had said of it."""

    successors: list[Organisation]
    told: object


@transaction.atomic
def carry_out(plan, *, seen, by, now):
    """Do what the preview said. `seen` is its mark as it went out with the page."""
    lock_partners()
    _lock(plan)
    told = preview(plan, by=by, now=now)
    _refuse_unless_seen(told, seen)
    if told.undecided:
        number = len(told.undecided)
        has = "has" if number == 1 else "have"
        raise Refused(f"{people(number)} {has} no place yet. Say for each of them where they go on.")
    roles, numbers = roles_that_move(plan, by=by, now=now), added_up(plan)
    successors = [_begin(plan, index, by, now) for index in range(len(plan.successors))]
    first_the_heir = [successors[plan.heir], *(each for each in successors if each is not successors[plan.heir])]
    _hand_over_edges(plan, successors)
    _hand_over_jobs(plan, successors)
    _hand_over_roles(roles, successors, by, now)
    _count(numbers, successors[0], plan.on)
    for predecessor in plan.predecessors:
        for dependant in registry.dependants:
            dependant.move(predecessor, first_the_heir, now)
    _hand_over_links(plan, successors, by, now)
    _write_down(plan, successors, told, by, now)
    return Done(successors, told)


def _lock(plan):
    """Whoever comes to work for one of them, and a staff list of theirs, waits for this, so that they stay as they are
    counted; what only says where somebody comes from, as the door does, does not."""
    concerned = [*plan.predecessors, *(each.organisation for each in plan.successors if each.organisation)]
    keys = sorted(each.pk for each in concerned)
    list(Organisation.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


def _refuse_unless_seen(told, seen):
    changed = told.changed_since(seen)
    if changed:
        number = NUMBERS.get(len(changed), f"{len(changed)} things")
        raise Stale(f"{number} changed since you looked: {', '.join(changed)}. Here is the preview as it is now.")


def _begin(plan, index, by, now):
    """The successor as it stands, or made anew: its letters are passed on as those before it had theirs passed on."""
    wanted = plan.successors[index]
    if wanted.organisation:
        return wanted.organisation
    contact = next((each for each in plan.predecessors if each.contact_email), None)
    support = "\n".join(filter(None, dict.fromkeys(each.support_text for each in plan.predecessors)))
    return new_partner(
        name=wanted.name,
        code=wanted.code,
        sector=wanted.sector or plan.predecessors[0].sector,
        postcode=wanted.postcode,
        has_staff_list=all(each.has_staff_list for each in plan.predecessors),
        contact_name=contact.contact_name if contact else "",
        contact_email=contact.contact_email if contact else "",
        contact_phone=contact.contact_phone if contact else "",
        support_text=support,
    )


# --- Edges ------------------------------------------------------------------------------------------


def _hand_over_edges(plan, successors):
    for model, far in ((SystemEdge, "system_id"), (PlaceEdge, "place_id")):
        old = model.objects.not_over(plan.on).filter(organisation__in=plan.predecessors)
        cover = Cover()
        for edge in model.objects.filter(organisation__in=successors):
            cover.take((getattr(edge, far), edge.organisation_id), edge.starts_on, edge.ends_on)
        made = [
            model(**{far: getattr(edge, far)}, organisation=successor, starts_on=start, ends_on=end)
            for edge in old.order_by("starts_on", "pk")
            for successor in successors
            for start, end in cover.fill((getattr(edge, far), successor.pk), max(edge.starts_on, plan.on), edge.ends_on)
        ]
        end_rows(old, plan.on)
        model.objects.bulk_create(made)


def end_rows(rows, on):
    """On that day; what began later ends before it began, so that it was never true."""
    keys = list(rows.order_by().values_list("pk", "starts_on"))
    later = [pk for pk, starts_on in keys if starts_on > on]
    before = [pk for pk, starts_on in keys if starts_on <= on]
    for start in range(0, max(len(before), len(later)), BATCH):
        rows.model.objects.filter(pk__in=before[start : start + BATCH]).update(ends_on=on)
        rows.model.objects.filter(pk__in=later[start : start + BATCH]).update(ends_on=F("starts_on"))


def _hand_over_jobs(plan, successors):
    """Who works at two that become one works there once."""
    jobs = sorted(jobs_of(plan), key=lambda job: (job.starts_on, str(job.pk)))
    cover, sites = Cover(), _Sites(successors)
    for job in Membership.objects.filter(organisation__in=successors):
        cover.take((job.person_id, job.organisation_id), job.starts_on, job.ends_on)
    made = []
    for job in jobs:
        successor = successors[plan.successor_of(job.pk)]
        site = sites.like(job.site, successor) if job.site else None
        for start, end in cover.fill((job.person_id, successor.pk), max(job.starts_on, plan.on), job.ends_on):
            facts = {"staff_group": job.staff_group, "source": job.source, "corrected": job.corrected, "site": site}
            made.append(
                Membership(person_id=job.person_id, organisation=successor, starts_on=start, ends_on=end, **facts)
            )
    end_rows(Membership.objects.not_over(plan.on).filter(organisation__in=plan.predecessors), plan.on)
    Membership.objects.bulk_create(made, batch_size=BATCH)


class _Sites:
    """The sites of the successors by name; one that is missing is made."""

    def __init__(self, successors):
        found = Site.objects.filter(organisation__in=successors)
        self._known = {(site.organisation_id, site.name.casefold()): site for site in found}

    def like(self, site, successor):
        key = successor.pk, site.name.casefold()
        if key not in self._known:
            self._known[key] = Site.objects.create(organisation=successor, name=site.name, ended_on=site.ended_on)
        return self._known[key]


# --- Roles, numbers, links --------------------------------------------------------------------------


def _hand_over_roles(moves, successors, by, now):
    """Whoever gives a role anew is the one who merges, and the log has a row for each."""
    for grant, index in moves:
        RoleGrant.objects.filter(pk=grant.pk).update(ends_on=max(today(now), grant.starts_on))
        record(Act.ROLE_ENDED, by=by, now=now, about=grant.person_id, where=grant.organisation, role=grant.role)
        if index is not None:
            give_anew(grant, by=by, now=now, organisation=successors[index])
        forget_grants(grant.person)


def give_anew(grant, *, by, now, **scope):
    """The same role in another scope, for as long; whoever holds it there already keeps what they hold."""
    starts_on = max(today(now), grant.starts_on)
    held = RoleGrant.objects.not_over(starts_on).filter(person=grant.person_id, role=grant.role, **scope)
    if held.exists() or (grant.ends_on is not None and grant.ends_on <= starts_on):
        return
    # What two people gave goes on as theirs: a merger neither asks for them again nor stands in for them.
    given = {"proposed_by": grant.proposed_by, "granted_by": grant.granted_by if grant.proposed_by else by}
    dates = {"starts_on": starts_on, "ends_on": grant.ends_on}
    RoleGrant.objects.create(person_id=grant.person_id, role=grant.role, **dates, **given, **scope)
    (where,) = scope.values()
    record(Act.ROLE_GIVEN, by=by, now=now, about=grant.person_id, where=where, role=grant.role)


def _count(numbers, successor, on):
    for group, number in numbers.items():
        StaffCount.objects.update_or_create(
            organisation=successor, staff_group=group, counted_on=on, defaults={"number": number, "source": "added"}
        )


def _hand_over_links(plan, successors, by, now):
    """A link that is out on posters leads on (``access.get_join_link``), so the one successor needs one of its own.

    Open invitations go on with it; of a division nobody can say whither, so they end.
    """
    led_on = JoinLink.objects.filter(organisation__in=plan.predecessors, ended_at=None).update(ended_at=now)
    if led_on and not plan.is_split:
        JoinLink.objects.get_or_create(organisation=successors[0], ended_at=None)
    invited = InvitationLink.objects.filter(organisation__in=plan.predecessors)
    for link in invited.order_by("created_at", "pk"):
        again = InvitationLink.objects.filter(organisation=successors[0], email=link.email).exists()
        if plan.is_split or again:
            link.delete()
        else:
            InvitationLink.objects.filter(pk=link.pk).update(organisation=successors[0])
    # Whom a list named, the list of whoever takes over names again.
    ListedJob.objects.filter(organisation__in=plan.predecessors).delete()
    _approve_domains(plan, successors, by, now)


def _approve_domains(plan, successors, by, now):
    for provider in Provider.objects.filter(organisations__in=plan.predecessors).distinct().order_by("pk"):
        provider.organisations.add(*successors)
    domains = ApprovedDomain.objects.filter(organisation__in=plan.predecessors).order_by("domain")
    for domain in dict.fromkeys(domains.values_list("domain", flat=True)):
        for successor in successors:
            _, new = ApprovedDomain.objects.get_or_create(organisation=successor, domain=domain)
            if new:
                record(Act.DOMAIN_ADDED, by=by, now=now, about=domain, where=successor)


def _write_down(plan, successors, told, by, now):
    for predecessor in plan.predecessors:
        for successor in successors:
            Succession.objects.create(
                predecessor=predecessor, successor=successor, kind=plan.kind, on=plan.on, created_at=now
            )
        record(
            ACTS[plan.kind],
            by=by,
            now=now,
            about=predecessor.code,
            where=predecessor,
            became=[each.code for each in successors],
            on=str(plan.on),
            **{name: part.number for name, part in told.parts.items()},
        )
