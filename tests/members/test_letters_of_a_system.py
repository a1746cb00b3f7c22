"""Several care systems may share a portal: whose letter is whose, and what an administrator's word reaches."""

import pytest

from members import registry
from members.actions import correspondence, suppressions
from members.models import Delivery, SecurityEvent, Suppression, System
from members.models.audit import Act
from members.registry import letters
from tests.factories.members import PersonFactory, SystemFactory
from tests.worlds import NOON

from .correspondents import post, the

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind")]


@pytest.fixture
def vale():
    return SystemFactory(short_name="North Vale")


@pytest.fixture
def fell():
    return SystemFactory(short_name="South Fell")


@pytest.fixture(params=["one by one", "many at once"])
def read(request, kind, monkeypatch):
    """Both ways in which a dispatcher reads what letters say."""
    if request.param == "many at once":
        many = {"read_many": lambda deliveries, now: {each.pk: kind.read(each, now) for each in deliveries}}
        for name, letter in [(each, letters[each]) for each in ("note", "circular")]:
            monkeypatch.setitem(letters._things, name, registry.Letter(**vars(letter) | many))


@pytest.mark.usefixtures("read")
class TestAStop:
    def test_holds_for_the_letters_of_that_system_alone(self, vale, fell):
        person = PersonFactory()
        suppressions.stop(person.email, system=vale, now=NOON)
        rows = [post(number=number, person=person, system=system) for number, system in enumerate([vale, fell, None])]
        assert correspondence.dispatch(now=NOON) == {"sent": 2, "cancelled": 1}
        assert [the(each, "state")[0] for each in rows] == ["cancelled", "sent", "sent"]

    def test_of_whoever_runs_the_portal_holds_for_all(self, vale):
        person = PersonFactory()
        suppressions.stop(person.email, now=NOON)
        for number, system in enumerate([vale, None]):
            post(number=number, person=person, system=system)
        assert correspondence.dispatch(now=NOON) == {"cancelled": 2}


def test_one_administrator_does_not_end_what_another_or_whoever_runs_the_portal_said(vale, fell):
    address = "robin@quarrylane.example"
    suppressions.stop(address, system=fell, now=NOON)
    assert suppressions.end(address, system=vale) is False
    suppressions.stop(address, system=vale, now=NOON)
    suppressions.stop(address, now=NOON)
    assert suppressions.end(address, system=vale) is True
    assert sorted(Suppression.objects.values_list("system__short_name", "why"), key=str) == [
        ("South Fell", "stopped"),
        (None, "stopped"),
    ]
    assert suppressions.end(address) is True
    assert not Suppression.objects.exists()


def test_a_mailbox_that_is_there_again_is_written_to_again_by_any_administrators_word(vale):
    suppressions.refused("robin@quarrylane.example", now=NOON)
    assert suppressions.end("robin@quarrylane.example", system=vale) is True
    assert not Suppression.objects.exists()


def test_the_log_says_who_stopped_an_address_and_not_which(vale):
    ada, address = PersonFactory(), "robin@quarrylane.example"
    suppressions.stop(address, system=vale, by=ada, now=NOON)
    suppressions.end(address, system=vale, by=ada, now=NOON)
    suppressions.end(address, system=vale, by=ada, now=NOON)
    rows = list(SecurityEvent.objects.order_by("act"))
    assert [(row.act, row.by, row.where) for row in rows] == [
        (Act.ADDRESS_ALLOWED, ada.pk, vale.pk),
        (Act.ADDRESS_STOPPED, ada.pk, vale.pk),
    ]
    assert rows[0].about == rows[1].about
    assert [row for row in rows if "robin" in str(vars(row))] == []


def test_letters_to_many_that_are_held_back_wait_and_nobody_elses_do(vale, fell):
    System.objects.filter(pk=vale.pk).update(letters_held_at=NOON)
    held = post("circular", 1, system=vale)
    others = [post("circular", 2, system=fell), post("circular", 3), post(number=4, system=vale)]
    assert correspondence.dispatch(now=NOON) == {"sent": 3}
    assert {the(each, "state") for each in others} == {("sent",)}
    assert the(held, "state", "attempts") == ("pending", 0)
    System.objects.filter(pk=vale.pk).update(letters_held_at=None)
    assert correspondence.dispatch(now=NOON) == {"sent": 1}


def test_the_row_of_a_letter_knows_the_key_and_is_tied_to_no_row_of_the_system(vale):
    """A booking writes its letters under the lock of its Round; it must not wait for whoever changes the settings."""
    assert the(post(system=vale), "system") == (vale.pk,)
    assert the(post(number=2, system=vale.pk), "system") == (vale.pk,)
    assert Delivery._meta.get_field("system").related_model is None
