"""Accounts: one person, one address."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from members.access import today
from members.models import ListedJob, Membership, Person
from members.models.audit import Act
from members.registry import followers
from rounds_site.kit.acting import acting, for_person
from rounds_site.kit.refusals import Refused

from . import audit, memberships

KNOWN = "Somebody with that address has an account already."


@transaction.atomic
def add_person(*, email, name="", trusted):
    """Make an account. `trusted` says that the address comes from an administrator or a staff list; an address that
    somebody typed about themselves counts only once its owner has entered the code sent to it."""
    try:
        with transaction.atomic():
            person = Person.objects.create_user(email, name=name)
            # Refused here: an address that somebody proved to be theirs as a second one of their account.
            EmailAddress.objects.create(user=person, email=person.email, verified=trusted, primary=True)
    except IntegrityError:
        raise Refused(KNOWN) from None
    return person


@transaction.atomic
def add_staff(*, name, email, organisation, staff_group, by, now):
    """By hand: whoever looks after the organisation vouches for the address. An account that works elsewhere, or that
    a further address leads to, is asked first, as one on a staff list is. Whoever adds somebody is not told which it
    was: nobody learns here whose an address is."""
    person = Person.objects.known_as(email)
    jobs = Membership.objects.in_force(today(now)).filter(person=person)
    works_here = jobs.filter(organisation=organisation).exists()
    if works_here and person.email == email:
        raise Refused(f"{email} is staff of {organisation} already.")
    if person is None or (person.email == email and person.is_active and not jobs.exists()):
        person = _vouched_for(person, email, name)
        memberships.employ(person=person, organisation=organisation, staff_group=staff_group, source="added", now=now)
    elif not works_here:
        said = {"staff_group": staff_group}
        ListedJob.objects.get_or_create(person=person, organisation=organisation, defaults=said)
    audit.record(Act.PERSON_ADDED, by=by, about=person.pk, where=organisation, now=now)
    return person


def _vouched_for(person, email, name):
    """Their account, made if need be: an address that somebody began to join with is theirs, whoever typed it."""
    if person is None:
        return add_person(email=email, name=name, trusted=True)
    EmailAddress.objects.update_or_create(
        user=person, email=email, defaults={"verified": True}, create_defaults={"verified": True, "primary": True}
    )
    if not person.name:
        person.name = name
        person.save(update_fields=["name"])
    return person


def rename(*, person, name):
    """The person's own word, which no staff list writes over."""
    if person.name != name:
        person.name = name
        person.corrected = sorted({*person.corrected, "name"})
        person.save(update_fields=["name", "corrected"])
    return person


@transaction.atomic
def choose_letters(*, person, now, **wishes):
    """Where letters about their places go, how much they say, what a diary entry is called; what is not named stays."""
    for name, value in wishes.items():
        setattr(person, name, value)
    person.save(update_fields=list(wishes))
    follow_letters(person=person, now=now)
    return person


@transaction.atomic
def follow_letters(*, person, now):
    """After anything that may have changed where their letters go, or which mailboxes are theirs."""
    for follower in followers:
        follower.follow(person, now)


def unconfirmed(*, before):
    """Accounts that somebody began by typing an address, and whose code was never entered: it may be a stranger's."""
    begun = Person.objects.filter(created_at__lt=before, memberships=None, role_grants=None)
    return begun.exclude(pk__in=EmailAddress.objects.filter(verified=True).values("user"))


@acting
def forget_unconfirmed(keys, *, before):
    """How many of them went. Each is looked at again once it is held: a code may have been asked for meanwhile."""
    begun, number = unconfirmed(before=before), 0
    for key in begun.filter(pk__in=keys).order_by("pk").values_list("pk", flat=True):
        for_person(key)
        list(Person.objects.select_for_update().filter(pk=key))
        if person := begun.filter(pk=key).first():
            person.delete()
            number += 1
    return number
