"""Boxes open, take forms and are emptied."""

import uuid
from datetime import timedelta

import pytest

from evaluation.actions import attendance, clock, codes, counting, feedback
from evaluation.models import FeedbackBox
from evaluation.models.box import Form
from evaluation.models.results import ItemCount
from evaluation.sealing import SEALED_LENGTH
from evaluation.states import BoxState
from rounds.models import Round
from rounds.states import Format, RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.evaluation import AttendanceFactory, FeedbackBoxFactory, RegisterFactory, fill, said_in
from tests.factories.rounds import RoundFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def cast(box, *, now, ballot=None, comment="", **answers):
    feedback.cast(box=box, ballot_id=ballot or uuid.uuid4(), answers=answers, comment=comment, now=now)


def test_the_clock_opens_a_box_thirty_minutes_before_and_only_once():
    round = RoundFactory()
    clock.follow(now=round.starts_at - 31 * MINUTE)
    assert not FeedbackBox.objects.exists()
    clock.follow(now=round.starts_at - 30 * MINUTE)
    clock.follow(now=round.starts_at)
    box = FeedbackBox.objects.get()
    assert (box.round, box.state) == (round, BoxState.OPEN)
    assert box.opens_at == round.starts_at - 30 * MINUTE
    assert box.closes_at == round.ends_at + 72 * HOUR


@pytest.mark.parametrize("state", [RoundState.PLANNED, RoundState.CANCELLED, RoundState.CLOSED])
def test_only_rounds_that_take_place_have_a_box(state):
    round = RoundFactory(state=state)
    clock.follow(now=round.starts_at)
    assert not FeedbackBox.objects.exists()
    with pytest.raises(Refused):
        feedback.open_box(round=round, now=round.starts_at)


def test_a_box_that_was_forgotten_is_opened_until_it_would_close():
    round = RoundFactory(state=RoundState.HELD)
    clock.follow(now=round.ends_at + 71 * HOUR)
    assert FeedbackBox.objects.get().closes_at == round.ends_at + 72 * HOUR


def test_nobody_opens_a_box_early():
    round = RoundFactory()
    with pytest.raises(Refused, match="30 minutes before"):
        feedback.open_box(round=round, now=round.starts_at - 31 * MINUTE)


def test_room_codes_never_use_letters_that_look_alike():
    codes = [feedback.open_box(round=each, now=each.starts_at).room_code for each in RoundFactory.create_batch(5)]
    assert all(len(code) == 6 and not set(code) & set("0O1IL") for code in codes)
    assert len(set(codes)) == 5


def test_a_round_that_moves_to_later_keeps_its_box_open_and_never_closes_it_earlier():
    box = FeedbackBoxFactory()
    Round.objects.filter(pk=box.round_id).update(starts_at=box.round.starts_at + HOUR, ends_at=box.round.ends_at + HOUR)
    clock.follow(now=box.opens_at)
    later = FeedbackBox.objects.get()
    assert later.closes_at == box.closes_at + HOUR
    Round.objects.filter(pk=box.round_id).update(starts_at=box.round.starts_at - HOUR, ends_at=box.round.ends_at - HOUR)
    clock.follow(now=box.opens_at)
    assert FeedbackBox.objects.get().closes_at == later.closes_at


def test_the_box_of_a_cancelled_round_is_emptied_and_never_counted():
    box = FeedbackBoxFactory()
    fill(box, 9)
    Round.objects.filter(pk=box.round_id).update(state=RoundState.CANCELLED)
    with pytest.raises(Refused):
        cast(box, now=box.opens_at)
    clock.follow(now=box.closes_at + HOUR)
    box.refresh_from_db()
    assert (box.state, box.counted_at) == (BoxState.EMPTIED, None)
    assert not Form.objects.exists()
    clock.follow(now=box.closes_at + 2 * HOUR)
    assert FeedbackBox.objects.get().state == BoxState.EMPTIED


def test_the_code_is_found_however_it_is_typed():
    box = FeedbackBoxFactory(room_code="K7M3HT")
    for typed in ("K7M3HT", "k7m-3ht", " k7m 3ht "):
        assert codes.way_in(typed, now=box.opens_at).box == box


@pytest.mark.parametrize("typed", ["", "K7M3H0", "-", "'; drop table", "ЖЖЖЖЖЖ"])
def test_an_unknown_code_is_refused_in_one_sentence(typed):
    FeedbackBoxFactory(room_code="K7M3HT")
    with pytest.raises(Refused) as refusal:
        codes.way_in(typed, now=FeedbackBox.objects.get().opens_at)
    assert str(refusal.value) == "We do not know that code. Codes never use 0, O, 1, I or L"


def test_a_box_says_until_when_it_was_open():
    box = FeedbackBoxFactory(room_code="K7M3HT")
    with pytest.raises(Refused, match="until Saturday 20 March 2027"):
        codes.way_in("K7M3HT", now=box.closes_at)


def test_a_form_lies_in_the_box_with_its_ballot_and_nothing_else():
    box = FeedbackBoxFactory()
    ballot = uuid.uuid4()
    cast(box, now=box.opens_at, ballot=ballot, comment="It was kind.")
    form = Form.objects.get()
    assert (form.ballot_id, form.round_id, len(form.content)) == (ballot, box.round_id, SEALED_LENGTH)
    assert said_in(form) == ({}, "It was kind.", "")


def test_the_same_ballot_again_changes_nothing_and_looks_the_same():
    box = FeedbackBoxFactory()
    ballot = uuid.uuid4()
    cast(box, now=box.opens_at, ballot=ballot, comment="First")
    before = Form.objects.get().content
    cast(box, now=box.opens_at, ballot=ballot, comment="Second")
    assert Form.objects.get().content == before


def test_a_full_box_takes_no_more_save_a_ballot_it_holds():
    box = FeedbackBoxFactory()
    RegisterFactory(round=box.round, headcount=10)
    fill(box, 11)
    ballot = uuid.uuid4()
    cast(box, now=box.opens_at, ballot=ballot)
    with pytest.raises(Refused, match="The box is full"):
        cast(box, now=box.opens_at)
    cast(box, now=box.opens_at, ballot=ballot)
    assert Form.objects.count() == 12


def test_the_headcount_takes_the_place_of_the_places():
    round = RoundFactory(format=Format.HYBRID, places=60, online_places=100)
    assert attendance.people_present(round) == 160
    RegisterFactory(round=round, headcount=10)
    assert attendance.people_present(round) == 10
    box = FeedbackBoxFactory(round=round)
    fill(box, 12)
    with pytest.raises(Refused, match="The box is full"):
        cast(box, now=box.opens_at)


@pytest.mark.parametrize(("places", "ticked", "takes"), [(5, 0, 60), (40, 0, 80), (5, 60, 72)])
def test_until_the_headcount_people_who_walk_in_find_room_in_the_box(places, ticked, takes):
    box = FeedbackBoxFactory(round__places=places)
    if ticked:
        RegisterFactory(round=box.round)
        AttendanceFactory.create_batch(ticked, round=box.round)
    fill(box, takes - 1)
    cast(box, now=box.opens_at)
    with pytest.raises(Refused, match="The box is full, so your form is not in it"):
        cast(box, now=box.opens_at)
    assert Form.objects.count() == takes


def test_forms_that_lie_there_when_the_headcount_comes_are_counted_and_no_more_are_taken():
    box = FeedbackBoxFactory(round__places=5)
    fill(box, 52)
    RegisterFactory(round=box.round, headcount=40)
    with pytest.raises(Refused, match="The box is full"):
        cast(box, now=box.opens_at)
    assert counting.count(box=box, now=box.closes_at).state == BoxState.COUNTED
    assert set(ItemCount.objects.values_list("n", flat=True)) == {52}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_nothing_is_put_into_a_box_before_or_after_its_time(moment):
    box = FeedbackBoxFactory()
    now = box.opens_at - MINUTE if moment == "before" else box.closes_at
    with pytest.raises(Refused):
        cast(box, now=now)
    assert not Form.objects.exists()


def test_the_box_of_a_round_that_moved_away_takes_nothing_until_it_comes():
    box = FeedbackBoxFactory()
    round, opened = box.round, box.opens_at
    round.starts_at, round.ends_at = round.starts_at + 60 * DAY, round.ends_at + 60 * DAY
    round.save()
    feedback.keep_open_for_a_moved_round(now=opened)
    box.refresh_from_db()
    with pytest.raises(Refused, match="We do not know that code"):
        codes.way_in(box.room_code, now=opened + DAY)
    with pytest.raises(Refused, match="takes no more forms"):
        cast(box, now=opened + DAY)
    cast(box, now=round.starts_at)
    assert Form.objects.count() == 1


def test_a_box_that_cannot_be_dealt_with_does_not_keep_the_others_waiting(monkeypatch, caplog):
    first, second = FeedbackBoxFactory(), FeedbackBoxFactory()
    count = counting.count

    def fails_for_the_first(*, box, now):
        if box.pk == first.pk:
            raise LookupError("a name nobody should read in a log")
        return count(box=box, now=now)

    monkeypatch.setattr(counting, "count", fails_for_the_first)
    clock.follow(now=second.closes_at)
    second.refresh_from_db()
    assert second.state == BoxState.COUNTED
    assert "LookupError" in caplog.text
    assert "a name nobody should read" not in caplog.text
