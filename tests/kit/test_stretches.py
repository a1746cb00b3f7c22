"""A long list a stretch at a time, whatever its order."""

import pytest

from members.models import Organisation, SystemEdge
from rounds_site.kit.stretches import all_in_stretches, stretch
from tests.factories.members import OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisations():
    for named in ("A acute", "B mental_health", "B acute", "C acute", "C mental_health"):
        name, sector = named.split()
        OrganisationFactory(name=name, sector=sector)
    return Organisation.objects.all()


@pytest.mark.parametrize(
    "order", [["name", "pk"], ["-name", "pk"], ["sector", "-name", "-pk"], ["pk"]], ids=lambda order: ", ".join(order)
)
def test_stretches_one_after_the_other_are_the_whole_list(organisations, order, rf):
    rows, seen, said = organisations.order_by(*order), [], {}
    while said is not None:
        found = stretch(rows, rf.get("/", said), at_once=2)
        assert found.begun == bool(said)
        assert len(found) <= 2
        seen += found
        said = {"after": found.further} if found.further else None
    assert seen == list(rows)


@pytest.mark.parametrize("at_once", [2, 5, 6])
@pytest.mark.parametrize("order", [["name", "pk"], ["sector", "-name", "-pk"]], ids=lambda order: ", ".join(order))
def test_for_a_file_all_of_them_come_and_never_more_than_that_many_at_once(organisations, order, at_once):
    rows = organisations.order_by(*order)
    found = list(all_in_stretches(rows, at_once=at_once))
    assert [each for some in found for each in some] == list(rows)
    assert max(map(len, found)) == min(at_once, 5)
    assert list(all_in_stretches(rows.none())) == []


def test_the_order_of_a_file_may_be_that_of_what_rows_belong_to(organisations):
    rows = SystemEdge.objects.select_related("organisation").order_by("-organisation__name", "pk")
    assert [each for some in all_in_stretches(rows, at_once=2) for each in some] == list(rows)


def test_all_that_there_is_leads_nowhere(organisations, rf):
    found = stretch(organisations.order_by("name", "pk"), rf.get("/"), at_once=5)
    assert (len(found), found.further, found.begun) == (5, None, False)


@pytest.mark.parametrize("said", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_below_what_is_not_there_it_begins_anew(organisations, rf, said):
    rows = organisations.order_by("name", "pk")
    assert list(stretch(rows, rf.get("/", {"after": said}), at_once=2)) == list(rows[:2])


def test_each_list_of_a_page_goes_on_by_a_name_of_its_own(organisations, rf):
    rows = organisations.order_by("name", "pk")
    request = rf.get("/", {"these": rows[1].pk})
    assert list(stretch(rows, request, name="those", at_once=2)) == list(rows[:2])
    assert list(stretch(rows, request, name="these", at_once=2)) == list(rows[2:4])
