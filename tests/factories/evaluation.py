"""Boxes, forms, registers and figures for tests."""

import uuid
from datetime import timedelta
from functools import cache

import factory

from evaluation.actions import box_keys, questionnaires
from evaluation.models import Attendance, FeedbackBox, Register, RoundFigure
from evaluation.models.box import Form
from evaluation.models.results import Comment, Counted, ItemCount
from evaluation.sealing import new_keys, packed, seal, unpacked, unseal
from evaluation.states import OPENS_BEFORE, STAYS_OPEN, BoxState

from .members import Made, PersonFactory
from .rounds import RoundFactory

one_pair = cache(new_keys)


class FeedbackBoxFactory(Made):
    """The open box of a Round, as the clock opens it; in tests all boxes share a pair of keys, made anew each run."""

    class Meta:
        model = FeedbackBox

    round = factory.SubFactory(RoundFactory)
    room_code = factory.Sequence(lambda n: f"K7M{n:03}")
    state = BoxState.OPEN
    public_key = factory.LazyAttribute(
        lambda o: box_keys.keep(o.round.pk, one_pair()) if o.state == BoxState.OPEN else ""
    )
    questionnaire = factory.LazyAttribute(lambda o: questionnaires.asked_at(o.round))
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
    put_in(box, [packed(answers=answers, comment=comment)] * number)


def put_in(box, contents):
    """Forms that lie in the box, sealed, whatever they say."""
    forms = [Form(ballot_id=uuid.uuid4(), round_id=box.round_id) for _ in contents]
    for form, content in zip(forms, contents, strict=True):
        about = {"round_id": box.round_id, "ballot_id": form.ballot_id}
        form.content = seal(content, public_key=box.public_key, **about)
    Form.objects.bulk_create(forms)


def said_in(form):
    """What a form in a box says, to whoever has its key."""
    key = box_keys.find(FeedbackBox.objects.get(round=form.round_id))
    return unpacked(unseal(form.content, key=key, round_id=form.round_id, ballot_id=form.ballot_id))


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
