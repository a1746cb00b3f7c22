"""Coming in to a Round online: evaluation/views/coming_in.py."""

import datetime as dt

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.urls import reverse

from members.actions import correspondence
from rounds.actions import registration, scheduling
from rounds.models import Round
from rounds.states import BookingState, Format, RoundState, Step, TeamPart, Way
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory, TeamMemberFactory
from tests.rounds.pages import buttons_of, words_of
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LINK = "meet.northvale.example"


@pytest.fixture
def world(time_machine):
    time_machine.move_to(NOON, tick=False)
    return small_world()


@pytest.fixture
def round(world):
    return RoundFactory(
        system=world.system, partners=[world.elmbridge], format=Format.HYBRID, starts_at=NOON + 30 * HOUR
    )


@pytest.fixture
def at(client, time_machine):
    """Somebody at a moment, who has just signed in."""

    def standing(person, moment):
        time_machine.move_to(moment, tick=False)
        client.force_login(person)
        return client

    return standing


def page_of(round):
    return reverse("come_in", args=[round.pk])


class TestTheLink:
    def test_comes_after_the_ground_rules_from_its_time_on(self, at, world, round):
        BookingFactory(round=round, person=world.ben, way=Way.ONLINE)
        early = at(world.ben, round.starts_at - DAY - dt.timedelta(seconds=1)).get(page_of(round))
        assert "The link stands here from 6pm on Wednesday 3 March 2027." in words_of(early)
        assert buttons_of(early) == []
        client = at(world.ben, round.starts_at - DAY)
        asked = client.get(page_of(round))
        assert buttons_of(asked) == ["I agree, come in"]
        assert LINK not in words_of(asked)
        assert LINK in words_of(client.post(page_of(round)))

    def test_not_by_a_press_that_is_too_early(self, at, world, round):
        BookingFactory(round=round, person=world.ben, way=Way.ONLINE)
        assert LINK not in at(world.ben, round.starts_at - 2 * DAY).post(page_of(round)).content.decode()

    def test_its_time_is_the_rounds_own(self, at, world, round):
        Round.objects.update(joining_hours=1)
        BookingFactory(round=round, person=world.ben, way=Way.ONLINE)
        assert LINK not in words_of(at(world.ben, round.starts_at - 2 * HOUR).post(page_of(round)))
        assert LINK in words_of(at(world.ben, round.starts_at - HOUR).post(page_of(round)))

    def test_is_there_until_the_end_and_no_longer(self, at, world, round):
        BookingFactory(round=round, person=world.ben, way=Way.ONLINE)
        assert LINK in words_of(at(world.ben, round.ends_at - dt.timedelta(seconds=1)).post(page_of(round)))
        over = at(world.ben, round.ends_at).post(page_of(round))
        assert LINK not in words_of(over)
        assert "This Round is over, or does not take place as planned" in words_of(over)

    def test_is_gone_when_the_round_is_called_off(self, at, world, round):
        BookingFactory(round=round, person=world.ben, way=Way.ONLINE)
        Round.objects.update(state=RoundState.CANCELLED)
        assert LINK not in words_of(at(world.ben, round.starts_at - HOUR).post(page_of(round)))

    def test_nothing_is_written_down(self, at, world, round):
        BookingFactory(round=round, person=world.ben, way=Way.ONLINE)
        client = at(world.ben, round.starts_at - HOUR)
        before = everything()
        assert LINK in words_of(client.post(page_of(round)))
        assert everything() == before


def everything():
    models = [model for model in apps.get_models(include_auto_created=True) if model is not Session]
    return {model: sorted(map(repr, model._base_manager.values_list())) for model in models}


class TestWho:
    @pytest.mark.parametrize(
        ("way", "state"),
        [(Way.IN_PERSON, "place"), (Way.ONLINE, BookingState.WAITING), (Way.ONLINE, BookingState.CANCELLED)],
    )
    def test_nobody_without_a_place_online(self, at, world, round, way, state):
        BookingFactory(round=round, person=world.ben, way=way, state=state)
        client = at(world.ben, round.starts_at - HOUR)
        assert client.get(page_of(round)).status_code == 403
        assert client.post(page_of(round)).status_code == 403

    def test_nobody_who_gave_it_back(self, at, world, round):
        registration.book(round=round, person=world.ben, way=Way.ONLINE, now=NOON)
        registration.cancel(round=round, person=world.ben, now=NOON)
        assert at(world.ben, round.starts_at - HOUR).post(page_of(round)).status_code == 403

    @pytest.mark.parametrize("part", TeamPart)
    def test_the_team_from_anywhere(self, at, round, part):
        member = TeamMemberFactory(round=round, person=PersonFactory(), part=part)
        assert LINK in words_of(at(member.person, round.starts_at - HOUR).post(page_of(round)))

    def test_who_tells_a_story_once_they_have_agreed(self, at, round):
        agreed = StorytellerFactory(round=round, person=PersonFactory(), done=[Step.AGREED])
        asked = StorytellerFactory(round=round, person=PersonFactory())
        assert LINK in words_of(at(agreed.person, round.starts_at - HOUR).post(page_of(round)))
        assert at(asked.person, round.starts_at - HOUR).post(page_of(round)).status_code == 404
        preparation = at(agreed.person, NOON).get(reverse("preparation", args=[agreed.pk]))
        assert "If you come online, you come in here, from 6pm on Wednesday 3 March 2027." in words_of(preparation)

    def test_an_outsider_learns_nothing(self, at, world, round):
        assert at(world.cleo, round.starts_at - HOUR).get(page_of(round)).status_code == 404

    def test_not_to_a_round_in_a_room(self, at, world, round):
        there = RoundFactory(partners=[world.elmbridge])
        BookingFactory(round=there, person=world.ben)
        assert at(world.ben, there.starts_at - HOUR).get(page_of(there)).status_code == 403


class TestLetters:
    def test_the_reminder_says_where_the_link_stands_and_never_which(self, world, round):
        registration.book(round=round, person=world.ben, way=Way.ONLINE, now=NOON)
        Round.objects.update(joining_hours=2)
        correspondence.dispatch(now=round.starts_at - 20 * HOUR)
        reminder = mail.outbox[-1]
        assert "You join by a link. It stands on the page of the Round, and is there from 4pm on" in reminder.body
        assert LINK not in reminder.message().as_string()

    def test_of_a_seat_in_the_room_nothing_of_the_kind(self, world, round):
        registration.book(round=round, person=world.ben, way=Way.IN_PERSON, now=NOON)
        correspondence.dispatch(now=round.starts_at - 20 * HOUR)
        assert "coming up" in mail.outbox[-1].body
        assert "link" not in mail.outbox[-1].body


def test_another_hour_for_the_link_is_told_to_nobody(world, round):
    TeamMemberFactory(round=round, person=world.ada)
    changed = scheduling.move(round=round, changes={"joining_hours": 1}, seen_version=1, by=world.ada, now=NOON)
    assert (changed.joining_hours, changed.version) == (1, 1)
