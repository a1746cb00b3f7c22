"""Who is written to, and the links by which people become staff of a partner."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction

from members import emails
from members.access import proven_addresses, today
from members.models import InvitationLink, JoinLink, Membership, Organisation, Person
from members.models.audit import Act
from rounds_site.kit.refusals import Refused

from . import audit, memberships, people

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
def make_join_link(*, organisation, by, now):
    """A new address by which its staff join; the one before stops working."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    JoinLink.objects.filter(organisation=organisation, ended_at=None).update(ended_at=now)
    link = JoinLink.objects.create(organisation=organisation)
    audit.record(Act.JOIN_LINK_MADE, by=by, about=organisation.code, where=organisation, now=now)
    return link


@transaction.atomic
def end_join_link(*, organisation, by, now):
    ended = JoinLink.objects.filter(organisation=organisation, ended_at=None).update(ended_at=now)
    if ended:
        audit.record(Act.JOIN_LINK_ENDED, by=by, about=organisation.code, where=organisation, now=now)
    return ended


@transaction.atomic
def invite(*, organisation, email, by, now):
    """A letter to that address, whose link makes its owner staff; one sent there before stops working."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    works = Membership.objects.in_force(today(now)).filter(organisation=organisation)
    # By their main address alone: nobody learns here whose a private one is.
    if works.filter(person__email=email).exists():
        raise Refused(f"{email} is staff of {organisation} already.")
    InvitationLink.objects.filter(organisation=organisation, email=email).delete()
    link = InvitationLink.objects.create(organisation=organisation, email=email, invited_by=by, created_at=now)
    emails.invited(link, now=now)
    audit.record(Act.INVITATION_MADE, by=by, about=link.pk, where=organisation, now=now)
    return link


@transaction.atomic
def withdraw(*, link, by, now):
    """Its letter, where it has not gone yet, does not go."""
    if InvitationLink.objects.filter(pk=link.pk).delete()[0]:
        audit.record(Act.INVITATION_WITHDRAWN, by=by, about=link.pk, where=link.organisation, now=now)
    return link


@transaction.atomic
def account_for(*, email, now):
    """The account that a sign-in code for this address belongs to, made if need be; a closed one says so only once its
    owner has entered the code.

    It is nobody's employee yet and its address stays unproven until then: a stranger's address typed into a page brings
    that stranger one code and nothing after it. The clock forgets it a day after the last code was asked for.
    """
    person = Person.objects.known_as(email)
    if person is None:
        try:
            return people.add_person(email=email, trusted=False)
        except Refused:  # pressed twice: the other was faster
            return Person.objects.known_as(email)
    if not proven_addresses(person) and not Person.objects.filter(pk=person.pk).update(created_at=now):
        return account_for(email=email, now=now)  # the clock has just forgotten it
    EmailAddress.objects.get_or_create(user=person, email=person.email, defaults={"primary": True})
    return person


@transaction.atomic
def join(*, person, name, staff_group, token="", invitation="", now):
    """Make the person staff of the partner of a join link (`token`) or of an invitation link (its key). Their address
    must have been proven by now; for an invitation the very one that it went to, as letters are passed on. A join link
    hangs on walls: whoever has left is not let in again by it."""
    organisation = _invited_to(invitation, person, now) if invitation else _linked_to(token)
    if not invitation:
        _refuse_leaver(person, organisation, now)
    if name and not person.name:
        people.rename(person=person, name=name)
    source = "invited" if invitation else "joined"
    return memberships.employ(person=person, organisation=organisation, staff_group=staff_group, source=source, now=now)


@transaction.atomic
def choose(*, person, organisation, site, name, staff_group, now):
    """Make the person staff of a partner that their own proven address opens to them."""
    if name and not person.name:
        people.rename(person=person, name=name)
    return memberships.employ(
        person=person, organisation=organisation, site=site, staff_group=staff_group, source="domain", now=now
    )


def _linked_to(token):
    link = JoinLink.objects.filter(token=token, ended_at=None).select_related("organisation").first()
    if link is None:
        raise Refused("The link you used has ended. Please ask whoever gave it to you for the new one.")
    return link.organisation


def _refuse_leaver(person, organisation, now):
    worked = Membership.objects.filter(person=person, organisation=organisation)
    if worked.exists() and not worked.filter(pk__in=Membership.objects.in_force(today(now))).exists():
        raise Refused(
            f"You were staff of {organisation} before, and have left. Ask somebody there to invite you by letter."
        )


def _invited_to(key, person, now):
    """Whoever deletes the row has used it: of two presses at once the second waits for the first, and finds none."""
    link = InvitationLink.objects.open(now).filter(pk=key).select_related("organisation").first()
    if link and link.email not in proven_addresses(person):
        raise Refused(f"This invitation went to {link.email}. Enter the code that we send there.")
    if link is None or not InvitationLink.objects.filter(pk=key).delete()[0]:
        raise Refused("This invitation has been used, or has ended. Please ask whoever invited you for another.")
    return link.organisation
