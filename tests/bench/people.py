"""A partner with many staff, and Rounds that invite them."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from members.models import Membership, Person
from tests.factories.members import LONG_AGO, OrganisationFactory, SystemFactory
from tests.factories.rounds import RoundFactory

DOMAIN = "staff.example"
DAY = dt.timedelta(days=1)


def partner_with(size):
    """Its people as a staff list brings them: a membership each, and nobody has ever signed in."""
    partner = OrganisationFactory(system=SystemFactory())
    code = partner.code.lower()
    people = [Person(email=f"{code}.{n}@{DOMAIN}", name=f"Robin Person {n}", password="!") for n in range(size)]
    Person.objects.bulk_create(people, batch_size=5_000)
    at_work = {"organisation": partner, "staff_group": "nursing", "starts_on": LONG_AGO, "source": "list"}
    Membership.objects.bulk_create([Membership(person=each, **at_work) for each in people], batch_size=5_000)
    return partner, people


def round_for(partner, **fields):
    """Open for booking, its letters released."""
    now = timezone.now()
    times = {"starts_at": now + 14 * DAY, "booking_opens_at": now - DAY, "published_at": now - 2 * DAY}
    system = partner.system_edges.get().system
    return RoundFactory(system=system, partners=[partner], invitations_released_at=now - DAY, **times | fields)


def know_the_tables():
    """As autovacuum would have done, had the rows come in their own time."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
