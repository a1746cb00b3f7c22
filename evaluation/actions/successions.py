"""What becomes of the questions of a system that goes on as others: Rounds to come ask what was chosen for them."""

from evaluation.models import Questionnaire, QuestionnaireUse
from members.access import today
from members.models import SystemEdge


def questions_of(system, now):
    """Keys of its versions and of its choices."""
    versions = Questionnaire.objects.filter(system=system).order_by("pk").values_list("pk", flat=True)
    return [*versions, *_uses(system).order_by("pk").values_list("pk", flat=True)]


def _uses(system):
    return QuestionnaireUse.objects.filter(system=system)


def questions_in_words(number, name):
    what = "version or choice of questions goes" if number == 1 else "versions and choices of questions go"
    return f"{number} {what} on in {name}. What was chosen there already for a kind of Round stays."


def move_questions(system, successor_of, now):
    """Versions belong to the first; of a division all ask them, so that answers stay comparable. What a successor chose
    for a kind of Round goes before what its predecessor did."""
    first = successor_of(None)
    partners = SystemEdge.objects.filter(system=system).order_by().values_list("organisation", flat=True).distinct()
    for successor in {first, *map(successor_of, partners)}:
        _choose_alike(system, successor)
    _uses(system).filter(starts_on__gt=today(now)).delete()
    _move_versions(system, first)


def _choose_alike(system, successor):
    chosen = _uses(successor).order_by().values_list("occasion", flat=True)
    QuestionnaireUse.objects.bulk_create(
        QuestionnaireUse(
            system=successor, occasion=use.occasion, questionnaire_id=use.questionnaire_id, starts_on=use.starts_on
        )
        for use in _uses(system).exclude(occasion__in=list(chosen))
    )


def _move_versions(system, successor):
    of_system = Questionnaire.objects.filter(system=system)
    for code in of_system.order_by("code").values_list("code", flat=True).distinct():
        free = Questionnaire.objects.free_code(successor, code)
        of_system.filter(code=code).update(system=successor, code=free)
