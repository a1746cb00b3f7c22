"""What a steering group is told of one Round: facts about it, numbers as everybody outside its team reads them, the
answers in words, and the comments that its facilitators let out. Of a Round of one team neither answers nor comments.
"""

from dataclasses import dataclass

from evaluation.disclosure import Said, in_words
from evaluation.models import EventFacts, Item
from evaluation.reports.licensor import Returned, as_returned
from evaluation.reports.round import counts_of, published_comments, shown_rounds
from rounds.actions import fidelity
from rounds.models import RoundPartner, TeamMember
from rounds_site.kit.drawing import for_figures


@dataclass(frozen=True)
class RoundReport:
    """`answers` in the order in which they were asked; `unmet`: what makes it a Round and was not so."""

    returned: Returned
    partners: int
    answers: list[tuple[Item, Said]]
    comments: list[str]
    unmet: list[str]

    @property
    def round(self) -> EventFacts:
        return self.returned.round


def report_of(round) -> RoundReport:
    [returned] = as_returned(list(for_figures(EventFacts.objects.filter(pk=round.pk).order_by())))
    invited = for_figures(RoundPartner.objects.filter(round=round.pk).order_by())
    shown = set() if round.is_of_one_team else shown_rounds([round.pk])
    facilitators = TeamMember.objects.facilitating().filter(round=round).count()
    return RoundReport(
        returned,
        partners=invited.count(),
        answers=_answers(shown),
        comments=published_comments(round.pk) if shown else [],
        unmet=[rule.unmet for rule in fidelity.unmet(round, facilitators)],
    )


def _answers(shown):
    counts = counts_of(shown)
    asked = counts.keys()
    items = Item.objects.filter(pk__in={item for item, _ in asked}).select_related("questionnaire")
    found = [(item, key) for item in for_figures(items.order_by("number", "id")) for key in shown]
    said = [(item, in_words(counts.get((item.pk, key), {}))) for item, key in found]
    return [(item, words) for item, words in said if words]
