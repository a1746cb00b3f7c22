"""People from anywhere who are needed at one Round: by address, without an employer or a role."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import SET_NULL, Exists, OuterRef

from members.access import grants_of, today
from members.models import JoinRequest, Person
from members.models.person import plain_email
from rounds_site.kit.acting import acting, counting, for_person
from rounds_site.kit.privacy import Kept
from rounds_site.kit.refusals import Refused

from . import people

WAYS_IN = {"account", "mfa", "socialaccount"}


@transaction.atomic
def known_or_new(*, email, name):
    """Whoever has that address, or a new account without an employer: its owner signs in by code like everybody.

    An account that exists keeps its own name, or none. The caller vouches for the address, so that one which was begun
    and never confirmed is not swept away with those of strangers. The row stays locked, so that it does not go as
    unused while it comes into use.
    """
    person = Person.objects.select_for_update().filter(email=plain_email(email)).first()
    if person is None:
        return people.add_person(email=email, name=name, trusted=True)
    if not person.is_active:
        raise Refused("That account is closed. An administrator can say why.")
    EmailAddress.objects.filter(user=person, email=person.email, verified=False).update(verified=True)
    return person


@acting
def forget_if_unused(*, person):
    """Delete an account that was made for one purpose, once nothing any more names its person; whether it went.

    Every table that points to people is asked, save those of the ways in: an account that outlived its purpose would
    tell that there had been one.
    """
    return _forget_unless(person, _naming)


@acting
def forget_if_left(*, person):
    """The same of somebody who works nowhere any more. What is theirs alone does not hold their account, nor what they
    did for others, which stands without their name."""
    return _forget_unless(person, lambda person: _naming(person, passes=_goes_with_the_account))


def left(people):
    """Those of them whom ``forget_if_left`` lets go: whom nothing holds, as a Round that they facilitated does."""
    for rows in _naming_of(OuterRef("pk"), _goes_with_the_account):
        people = people.filter(~Exists(rows))
    return people


def _forget_unless(person, held_by):
    for_person(person.pk)
    person = Person.objects.select_for_update().filter(pk=person.pk).first()
    if person is None or any(held_by(person)):
        return False
    person.delete()
    return True


def _goes_with_the_account(relation):
    privacy = getattr(relation.related_model, "privacy", {})
    return relation.on_delete is SET_NULL or set(privacy) == {Kept.ACCOUNT}


@counting
def is_newcomer(person, *, now):
    """Whether somebody has proven an address and that is all: nobody employs them, they hold no role, and no Round nor
    anything else names them. A request of theirs to join does not count."""
    if grants_of(person, now=now) or person.memberships.in_force(today(now)).exists():
        return False
    for_person(person.pk)
    return not any(_naming(person, passes=lambda relation: relation.related_model is JoinRequest))


def _naming(person, passes=lambda relation: False):
    """For each foreign key to people but those that it passes over, whether some row names this one."""
    for rows in _naming_of(person, passes):
        yield rows.exists()


def _only_remembers(relation):
    """That somebody was asked to tell a story, or offered to, goes with their account and holds none."""
    return set(getattr(relation.related_model, "privacy", {})) == {Kept.VOICES}


def _naming_of(person, passes):
    for relation in Person._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or _only_remembers(relation) or passes(relation):
            continue
        if relation.related_model._meta.app_label not in WAYS_IN:
            yield relation.related_model._base_manager.filter(**{relation.field.name: person})
