"""What becomes of a Round with 5 to 7 forms: its counts go to the pool of the half-year, without it."""

import json
import uuid
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.actions import attendance, box_keys, clock, counting, paper, pools
from evaluation.attack.files import SEALED
from evaluation.models import FeedbackBox, RoundFigure
from evaluation.models.box import Form
from evaluation.models.results import Comment, Counted, CrossCount, ItemCount, PoolCount, PoolTally
from evaluation.reports.half_years import HalfYear, closes_at
from evaluation.reports.small_rounds import small_rounds
from evaluation.sealing import Paper
from rounds.states import RoundState
from tests.factories.evaluation import FeedbackBoxFactory, RegisterFactory, fill
from tests.factories.members import RoleGrantFactory
from tests.factories.rounds import RoundFactory, TeamMemberFactory
from tests.worlds import small_world

pytestmark = pytest.mark.django_db(databases=["default", "box"])
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world():
    return small_world()


def small(world, forms, *, values=(5, 4, 4, 5, 4), comment="A quiet hour.", **fields):
    box = FeedbackBoxFactory(round=RoundFactory(system=world.system, partners=[world.elmbridge], **fields))
    fill(box, forms, values=values, comment=comment)
    return box


def count(box, now=None):
    return counting.count(box=box, now=now or box.closes_at)


def opened():
    """All that grows, with its keys: [(pool, tally)]."""
    growing = PoolTally.objects.order_by("id").values_list("system_id", "half_year")
    return [(pool, tally) for pool in growing for tally in pools.Pool(*pool).opened()]


def tallies():
    return {(uuid.UUID(tally.item), tally.value): (tally.n, tally.several) for _, tally in opened()}


def shown(world, box):
    found = small_rounds(world.system.pk, HalfYear.of_round(box.round))
    return [(each.item.number, each.share.n, each.share.favourable) for each in found]


def close(world, box):
    half_year = HalfYear.of_round(box.round)
    clock.follow_boxes(now=closes_at(half_year))
    assert not PoolTally.objects.exists()
    assert (world.system.pk, half_year.key) not in box_keys.pools()


@pytest.mark.parametrize("forms", [5, 6, 7])
def test_counts_go_there_and_nothing_says_from_which_round(world, forms):
    box = small(world, forms)
    count(box)
    assert [model.objects.count() for model in (Form, ItemCount, Comment, CrossCount, PoolCount)] == [0] * 5
    assert set(tallies().values()) == {(forms, False)}
    counted, none = Counted.objects.get(), Counted(round_id=uuid.uuid4())
    assert [getattr(counted, name) for name in ("forms", "for_the_team", "left_out")] == [
        getattr(none, name) for name in ("forms", "for_the_team", "left_out")
    ]
    assert RoundFigure.objects.get().forms is None
    assert str(box.round_id) not in str(opened())


@pytest.mark.parametrize("forms", [0, 1, 4])
def test_fewer_than_five_are_destroyed_unread(world, forms, monkeypatch):
    monkeypatch.setattr(counting, "unseal", lambda *args, **about: pytest.fail("a form was read"))
    box = small(world, forms)
    count(box)
    assert not tallies()
    assert (Form.objects.count(), Counted.objects.get().forms) == (0, None)


def test_nor_are_those_of_fewer_than_five_people_beside_the_team(world, monkeypatch):
    monkeypatch.setattr(counting, "unseal", lambda *args, **about: pytest.fail("a form was read"))
    box = small(world, 9)
    TeamMemberFactory.create_batch(2, round=box.round)
    RegisterFactory(round=box.round, headcount=4 + box.round.team.count())
    count(box)
    assert (tallies(), Form.objects.count()) == ({}, 0)


def test_more_forms_than_people_beside_the_team_are_a_small_round(world):
    box = small(world, 9)
    TeamMemberFactory.create_batch(2, round=box.round)
    RegisterFactory(round=box.round, headcount=6 + box.round.team.count())
    count(box)
    assert set(tallies().values()) == {(9, False)}


def test_a_question_that_fewer_than_five_answered_is_not_added(world):
    box = small(world, 4, values=(5, 4, 4, 5, 4))
    fill(box, 2, values=(5, None, None, None, None))
    count(box)
    assert tallies() == {(box.questionnaire.items.get(number=1).pk, 5): (6, False)}


def test_paper_keeps_a_round_out_since_its_team_could_take_it_from_the_sum(world):
    box = small(world, 6)
    paper.type_in(box=box, paper=Paper(1), now=box.opens_at)
    count(box)
    assert not tallies()
    assert not Form.objects.exists()


def test_so_does_being_of_one_team(world, monkeypatch):
    monkeypatch.setattr(counting, "unseal", lambda *args, **about: pytest.fail("a form was read"))
    box = FeedbackBoxFactory(round__system=world.system, round__kind="team_time")
    fill(box, 6, values=[5] * box.questionnaire.items.count())
    count(box)
    assert (tallies(), Form.objects.count()) == ({}, 0)


def test_what_says_nothing_does_not_make_five(world):
    box = small(world, 4)
    fill(box, 3, values=(None,) * 5)
    count(box)
    assert not tallies()


class TestComplete:
    def test_is_shown_once_the_half_year_is_three_weeks_past_and_not_before(self, world):
        boxes = [small(world, 6), small(world, 5, values=(5, 4, 1, 1, None))]
        for box in boxes:
            count(box)
        end = closes_at(HalfYear.of_round(boxes[0].round))
        clock.follow_boxes(now=end - MINUTE)
        assert (shown(world, boxes[0]), PoolCount.objects.count()) == ([], 0)
        close(world, boxes[0])
        expected = [(1, 10, "100%"), (2, 10, "100%"), (3, 10, "55%"), (4, 10, "55%")]
        assert shown(world, boxes[0]) == expected

    def test_of_one_round_alone_nothing_is_shown_however_many_forms(self, world):
        box = small(world, 9)
        TeamMemberFactory.create_batch(2, round=box.round)
        RegisterFactory(round=box.round, headcount=6 + box.round.team.count())
        count(box)
        close(world, box)
        assert (shown(world, box), PoolCount.objects.count()) == ([], 0)

    def test_a_question_that_one_round_alone_answered_is_destroyed(self, world):
        boxes = [small(world, 7), small(world, 7, values=(3, None, None, None, None))]
        for box in boxes:
            count(box)
        close(world, boxes[0])
        assert shown(world, boxes[0]) == [(1, 15, "50%")]
        assert set(PoolCount.objects.values_list("n", flat=True)) == {7}

    def test_where_nearly_all_said_the_same_of_ten_no_more_is_said(self, world):
        boxes = [small(world, 5), small(world, 5, values=(5, 1, 4, 5, 4))]
        for box in boxes:
            count(box)
        close(world, boxes[0])
        assert shown(world, boxes[0])[:2] == [(1, 10, "all or nearly all"), (2, 10, "50%")]

    def test_systems_half_years_and_versions_stand_apart(self, world):
        first = small(world, 6)
        later = first.round.starts_at + timedelta(days=60)
        others = [
            small(world, 6, values=(5,) * 6, format="online"),
            small(world, 6, starts_at=later, ends_at=later + timedelta(hours=1)),
            FeedbackBoxFactory(),
        ]
        fill(others[2], 6)
        for box in [first, *others]:
            count(box)
        assert len({(pool, tally.questionnaire) for pool, tally in opened()}) == 4
        assert not any(tally.several for _, tally in opened())


class TestLate:
    def test_what_is_counted_after_the_end_goes_nowhere(self, world):
        boxes = [small(world, 6), small(world, 6), small(world, 6, values=(1, 1, 1, 1, 1))]
        for box in boxes[:2]:
            count(box)
        close(world, boxes[0])
        before = list(PoolCount.objects.order_by("id").values_list())
        end = closes_at(HalfYear.of_round(boxes[0].round))
        count(boxes[2], now=end)
        assert (tallies(), Form.objects.count()) == ({}, 0)
        assert list(PoolCount.objects.order_by("id").values_list()) == before

    def test_nor_does_what_a_counter_with_a_slow_clock_adds(self, world):
        """It thinks that it is in time, while another has closed the pool."""
        boxes = [small(world, 6), small(world, 6)]
        for box in boxes:
            count(box)
        close(world, boxes[0])
        before = list(PoolCount.objects.order_by("id").values_list())
        for _ in range(2):
            count(small(world, 6, values=(1,) * 5))
        assert tallies()
        close(world, boxes[0])
        assert list(PoolCount.objects.order_by("id").values_list()) == before

    def test_closed_by_a_clock_that_is_ahead_of_its_time_it_stays_open(self, world):
        box = small(world, 6)
        count(box)
        half_year = HalfYear.of_round(box.round)
        pools.close(system_id=world.system.pk, half_year=half_year.key, now=closes_at(half_year) - MINUTE)
        assert tallies()


class TestAttacks:
    def looks(self, client, world):
        found = []
        for name in ("dashboard", "dashboard_file"):
            scope = f"ics-{world.system.code.lower()}"
            args = [scope] if name == "dashboard" else [scope, "small-rounds"]
            answer = client.get(reverse(name, args=args), {"half_year": "2026-10"})
            assert answer.status_code == 200
            found.append(answer.content if name == "dashboard_file" else main(answer).split('id="small-rounds"')[1])
        return found

    def test_no_two_looks_while_it_grows_differ(self, client, world):
        """Not when a small Round is counted, and not in how it was: three worlds' last Round gives the same pages."""
        lead = RoleGrantFactory(role="ics_lead", system=world.system).person
        boxes = [small(world, number) for number in (6, 7, 5, 3)]
        with time_machine.travel(boxes[0].closes_at, tick=False):
            client.force_login(lead)
            seen = [self.looks(client, world)]
            for box in boxes:
                count(box)
                seen.append(self.looks(client, world))
        assert all(look == seen[0] for look in seen)

    def test_it_is_in_no_other_figure(self, client, world):
        lead = RoleGrantFactory(role="ics_lead", system=world.system).person
        boxes = [small(world, 6, state=RoundState.HELD) for _ in range(2)]
        url = reverse("dashboard_file", args=[f"ics-{world.system.code.lower()}", "feedback"])
        with time_machine.travel(boxes[0].closes_at, tick=False):
            client.force_login(lead)
            before = client.get(url, {"half_year": "2026-10"}).content
        for box in boxes:
            count(box)
        close(world, boxes[0])
        with time_machine.travel(closes_at(HalfYear.of_round(boxes[0].round)), tick=False):
            client.force_login(lead)
            assert client.get(url, {"half_year": "2026-10"}).content == before
        assert not CrossCount.objects.exists()

    def test_rows_of_one_copy_do_not_tell_which_round_they_came_from(self, world):
        """All are written anew at each counting, under new keys: of two Rounds no row is as it was after the first."""
        boxes = [small(world, 6), small(world, 6, values=(1, 2, 3, 1, 2))]
        keys = []
        for box in boxes:
            with CaptureQueriesContext(connections["box"]) as queries:
                count(box)
            keys.append(set(PoolTally.objects.values_list("pk", "content")))
            verbs = Counter(query["sql"].split()[0] for query in queries)
            assert (verbs["INSERT"], verbs["UPDATE"]) == (2, 0)
        assert not keys[0] & keys[1]

    @pytest.mark.parametrize("forms", [0, 4, 6, 12])
    def test_nor_whether_it_added_anything(self, world, forms):
        """Whatever came back, the pool is written anew, as long as it was, under another key and in other bytes."""
        count(small(world, 6))
        before = PoolTally.objects.get()
        count(small(world, forms))
        after = PoolTally.objects.get()
        assert len(after.content) == len(before.content)
        assert after.pk != before.pk
        alike = sum(map(str.__eq__, before.content, after.content)) - after.content.count("\n")
        assert alike < len(after.content) / 32

    def test_nor_is_it_taken_for_what_is_left_of_a_form(self, world):
        count(small(world, 6))
        assert not SEALED.search(PoolTally.objects.get().content.encode())

    def test_without_its_key_nobody_reads_it_and_it_begins_anew(self, world, caplog):
        boxes = [small(world, 6), small(world, 6)]
        count(boxes[0])
        pool = world.system.pk, HalfYear.of_round(boxes[0].round).key
        box_keys.destroy_pool(*pool)
        count(boxes[1])
        assert "A pool of small Rounds cannot be opened" in caplog.text
        assert set(tallies().values()) == {(6, False)}

    def test_a_pool_that_grew_before_they_were_sealed_is_sealed_with_the_next(self, world):
        boxes = [small(world, 6), small(world, 6)]
        count(boxes[0])
        PoolTally.objects.update(content=json.dumps([tally for _, tally in opened()]))
        count(boxes[1])
        assert not PoolTally.objects.get().content.startswith("[")
        assert set(tallies().values()) == {(12, True)}

    def test_counted_twice_nothing_is_added_twice(self, world):
        box = small(world, 6)
        count(box)
        FeedbackBox.objects.update(state="open")
        count(box)
        assert set(tallies().values()) == {(6, False)}


def main(answer):
    return answer.content.decode().split("<main")[1].split("</main>")[0]


class TestPages:
    def results(self, client, world, box, now):
        with time_machine.travel(now, tick=False):
            client.force_login(world.ada)
            return main(client.get(reverse("round_results", args=[box.round_id])))

    def small(self, world, forms):
        box = small(world, forms, state=RoundState.CLOSED, title="A small Round")
        TeamMemberFactory(round=box.round, person=world.ada)
        return box

    def test_the_team_reads_what_became_of_the_forms_and_not_how_many_there_were(self, client, world):
        pages = []
        for forms in (2, 6):
            box = self.small(world, forms)
            count(box)
            page = self.results(client, world, box, box.closes_at)
            assert "Where 5 to 7 forms came back and none on paper, their answers were first added" in page
            assert "Small Rounds are shown together, from 22 April 2027 on." in page
            pages.append(page.split("rd-lead")[1].replace(box.mark, ""))
        assert pages[0] == pages[1]

    def test_and_the_pool_once_it_is_complete(self, client, world):
        boxes = [self.small(world, 6) for _ in range(2)]
        for box in boxes:
            count(box)
        close(world, boxes[0])
        page = self.results(client, world, boxes[0], closes_at(HalfYear.of_round(boxes[0].round)))
        assert "What small Rounds said together." in page
        assert "100%" in page

    def test_of_one_counted_too_late_it_says_that(self, client, world):
        box = self.small(world, 6)
        end = closes_at(HalfYear.of_round(box.round))
        count(box, now=end)
        page = self.results(client, world, box, end)
        assert "this box was counted too late" in page
        assert "small-rounds" not in page

    def test_the_figures_of_the_system_show_it_in_words_table_and_file(self, client, world):
        boxes = [small(world, 6, state=RoundState.CLOSED) for _ in range(2)]
        for box in boxes:
            count(box)
        close(world, boxes[0])
        lead = RoleGrantFactory(role="ics_lead", system=world.system).person
        scope = f"ics-{world.system.code.lower()}"
        with time_machine.travel(closes_at(HalfYear.of_round(boxes[0].round)), tick=False):
            client.force_login(lead)
            page = main(client.get(reverse("dashboard", args=[scope]), {"half_year": "2026-10"}))
            file = client.get(reverse("dashboard_file", args=[scope, "small-rounds"]), {"half_year": "2026-10"})
        assert "What small Rounds said together." in page
        lines = file.content.decode("utf-8-sig").partition("\r\n\r\n")[0].splitlines()
        assert lines[0] == "Questions,Version,Question,Share,Answers,Share of"
        assert len(lines) == 6
        assert all(",100%,10," in line for line in lines[1:])
        assert lines[-1].endswith(",Excellent + Exceptional")


class TestReturned:
    def read(self, client, world, forms, headcount):
        box = FeedbackBoxFactory(round=RoundFactory(system=world.system, facilitators=[world.ada], places=60))
        fill(box, forms)
        attendance.close_register(round=box.round, headcount=headcount, now=box.round.ends_at)
        count(box)
        with time_machine.travel(box.closes_at, tick=False):
            client.force_login(world.ada)
            return main(client.get(reverse("round_results", args=[box.round_id])))

    def test_the_team_sees_how_many_forms_for_how_many_people(self, client, world):
        page = self.read(client, world, 38, 46)
        assert "38 forms for 46 people who were there." in page
        assert "more than one form" not in page

    def test_and_that_there_were_more_forms_than_people(self, client, world):
        page = self.read(client, world, 52, 46)
        assert "52 forms for 46 people who were there. Either somebody sent more than one form" in page

    def test_of_a_small_round_it_is_not_said(self, client, world):
        assert "7 forms" not in self.read(client, world, 7, 46).replace("5 to 7 forms", "")
