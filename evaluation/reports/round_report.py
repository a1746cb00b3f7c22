"""What a steering group is told of one Round: facts about it, numbers as everybody outside its team reads them, the
answers in words, and the comments that its facilitators let out. Of a Round of one team neither answers nor comments.
"""

from dataclasses import dataclass

from evaluation.disclosure import Said, in_words
from evaluation.models import EventFacts, Item
from evaluation.reports.licensor import Returned, returned
from evaluation.reports.round import counts_of, forms_shown, published_comments
from rounds.actions import fidelity
from rounds.models import RoundPartner, TeamMember
from rounds_site.kit.drawing import for_figures


@dataclass(frozen=True)
class RoundReport:
    """`answers` in the order in which they were asked; `unmet`: what makes it a Round and was not so."""

    returned: Returned
    hosts: list
    partners: int
    answers: list[tuple[Item, Said]]
    comments: list[str]
    unmet: list[str]

    @property
    def round(self) -> EventFacts:
        return self.returned.round


def report_of(round) -> RoundReport:
    """`round` comes with its hosts."""
    event = for_figures(EventFacts.objects.filter(pk=round.pk).order_by()).get()
    told = returned(event, forms_shown([round.pk]))
    shown = [round.pk] if told.forms is not None else []
    invited = for_figures(RoundPartner.objects.filter(round=round.pk).order_by())
    facilitators = TeamMember.objects.facilitating().filter(round=round).count()
    return RoundReport(
        told,
        hosts=round.hosts,
        partners=invited.count(),
        answers=_answers(shown),
        comments=published_comments(round.pk) if shown else [],
        unmet=[rule.unmet for rule in fidelity.unmet(round, facilitators) if rule.code in fidelity.OVER_TIME],
    )


def _answers(shown):
    counts = counts_of(shown)
    asked = counts.keys()
    items = Item.objects.filter(pk__in={item for item, _ in asked}).select_related("questionnaire")
    found = [(item, key) for item in for_figures(items.order_by("number", "id")) for key in shown]
    said = [(item, in_words(counts.get((item.pk, key), {}))) for item, key in found]
    return [(item, words) for item, words in said if words]
