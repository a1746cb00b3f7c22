"""Handing on what a Round made people wish for, and answering it.

Nobody is written to and nothing is logged: the moment of a letter or of a row would say after which Round it was.
"""

from django.db import transaction

from members.access import today
from rounds.models import Suggestion
from rounds.models.suggestion import YEARS_KEPT
from rounds_site.kit.formats import half_year_of
from rounds_site.kit.prints import print_of
from rounds_site.kit.refusals import Refused

ANSWERED_MEANWHILE = "Somebody else has answered this meanwhile. Copy what you want to keep, then open the page again."


@transaction.atomic
def hand_on(*, key, organisation=None, place=None, text, now):
    """To one of the two. It stays nobody's: who handed it on is in no row. `key` is a random one that becomes the
    row's, so that a double click hands on one."""
    said = {"organisation": organisation, "place": place, "text": text, "half_year": half_year_of(today(now))}
    return Suggestion.objects.get_or_create(pk=key, defaults=said)[0]


@transaction.atomic
def answer(*, suggestion, answer, shared, seen):
    """What was done, or why not; again as often as there is something new. Taken out, nobody is shown it any more.

    `seen`: the print of the answer that its writer had before them, so that nobody writes over what they have not seen.
    """
    row = Suggestion.objects.select_for_update(of=("self",)).filter(pk=suggestion.pk).first()
    if row is None:
        raise Refused("This suggestion has been taken out meanwhile.")
    if seen != print_of(row.answer):
        raise Refused(ANSWERED_MEANWHILE)
    row.answer, row.shared = answer, shared and bool(answer)
    row.save(update_fields=["answer", "shared"])
    return row


@transaction.atomic
def remove(*, suggestion):
    """It names somebody, or is no suggestion."""
    Suggestion.objects.filter(pk=suggestion.pk).delete()


def had_their_time(now):
    """Of the half-year that began so many years before this one, and of those before it."""
    this = half_year_of(today(now))
    return Suggestion.objects.filter(half_year__lte=this.replace(year=this.year - YEARS_KEPT))
