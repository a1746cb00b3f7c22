"""Letters to those who get a role, whose role gets other dates, and whose role has ended."""

from datetime import timedelta

import pytest
from django.core import mail

from members.access import today
from members.actions import correspondence, memberships
from members.models import Delivery, RoleGrant
from tests.factories.members import PersonFactory, RoleGrantFactory, SystemFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
TODAY = today(NOON)


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def olu(system):
    return RoleGrantFactory(person=PersonFactory(name="Olu Admin"), role="administrator", system=system).person


@pytest.fixture
def ben():
    return PersonFactory(name="Ben Booker", email="ben@x.example")


def give(ben, system, olu, **dates):
    return memberships.give_role(person=ben, role="facilitator", where=system, by=olu, now=NOON, **dates)


def sent(now):
    mail.outbox.clear()
    correspondence.dispatch(now=now, limit=50)
    return [(letter.to, letter.body) for letter in mail.outbox]


def test_a_role_is_told_of_with_its_days_and_whom_to_ask(system, olu, ben):
    give(ben, system, olu, starts_on=TODAY + DAY, ends_on=TODAY + 3 * DAY)
    [(to, words)] = sent(NOON)
    assert to == ["ben@x.example"]
    assert (
        "You hold the role Facilitator for North Vale Integrated Care System from Thursday 4 March 2027. "
        "Your last day with it is Friday 5 March 2027. Olu Admin gave it to you." in words
    )
    assert "ask whoever runs this portal:\n\nThe Rounds office, rounds@northvale.example" in words
    assert [letter.subject for letter in mail.outbox] == ["Your role in the Rounds portal"]


def test_its_end_is_told_on_the_first_morning_without_it(system, olu, ben):
    give(ben, system, olu, ends_on=TODAY + DAY)
    assert len(sent(NOON)) == 1
    midnight = (NOON + DAY).replace(hour=0)
    assert sent(midnight) == []
    [(_, words)] = sent(midnight.replace(hour=8))
    assert "You do not hold the role Facilitator for North Vale Integrated Care System any more." in words
    assert sent(NOON + 9 * DAY) == []


def test_one_that_is_ended_is_told_of_at_once(system, olu, ben):
    grant = give(ben, system, olu)
    sent(NOON)
    memberships.end_role(grant=grant, by=olu, now=NOON)
    assert ["any more" in words for _, words in sent(NOON)] == [True]


def test_one_that_is_taken_back_before_it_began_too(system, olu, ben):
    grant = give(ben, system, olu, starts_on=TODAY + 9 * DAY)
    sent(NOON)
    memberships.end_role(grant=grant, by=olu, now=NOON)
    assert ["any more" in words for _, words in sent(NOON)] == [True]


def test_given_and_ended_before_a_letter_left_is_one_letter(system, olu, ben):
    memberships.end_role(grant=give(ben, system, olu), by=olu, now=NOON)
    assert ["any more" in words for _, words in sent(NOON)] == [True]


def test_other_dates_are_told_and_the_end_that_was_is_not(system, olu, ben):
    grant = give(ben, system, olu, ends_on=TODAY + DAY)
    sent(NOON)
    memberships.change_role(grant=grant, by=olu, now=NOON, starts_on=TODAY, ends_on=TODAY + 5 * DAY)
    assert ["Your last day with it is Sunday 7 March 2027." in words for _, words in sent(NOON)] == [True]
    assert sent(NOON + DAY) == []
    assert ["any more" in words for _, words in sent(NOON + 5 * DAY)] == [True]


def test_an_end_after_which_it_goes_on_is_not_told(system, olu, ben):
    give(ben, system, olu, ends_on=TODAY + DAY)
    give(ben, system, olu, starts_on=TODAY + DAY)
    assert len(sent(NOON)) == 2
    assert sent(NOON + DAY) == []


def test_nobody_is_written_to_whose_account_is_closed(system, olu, ben):
    give(ben, system, olu)
    ben.is_active = False
    ben.save()
    assert sent(NOON) == []
    assert RoleGrant.objects.filter(person=ben).count() == Delivery.objects.count() == 1
