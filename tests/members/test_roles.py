"""Roles in time, and those that take two people."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from members.access import may, proposals_to_confirm, today
from members.actions import erasure, memberships, proposals, retention
from members.models import Person, RoleGrant, RoleProposal, SecurityEvent
from members.models.audit import Act
from members.roles import May
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory, RoleGrantFactory, SystemFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = today(NOON)


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def olu(system):
    return RoleGrantFactory(person=PersonFactory(name="Olu"), role="administrator", system=system).person


@pytest.fixture
def ines(system):
    return RoleGrantFactory(person=PersonFactory(name="Ines"), role="ics_lead", system=system).person


@pytest.fixture
def ben():
    return PersonFactory(name="Ben Booker")


def give(person, system, by, role="facilitator", now=NOON, **dates):
    return memberships.give_role(person=person, role=role, where=system, by=by, now=now, **dates)


def plans(person, system, now):
    return may(person, May.PLAN_ROUNDS, system, now=now)


def change(grant, by, *, starts_on=TODAY, ends_on=None, now=NOON):
    return memberships.change_role(grant=grant, by=by, now=now, starts_on=starts_on, ends_on=ends_on)


class TestDates:
    def test_a_role_begins_and_ends_by_itself(self, system, olu, ben):
        grant = give(ben, system, olu, starts_on=TODAY + DAY, ends_on=TODAY + 3 * DAY)
        held = [plans(ben, system, NOON + number * DAY) for number in range(4)]
        assert (held, grant.last_day) == ([False, True, True, False], TODAY + 2 * DAY)

    def test_it_is_given_neither_for_yesterday_nor_backwards(self, system, olu, ben):
        with pytest.raises(Refused, match=r"^The first day must be today or later\.$"):
            give(ben, system, olu, starts_on=TODAY - DAY)
        for ends_on in (TODAY, TODAY + DAY):
            with pytest.raises(Refused, match=r"^The last day must not be before the first\.$"):
                give(ben, system, olu, starts_on=TODAY + DAY, ends_on=ends_on)

    def test_the_same_role_may_follow_itself_and_never_overlap(self, system, olu, ben):
        give(ben, system, olu, ends_on=TODAY + 3 * DAY)
        for first in (0, 1, 2):
            with pytest.raises(Refused, match=r"^Ben Booker holds that role there already\.$"):
                give(ben, system, olu, starts_on=TODAY + first * DAY)
        give(ben, system, olu, starts_on=TODAY + 5 * DAY)
        give(ben, system, olu, starts_on=TODAY + 3 * DAY, ends_on=TODAY + 5 * DAY)
        assert RoleGrant.objects.filter(person=ben).count() == 3

    def test_its_dates_are_changed(self, system, olu, ben):
        grant = give(ben, system, olu, starts_on=TODAY + 9 * DAY)
        grant = change(grant, olu, starts_on=TODAY + DAY, ends_on=TODAY + 2 * DAY)
        assert (grant.starts_on, grant.last_day) == (TODAY + DAY, TODAY + DAY)
        grant = change(grant, olu, starts_on=TODAY, ends_on=None)
        assert plans(ben, system, NOON) is True
        acts = SecurityEvent.objects.order_by("at").values_list("act", flat=True)
        assert sorted(acts) == [Act.ROLE_CHANGED, Act.ROLE_CHANGED, Act.ROLE_GIVEN]

    def test_when_it_began_stays_and_it_ends_no_earlier_than_today(self, system, olu, ben):
        grant = give(ben, system, olu)
        later = NOON + 2 * DAY
        with pytest.raises(Refused, match=r"^It began on Wednesday 3 March 2027, and that stays\.$"):
            change(grant, olu, starts_on=TODAY + DAY, now=later)
        with pytest.raises(Refused, match=r"press End\.$"):
            change(grant, olu, ends_on=TODAY + DAY, now=later)
        change(grant, olu, ends_on=TODAY + 3 * DAY, now=later)
        with pytest.raises(Refused, match=r"^That role had ended already\.$"):
            change(grant, olu, ends_on=None, now=NOON + 3 * DAY)

    def test_a_change_never_overlaps_the_next_one(self, system, olu, ben):
        grant = give(ben, system, olu, ends_on=TODAY + 3 * DAY)
        give(ben, system, olu, starts_on=TODAY + 5 * DAY)
        change(grant, olu, ends_on=TODAY + 5 * DAY)
        for ends_on in (TODAY + 6 * DAY, None):
            with pytest.raises(Refused, match="already"):
                change(grant, olu, ends_on=ends_on)

    def test_only_those_whose_table_says_so_change_it(self, system, olu, ines, ben):
        grant = give(ben, system, olu, role="administrator")
        with pytest.raises(Refused, match=r"^Your own role does not let you"):
            change(grant, ines, ends_on=TODAY + DAY)

    @pytest.mark.parametrize("role", ["governance_lead", "facilitator", "administrator"])
    def test_nobody_gives_a_role_to_themself(self, system, olu, ben, role):
        with pytest.raises(Refused, match="Nobody gives a role to themself"):
            memberships.give_role(person=olu, role=role, where=system, by=olu, now=NOON)
        assert memberships.give_role(person=ben, role=role, where=system, by=olu, now=NOON)

    def test_one_that_has_not_begun_is_taken_back(self, system, olu, ben):
        grant = give(ben, system, olu, starts_on=TODAY + 9 * DAY)
        memberships.end_role(grant=grant, by=olu, now=NOON)
        assert not any(plans(ben, system, NOON + number * DAY) for number in range(12))
        give(ben, system, olu, starts_on=TODAY + 9 * DAY)

    def test_the_last_administrator_gets_no_last_day_and_none_with_one_stands_for_them(self, system, olu, ben):
        own = RoleGrant.objects.get(person=olu)
        give(ben, system, olu, role="administrator", ends_on=TODAY + 9 * DAY)
        for attempt in (
            lambda: change(own, olu, starts_on=own.starts_on, ends_on=TODAY + DAY),
            lambda: memberships.end_role(grant=own, by=olu, now=NOON),
        ):
            with pytest.raises(Refused, match=r"^Olu is the only administrator\."):
                attempt()


def propose(person, system, by, now=NOON, **dates):
    return proposals.propose(person=person, role="ics_lead", where=system, by=by, now=now, **dates)


class TestTwoPeople:
    def test_the_first_takes_one_and_every_further_one_two(self, system, olu, ben):
        first = give(PersonFactory(), system, olu, role="ics_lead")
        with pytest.raises(Refused, match=r"^Another ICS lead takes two people: you propose"):
            give(ben, system, olu, role="ics_lead")
        memberships.end_role(grant=first, by=olu, now=NOON)
        with pytest.raises(Refused, match="takes two people"):
            give(ben, system, olu, role="ics_lead")

    def test_erasing_the_account_of_the_first_makes_no_other_the_first(self, system, olu, ben):
        first = give(PersonFactory(), system, olu, role="ics_lead").person
        erasure.erase(person=first, by=first, now=NOON)
        assert not RoleGrant.objects.filter(role="ics_lead").exists()
        with pytest.raises(Refused, match="takes two people"):
            give(ben, system, olu, role="ics_lead")

    def test_each_system_has_a_first_of_its_own(self, ines, ben):
        other = SystemFactory()
        by = RoleGrantFactory(role="administrator", system=other).person
        assert give(ben, other, by, role="ics_lead").proposed_by is None

    def test_a_second_person_confirms(self, system, olu, ines, ben):
        proposal = propose(ben, system, olu, ends_on=TODAY + 30 * DAY)
        assert not RoleGrant.objects.filter(person=ben).exists()
        grant = proposals.confirm(proposal=proposal, by=ines, now=NOON + DAY)
        assert (grant.person, grant.role, grant.scope) == (ben, "ics_lead", system)
        assert (grant.proposed_by, grant.granted_by) == (olu, ines)
        assert (grant.starts_on, grant.ends_on) == (TODAY + DAY, TODAY + 30 * DAY)
        assert not RoleProposal.objects.exists()
        events = SecurityEvent.objects.order_by("at").values_list("act", "by", "about", "where")
        assert list(events) == [
            (Act.ROLE_PROPOSED, olu.pk, str(ben.pk), system.pk),
            (Act.ROLE_GIVEN, ines.pk, str(ben.pk), system.pk),
        ]

    def test_nobody_confirms_their_own(self, system, olu, ines, ben):
        RoleGrantFactory(person=ben, role="administrator", system=system)
        proposal = propose(ben, system, olu)
        for person in (olu, ben):
            with pytest.raises(Refused, match="neither who proposed it nor who would hold the role"):
                proposals.confirm(proposal=proposal, by=person, now=NOON)
        with pytest.raises(Refused, match=r"^Nobody proposes themself\."):
            propose(olu, system, olu)
        assert not RoleGrant.objects.filter(person=ben, role="ics_lead").exists()

    def test_only_those_who_may_give_it_propose_and_confirm(self, system, olu, ines, ben):
        far = RoleGrantFactory(role="administrator", system=SystemFactory()).person
        facilitator = RoleGrantFactory(role="facilitator", system=system).person
        proposal = propose(ben, system, olu)
        for person in (far, facilitator, PersonFactory()):
            for attempt in (
                lambda person=person: proposals.confirm(proposal=proposal, by=person, now=NOON),
                lambda person=person: proposals.decline(proposal=proposal, by=person, now=NOON),
                lambda person=person: propose(PersonFactory(), system, person),
            ):
                with pytest.raises(Refused, match=r"^Your own role does not let you"):
                    attempt()

    def test_it_falls_with_the_account_of_whoever_proposed_it(self, system, olu, ines, ben):
        proposal = propose(ben, system, olu)
        Person.objects.filter(pk=olu.pk).update(is_active=False)
        with pytest.raises(Refused, match=r"^Whoever proposed this may not give that role any more\."):
            proposals.confirm(proposal=proposal, by=ines, now=NOON)

    def test_it_falls_with_the_role_of_whoever_proposed_it(self, system, olu, ines, ben):
        proposal = propose(ben, system, olu)
        RoleGrant.objects.filter(person=olu).update(ends_on=TODAY)
        with pytest.raises(Refused, match=r"^Whoever proposed this may not give that role any more\."):
            proposals.confirm(proposal=proposal, by=ines, now=NOON)

    def test_after_fourteen_days_it_is_gone(self, system, olu, ines, ben):
        proposal = propose(ben, system, olu)
        late = NOON + 14 * DAY
        assert list(proposals_to_confirm(ines, now=late - timedelta(seconds=1))) == [proposal]
        assert list(proposals_to_confirm(ines, now=late)) == []
        with pytest.raises(Refused, match="its 14 days are over"):
            proposals.confirm(proposal=proposal, by=ines, now=late)
        propose(ben, system, olu, now=late)
        assert (retention.forget("proposals", now=late), RoleProposal.objects.count()) == (0, 1)
        assert (retention.forget("proposals", now=late + 14 * DAY), RoleProposal.objects.count()) == (1, 0)

    def test_it_waits_for_those_who_may_be_the_second(self, system, olu, ines, ben):
        other = RoleGrantFactory(role="administrator", system=system).person
        facilitator = RoleGrantFactory(role="facilitator", system=system).person
        proposal = propose(ben, system, olu)
        waiting = [list(proposals_to_confirm(person, now=NOON)) for person in (ines, other, olu, ben, facilitator)]
        assert waiting == [[proposal], [proposal], [], [], []]

    def test_it_is_withdrawn_or_declined(self, system, olu, ines, ben):
        for by, act in ((olu, Act.ROLE_WITHDRAWN), (ines, Act.ROLE_DECLINED)):
            proposal = propose(ben, system, olu)
            proposals.decline(proposal=proposal, by=by, now=NOON)
            assert SecurityEvent.objects.filter(act=act, by=by.pk).count() == 1
            with pytest.raises(Refused, match="decided meanwhile"):
                proposals.confirm(proposal=proposal, by=ines, now=NOON)

    def test_nobody_is_proposed_twice_or_for_what_they_hold(self, system, olu, ines, ben):
        propose(ben, system, olu)
        with pytest.raises(Refused, match="is proposed for that already"):
            propose(ben, system, ines)
        with pytest.raises(Refused, match="holds that role there already"):
            propose(ines, system, olu)

    def test_one_person_does_not_make_it_last_longer(self, system, olu, ines, ben):
        grant = proposals.confirm(
            proposal=propose(ben, system, olu, starts_on=TODAY + 5 * DAY, ends_on=TODAY + 9 * DAY), by=ines, now=NOON
        )
        for starts_on, ends_on in ((5, None), (5, 10), (4, 9)):
            with pytest.raises(Refused, match="longer takes two people"):
                change(grant, olu, starts_on=TODAY + starts_on * DAY, ends_on=ends_on and TODAY + ends_on * DAY)
        grant = change(grant, olu, starts_on=TODAY + 6 * DAY, ends_on=TODAY + 8 * DAY)
        propose(ben, system, olu, starts_on=grant.ends_on)

    def test_the_database_knows_too(self, system, olu, ines, ben):
        facts = {"person": ben, "role": "ics_lead", "system": system, "starts_on": TODAY}
        for wrong in (
            {"proposed_by": olu, "granted_by": olu},
            {"proposed_by": ben, "granted_by": olu},
            {"proposed_by": olu, "granted_by": ben},
        ):
            with pytest.raises(IntegrityError, match="role_grant_takes_three_people"), transaction.atomic():
                RoleGrant.objects.create(**facts | wrong)
        for wrong, name in (
            ({"proposed_by": ben}, "role_proposal_by_somebody_else"),
            ({"proposed_by": olu, "role": "facilitator"}, "role_proposal_takes_two"),
            ({"proposed_by": olu, "ends_on": TODAY}, "role_proposal_ends_after"),
        ):
            with pytest.raises(IntegrityError, match=name), transaction.atomic():
                RoleProposal.objects.create(**facts | wrong)
        propose(ben, system, olu)
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleProposal.objects.create(**facts | {"proposed_by": ines})
