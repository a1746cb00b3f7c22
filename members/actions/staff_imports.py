"""Taking over a staff list: exactly what the preview said, in few statements, all of it or nothing.

No letter is written. The addresses come from the employer, so they count as proven, and people sign in by a code.
"""

from collections import defaultdict

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Count, F

from members.access import today
from members.models import ListedJob, Membership, Organisation, Person, RoleGrant, Site, StaffCount
from members.models.audit import Act
from rounds_site.kit.refusals import Refused

from . import audit, leaving
from .staff_changes import compare
from .staff_lists import chunks

BATCH = 1000
CHANGED = "The people or their sites changed since you looked. Here is the preview as it is now."


class EndsMany(Refused):
    """The list would end half of an organisation's staff or more, and nobody has said that this is meant."""


def accept(staff_list, *, organisations, digest, end_many=False, by=None, now):
    """Do what the preview with that digest said; Refused where it would say something else by now."""
    try:
        with transaction.atomic():
            return _accept(staff_list, organisations, digest, end_many, by, now)
    except IntegrityError:
        # Somebody joined by a link, or was added, in this very moment.
        raise Refused(CHANGED) from None


def _accept(staff_list, organisations, digest, end_many, by, now):
    codes = {line.code for line in staff_list.lines}
    listed = [each.pk for each in organisations if each.code in codes]
    _hold_systems(staff_list, listed, now)
    # Their keys stay free: the door goes on writing down who comes from there.
    locked = list(Organisation.objects.select_for_update(no_key=True).filter(pk__in=listed).order_by("pk"))
    told = compare(staff_list, organisations=locked, now=now)
    if told.digest != digest:
        raise Refused(CHANGED)
    if told.to_confirm and not end_many:
        names = " and ".join(str(each.organisation) for each in told.to_confirm)
        raise EndsMany(f"This would end half the staff list of {names}, or more. Say that this is meant, or stop here.")
    sites = _sites(told)
    _add(told, sites, now)
    _ask(told, sites)
    _change(told, sites)
    leaving.leave_by_list(jobs=told.jobs_ending, by=by, now=now)
    listed = [each.organisation.pk for each in told.tallies.values()]
    Organisation.objects.filter(pk__in=listed).update(has_staff_list=True)
    _count(listed, now)
    for each in told.tallies.values():
        numbers = {"new": each.new, "changed": each.changed, "ended": each.ended}
        audit.record(Act.IMPORT_ACCEPTED, by=by, where=each.organisation, now=now, what="a staff list", **numbers)
    return told


def _hold_systems(staff_list, listed, now):
    """Systems before organisations, in the order of whoever carries out a merger; and only where one of their
    administrators may leave by this list, since closing a register waits for them."""
    emails = {line.email for line in staff_list.lines}
    works = Membership.objects.in_force(today(now)).filter(organisation__in=listed).values("person")
    administrators = RoleGrant.objects.not_over(today(now)).filter(role="administrator", person__in=works)
    administrators = administrators.exclude(system=None).select_related("person")
    leaving.hold_systems([grant for grant in administrators if grant.person.email not in emails])


def _sites(told):
    """{(code, name in small letters): site}, those made that the preview named."""
    organisations = {each.organisation.pk: each.organisation.code for each in told.tallies.values()}
    standing = Site.objects.filter(organisation__in=organisations)
    found = {(organisations[each.organisation_id], each.name.casefold()): each for each in standing}
    made = {
        (new.code, new.name.casefold()): Site(organisation=told.tallies[new.code].organisation, name=new.name)
        for new in told.new_sites
    }
    Site.objects.bulk_create(made.values(), batch_size=BATCH)
    return found | made


def _add(told, sites, now):
    """New people with their addresses, then everybody's place of work."""
    names, made = {}, {}
    for line, person in told.new:
        if person is None and (line.name or line.email not in names):
            names[line.email] = names.get(line.email) or line.name
    for email, name in names.items():
        made[email] = Person(email=email, name=name, password=make_password(None))
    Person.objects.bulk_create(made.values(), batch_size=BATCH)
    EmailAddress.objects.bulk_create(
        (EmailAddress(user=each, email=each.email, verified=True, primary=True) for each in made.values()),
        batch_size=BATCH,
    )
    _prove([person for _, person in told.new if person])
    Membership.objects.bulk_create(
        (
            Membership(
                person_id=person or made[line.email].pk,
                organisation=told.tallies[line.code].organisation,
                site=sites.get((line.code, line.site.casefold())),
                staff_group=line.group or "not_said",
                starts_on=today(now),
                source="list",
            )
            for line, person in told.new
        ),
        batch_size=BATCH,
    )


def _ask(told, sites):
    """They read the question where they look anyway; nobody is written to."""
    ListedJob.objects.bulk_create(
        (
            ListedJob(
                person_id=person,
                organisation=told.tallies[line.code].organisation,
                site=sites.get((line.code, line.site.casefold())),
                staff_group=line.group or "not_said",
            )
            for line, person in told.asked
        ),
        batch_size=BATCH,
    )
    for chunk in chunks(told.withdrawn):
        ListedJob.objects.filter(pk__in=chunk).delete()


def _prove(people):
    """An address that somebody began to join with and never confirmed is theirs: their employer says so."""
    for chunk in chunks(people):
        begun = EmailAddress.objects.filter(user__in=chunk, email=F("user__email"), verified=False)
        begun.update(verified=True)
        without = Person.objects.filter(pk__in=chunk).exclude(pk__in=EmailAddress.objects.values("user"))
        EmailAddress.objects.bulk_create(
            EmailAddress(user=each, email=each.email, verified=True, primary=True) for each in without
        )


def _change(told, sites):
    """One statement for each value that many people get, however many these are."""
    by_value = defaultdict(list)
    for change in told.changed:
        if change.group:
            by_value["staff_group", change.group].append(change.membership)
        if change.site:
            by_value["site", sites[change.line.code, change.site.casefold()]].append(change.membership)
        if change.now_listed:
            by_value["source", "list"].append(change.membership)
    for (name, value), memberships in by_value.items():
        for chunk in chunks(memberships):
            Membership.objects.filter(pk__in=chunk).update(**{name: value})
    renamed = [Person(pk=pk, name=name) for pk, name in told.names.items()]
    for chunk in chunks(renamed, 200):
        Person.objects.bulk_update(chunk, ["name"])


def _count(organisations, now):
    """How many people the list holds of each staff group today; none where there were some before."""
    listed = Membership.objects.filter(organisation__in=organisations, source="list", ends_on=None)
    rows = listed.order_by().values_list("organisation", "staff_group").annotate(number=Count("pk"))
    numbers = {(organisation, group): number for organisation, group, number in rows}
    before = StaffCount.objects.filter(organisation__in=organisations).order_by()
    for key in before.values_list("organisation", "staff_group").distinct():
        numbers.setdefault(key, 0)
    StaffCount.objects.bulk_create(
        (
            StaffCount(
                organisation_id=organisation, staff_group=group, number=number, counted_on=today(now), source="counted"
            )
            for (organisation, group), number in numbers.items()
        ),
        update_conflicts=True,
        update_fields=["number", "source"],
        unique_fields=["organisation", "staff_group", "counted_on"],
    )
