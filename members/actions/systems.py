"""The beginning of a portal, and what it says of itself."""

from django.db import transaction

from members.access import today
from members.models import Person, RoleGrant, System
from rounds_site.kit.refusals import Refused

from . import people

LICENSOR_NOTICE = (
    "“Schwartz Rounds” is a registered mark and Rounds are held under licence. This portal is not the licensor's and "
    "gives nobody a licence."
)


@transaction.atomic
def begin(*, administrators, now, **facts):
    """Make an empty portal real: its system and its first administrators, `[(name, email), …]`."""
    if System.objects.exists() or Person.objects.exists():
        raise Refused("This portal has begun already. Nothing was changed.")
    system = System.objects.create(**{"licensor_notice": LICENSOR_NOTICE} | facts)
    for name, email in administrators:
        person = people.add_person(email=email, name=name, trusted=True)
        RoleGrant.objects.create(person=person, role="administrator", system=system, starts_on=today(now))
    return system
