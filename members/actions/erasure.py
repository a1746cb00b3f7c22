"""Erasing an account, as its owner or the law asks: everything that names them goes, and what was counted stays.

First whatever an upper app holds (``registry.holdings``), Round by Round in the order of their keys, then the account
with all that hangs on it. The two logs keep a bare id that leads nowhere. Once the database has let go, one letter
says that it was done, and its row goes as soon as it has left.
"""

import uuid
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import Q

from members import emails
from members.access import today
from members.holdings import addresses_of
from members.models import Delivery, InvitationLink, Organisation, Person, RoleGrant, Suppression
from members.models.audit import Act
from members.models.delivery import DeliveryState
from members.registry import holdings
from rounds_site.kit.acting import acting, counting, for_person
from rounds_site.kit.refusals import Refused

from . import audit, leaving

KEPT_FOR = timedelta(days=30)
PUNCTUATION = "\"'.,;:!?()[]{}<>\\"
GONE = [DeliveryState.SENT, DeliveryState.CANCELLED]


@counting
def hindrances(*, person, now):
    """In sentences, why the account cannot be erased yet."""
    for_person(person.pk)
    return [words for holding in holdings for words in holding.hinders(person, now)]


@acting
def erase(*, person, by, now):
    """`by` is the person, or None where it is done for them at the command line. Nothing brings it back."""
    for_person(person.pk)
    # Before anything else, as whoever leaves does: of two administrators who go at once the second stays.
    leaving.hold_systems(_grants(person, now))
    # Partners before Rounds, as a staff list does: this app's own come last in the registry.
    for holding in reversed(list(holdings)):
        holding.hold(person, now)
    for words in hindrances(person=person, now=now):
        raise Refused(words)
    key, addresses, main = person.pk, addresses_of(person), person.email
    for grant in _grants(person, now):
        audit.record(Act.ROLE_LAPSED, by=by, about=grant.pk, where=grant.scope, now=now, role=grant.role)
    audit.record(Act.ACCOUNT_ERASED, by=by, about=key, now=now)
    for holding in holdings:
        holding.erase(person, now)
    Delivery.objects.filter(Q(person=key) | Q(address__in=addresses)).delete()
    Suppression.objects.of(*addresses).delete()
    Person.objects.filter(pk=key).delete()
    _end_sessions(str(key), *addresses)
    emails.account_erased(address=main, key=uuid.uuid4(), now=now)


def only_administrator(person, now):
    return [
        f"You are the only administrator of {grant.system}. Name another one first, or nobody could let anybody in."
        for grant in leaving.indispensable(_grants(person, now), on=today(now))
    ]


def forget_joining(person, now):
    """Invitations to addresses of theirs; their own request goes with the account."""
    InvitationLink.objects.filter(email__in=addresses_of(person)).delete()


def hold_contacts(person, now):
    list(_contact_of(person).select_for_update(no_key=True).order_by("pk"))


def forget_contacts(person, now):
    """A partner whose named contact they were has none, until somebody names another."""
    _contact_of(person).update(contact_name="", contact_email="", contact_phone="")


def _contact_of(person):
    return Organisation.objects.filter(contact_email__in=addresses_of(person))


def _grants(person, now):
    held = RoleGrant.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today(now)), person=person)
    return list(held.select_related("person", "system", "place", "organisation").order_by("created_at", "pk"))


def _end_sessions(*words):
    """On every device, and those in which somebody asked for a code for one of the addresses. What a session holds is
    read only here, to find whose it is."""
    wanted = {word.lower() for word in words}
    for session in Session.objects.order_by("pk").iterator():
        if wanted & set(_words_in(session.get_decoded())):
            session.delete()


def _words_in(kept):
    """Every value of what a session holds, and every word of a sentence in it: whole, as na@… stands in anna@… too."""
    if isinstance(kept, dict | list | tuple):
        for each in kept.values() if isinstance(kept, dict) else kept:
            yield from _words_in(each)
    else:
        said = str(kept).lower()
        yield said
        yield from (word.strip(PUNCTUATION) for word in said.split())
