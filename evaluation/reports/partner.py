"""One partner beside its whole system, and beside no other: what it was offered, and how often its people came.

Rounds count under the name that a partner bears today. So do released figures, where every organisation that is wholly
part of it now had a figure of its own then; where one had none nothing is shown, since the rest would say less than it
seems.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from evaluation.disclosure import Rate
from evaluation.reports.half_years import HalfYear
from evaluation.reports.partners import notes_on_time
from evaluation.reports.reach import Reach, SectorReach, employers_until
from evaluation.reports.system import HELD, SystemFigures
from members.models import Organisation, SystemEdge
from members.roles import SECTORS
from rounds_site.kit.drawing import for_figures

SHOWN_HALF_YEARS = 6


@dataclass(frozen=True)
class Beside:
    """Of one released half-year: the partner, None where it had no figure of its own, and the system. `there`: whether
    it was a partner then. `together` says that it is the sum of several that are one today; `incomplete`, that it is
    none because one of these had none."""

    half_year: HalfYear
    there: bool
    own: Rate | None
    whole: Rate | None
    together: bool
    incomplete: bool


@dataclass(frozen=True)
class Facts:
    held: int
    planned: int

    @property
    def in_all(self) -> int:
        return self.held + self.planned


class PartnerFigures(SystemFigures):
    def __init__(self, system, code, *, half_year_key, now):
        """`partner` is None where none has the code."""
        super().__init__(system, half_year_key=half_year_key, now=now)
        partners = Organisation.objects.in_system(system, on=self.today).only("code", "name", "sector")
        self.partner = for_figures(partners.filter(code__iexact=code)).first()

    @cached_property
    def invited(self) -> Facts:
        return self._facts([each for each in self.rounds_shown if self._names & self.invited_to.get(each.pk, set())])

    @cached_property
    def hosted(self) -> Facts:
        return self._facts([each for each in self.rounds_shown if self._names & each.host_organisations])

    @property
    def was_there(self) -> bool:
        """Whether any of what it is today was a partner in the half-year."""
        return bool(self._there_in(self.half_year))

    @cached_property
    def all_rounds(self) -> Facts:
        return self._facts(self.rounds_shown)

    @cached_property
    def beside(self) -> list[Beside]:
        """The latest first."""
        return [self._beside(released) for released in self._released]

    @cached_property
    def sector(self) -> SectorReach | None:
        """That of its sector, in the latest release."""
        label = SECTORS[self.partner.sector]
        sectors = self._released[0].sectors if self._released else []
        return next((each for each in sectors if each.label == label), None)

    @cached_property
    def notes(self) -> list[str]:
        """What is part of it now, and what it is a part of."""
        return notes_on_time([step for step in self._successions if step.successor_id in self._names])

    @cached_property
    def _released(self) -> list[Reach]:
        return employers_until(self.system, self.half_year.key, most=SHOWN_HALF_YEARS)

    def _beside(self, released):
        half_year = HalfYear.called(released.half_year)
        names = self._there_in(half_year)
        several = len(names) > 1
        incomplete = several and not all(map(released.has_employer, names))
        own = released.of_employers(names)
        return Beside(half_year, bool(names), own, released.whole, several, incomplete)

    @cached_property
    def _names(self):
        """Keys of all that is wholly part of it today."""
        return {self.partner.pk, *(key for key, heir in self.heirs.items() if heir == self.partner.pk)}

    @cached_property
    def _spans(self):
        """{name: from when until when it belonged to the system}"""
        found = defaultdict(list)
        edges = SystemEdge.objects.filter(system=self.system, organisation__in=self._names).order_by()
        for key, begins, ends in for_figures(edges).values_list("organisation", "starts_on", "ends_on"):
            found[key].append((begins, ends))
        return found

    def _there_in(self, half_year):
        return {key for key, spans in self._spans.items() if any(_meet(half_year, *span) for span in spans)}

    def _facts(self, rounds):
        held = sum(round.state in HELD for round in rounds)
        return Facts(held, len(rounds) - held)


def _meet(half_year, begins, ends):
    return begins <= half_year.last_day and (ends is None or ends > half_year.begins)
