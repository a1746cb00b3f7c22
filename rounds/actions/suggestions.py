"""Handing on what a Round made people wish for, and answering it.

Nobody is written to and nothing is logged: the moment of a letter or of a row would say after which Round it was.
"""

from django.db import transaction

from members.access import today
from rounds.models import Suggestion
from rounds.models.suggestion import MONTHS_KEPT


@transaction.atomic
def hand_on(*, organisation=None, place=None, text, now):
    """To one of the two. It stays nobody's: who handed it on is in no row."""
    return Suggestion.objects.create(organisation=organisation, place=place, text=text, month=today(now).replace(day=1))


@transaction.atomic
def answer(*, suggestion, answer, shared):
    """What was done, or why not; again as often as there is something new. Taken out, nobody is shown it any more."""
    row = Suggestion.objects.select_for_update(of=("self",)).get(pk=suggestion.pk)
    row.answer, row.shared = answer, shared and bool(answer)
    row.save(update_fields=["answer", "shared"])
    return row


@transaction.atomic
def remove(*, suggestion):
    """It names somebody, or is no suggestion."""
    Suggestion.objects.filter(pk=suggestion.pk).delete()


def had_their_time(now):
    """Of the month that began so many months before this one, and of those before it."""
    first = today(now).replace(day=1)
    years, months = divmod(first.month - 1 - MONTHS_KEPT, 12)
    return Suggestion.objects.filter(month__lte=first.replace(year=first.year + years, month=months + 1))
