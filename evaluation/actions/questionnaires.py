"""Which version of the questions a Round asks."""

from django.db import transaction
from django.utils import timezone

from evaluation.models import Item, Questionnaire, QuestionnaireUse
from evaluation.questions import OURS_AT, SETS
from evaluation.states import Occasion
from rounds.states import Format, Kind

# Where some are in the room and some online everyone is asked the same, so that a small half does not stand apart.
AT_FORMAT = {
    Format.IN_PERSON: Occasion.IN_PERSON,
    Format.HYBRID: Occasion.IN_PERSON,
    Format.ONLINE: Occasion.ONLINE,
}
AT_KIND = {Kind.TEAM_TIME: Occasion.TEAM_TIME, Kind.UNIT: Occasion.UNIT, Kind.STUDENT: Occasion.STUDENT}


def occasions(held, kind=Kind.ORDINARY) -> list[Occasion]:
    """What a Round of that format and kind is, the narrowest first. Team Time is only itself: its form is short."""
    own = AT_KIND.get(Kind(kind))
    if own == Occasion.TEAM_TIME:
        return [own]
    return [*([own] if own else []), AT_FORMAT[Format(held)]]


def chosen_for(round) -> Questionnaire | None:
    """The version that its system chose for Rounds like this one on its day; None where it asks what comes with this
    portal. A choice for its kind goes before one for its format."""
    on = timezone.localdate(round.starts_at)
    wanted = occasions(round.format, round.kind)
    begun = QuestionnaireUse.objects.filter(system=round.system_id, occasion__in=wanted, starts_on__lte=on)
    latest = {use.occasion: use for use in begun.order_by("starts_on").select_related("questionnaire")}
    chosen = [latest[occasion].questionnaire for occasion in wanted if occasion in latest]
    return next(filter(None, chosen), None)


def asked_at(round) -> Questionnaire:
    """For the box that opens now: from then on it keeps this version, whatever is chosen later."""
    return chosen_for(round) or ours(OURS_AT[occasions(round.format, round.kind)[-1]])


def questions_at(round) -> tuple[Questionnaire | None, list[Item]]:
    """What the box of the Round asks or, until it is open, would ask on the day of the Round; without making it."""
    box = getattr(round, "feedback_box", None)
    asked = box.questionnaire if box else chosen_for(round)
    if asked:
        return asked, list(asked.items.all())
    return None, items_of(OURS_AT[occasions(round.format, round.kind)[-1]])


def items_of(code) -> list[Item]:
    """The questions of one of our own sets, as they would be made now."""
    _, _, wording = SETS[code]
    return [
        Item(number=number, construct=construct, text=text, scale=scale)
        for number, (construct, text, scale) in enumerate(wording, start=1)
    ]


@transaction.atomic
def ours(code) -> Questionnaire:
    """One of our own sets; made at first need."""
    name, version, _ = SETS[code]
    questionnaire, made = Questionnaire.objects.get_or_create(
        system=None, code=code, version=version, defaults={"name": name}
    )
    if made:
        items = items_of(code)
        for item in items:
            item.questionnaire = questionnaire
        Item.objects.bulk_create(items)
    return questionnaire
