"""Boxes, forms, registers and figures for tests."""

import uuid
from datetime import timedelta

import factory

from evaluation.actions import questionnaires
from evaluation.models import Attendance, FeedbackBox, Register, RoundFigure
from evaluation.models.box import Form
from evaluation.models.results import Comment, Counted, ItemCount
from evaluation.sealing import packed
from evaluation.states import OPENS_BEFORE, STAYS_OPEN

from .members import Made, PersonFactory
from .rounds import RoundFactory


class FeedbackBoxFactory(Made):
    """The open box of a Round, as the clock opens it."""

    class Meta:
        model = FeedbackBox

    round = factory.SubFactory(RoundFactory)
    room_code = factory.Sequence(lambda n: f"K7M{n:03}")
    questionnaire = factory.LazyAttribute(lambda o: questionnaires.in_use(o.round.format))
    opens_at = factory.LazyAttribute(lambda o: o.round.starts_at - OPENS_BEFORE)
    closes_at = factory.LazyAttribute(lambda o: o.round.ends_at + STAYS_OPEN)


class AttendanceFactory(Made):
    class Meta:
        model = Attendance

    round = factory.SubFactory(RoundFactory)
    person = factory.SubFactory(PersonFactory)


class RegisterFactory(Made):
    class Meta:
        model = Register

    round = factory.SubFactory(RoundFactory)


class RoundFigureFactory(Made):
    """A headcount that stands; None is "fewer than 8"."""

    class Meta:
        model = RoundFigure

    round = factory.SubFactory(RoundFactory)
    headcount = 40
    headcount_entered_at = factory.LazyAttribute(lambda o: o.round.ends_at + timedelta(minutes=10))


def fill(box, number, *, values=(5, 4, 4, 5, 4), comment=""):
    """Put `number` alike forms into a box."""
    items = list(box.questionnaire.items.all())
    answers = {str(item.pk): value for item, value in zip(items, values, strict=True) if value}
    Form.objects.bulk_create(
        Form(ballot_id=uuid.uuid4(), round_id=box.round_id, content=packed(answers=answers, comment=comment))
        for _ in range(number)
    )


def counted(round, *, values, forms=40, comments=()):
    """What counting leaves of a Round's box. `values`: item number → {value: how many}."""
    box = FeedbackBoxFactory(round=round, state="counted", counted_at=round.ends_at + STAYS_OPEN)
    Counted.objects.create(round_id=round.pk, forms=forms)
    ItemCount.objects.bulk_create(
        ItemCount(round_id=round.pk, questionnaire_id=box.questionnaire_id, item_id=item.pk, value=value, n=number)
        for item in box.questionnaire.items.all()
        for value, number in values.get(item.number, {}).items()
    )
    Comment.objects.bulk_create(Comment(round_id=round.pk, text=text) for text in comments)
    return box
