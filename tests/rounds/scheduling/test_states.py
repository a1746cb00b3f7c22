"""The table of states (rounds/states.py) against the code, the pages, the letters, the log and docs/states.md."""

import inspect
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from evaluation.actions import clock
from members.models import SecurityEvent
from members.models.audit import Act
from members.registry import letters
from rounds import access
from rounds.actions import moves, postponing, registration, scheduling
from rounds.models import Round
from rounds.states import MOVES, TABLE, RoundState, Who, move_to
from rounds.urls import urlpatterns
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON

from .arranging import DAY, HOUR, refusal

pytestmark = pytest.mark.django_db
BETWEEN = [move for move in TABLE if move.before and move.after and move.before != RoundState.IDEA]
VIEWS = {each.name: each.callback for each in urlpatterns}


def test_every_state_has_its_line_in_the_table():
    assert set(MOVES) == set(RoundState)
    assert {state for state, onward in MOVES.items() if not onward} == {RoundState.CLOSED, RoundState.CANCELLED}


def test_what_leads_where():
    assert {state.value: sorted(each.value for each in onward) for state, onward in MOVES.items()} == {
        "idea": ["planned"],
        "planned": ["cancelled", "postponed", "published"],
        "published": ["cancelled", "held", "planned", "postponed"],
        "postponed": ["cancelled", "planned", "published"],
        "held": ["closed"],
        "closed": [],
        "cancelled": [],
    }


def test_no_line_stands_twice():
    assert len({(move.before, move.after) for move in TABLE}) == len(TABLE)


@pytest.mark.parametrize("move", TABLE, ids=lambda move: f"{move.before or 'nothing'} to {move.after or 'nothing'}")
class TestEachLine:
    def test_has_its_page(self, move):
        assert (move.view in VIEWS) == (move.who != Who.CLOCK)

    def test_its_letters_are_known(self, move):
        assert set(move.letters) <= {letter.kind for letter in letters}

    def test_stands_in_the_log(self, move):
        assert Act(move.act).group == "rounds"

    def test_stands_in_the_docs(self, move):
        written = (Path(settings.BASE_DIR) / "docs" / "states.md").read_text()
        assert f"\n{line(move)}\n" in written


def line(move):
    before = move.before.label if move.before else "–"
    told = ", ".join(letters[kind].told.title for kind in move.letters) or "–"
    page = f"`{move.view}`" if move.view else "–"
    after = move.after.label if move.after else "–"
    return f"| {before} | {after} | {move.who.label} | {page} | {told} | {Act(move.act).label} |"


def test_nothing_else_stands_in_the_docs():
    written = (Path(settings.BASE_DIR) / "docs" / "states.md").read_text()
    assert sum(each.startswith("| ") for each in written.splitlines()) == len(TABLE) + 1


@pytest.mark.parametrize("who", [Who.PLANS, Who.KEEPS, Who.ARRANGES, Who.FACILITATES])
def test_its_page_asks_the_door_that_the_table_says(who):
    doors = {
        Who.PLANS: access.systems_to_plan_in,
        Who.KEEPS: access.get_idea,
        Who.ARRANGES: access.get_round_to_arrange,
        Who.FACILITATES: access.get_round_to_run,
    }
    for move in TABLE:
        if move.who == who:
            assert doors[who].__name__ in inspect.unwrap(VIEWS[move.view]).__code__.co_names, move


class TestNothingElseIsPossible:
    @pytest.mark.parametrize(
        ("before", "after"), [pair for pair in product(RoundState, RoundState) if move_to(*pair) is None]
    )
    def test_what_the_table_lacks_is_refused(self, published, before, after):
        round = published()
        round.state = before
        with pytest.raises(Refused, match=f"This Round is {before.label.lower()}"):
            moves.enter(round, after, by=None, now=NOON)
        assert (round.state, SecurityEvent.objects.count()) == (before, 0)


def make(published, state):
    """A Round that may go on, in that state; it ended a moment ago where only the clock goes on."""
    published(state=state, published_at=None if state == "planned" else NOON)
    if state == RoundState.POSTPONED:
        Round.objects.update(postponed_at=NOON)
    return Round.objects.get()


def goes(round, after, by):
    """Whatever makes this Round become that."""
    seen, dates = {"seen_version": round.version}, {"starts_at": round.starts_at + DAY, "ends_at": round.ends_at + DAY}
    if after == RoundState.PLANNED and round.state == RoundState.POSTPONED:
        Round.objects.update(published_at=None)
        round.refresh_from_db()
    if round.state == RoundState.POSTPONED and after != RoundState.CANCELLED:
        return postponing.set_new_date(round=round, changes=dates, **seen, by=by, now=NOON)
    return {
        RoundState.CANCELLED: lambda: scheduling.cancel_round(round=round, **seen, by=by, now=NOON),
        RoundState.POSTPONED: lambda: postponing.postpone(round=round, **seen, by=by, now=NOON),
        RoundState.HELD: lambda: scheduling.mark_held(now=round.ends_at),
        RoundState.CLOSED: lambda: scheduling.close(round=round, now=round.ends_at),
        RoundState.PUBLISHED: lambda: scheduling.publish(round=round, by=by, now=NOON),
        RoundState.PLANNED: lambda: scheduling.unpublish(round=round, by=by, now=NOON),
    }[after]()


@pytest.mark.parametrize("move", BETWEEN, ids=lambda move: f"{move.before} to {move.after}")
def test_each_move_stands_in_the_log_once_with_who_made_it(published, world, move):
    goes(make(published, move.before), move.after, world.ada)
    assert Round.objects.get().state == move.after
    by = None if move.who == Who.CLOCK else world.ada.pk
    assert list(SecurityEvent.objects.values_list("act", "by", "about", "where")) == [
        (move.act, by, str(Round.objects.get().pk), world.system.pk)
    ]


def test_planning_stands_in_the_log(planned, world):
    assert list(SecurityEvent.objects.values_list("act", "by", "about")) == []
    round = planned()
    assert list(SecurityEvent.objects.values_list("act", "by", "about")) == [
        ("rounds.planned", world.ada.pk, str(round.pk))
    ]


def test_a_move_that_is_refused_leaves_no_row(published, world):
    round = published(starts_at=NOON - HOUR)
    refusal(postponing.postpone, round=round, seen_version=1, by=world.ada, now=NOON)
    assert SecurityEvent.objects.count() == 0


class TestBackToPlanned:
    def unpublish(self, round, by):
        return scheduling.unpublish(round=round, by=by, now=NOON)

    def test_nobody_finds_it_any_more(self, published, world):
        round = self.unpublish(published(), world.ada)
        assert (round.state, round.published_at) == (RoundState.PLANNED, None)
        assert not access.rounds_to_attend(world.cleo, now=NOON).exists()

    def test_not_once_somebody_has_booked_even_if_they_gave_it_back(self, published, world):
        round = published()
        registration.book(round=round, person=world.ben, way="in_person", now=NOON)
        registration.cancel(round=round, person=world.ben, now=NOON)
        assert "has booked" in refusal(self.unpublish, round, world.ada)

    def test_not_once_anybody_was_written_to(self, published, world):
        from rounds import emails

        round = published(invitations_released_at=NOON)
        emails.invite(round, now=NOON)
        assert "has been written to" in refusal(self.unpublish, round, world.ada)

    def test_invitations_that_were_stopped_before_they_went_told_nobody(self, published, world):
        from rounds import emails
        from rounds.actions import inviting

        round = published()
        number = emails.invitation_audience(round, now=NOON).count()
        inviting.release_invitations(round=round, expected=number, by=world.ada, now=NOON)
        emails.invite(round, now=NOON)
        inviting.stop_invitations(round=round, by=world.ada, now=NOON)
        assert self.unpublish(round, world.ada).state == RoundState.PLANNED

    def test_only_for_its_facilitators_since_a_refusal_tells_of_a_booking(self, published, world):
        assert "Only its facilitators" in refusal(self.unpublish, published(), world.ines)

    def test_twice_pressed_is_done_once(self, published, world):
        round = published()
        self.unpublish(round, world.ada)
        self.unpublish(round, world.ada)
        assert SecurityEvent.objects.count() == 1


class TestTheClock:
    def test_neither_holds_nor_closes_one_that_is_postponed(self, published, world):
        round = published()
        BookingFactory(round=round)
        postponing.postpone(round=round, seen_version=1, by=world.ada, now=NOON)
        for later in (HOUR, DAY, 40 * DAY, 400 * DAY):
            clock.follow(now=round.ends_at + later)
            assert scheduling.mark_held(now=round.ends_at + later) == 0
        assert Round.objects.get().state == RoundState.POSTPONED

    def test_its_box_goes_unread_and_with_the_new_date_there_is_another(self, published, world):
        from evaluation.models import FeedbackBox

        round = published(starts_at=NOON + HOUR / 3)
        clock.follow(now=NOON)
        code = FeedbackBox.objects.get().room_code
        postponing.postpone(round=round, seen_version=1, by=world.ada, now=NOON)
        clock.follow(now=NOON)
        assert FeedbackBox.objects.count() == 0
        changes = {"starts_at": NOON + 7 * DAY, "ends_at": NOON + 7 * DAY + HOUR}
        postponing.set_new_date(round=round, changes=changes, seen_version=2, by=world.ada, now=NOON + DAY)
        clock.follow(now=NOON + 7 * DAY)
        assert FeedbackBox.objects.get().room_code != code

    def test_whoever_calls_each_is_held_once(self, published):
        round = published()
        assert [scheduling.mark_held(now=round.ends_at) for _ in range(2)] == [1, 0]
        assert SecurityEvent.objects.count() == 1


def test_an_unknown_view_is_no_page():
    with pytest.raises(NoReverseMatch):
        reverse("publish")


def test_what_changes_while_it_is_postponed_is_said_with_the_new_date(published, world):
    """Nobody is written to about a room of a Round without a day."""
    from members.models import Delivery

    round = published()
    BookingFactory(round=round)
    round = postponing.postpone(round=round, seen_version=1, by=world.ada, now=NOON)
    room = RoundFactory().venue
    scheduling.move(round=round, changes={"venue": room}, seen_version=2, by=world.ada, now=NOON)
    assert (Round.objects.get(pk=round.pk).venue, Round.objects.get(pk=round.pk).version) == (room, 2)
    assert set(Delivery.objects.values_list("kind", flat=True)) == {"round_postponed"}
