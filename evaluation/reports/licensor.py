"""What a licensor is told of each Round: facts about it, and numbers as everybody outside its team reads them."""

from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects

from evaluation.disclosure import Figure
from evaluation.models import EventFacts
from evaluation.reports.round import forms_shown
from evaluation.reports.system import HELD, SystemFigures, headcount_stands, total_of
from members.models import Organisation, Person, SecurityEvent
from members.models.audit import Act

WHAT = "the return to the licensor"
LATEST = 20


@dataclass(frozen=True)
class Returned:
    """`came` is None where no number is entered or told; `forms` is to the nearest 5, None where none is shown."""

    round: EventFacts
    came: Figure | None
    forms: int | None
    counted: bool


def rounds_to_return(shown: SystemFigures) -> list[Returned]:
    """Those held in its half-year."""
    rounds = shown.in_half_year(*HELD)
    names = Organisation.objects.only("name")
    partners = (Prefetch("host_organisation", names), Prefetch("co_host", names.all()))
    prefetch_related_objects(rounds, *partners, "host_place", "system")
    forms = forms_shown([round.pk for round in rounds])
    return [returned(round, forms) for round in rounds]


def returned(round, forms) -> Returned:
    """As everybody outside its team may know it. `forms` comes from ``forms_shown``."""
    told = not round.is_of_one_team
    came = total_of([round]) if told and headcount_stands(round) else None
    return Returned(round, came, forms.get(round.pk) if told else None, told and round.pk in forms)


def returns_made(system):
    """[(event, name of who downloaded it)], the latest first, as the security log has them."""
    made = SecurityEvent.objects.filter(act=Act.EXPORT_DOWNLOADED, where=system.pk, said__what=WHAT)
    events = list(made.order_by("-at", "pk")[:LATEST])
    names = dict(Person.objects.filter(pk__in={event.by for event in events}).order_by().values_list("pk", "name"))
    return [(event, names.get(event.by, "Somebody who is here no more")) for event in events]
