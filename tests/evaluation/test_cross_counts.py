"""Answers by kind of work: added to the half-year in groups that leave nobody standing alone."""

import uuid
from collections import Counter

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext

from evaluation.actions import counting, paper
from evaluation.models.box import Form
from evaluation.models.results import CrossCount
from evaluation.reports.half_years import HalfYear, closes_at
from evaluation.sealing import Paper, packed, unpacked
from evaluation.states import BROAD_GROUP_OF, BROAD_GROUPS
from members.roles import STAFF_GROUPS
from tests.factories.evaluation import FeedbackBoxFactory, said_in
from tests.factories.members import SystemFactory
from tests.factories.rounds import RoundFactory, TeamMemberFactory

pytestmark = pytest.mark.django_db


def forms(box, number, group, *, values=(5, 4), unlike=2):
    """So many of them as are `unlike` the others say 1 to everything: of so few, what all said alike is not told."""
    items = list(box.questionnaire.items.all())
    said = [[1] * len(values)] * min(unlike, number) + [values] * (number - unlike)
    Form.objects.bulk_create(
        Form(
            ballot_id=uuid.uuid4(),
            round_id=box.round_id,
            content=packed(
                answers={str(item.pk): value for item, value in zip(items, each, strict=False) if value},
                comment="",
                group=group,
            ),
        )
        for each in said
    )


def count(box):
    counting.count(box=box, now=box.closes_at)


def sums(**where):
    rows = CrossCount.objects.filter(**where).order_by("id")
    return sorted((row.staff_group, row.value, row.n) for row in rows)


def test_every_kind_of_work_is_in_one_of_five_groups():
    assert len(BROAD_GROUPS) == 5
    assert set(BROAD_GROUP_OF) == set(STAFF_GROUPS) - {"not_said"}
    assert set(BROAD_GROUP_OF.values()) == set(BROAD_GROUPS)


def test_the_question_can_be_skipped_and_lies_in_the_form(client):
    box = FeedbackBoxFactory(room_code="K7M3HT")
    with time_machine.travel(box.round.ends_at, tick=False):
        data = {"code": "K7M3HT", "ballot": str(uuid.uuid4()), "question_1": "5"}
        client.post("/feedback/", data | {"group": "care"})
        client.post("/feedback/", data | {"ballot": str(uuid.uuid4())})
        refused = client.post("/feedback/", data | {"ballot": str(uuid.uuid4()), "group": "<b>chief"})
    assert refused.status_code == 200
    found = Form.objects.order_by("ballot_id")
    assert sorted(said_in(form).group for form in found) == ["", "care"]
    assert len({len(form.content.encode()) for form in found}) == 1


def test_a_group_that_was_not_offered_says_nothing():
    assert unpacked('{"answers": {}, "comment": "x", "group": "chief"}').group == ""
    assert unpacked('{"answers": {}, "comment": "x", "group": ["care"]}').group == ""


def test_groups_of_eight_are_added_up_over_the_half_year():
    system = SystemFactory()
    for number in (8, 10):
        box = FeedbackBoxFactory(round__system=system)
        forms(box, number, "nursing")
        forms(box, 8, "")
        count(box)
    assert sums() == [("nursing", 1, 4), ("nursing", 1, 4), ("nursing", 4, 14), ("nursing", 5, 14)]
    assert {row.half_year for row in CrossCount.objects.order_by("id")} == {"2026-10"}


def test_systems_half_years_and_versions_stand_apart():
    first = FeedbackBoxFactory()
    later = RoundFactory(system=first.round.system, starts_at=first.round.starts_at.replace(month=4))
    online = FeedbackBoxFactory(round__system=first.round.system, round__format="online")
    for box in (first, FeedbackBoxFactory(round=later), FeedbackBoxFactory(), online):
        forms(box, 8, "care")
        count(box)
    rows = CrossCount.objects.order_by("id")
    assert len({(row.system_id, row.half_year, row.questionnaire_id) for row in rows}) == 4
    assert {row.n for row in rows} == {6, 2}


@pytest.mark.parametrize(
    ("sizes", "added"),
    [
        ({"nursing": 7, "": 20}, []),
        ({"nursing": 8, "": 7}, []),
        ({"nursing": 8, "care": 1}, []),
        ({"nursing": 8}, ["nursing"]),
        ({"nursing": 12, "care": 9, "": 3}, ["nursing"]),
        ({"nursing": 12, "care": 8, "clinical": 8, "": 1}, ["care", "nursing"]),
        ({"nursing": 12, "care": 9, "running": 5, "": 3}, ["care", "nursing"]),
    ],
    ids=str,
)
def test_nobody_is_left_standing_alone(sizes, added):
    """Neither a group nor what is left of the Round's own counts without it ever has fewer than eight forms."""
    box = FeedbackBoxFactory()
    for group, number in sizes.items():
        forms(box, number, group)
    count(box)
    assert sorted({row.staff_group for row in CrossCount.objects.order_by("id")}) == added


def test_what_a_few_left_unanswered_does_not_leave_the_others_alone():
    """20 filled in a form; the second question 12 nurses answered, and 3 others, who would be left beside them."""
    box = FeedbackBoxFactory()
    forms(box, 12, "nursing")
    forms(box, 3, "")
    forms(box, 5, "", values=(5, None))
    count(box)
    first, second = box.questionnaire.items.all()[:2]
    assert {row.item_id for row in CrossCount.objects.order_by("id")} == {first.pk}
    assert first.pk != second.pk


@pytest.mark.parametrize(
    ("alike", "added"),
    [({"nursing": 8, "": 8}, []), ({"nursing": 11, "": 8}, []), ({"nursing": 11, "care": 8, "": 3}, ["nursing"])],
    ids=str,
)
def test_what_everybody_said_of_so_few_is_neither_added_nor_left(alike, added):
    box = FeedbackBoxFactory()
    for group, number in alike.items():
        forms(box, number, group, unlike=0)
    count(box)
    assert sorted({row.staff_group for row in CrossCount.objects.order_by("id")}) == added


def test_once_the_half_year_is_shown_nothing_is_added():
    box = FeedbackBoxFactory()
    forms(box, 20, "nursing")
    counting.count(box=box, now=closes_at(HalfYear.of_round(box.round)))
    assert sums() == []


def test_a_round_whose_answers_stay_closed_adds_nothing():
    box = FeedbackBoxFactory(round__places=8)
    TeamMemberFactory(round=box.round)
    forms(box, 8, "nursing")
    count(box)
    assert sums() == []


def test_paper_forms_are_among_those_that_are_left():
    box = FeedbackBoxFactory()
    forms(box, 8, "nursing")
    paper.type_in(box=box, paper=Paper(9), now=box.opens_at)
    count(box)
    assert {row.staff_group for row in CrossCount.objects.order_by("id")} == {"nursing"}


def test_they_are_written_in_bulk_and_all_anew():
    system = SystemFactory()
    for _ in range(2):
        box = FeedbackBoxFactory(round__system=system)
        forms(box, 9, "nursing", values=(5, 4, 3, 2, 1))
        before = set(CrossCount.objects.order_by("id").values_list("pk", flat=True))
        with CaptureQueriesContext(connections["box"]) as queries:
            count(box)
        verbs = Counter(query["sql"].split()[0] for query in queries)
        # That it is counted, the counts, the cross counts, and the pool, which is written anew at every counting. What
        # was shown of its half-year is no more, where it was over.
        assert (verbs["INSERT"], verbs["DELETE"], verbs["UPDATE"]) == (4, 5, 0)
        assert not before & set(CrossCount.objects.order_by("id").values_list("pk", flat=True))
    assert sums() == [("nursing", 1, 4), ("nursing", 1, 4), ("nursing", 4, 14), ("nursing", 5, 14)]


def test_counted_twice_nothing_is_added_twice():
    box = FeedbackBoxFactory()
    forms(box, 8, "nursing")
    count(box)
    type(box).objects.update(state="open")
    count(box)
    assert sums() == [("nursing", 1, 2), ("nursing", 1, 2), ("nursing", 4, 6), ("nursing", 5, 6)]
