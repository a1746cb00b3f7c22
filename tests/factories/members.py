"""People and organisations for tests: all of them fictional, every address at *.example."""

from datetime import date

import factory
from allauth.account.models import EmailAddress

from members.models import (
    JoinLink,
    Membership,
    Organisation,
    Person,
    Place,
    PlaceEdge,
    RoleGrant,
    StaffCount,
    System,
    SystemEdge,
)
from members.roles import Sector

LONG_AGO = date(2020, 4, 1)


class Made(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True
        skip_postgeneration_save = True


class SystemFactory(Made):
    class Meta:
        model = System

    code = factory.Sequence(lambda n: f"QX{n}")
    name = "North Vale Integrated Care System"
    short_name = "North Vale"
    sender_address = "rounds@northvale.example"
    support_text = "North Vale staff support: 01632 960 001, 9am to 5pm, Monday to Friday."
    contact = "The Rounds office, rounds@northvale.example"


class PlaceFactory(Made):
    class Meta:
        model = Place

    system = factory.SubFactory(SystemFactory)
    code = factory.Sequence(lambda n: f"place-{n}")
    name = factory.Sequence(lambda n: f"Alder Hill {n}")


class OrganisationFactory(Made):
    """`system=` and `place=` make edges that began long ago."""

    class Meta:
        model = Organisation

    # Beyond those that tests give by hand (XR1).
    code = factory.Sequence(lambda n: f"XR{100 + n}")
    name = factory.Sequence(lambda n: f"Riverbank {n} NHS Foundation Trust")
    sector = Sector.ACUTE
    has_staff_list = True

    @factory.post_generation
    def system(self, create, system, **fields):
        if system:
            SystemEdge.objects.create(system=system, organisation=self, starts_on=LONG_AGO)

    @factory.post_generation
    def place(self, create, place, **fields):
        if place:
            PlaceEdge.objects.create(place=place, organisation=self, starts_on=LONG_AGO)


class PersonFactory(Made):
    """Someone who can sign in. `verified=False` leaves the address unproven; `works_for=` makes a membership."""

    class Meta:
        model = Person

    email = factory.Sequence(lambda n: f"person{n}@riverbank.example")
    name = factory.Sequence(lambda n: f"Robin Person {n}")

    @factory.lazy_attribute
    def password(self):
        """Marked as unusable without hashing anything: nobody here has a password."""
        return "!no-password"

    @factory.post_generation
    def verified(self, create, verified, **fields):
        if verified is not False:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)

    @factory.post_generation
    def works_for(self, create, organisation, **fields):
        if organisation:
            MembershipFactory(person=self, organisation=organisation)


class MembershipFactory(Made):
    class Meta:
        model = Membership

    person = factory.SubFactory(PersonFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    staff_group = "nursing"
    starts_on = LONG_AGO
    source = "list"


class RoleGrantFactory(Made):
    """RoleGrantFactory(role="facilitator", system=…): name exactly one of system, place and organisation."""

    class Meta:
        model = RoleGrant

    person = factory.SubFactory(PersonFactory)
    role = "facilitator"
    starts_on = LONG_AGO


class StaffCountFactory(Made):
    class Meta:
        model = StaffCount

    organisation = factory.SubFactory(OrganisationFactory)
    staff_group = "nursing"
    number = 400
    counted_on = LONG_AGO
    source = "typed"


class JoinLinkFactory(Made):
    class Meta:
        model = JoinLink

    organisation = factory.SubFactory(OrganisationFactory, has_staff_list=False)
