"""Many people put their forms into one box at the same moment, and the clock counts while they do; many tablets at one
door."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from evaluation.actions import attendance, codes, counting, feedback, half_year_answers, paper, pools
from evaluation.codes import card_codes
from evaluation.disclosure import EXTREMES_FROM
from evaluation.models import Attendance, FeedbackBox, FirstRoundCounted, Register, RoundFigure
from evaluation.models.box import Form
from evaluation.models.results import Comment, CrossCount, HalfYearAnswers, PoolCount, PoolTally
from evaluation.reports.feedback_over_time import shares_of
from evaluation.reports.half_years import HalfYear, closes_at
from evaluation.sealing import Paper, packed
from members.models import System
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.evaluation import AttendanceFactory, FeedbackBoxFactory, RegisterFactory, fill
from tests.factories.members import PersonFactory, SystemFactory
from tests.factories.rounds import BookingFactory, RoundFactory

from .together import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True, params=["the owner", "the web server"])
def whose_rights(request, monkeypatch, transactional_db):
    """Each race once more with the rights of the web server, under row-level security."""
    if request.param == "the web server":
        monkeypatch.setattr("tests.races.together.as_whom", request.getfixturevalue("as_web_role"))


def cast(box, now, ballot=None):
    try:
        feedback.cast(box=box, ballot_id=ballot or uuid.uuid4(), answers={}, comment="A quiet hour.", now=now)
    except Refused:
        return False
    return True


def box_of_ten_people():
    """The headcount stands, so the box holds twelve forms."""
    box = FeedbackBoxFactory()
    RegisterFactory(round=box.round, headcount=10, closed_at=box.round.ends_at)
    return box


def test_a_box_never_holds_more_than_it_may():
    box = box_of_ten_people()
    taken = together(40, lambda n: cast(box, box.opens_at))
    assert taken.count(True) == 12
    assert Form.objects.count() == 12


def test_one_ballot_from_many_hands_is_one_form():
    box = FeedbackBoxFactory()
    ballot = uuid.uuid4()
    assert together(16, lambda n: cast(box, box.opens_at, ballot)) == [True] * 16
    assert Form.objects.count() == 1


def test_no_form_is_lost_or_left_behind_while_the_clock_counts():
    """The forms come in the last moment before the box closes; the clock is already there."""
    box = FeedbackBoxFactory()
    last_moment = box.closes_at.replace(minute=box.closes_at.minute - 1)

    def one(n):
        if n % 5 == 4:
            counting.count(box=box, now=box.closes_at)
            return None
        return cast(box, last_moment)

    taken = together(40, one)
    counting.count(box=box, now=box.closes_at)
    assert FeedbackBox.objects.get().state == "counted"
    assert not Form.objects.exists()
    assert Comment.objects.count() in (taken.count(True), 0)


def test_one_card_in_many_hands_is_one_form():
    box = FeedbackBoxFactory()
    card = card_codes(paper.make_cards(round=box.round).key, 1)[0]
    assert together(16, lambda n: cast(box, box.opens_at, codes.way_in(card, now=box.opens_at).ballot)) == [True] * 16
    assert Form.objects.count() == 1


def test_one_deck_however_many_make_it():
    round = RoundFactory()
    assert len(set(together(8, lambda n: paper.make_cards(round=round).secret))) == 1


def test_forms_and_paper_never_take_more_room_than_there_is():
    box = box_of_ten_people()

    def one(n):
        if n == 3:
            paper.type_in(box=box, paper=Paper(5), now=box.opens_at)
            return None
        return cast(box, box.opens_at)

    taken = together(24, one)
    assert not cast(box, box.opens_at)
    assert taken.count(True) in range(7, 13)
    assert Form.objects.count() == taken.count(True)


def test_boxes_of_one_system_that_are_counted_at_once_all_add_to_the_half_year():
    system = SystemFactory()
    boxes = [FeedbackBoxFactory(round__system=system) for _ in range(6)]
    for box in boxes:
        items = {str(item.pk): 5 for item in box.questionnaire.items.all()}
        for _ in range(EXTREMES_FROM):
            content = packed(answers=items, comment="", group="care")
            Form.objects.create(ballot_id=uuid.uuid4(), round_id=box.round_id, content=content)
    together(6, lambda n: counting.count(box=boxes[n], now=boxes[n].closes_at))
    assert {row.n for row in CrossCount.objects.all()} == {6 * EXTREMES_FROM}


def small_boxes(number, system):
    boxes = [FeedbackBoxFactory(round__system=system) for _ in range(number)]
    for box in boxes:
        fill(box, 6)
    return boxes


def test_small_rounds_that_are_counted_at_once_all_stand_in_the_pool():
    boxes = small_boxes(6, SystemFactory())
    together(6, lambda n: counting.count(box=boxes[n], now=boxes[n].closes_at))
    (row,) = PoolTally.objects.all()
    assert {(each.n, each.several) for each in pools.Pool(row.system_id, row.half_year).opened()} == {(36, True)}


def test_a_pool_that_is_closed_while_others_still_count_into_it_is_shown_once():
    """Two are in it; three counters whose clocks are slow come in the moment in which two others close it. What
    they bring is in what is shown or nowhere, and a later turn changes nothing."""
    system = SystemFactory()
    in_time, late = small_boxes(2, system), small_boxes(3, system)
    for box in in_time:
        counting.count(box=box, now=box.closes_at)
    half_year = HalfYear.of_round(late[0].round)

    def close():
        pools.close(system_id=system.pk, half_year=half_year.key, now=closes_at(half_year))

    together(5, lambda n: close() if n > 2 else counting.count(box=late[n], now=late[n].closes_at))
    shown = sorted(PoolCount.objects.values_list("pk", "n"))
    assert {number for _, number in shown} <= {12, 18, 24, 30}
    assert len({number for _, number in shown}) == 1
    close()
    assert sorted(PoolCount.objects.values_list("pk", "n")) == shown
    assert not PoolTally.objects.exists()


def test_answers_are_kept_behind_whoever_counts_a_box_of_the_system():
    """Else they would be kept as they were, after the counting had forgotten them."""
    boxes = [FeedbackBoxFactory(round__system=SystemFactory(), round__state=RoundState.HELD)]
    round = boxes[0].round
    boxes.append(FeedbackBoxFactory(round__system=round.system, round__state=RoundState.HELD))
    for box in boxes:
        fill(box, 12)
    half_year, after = HalfYear.of_round(round), closes_at(HalfYear.of_round(round))
    counting.count(box=boxes[0], now=after)

    def keep(n):
        half_year_answers.keep(system=round.system, half_year=half_year)

    with ThreadPoolExecutor(1) as beside:
        with transaction.atomic():
            System.objects.select_for_update(no_key=True).get()
            keeping = beside.submit(together, 1, keep)
            time.sleep(0.5)
            counting.count(box=boxes[1], now=after)
        keeping.result()
    assert HalfYearAnswers.objects.get().shares == shares_of(round.system, half_year)


def test_a_person_whose_first_round_is_marked_at_two_doors_counts_once():
    robin = PersonFactory()
    found = [AttendanceFactory(person=robin, first_round=True) for _ in range(4)]
    found += [AttendanceFactory(first_round=True) for _ in range(4)]
    rounds = [each.round for each in found]
    together(8, lambda n: attendance.close_register(round=rounds[n], headcount=9, now=rounds[n].ends_at))
    assert Attendance.objects.filter(person=robin, first_round=True).count() == 1
    assert FirstRoundCounted.objects.count() == 5


def test_one_tap_on_many_tablets_is_one_person():
    booking = BookingFactory()
    key, now = uuid.uuid4(), booking.round.starts_at

    def one(n):
        attendance.tick_in(round=booking.round, person=booking.person_id, now=now)
        attendance.add_walk_in(round=booking.round, key=key, now=now)

    together(8, one)
    assert Attendance.objects.filter(round=booking.round).count() == 2


def test_nobody_is_ticked_in_behind_the_headcount():
    """A tick that has not ended yet makes whoever closes the register wait, and counts."""
    booking = BookingFactory()
    round, now = booking.round, booking.round.starts_at
    RegisterFactory(round=round)

    def close(n):
        with pytest.raises(Refused, match=r"^1 people are ticked in"):
            attendance.close_register(round=round, headcount=0, now=now)
        return True

    with ThreadPoolExecutor(1) as beside:
        with transaction.atomic():
            attendance.tick_in(round=round, person=booking.person_id, now=now)
            closing = beside.submit(together, 1, close)
            time.sleep(0.5)
            assert not closing.done()
        assert closing.result() == [True]
    assert Register.objects.get().closed_at is None


def test_a_register_closed_while_its_box_is_counted_locks_in_the_same_order():
    round = RegisterFactory().round

    def close(n):
        return attendance.close_register(round=round, headcount=20, now=round.ends_at).headcount

    with ThreadPoolExecutor(1) as beside:
        with transaction.atomic():
            System.objects.select_for_update(no_key=True).get()
            closing = beside.submit(together, 1, close)
            time.sleep(0.5)
            RoundFigure.objects.get_or_create(round=round)
        assert closing.result() == [20]
    assert RoundFigure.objects.get().headcount == 20
