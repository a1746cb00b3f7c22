"""The worker of the boxes killed with SIGKILL at each statement and each commit, while it opens a box, counts one, and
destroys what is to be destroyed, or closes the pool of small Rounds. Another turn ends what it began, once."""

from datetime import timedelta
from itertools import count

import pytest
from django.conf import settings

from evaluation.actions.pools import Pool
from evaluation.models import FeedbackBox, RoundFigure
from evaluation.models.box import Form
from evaluation.models.results import Comment, Counted, ItemCount, PoolCount, PoolTally
from evaluation.reports.half_years import HalfYear, closes_at
from evaluation.sealing import fits, read_key
from rounds.models import Round
from tests.factories.evaluation import FeedbackBoxFactory, fill
from tests.factories.rounds import RoundFactory
from tests.running import RunningPortal

from .nursery import Nursery

FORMS, QUESTIONS = 9, 5
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def nursery(tmp_path_factory, django_db_blocker):
    keys = str(settings.BOX_KEY_DIR)
    with (
        django_db_blocker.unblock(),
        RunningPortal(tmp_path_factory.mktemp("boxes"), BOX_KEY_DIR=keys) as portal,
        portal.databases_here(),
        Nursery(portal.environment, portal.log) as nursery,
    ):
        yield nursery


@pytest.fixture
def turn(nursery):
    def taken(now, **variables):
        return nursery.start("tests.faults.clock_of_boxes", NOW=now.isoformat(), **variables).wait()

    return taken


def killed_at_each_step(turn, make, now):
    """Yields what `make` made, each time killed one step later, until a turn ends by itself; the caller then looks at
    what is half done, and a second time once another turn has been."""
    for step in count(1):
        made = make()
        moment = now(made)
        if turn(moment, KILL_AT=str(step)) == 0:
            assert step > 8
            yield made, True
            return
        yield made, False
        assert turn(moment) == 0
        yield made, True


def key_file(round_id):
    return settings.BOX_KEY_DIR / f"{round_id}.pem"


def test_killed_while_it_opens_a_box_there_is_one_box_with_its_key(turn):
    for round, done in killed_at_each_step(turn, RoundFactory, lambda round: round.starts_at):
        box = FeedbackBox.objects.filter(round=round).first()
        assert box or not done
        if box:
            assert fits(read_key(key_file(round.pk).read_bytes()), box.public_key)
        if done:
            assert not key_file(round.pk).with_suffix(".new").exists()
            Round.objects.filter(pk=round.pk).update(state="cancelled")


def a_full_box():
    box = FeedbackBoxFactory()
    fill(box, FORMS, comment="A quiet hour.")
    return box


def lies_in(box):
    mine = [model.objects.filter(round_id=box.round_id) for model in (Form, ItemCount, Comment, Counted)]
    return tuple(rows.count() for rows in mine)


def test_killed_while_it_counts_all_is_counted_once(turn):
    before, after = (FORMS, 0, 0, 0), (0, QUESTIONS, FORMS, 1)
    for box, done in killed_at_each_step(turn, a_full_box, lambda box: box.closes_at):
        assert lies_in(box) in ({after} if done else {before, after})
        assert key_file(box.round_id).exists()
        if done:
            assert FeedbackBox.objects.get(pk=box.pk).state == "counted"
            assert set(ItemCount.objects.filter(round_id=box.round_id).values_list("n", flat=True)) == {FORMS}
            assert RoundFigure.objects.get(round=box.round_id).forms == 10


SMALL = 6


def a_small_box(system=None):
    own = {"round__system": system} if system else {}
    box = FeedbackBoxFactory(**own)
    fill(box, SMALL, comment="A quiet hour.")
    return box


def in_pool(round):
    """The numbers in the pool while it grows, and those that are shown of it."""
    pool = Pool(round.system_id, HalfYear.of_round(round).key)
    shown = PoolCount.objects.filter(system_id=round.system_id).order_by("n").values_list("n", flat=True)
    return sorted(tally.n for tally in pool.opened()), list(shown)


def pool_key(round):
    return settings.BOX_KEY_DIR / f"pool_{round.system_id}_{HalfYear.of_round(round).key}.key"


def test_killed_while_it_adds_a_small_round_to_its_pool_it_is_added_once(turn):
    for box, done in killed_at_each_step(turn, a_small_box, lambda box: box.closes_at):
        added, _ = in_pool(box.round)
        before, after = ((SMALL, 0, 0, 0), []), ((0, 0, 0, 1), [SMALL] * QUESTIONS)
        assert (lies_in(box), added) in ([after] if done else [before, after])
        if done:
            assert FeedbackBox.objects.get(pk=box.pk).state == "counted"
            PoolTally.objects.all().delete()


def test_killed_while_it_closes_a_pool_it_is_shown_once_and_the_rest_is_gone(turn):
    def a_full_pool():
        first = a_small_box()
        assert turn(first.closes_at) == 0
        second = a_small_box(first.round.system)
        assert turn(second.closes_at) == 0
        return first

    for box, done in killed_at_each_step(turn, a_full_pool, lambda box: closes_at(HalfYear.of_round(box.round))):
        found = in_pool(box.round)
        before, after = ([2 * SMALL] * QUESTIONS, []), ([], [2 * SMALL] * QUESTIONS)
        assert found in ([after] if done else [before, after])
        assert not (done and pool_key(box.round).exists())


def test_killed_while_it_destroys_a_key_that_is_gone_in_the_end_and_said_to_be(turn):
    def counted_yesterday():
        box = a_full_box()
        assert turn(box.closes_at) == 0
        return box

    for box, done in killed_at_each_step(turn, counted_yesterday, lambda box: box.closes_at + DAY):
        said = FeedbackBox.objects.get(pk=box.pk).key_destroyed_at
        assert not (said and key_file(box.round_id).exists())
        assert bool(said) or not done
        assert lies_in(box) == (0, QUESTIONS, FORMS, 1)


def test_killed_while_it_empties_the_box_of_a_cancelled_round_nothing_is_left_of_it(turn):
    def cancelled():
        box = a_full_box()
        Round.objects.filter(pk=box.round_id).update(state="cancelled")
        return box

    for box, done in killed_at_each_step(turn, cancelled, lambda box: box.opens_at):
        if done:
            assert lies_in(box) == (0, 0, 0, 0)
            assert not key_file(box.round_id).exists()
            assert FeedbackBox.objects.get(pk=box.pk).state == "emptied"
