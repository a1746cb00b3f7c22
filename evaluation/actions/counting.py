"""A box is opened by the clock, all forms at once: counts per item and shuffled comments remain, the forms do not.

One transaction in `box` reads, writes and destroys; only then does `default` hear of it. Interrupted anywhere, the
next turn of the clock begins again or finds the count done. No row ever holds two answers of one person, and nothing
is written in the order in which the forms came: bulk statements leave no such trace, row-by-row writing would.
"""

from collections import Counter
from secrets import SystemRandom

from django.db import transaction

from evaluation.actions.attendance import people_present
from evaluation.disclosure import COUNTED_FROM, may_be_shown, rounded
from evaluation.models import FeedbackBox, RoundFigure
from evaluation.models.box import Form
from evaluation.models.results import Comment, Counted, ItemCount
from evaluation.sealing import unpacked
from evaluation.states import BoxState
from rounds.states import RoundState


@transaction.atomic
def count(*, box, now) -> FeedbackBox:
    """Count a box whose time has come; any other is left as it is."""
    locked = FeedbackBox.objects.select_for_update(of=("self",)).select_related("round").get(pk=box.pk)
    cancelled = locked.round.state == RoundState.CANCELLED
    if locked.state != BoxState.OPEN or now < locked.closes_at or cancelled:
        return locked
    forms = _emptied_into_counts(locked)
    figure, _ = RoundFigure.objects.get_or_create(round=locked.round)
    figure.forms, figure.forms_entered_at = forms, now
    figure.save(update_fields=["forms", "forms_entered_at"])
    locked.state, locked.counted_at = BoxState.COUNTED, now
    locked.save(update_fields=["state", "counted_at"])
    return locked


def _emptied_into_counts(box) -> int | None:
    """The number of forms as figures may know it: to the nearest 5, None if too few to show their answers."""
    with transaction.atomic(using="box"):
        counted = Counted.objects.filter(pk=box.round_id).first()
        if counted:
            return counted.forms
        waiting = Form.objects.filter(round_id=box.round_id)
        forms = _read(waiting, box) if waiting.count() >= COUNTED_FROM else []
        shown = may_be_shown(forms=len(forms), present=people_present(box.round) - box.round.team.count())
        counted = Counted.objects.create(round_id=box.round_id, forms=rounded(len(forms)) if shown else None)
        if shown:
            ItemCount.objects.bulk_create(_counts(forms, box))
            Comment.objects.bulk_create(_shuffled_comments(forms, box))
        waiting.delete()
        return counted.forms


def _read(waiting, box):
    """(answers, comment) of every form that says something this questionnaire asks."""
    allowed = {str(item.pk): {value for value, _ in item.choices} for item in box.questionnaire.items.all()}
    forms = []
    for content in waiting.order_by().values_list("content", flat=True):
        answers, comment = unpacked(content)
        valid = {item: value for item, value in answers.items() if value in allowed.get(item, ())}
        if valid or comment:
            forms.append((valid, comment))
    return forms


def _counts(forms, box):
    tally = Counter(answer for answers, _ in forms for answer in answers.items())
    return [
        ItemCount(round_id=box.round_id, questionnaire_id=box.questionnaire_id, item_id=item_id, value=value, n=number)
        for (item_id, value), number in sorted(tally.items())
    ]


def _shuffled_comments(forms, box):
    texts = [comment for _, comment in forms if comment]
    SystemRandom().shuffle(texts)
    return [Comment(round_id=box.round_id, text=text) for text in texts]
