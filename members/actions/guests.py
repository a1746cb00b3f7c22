"""People from anywhere who are needed at one Round: by address, without an employer or a role."""

from allauth.account.models import EmailAddress
from django.db import transaction

from members.models import Person
from members.models.person import plain_email
from rounds_site.kit.refusals import Refused

from . import people

WAYS_IN = {"account", "mfa", "socialaccount"}


class NameNeeded(Refused):
    """Nobody with that address has an account, so somebody must say what the person is called."""


@transaction.atomic
def known_or_new(*, email, name):
    """Whoever has that address, or a new account without an employer: its owner signs in by code like everybody.

    An account that exists keeps its own name, or none. The caller vouches for the address, so that one which was begun
    and never confirmed is not swept away with those of strangers. The row stays locked, so that it does not go as
    unused while it comes into use.
    """
    person = Person.objects.select_for_update().filter(email=plain_email(email)).first()
    if person is None:
        if not name:
            raise NameNeeded("Enter their name, because nobody with that address has an account yet.")
        return people.add_person(email=email, name=name, trusted=True)
    if not person.is_active:
        raise Refused("That account is closed. An administrator can say why.")
    EmailAddress.objects.filter(user=person, email=person.email, verified=False).update(verified=True)
    return person


@transaction.atomic
def forget_if_unused(*, person):
    """Delete an account that was made for one purpose, once nothing any more names its person; whether it went.

    Every table that points to people is asked, save those of the ways in: an account that outlived its purpose would
    tell that there had been one.
    """
    person = Person.objects.select_for_update().filter(pk=person.pk).first()
    if person is None or any(_naming(person)):
        return False
    person.delete()
    return True


def _naming(person):
    """For each foreign key to people, whether some row names this one."""
    for relation in Person._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.related_model._meta.app_label not in WAYS_IN:
            yield relation.related_model._base_manager.filter(**{relation.field.name: person}).exists()
