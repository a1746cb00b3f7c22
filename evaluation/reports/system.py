"""The figures of a system: facts about Rounds as they are, figures about people as ``disclosure`` lets them out.

A page shows one half-year with the one before it, and reads the Rounds of that year and no others. Whatever it reads
goes through ``for_figures``: as a database role that sees no person. Who facilitates is asked elsewhere
(``facilitators``).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from evaluation.disclosure import Figure, total
from evaluation.models import EventFacts, Item
from evaluation.reports.answers import QuestionnaireFigures, answers_of, items_of
from evaluation.reports.by_work import ByWork, answers_by_work
from evaluation.reports.equity import Offered, offered_to_sectors
from evaluation.reports.half_year_counts import counts_of_half_years, pool_of, told_by_work
from evaluation.reports.half_years import HalfYear, add_months, asked_for, between, waits_until
from evaluation.reports.invitations import invitations_of
from evaluation.reports.partners import Partner, as_now, named, names_of_then, notes_on_time, partners_of
from evaluation.reports.reach import Reach, last_released
from evaluation.reports.round import counts_of_shown
from evaluation.reports.small_rounds import Pooled, pooled_answers
from members.models import Succession, System, SystemSuccession
from members.models.succession import heirs_of
from rounds.states import RoundState
from rounds_site.kit.drawing import for_figures
from rounds_site.kit.formats import MONTHS

HELD = (RoundState.HELD, RoundState.CLOSED)
PLANNED = (RoundState.PLANNED, RoundState.PUBLISHED)


@dataclass(frozen=True)
class Month:
    """`held` and `planned`: format → number. `came` is None where no Round of the month has its headcount yet."""

    begins: date
    held: Counter
    planned: Counter
    came: Figure | None
    awaiting: int

    @property
    def words(self):
        return f"{MONTHS[self.begins.month - 1]} {self.begins.year}"


class SystemFigures:
    """All that the dashboard of a system shows."""

    def __init__(self, system, *, half_year_key, now):
        self.system, self.now = system, now
        there = self._there().filter(state__in=HELD + PLANNED)
        starts = self._first_and_last(there)
        self.any_rounds, self._was_another = starts["first"] is not None, starts["was_another"]
        self.ended_on = starts["ended_on"]
        present = HalfYear.of(self.today)
        first, last = (HalfYear.at(starts[end]) if starts[end] else present for end in ("first", "last"))
        self.half_years = between(min(first, present), max(last, present))
        self.half_year = self._chosen(half_year_key, present, starts["last_held"])
        self.rounds = list(there.filter(self._shown_hours()).order_by("starts_at", "id"))

    def _first_and_last(self, there):
        """When the first and the last of these Rounds begin, and the last of those held; and the day from which the
        system is another. Each is looked up by date: MIN and MAX would read all that there ever were."""
        in_time = there.order_by("starts_at").values("starts_at")
        ends = {
            "first": in_time,
            "last": in_time.reverse(),
            "last_held": in_time.reverse().filter(state__in=HELD),
            "ended_on": _ends_of(self.system),
        }
        was_another = Exists(SystemSuccession.objects.filter(successor=self.system))
        found = for_figures(System.objects.filter(pk=self.system.pk).order_by())
        return found.values(was_another=was_another, **{name: Subquery(one[:1]) for name, one in ends.items()}).get()

    def _there(self):
        """The Rounds that these figures are of."""
        return for_figures(EventFacts.objects.filter(system=self.system))

    def _chosen(self, key, present, last_held):
        """The one asked for; else the present one, or the last with a Round held while nothing was held in it."""
        if key:
            return asked_for(each for each in self.half_years if each.key == key)
        return min(present, HalfYear.at(last_held)) if last_held else present

    def _shown_hours(self):
        return Q(**self.half_year.hours) | Q(**self.half_year.before().hours)

    def in_half_year(self, *states, half_year=None):
        return [round for round in self._by_half_year[half_year or self.half_year] if round.state in states]

    @cached_property
    def _by_half_year(self):
        return grouped(self.rounds, lambda round: HalfYear.of(round.day))

    @cached_property
    def rounds_shown(self) -> list[EventFacts]:
        """Held and planned, of the half-year."""
        return self.in_half_year(*HELD, *PLANNED)

    @cached_property
    def invited_to(self) -> dict:
        """{key of one of these Rounds: keys of the partners that it invited}, of those that invited any."""
        return invitations_of(self.rounds_shown)

    @property
    def on(self) -> date:
        """The half-year's last day, or today: the day as of which its partners are counted, on every page."""
        return min(self.half_year.last_day, self.today)

    @cached_property
    def today(self) -> date:
        """Of a system that has become another its last day, on which its figures stand for good."""
        today = timezone.localdate(self.now)
        return min(today, self.ended_on - timedelta(days=1)) if self.ended_on else today

    @property
    def has_begun(self) -> bool:
        return self.half_year.begins <= self.today

    @property
    def is_over(self) -> bool:
        return self.half_year.ends <= timezone.localdate(self.now)

    def is_past_release(self, half_year) -> bool:
        """Whether what was not released of it by now never will be. The clock that releases is a day late at most."""
        return self.now >= waits_until(half_year) + timedelta(days=1)

    @property
    def held(self) -> int:
        return len(self.in_half_year(*HELD))

    @property
    def planned(self) -> int:
        return len(self.in_half_year(*PLANNED))

    @property
    def came(self) -> Figure:
        return total_of(self.in_half_year(*HELD))

    @property
    def hosts(self) -> int:
        """How many of the members hosted a Round in the half-year."""
        return len(self.members_in(hosts_of(self.in_half_year(*HELD))))

    @cached_property
    def members(self) -> list:
        """The partners on the half-year's last day, or today; by name."""
        return [each for each in self._partners if each.then]

    def members_in(self, keys) -> set:
        """Keys of the members that did it, or of which somebody who did is wholly part by that day."""
        return (keys | as_now(keys, self._heirs_then)) & self._member_keys

    @cached_property
    def _member_keys(self) -> set:
        return {each.pk for each in self.members}

    @cached_property
    def partners(self) -> list[Partner]:
        """As they stand today, whichever half-year is shown."""
        return [each for each in self._partners if each.here]

    @cached_property
    def _partners(self):
        return partners_of(self.system, on=self.today, then=self.on, heirs=self.heirs)

    @cached_property
    def heirs(self) -> dict:
        return heirs_of(self._successions)

    @cached_property
    def _heirs_then(self) -> dict:
        return heirs_of(self._successions_then)

    @property
    def _successions_then(self):
        return [step for step in self._successions if step.on <= self.on]

    @cached_property
    def _successions(self) -> list[Succession]:
        found = Succession.objects.with_names().filter(on__lte=self.today)
        return list(for_figures(found).order_by("on", "predecessor__name", "successor__name"))

    @property
    def steps(self) -> list[Succession]:
        """Those by which the partners of today came to be."""
        partners = {partner.pk for partner in self.partners}
        return [step for step in self._successions if step.successor_id in partners]

    @cached_property
    def notes_on_time(self) -> list[str]:
        return notes_on_time(self.steps)

    @cached_property
    def systems_before(self):
        """What the system was before, of which the figures stay as they were then."""
        steps = for_figures(self.system.came_from.select_related("predecessor"))
        return list(steps.order_by("on", "predecessor__name")) if self._was_another else []

    @cached_property
    def changed_sector(self) -> bool:
        """Whether a partner has since become part of one in another sector: sectors stand as they were then."""
        if self.reach is None:
            return False
        since = HalfYear.called(self.reach.half_year).begins
        return any(step.on >= since and step.predecessor.sector != step.successor.sector for step in self.steps)

    @cached_property
    def employers_then(self) -> list[str]:
        """What has become of large employers whose figures stand under the name of then."""
        if self.reach is None:
            return []
        since = HalfYear.called(self.reach.half_year).begins
        later = [step for step in self._successions if step.on >= since]
        return names_of_then([step for step in later if self.reach.has_employer(step.predecessor_id)])

    @cached_property
    def offered(self) -> list[Offered]:
        """To each sector that is there on that day."""
        then = self.in_half_year(*HELD, half_year=HalfYear.called(self.reach.half_year)) if self.reach else []
        invited = invitations_of({*self.rounds_shown, *then})
        there = named(self.system, on=self.on, invited=set().union(*set(invited.values())))
        return offered_to_sectors(there, self.rounds_shown, invited=invited, released=self.reach, then=then)

    @cached_property
    def reach(self) -> Reach | None:
        return last_released(self.system, until=self.half_year.key)

    @cached_property
    def months(self) -> list[Month]:
        """The half-year and the one before it."""
        begins = self.half_year.before().begins
        return [self._month(add_months(begins, n)) for n in range(12)]

    @cached_property
    def _by_month(self):
        return grouped(self.rounds, lambda round: round.day.replace(day=1))

    def _month(self, begins):
        rounds = self._by_month[begins]
        held = [round for round in rounds if round.state in HELD]
        told = [round for round in held if not round.is_of_one_team]
        entered = [round for round in told if headcount_stands(round)]
        return Month(
            begins=begins,
            held=Counter(round.format for round in held),
            planned=Counter(round.format for round in rounds if round.state in PLANNED),
            came=total_of(entered) if entered else None,
            awaiting=len(told) - len(entered),
        )

    @cached_property
    def questionnaires(self) -> list[QuestionnaireFigures]:
        """Beside those of the half-year before it."""
        return answers_of(self._items, self._by_round, **self._answered)

    @cached_property
    def by_work(self) -> list[ByWork]:
        return answers_by_work(self._items, self._by_work, self.half_year)

    @cached_property
    def small_rounds(self) -> dict[HalfYear, list[Pooled]]:
        """Of each half-year that is shown."""
        return {each: pooled_answers(self._items, self._pools[each.key]) for each in self._pools_shown}

    @property
    def _pools_shown(self):
        return [self.half_year]

    @cached_property
    def _answered(self):
        """Keys of the Rounds whose answers may be counted."""
        return {
            "half_year": of_many_teams(self.in_half_year(*HELD)),
            "before": of_many_teams(self.in_half_year(*HELD, half_year=self.half_year.before())),
        }

    @cached_property
    def _by_round(self):
        return counts_of_shown([key for keys in self._answered.values() for key in keys])

    @cached_property
    def _by_work(self):
        return told_by_work(self._added_up, self.half_year, now=self.now)

    @cached_property
    def _pools(self):
        return {each.key: pool_of(self._added_up, each) for each in self._pools_shown}

    @cached_property
    def _added_up(self):
        """Counts over all Rounds of the half-years of which any are told."""
        return counts_of_half_years(self.system.pk, {self.half_year, self.half_year.before(), *self._pools_shown})

    @cached_property
    def _items(self) -> list[Item]:
        """The questions to which any of these are answers, read together."""
        asked = {item for item, _ in self._by_round} | {item for _, _, item in self._by_work}
        return items_of(asked.union(*self._pools.values()))


def of_many_teams(rounds) -> list:
    """Keys of the Rounds whose answers may be told outside: how many answered at a Round of one team would tell how
    many were there."""
    return [round.pk for round in rounds if not round.is_of_one_team]


def total_of(rounds) -> Figure:
    return total(round.headcount for round in rounds if headcount_stands(round))


def headcount_stands(round) -> bool:
    return round.headcount_entered_at is not None


def hosts_of(rounds) -> set:
    """Keys of the organisations that host any of them."""
    return set().union(*(round.host_organisations for round in rounds))


def _ends_of(system):
    """The day from which a system is another; of one that others have become again since, none."""
    again = SystemSuccession.objects.filter(successor=system, on__gte=OuterRef("on"))
    steps = SystemSuccession.objects.filter(~Exists(again), predecessor=system)
    return steps.order_by("-on").values("on")


def grouped(rounds, key) -> defaultdict:
    """{key: those of the Rounds that have it, in their order}"""
    found = defaultdict(list)
    for round in rounds:
        found[key(round)].append(round)
    return found
