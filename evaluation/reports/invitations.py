"""Which partners Rounds invited: of a half-year in which hundreds of Rounds invite a hundred partners each."""

from functools import cache
from uuid import UUID

from django.db.models import OuterRef

from evaluation.models import EventFacts
from evaluation.reports.together import apart, together
from rounds.models import RoundPartner
from rounds_site.kit.drawing import for_figures


def invitations_of(rounds) -> dict:
    """{key of a Round: keys of the partners that it invited}, of those that invited any. Rounds that invited the same
    in the same order share one set."""
    own = together(RoundPartner.objects.filter(round=OuterRef("pk")), "organisation")
    facts = for_figures(EventFacts.objects.filter(pk__in=[round.pk for round in rounds]).order_by())
    key_of = cache(UUID)
    set_of = cache(lambda partners: frozenset(map(key_of, apart(partners))))
    return {key: set_of(partners) for key, partners in facts.values_list("pk", own) if partners}
