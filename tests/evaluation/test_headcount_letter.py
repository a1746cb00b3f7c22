"""The letter to facilitators a day before the box of their Round is counted: the headcount is not entered yet."""

from datetime import timedelta

import pytest
from django.core import mail

from evaluation import emails
from evaluation.actions import attendance, clock
from evaluation.models import FeedbackBox
from members.actions import correspondence
from members.models import Delivery
from members.models.person import LettersTo
from rounds.models import Round, TeamMember
from rounds.states import RoundState, TeamPart
from tests.factories.evaluation import AttendanceFactory, FeedbackBoxFactory, RegisterFactory
from tests.factories.rounds import TeamMemberFactory

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)


@pytest.fixture
def box():
    return FeedbackBoxFactory(round__title="Between two wards")


@pytest.fixture
def member(box):
    return TeamMemberFactory(round=box.round, part=TeamPart.FACILITATOR)


def a_day_before(box, *, after=MINUTE):
    clock.follow(now=box.closes_at - DAY + after)


def send(box, *, after=MINUTE):
    mail.outbox.clear()
    correspondence.dispatch(now=box.closes_at - DAY + after)
    return sorted(mail.outbox, key=lambda letter: letter.to)


def written():
    found = Delivery.objects.filter(kind="headcount_due").order_by("person")
    return list(found.values_list("person", "state"))


def test_each_facilitator_gets_it_once_and_nobody_else(box, member):
    other = TeamMemberFactory(round=box.round, part=TeamPart.FACILITATOR)
    TeamMemberFactory(round=box.round, part=TeamPart.HELPER)
    AttendanceFactory(round=box.round)
    RegisterFactory(round=box.round)
    a_day_before(box, after=-MINUTE)
    assert written() == []
    for _ in range(3):
        a_day_before(box)
    assert {person for person, _ in written()} == {member.person_id, other.person_id}
    assert len(written()) == 2
    assert [letter.to for letter in send(box)] == sorted([[member.person.email], [other.person.email]])
    a_day_before(box, after=60 * MINUTE)
    assert send(box, after=60 * MINUTE) == []


def test_it_names_no_round_and_says_by_when(box, member):
    a_day_before(box)
    [letter] = send(box)
    assert letter.subject == "You have a message in the Rounds portal"
    for body in (letter.body, letter.alternatives[0][0]):
        assert "Please enter it by Saturday 20 March, 1:30pm: feedback is counted then" in body
        assert f"/organise/rounds/{box.round_id}/door/" in body
        assert "Between two wards" not in body


def test_a_register_that_nobody_began_is_one_that_is_not_closed(box, member):
    a_day_before(box)
    assert written() == [(member.person_id, "pending")]


def test_a_closed_register_needs_no_letter(box, member):
    RegisterFactory(round=box.round, headcount=9, closed_at=box.round.ends_at)
    a_day_before(box)
    assert written() == []


@pytest.mark.parametrize(
    "why", ["closed meanwhile", "cancelled", "counted", "too late", "not their Round", "inactive", "nowhere"]
)
def test_whoever_should_have_none_gets_none(box, member, why):
    a_day_before(box)
    after = MINUTE
    if why == "closed meanwhile":
        attendance.close_register(round=box.round, headcount=30, now=box.round.ends_at)
    elif why == "cancelled":
        Round.objects.update(state=RoundState.CANCELLED)
    elif why == "counted":
        FeedbackBox.objects.update(state="counted")
    elif why == "too late":
        after = DAY
    elif why == "not their Round":
        TeamMember.objects.all().delete()
    elif why == "inactive":
        member.person.is_active = False
        member.person.save()
    else:
        member.person.letters_to = LettersTo.NOWHERE
        member.person.save()
    assert send(box, after=after) == []
    assert [state for _, state in written()] in (["cancelled"], ["expired"])


@pytest.mark.parametrize("begun", [False, True])
def test_a_register_that_is_closed_while_the_letter_leaves_stops_it(box, member, begun):
    if begun:
        RegisterFactory(round=box.round)
    now = box.closes_at - DAY
    clock.follow(now=now)
    delivery = Delivery.objects.get()
    assert emails.lock_headcount_due(delivery) == emails.read_headcount_due(delivery, now).mark
    attendance.close_register(round=box.round, headcount=30, now=now)
    assert emails.lock_headcount_due(delivery) != emails.read_headcount_due(delivery, now)


@pytest.mark.parametrize("people", [1, 3])
def test_writing_asks_as_many_questions_for_three_as_for_one(box, people, django_assert_num_queries):
    TeamMemberFactory.create_batch(people, round=box.round, part=TeamPart.FACILITATOR)
    with django_assert_num_queries(4):
        emails.remind_of_headcount(box, now=box.closes_at - DAY)
