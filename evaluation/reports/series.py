"""A series of Rounds: how many, how regularly, when and where, and how many came to each."""

from datetime import date
from functools import cached_property

from django.utils import timezone

from evaluation.disclosure import Figure
from evaluation.models import EventFacts
from evaluation.reports.offered import OfferedFigures
from evaluation.reports.partners import as_now
from evaluation.reports.system import HELD, headcount_stands, total_of
from rounds_site.kit.drawing import for_figures
from rounds_site.kit.moments import midnight

# So many Rounds are drawn in time: some three years of one a month.
MOST = 36


class SeriesFigures(OfferedFigures):
    def __init__(self, series, *, half_year_key, now):
        self.series = series
        super().__init__(series.system, half_year_key=half_year_key, now=now)

    def _there(self):
        return for_figures(EventFacts.objects.filter(series=self.series))

    def members_in(self, keys):
        """Whether or not they belong to the system still: a series may have gone on in another."""
        return as_now(keys, self._heirs_then)

    @cached_property
    def today(self) -> date:
        """Also where its system has become another, and it went on there."""
        return timezone.localdate(self.now)

    @property
    def is_whole(self) -> bool:
        return False

    @cached_property
    def came_to_each(self) -> list[tuple[EventFacts, Figure]]:
        """Those held until the end of the half-year whose headcount is entered, in the order of time. Of Rounds of one
        team none is."""
        held = self._there().filter(state__in=HELD, starts_at__lt=midnight(self.half_year.ends))
        latest = reversed(held.order_by("-starts_at", "-id")[:MOST])
        return [(round, total_of([round])) for round in latest if headcount_stands(round) and not round.is_of_one_team]
