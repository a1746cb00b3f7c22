"""The letter to those who run a Round, the day before it: what is still open, without a name or how many come."""

from datetime import timedelta

import pytest
from django.core import mail

from evaluation import emails
from evaluation.actions import clock
from members.actions import correspondence
from members.models import Delivery
from members.models.person import LettersTo
from rounds.models import FoodOrder, Round, TeamMember
from rounds.states import RoundState, TeamPart
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory, TeamMemberFactory

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)


@pytest.fixture
def round():
    return RoundFactory(title="Between two wards", food="Lunch from 12pm", facilitators=[])


@pytest.fixture
def member(round):
    return TeamMemberFactory(round=round, person__name="Ada Runs", part=TeamPart.FACILITATOR)


def turn(round, *, before=DAY - MINUTE):
    clock.follow(now=round.starts_at - before)


def send(round, *, before=DAY - MINUTE):
    mail.outbox.clear()
    correspondence.dispatch(now=round.starts_at - before)
    return sorted(mail.outbox, key=lambda letter: letter.to)


def written():
    return list(Delivery.objects.filter(kind="day_before").order_by("person").values_list("person", "state"))


def test_each_facilitator_gets_it_once_and_nobody_else(round, member):
    other = TeamMemberFactory(round=round, part=TeamPart.FACILITATOR)
    TeamMemberFactory(round=round, part=TeamPart.HELPER)
    BookingFactory(round=round)
    turn(round, before=DAY + MINUTE)
    assert written() == []
    for _ in range(3):
        turn(round)
    assert {person for person, _ in written()} == {member.person_id, other.person_id}
    assert [letter.to for letter in send(round)] == sorted([[member.person.email], [other.person.email]])
    turn(round, before=MINUTE)
    assert send(round, before=MINUTE) == []


def test_it_says_what_is_open_and_names_nobody(round, member):
    for name in ("Sunny Shy", "Tola Adeyemi", "Ann Baker"):
        BookingFactory(round=round, person=PersonFactory(name=name))
    StorytellerFactory(round=round, person=PersonFactory(name="Dev Tells"))
    turn(round)
    [letter] = send(round)
    assert letter.subject == "You have a message in the Rounds portal"
    for body in (letter.body, letter.alternatives[0][0]):
        assert "How many come stands on its page." in body
        assert "Release the invitations" in body
        assert "Lunch from 12pm" in body
        assert f"/organise/rounds/{round.pk}/" in body
        said = [word for word in ("Sunny", "Tola", "Baker", "Dev", "Ada Runs", "Between two wards") if word in body]
        assert said == []


@pytest.mark.parametrize("ordered", [None, 40, 41])
def test_it_says_the_same_however_many_come(round, member, ordered):
    """Others read mailboxes; of a Round of one team that number is nobody else's."""
    if ordered:
        FoodOrder.objects.create(round=round, people=ordered)
    turn(round)
    delivery, said = Delivery.objects.get(kind="day_before"), []
    for more in (1, 4):
        BookingFactory.create_batch(more, round=round)
        context = emails.read_day_before(delivery, round.starts_at - DAY).context
        assert any("food" in task["title"] or "caterer" in task["title"] for task in context["open"])
        said.append(context)
    assert said[0] == said[1]


def test_two_worlds_that_differ_in_who_tells_get_the_same_letter(round, member):
    turn(round)
    delivery, bodies = Delivery.objects.get(kind="day_before"), []
    for name in ("Dev Tells", "Sunny Shy"):
        teller = StorytellerFactory(round=round, person=PersonFactory(name=name))
        bodies.append(emails.read_day_before(delivery, round.starts_at - DAY).context)
        teller.delete()
    assert bodies[0] == bodies[1]


def test_at_short_notice_it_goes_at_once(round, member):
    turn(round, before=2 * 60 * MINUTE)
    assert len(send(round, before=2 * 60 * MINUTE)) == 1


def test_a_round_that_moved_gets_a_letter_for_its_new_day_and_none_for_the_old(round, member):
    turn(round)
    Round.objects.update(
        starts_at=round.starts_at + 9 * DAY,
        ends_at=round.ends_at + 9 * DAY,
    )
    assert send(round) == []
    moved = Round.objects.get()
    turn(moved)
    assert len(send(moved)) == 1


@pytest.mark.parametrize("why", ["cancelled", "postponed", "begun", "not their Round", "inactive", "nowhere", "rests"])
def test_whoever_should_have_none_gets_none(round, member, why):
    turn(round)
    before = DAY - 2 * MINUTE
    if why in ("cancelled", "postponed"):
        Round.objects.update(state=RoundState(why))
    elif why == "begun":
        before = -MINUTE
    elif why == "not their Round":
        TeamMember.objects.all().delete()
    elif why == "rests":
        TeamMember.objects.update(suspended_at=round.starts_at - DAY)
    elif why == "inactive":
        member.person.is_active = False
        member.person.save()
    else:
        member.person.letters_to = LettersTo.NOWHERE
        member.person.save()
    assert send(round, before=before) == []
    assert [state for _, state in written()] in (["cancelled"], ["expired"])


def test_a_round_that_is_called_off_while_the_letter_leaves_stops_it(round, member):
    turn(round)
    delivery, now = Delivery.objects.get(kind="day_before"), round.starts_at - DAY + MINUTE
    assert emails.lock_day_before(delivery) == emails.read_day_before(delivery, now).mark
    mark = emails.read_day_before(delivery, now).mark
    Round.objects.update(state=RoundState.CANCELLED)
    assert emails.lock_day_before(delivery) != mark
    assert emails.read_day_before(delivery, now) is None


@pytest.mark.parametrize("people", [1, 3])
def test_writing_asks_as_many_questions_for_three_as_for_one(round, people, django_assert_num_queries):
    TeamMemberFactory.create_batch(people, round=round, part=TeamPart.FACILITATOR)
    with django_assert_num_queries(4):
        emails.tell_what_is_open(round, now=round.starts_at - DAY)
