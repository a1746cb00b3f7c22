"""Who is written to, and the links by which staff of a partner join."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction

from members.models import JoinLink, Organisation, Person
from rounds_site.kit.refusals import Refused

from . import memberships, people

UNCONFIRMED_AT_MOST = timedelta(days=1)


def stop(*, person, now):
    """No more invitations; letters about places that the person has still come."""
    if person.invitations_stopped_at is None:
        person.invitations_stopped_at = now
        person.save(update_fields=["invitations_stopped_at"])
    return person


def resume(*, person):
    person.invitations_stopped_at = None
    person.save(update_fields=["invitations_stopped_at"])
    return person


@transaction.atomic
def make_join_link(*, organisation, now):
    """A new address by which its staff join; the one before stops working."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    end_join_link(organisation=organisation, now=now)
    return JoinLink.objects.create(organisation=organisation)


def end_join_link(*, organisation, now):
    return JoinLink.objects.filter(organisation=organisation, ended_at=None).update(ended_at=now)


@transaction.atomic
def account_for(*, email, now):
    """The account that a sign-in code for this address belongs to, made if need be; None for a closed one.

    It is nobody's employee yet and its address stays unproven until the code was entered: a stranger's address typed
    into a join page brings that stranger one code and nothing after it.
    """
    people.forget_unconfirmed(before=now - UNCONFIRMED_AT_MOST)
    person = Person.objects.known_as(email)
    if person is None:
        return people.add_person(email=email, trusted=False)
    EmailAddress.objects.get_or_create(user=person, email=person.email, defaults={"primary": True})
    return person if person.is_active else None


@transaction.atomic
def join(*, person, token, name, staff_group, now):
    """Make the person staff of the link's partner. Their address must have been proven by now."""
    link = JoinLink.objects.filter(token=token, ended_at=None).select_related("organisation").first()
    if link is None:
        raise Refused("The link you used has ended. Please ask whoever gave it to you for the new one.")
    if name and not person.name:
        people.rename(person=person, name=name)
    return memberships.employ(
        person=person, organisation=link.organisation, staff_group=staff_group, source="joined", now=now
    )
