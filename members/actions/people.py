"""Accounts: one person, one address."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from members.models import Person
from rounds_site.kit.refusals import Refused

KNOWN = "Somebody with that address has an account already. Look for them under People."


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


def rename(*, person, name):
    """The person's own word, which no staff list writes over."""
    if person.name != name:
        person.name = name
        person.corrected = sorted({*person.corrected, "name"})
        person.save(update_fields=["name", "corrected"])
    return person


def erase_account(person, now):
    """Delete the account with its places of work and roles; returns how many accounts that were."""
    return person.delete()[1].get(Person._meta.label, 0)


def forget_unconfirmed(*, before):
    """Delete accounts begun by a join link whose code was never entered: the address may be a stranger's."""
    return (
        Person.objects.filter(created_at__lt=before, memberships=None, role_grants=None)
        .exclude(pk__in=EmailAddress.objects.filter(verified=True).values("user"))
        .delete()
    )
