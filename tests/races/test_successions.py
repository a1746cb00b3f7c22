"""Two who carry out the same merger, or two that contradict each other, at once; and people who join meanwhile."""

import pytest

from members.access import today
from members.actions import memberships
from members.actions.succession.act import carry_out
from members.actions.succession.plan import Plan, Successor
from members.actions.succession.preview import preview
from members.models import Membership, Organisation, Succession, SystemEdge
from members.models.succession import Kind
from rounds_site.kit.refusals import Refused
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory, SystemFactory
from tests.worlds import NOON

from .together import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def three():
    system = SystemFactory()
    organisations = [OrganisationFactory(system=system) for _ in range(3)]
    for organisation in organisations:
        for _ in range(5):
            MembershipFactory(organisation=organisation)
    return organisations


def attempt(plan, seen):
    try:
        return carry_out(plan, seen=seen, by=None, now=NOON).successors
    except Refused as refusal:
        return str(refusal)


def test_one_merger_pressed_many_times_happens_once(three):
    first, second, _ = three
    plan = Plan(Kind.MERGER, (first, second), (Successor("Vale Care"),), today(NOON))
    seen = preview(plan, by=None, now=NOON).seen
    answers = together(8, lambda n: attempt(plan, seen))
    assert len([each for each in answers if isinstance(each, list)]) == 1
    assert len([each for each in answers if "became Vale Care" in each]) == 7
    assert (Organisation.objects.filter(name="Vale Care").count(), Succession.objects.count()) == (1, 2)
    assert Membership.objects.filter(organisation__name="Vale Care", ends_on=None).count() == 10


def test_of_two_that_contradict_each_other_one_happens_whole(three):
    """The first into the second, the second into the third, the third into the first: in a circle."""
    plans = [
        Plan(Kind.MERGER, (one,), (Successor.standing(other),), today(NOON))
        for one, other in zip(three, [*three[1:], three[0]], strict=True)
    ]
    seen = [preview(plan, by=None, now=NOON).seen for plan in plans]
    together(6, lambda n: attempt(plans[n % 3], seen[n % 3]))
    living = Organisation.objects.filter(became=None)
    assert Succession.objects.count() == 3 - living.count() < 3
    assert SystemEdge.objects.filter(ends_on=None).count() == living.count()
    at_work = Membership.objects.filter(ends_on=None)
    assert at_work.count() == 15
    assert set(at_work.values_list("organisation", flat=True)) <= set(living.values_list("pk", flat=True))


def test_who_joins_meanwhile_is_counted_before_or_makes_the_preview_stale(three):
    first, second, _ = three
    plan = Plan(Kind.MERGER, (first,), (Successor.standing(second),), today(NOON))
    seen = preview(plan, by=None, now=NOON).seen
    newcomers = [PersonFactory() for _ in range(7)]

    def act(n):
        if n == 3:
            return attempt(plan, seen)
        person = newcomers[n if n < 3 else n - 1]
        facts = {"staff_group": "nursing", "source": "added", "now": NOON}
        return memberships.employ(person=person, organisation=first, **facts)

    answers = together(8, act)
    done = isinstance(answers[3], list)
    assert done or "changed since you looked: people" in answers[3]
    works = Membership.objects.filter(ends_on=None, person__in=newcomers).values_list("organisation", flat=True)
    assert sorted(works) == sorted([second.pk if done else first.pk] * 7)
    assert Succession.objects.count() == int(done)
