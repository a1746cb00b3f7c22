"""Which questions a system's Rounds ask now, and from which day on they ask others."""

from collections import defaultdict
from dataclasses import dataclass

from evaluation.models import Questionnaire, QuestionnaireUse
from evaluation.questions import OURS_AT, SETS
from evaluation.states import Occasion

AS_AT_OTHERS = "The same as at other Rounds held that way"


@dataclass(frozen=True)
class Asked:
    """`now`: the choice that has begun, or None; `coming`: those that begin later, the next first."""

    occasion: Occasion
    now: QuestionnaireUse | None
    coming: list[QuestionnaireUse]

    @property
    def words(self) -> str:
        return in_words(self.occasion, self.now)


def in_words(occasion, use) -> str:
    if use and use.questionnaire:
        return str(use.questionnaire)
    if occasion not in OURS_AT:
        return AS_AT_OTHERS
    name, version, _ = SETS[OURS_AT[occasion]]
    return f"{name}, version {version}"


def asked_in(system, *, on) -> list[Asked]:
    uses = defaultdict(list)
    for use in QuestionnaireUse.objects.filter(system=system).select_related("questionnaire").order_by("starts_on"):
        uses[use.occasion].append(use)
    return [
        Asked(
            occasion,
            next((use for use in reversed(uses[occasion]) if use.starts_on <= on), None),
            [use for use in uses[occasion] if use.starts_on > on],
        )
        for occasion in Occasion
    ]


def versions_of(system) -> list[Questionnaire]:
    """All but our own, by name, the newest first."""
    return list(Questionnaire.objects.known_to(system).exclude(code__in=SETS).newest_first())
