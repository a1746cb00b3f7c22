"""A statement that is put together once says for each row what the ORM would."""

import re
import uuid

import pytest
from django.db import connection
from django.db.models import Count, Exists, F, Max, OuterRef
from django.test.utils import CaptureQueriesContext

from members.models import Membership, Person, Site
from members.models import PlaceEdge as Edge
from rounds_site.kit.prepared import First, Rows, Slot, Update, Values
from tests.factories.members import LONG_AGO, MembershipFactory, OrganisationFactory, PersonFactory, PlaceFactory

pytestmark = pytest.mark.django_db


def slot(name):
    return Slot(name, Person._meta.get_field(name))


def test_fills_the_slots_anew_at_each_run():
    rename = Update(
        Person.objects.filter(pk=slot("id"), is_active=True), name=slot("name"), sessions_ended=F("sessions_ended") + 1
    )
    robin, maya, gone = PersonFactory(name="R"), PersonFactory(name="M"), PersonFactory(name="G", is_active=False)
    assert [rename.run(id=each.pk, name=f"New {each.name}") for each in (robin, maya, gone)] == [1, 1, 0]
    assert rename.run(id=uuid.uuid4(), name="Nobody") == 0
    found = Person.objects.order_by("name").values_list("name", "sessions_ended")
    assert list(found) == [("G", 0), ("New M", 1), ("New R", 1)]


def test_is_what_the_orm_writes():
    robin, rows = PersonFactory(), Person.objects.filter(is_active=True)
    rename = Update(rows.filter(pk=slot("id")), name=slot("name"))
    with CaptureQueriesContext(connection) as queries:
        rename.run(id=robin.pk, name="Robin 100 % Person")
        rows.filter(pk=robin.pk).update(name="Robin 100 % Person")
    ours, theirs = (sorted(re.findall(r"[^\s()]+", query["sql"])) for query in queries)
    assert ours == theirs


@pytest.mark.parametrize("given", [{}, {"id": None, "name": "a value without a slot"}])
def test_all_slots_are_filled_and_nothing_is_left_over(given):
    with pytest.raises(TypeError):
        Update(Person.objects.filter(pk=slot("id")), name="x").run(**given)


# --- One row ---


def test_the_first_row_comes_as_the_orm_brings_it_and_is_filled_anew():
    at_work = Exists(Membership.objects.filter(person=OuterRef("pk")))
    rows = Person.objects.annotate(at_work=at_work).order_by("-name")
    known = First(rows.filter(is_active=slot("is_active"), name__startswith=slot("name")))
    people = [PersonFactory(name=name) for name in ("Robin 100 %", "Robin Z", "Maya")]
    for name, expected in [("Robin", people[1]), ("Maya", people[2])]:
        found = known.run(is_active=True, name=name)
        theirs = rows.get(pk=expected.pk)
        shown = {field.attname for field in Person._meta.concrete_fields} | {"at_work"}
        assert {each: getattr(found, each) for each in shown} == {each: getattr(theirs, each) for each in shown}
        assert found == theirs
        found.name = "Changed"
        found.save()
        assert Person.objects.get(pk=expected.pk).name == "Changed"
    assert known.run(is_active=False, name="Robin") is None


def test_one_row_is_one_statement_that_says_what_the_orm_says():
    robin = PersonFactory()
    known = First(Person.objects.filter(pk=slot("id")).order_by("pk"))
    with CaptureQueriesContext(connection) as queries:
        known.run(id=robin.pk)
        Person.objects.filter(pk=robin.pk).first()
    ours, theirs = (re.findall(r"[^\s()]+", query["sql"]) for query in queries)
    assert ours == theirs


def test_rows_of_other_tables_come_with_it():
    """None where there is none."""
    theirs = Edge.objects.select_related("organisation", "place__system")
    known = First(theirs.filter(organisation=slot("id")).order_by("pk"))
    alone, there, place = OrganisationFactory(), OrganisationFactory(), PlaceFactory()
    edge = Edge.objects.create(organisation=there, place=place, starts_on=LONG_AGO)
    assert known.run(id=alone.pk) is None
    with CaptureQueriesContext(connection) as queries:
        found = known.run(id=edge.organisation_id)
        read = (found.organisation, found.place, found.place.system)
    expected = theirs.get(pk=edge.pk)
    assert (found, *read) == (expected, expected.organisation, expected.place, expected.place.system)
    assert read[2].name == edge.place.system.name
    assert found.place._state.db == "default"
    assert len(queries) == 1


def test_where_none_leads_to_another_table():
    known = First(Membership.objects.select_related("site").filter(person=slot("id")))
    somewhere = MembershipFactory(site=Site.objects.create(organisation=OrganisationFactory(), name="The shop"))
    nowhere = MembershipFactory()
    with CaptureQueriesContext(connection) as queries:
        assert [known.run(id=each.person_id).site for each in (somewhere, nowhere)] == [somewhere.site, None]
    assert len(queries) == 2


def test_one_row_asks_for_all_its_slots():
    with pytest.raises(TypeError):
        First(Person.objects.filter(pk=slot("id"))).run(name="nobody")


def test_all_rows_come_in_the_order_that_they_say():
    known = Rows(Person.objects.filter(is_active=slot("is_active")).order_by("-name"))
    maya, robin, gone = (PersonFactory(name=name, is_active=name != "G") for name in ("M", "R", "G"))
    with CaptureQueriesContext(connection) as queries:
        found = [known.run(is_active=active) for active in (True, False)]
    assert found == [[robin, maya], [gone]]
    assert [[each.name for each in rows] for rows in found] == [["R", "M"], ["G"]]
    assert len(queries) == 2
    gone.delete()
    assert known.run(is_active=False) == []


# --- Figures ---


def test_what_is_counted_comes_as_the_orm_counts_it():
    by_work = Membership.objects.filter(staff_group=Slot("group", Membership._meta.get_field("staff_group")))
    known = Values(by_work.values("staff_group").order_by().annotate(number=Count("pk"), last=Max("starts_on")))
    for group in ("nursing", "nursing", "medical"):
        MembershipFactory(staff_group=group, starts_on=LONG_AGO)
    assert known.run(group="nursing") == {"staff_group": "nursing", "number": 2, "last": LONG_AGO}
    assert known.run(group="medical") == {"staff_group": "medical", "number": 1, "last": LONG_AGO}
    assert known.run(group="dental") is None
