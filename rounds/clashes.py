"""What speaks against a day for a Round: said in words, forbidden never.

Who reads it learns no more than they may know anyway. Of a Round that is planned elsewhere in the system that is when
it is, who hosts it and in which room; who facilitates is said only of Rounds whose team they may read, and who tells a
story only to somebody who facilitates both Rounds, so that others read the same whether or not anybody does.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from rounds.access import dates_to_keep, rounds_to_arrange, rounds_to_attend
from rounds.days import bank_holidays
from rounds.models import AvoidedDates, Round, RoundPartner, Storyteller, TeamMember
from rounds.states import RoundState
from rounds_site.kit.formats import nhs_date, nhs_range
from rounds_site.kit.moments import midnight

DAY, NEAR = timedelta(days=1), timedelta(days=3)
# Of more Rounds near one than these it is said how many they are.
NAMED = 3
TAKES_PLACE = [RoundState.PLANNED, RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED]


class Around:
    """All that lies in a system around some days, as far as `person` may know it; so many queries, however many days
    and Rounds there are. Days may be few and far between: what lies between them is not read. `avoided`: the dates to
    avoid of these days, where they are known already."""

    def __init__(self, system, days, *, person, now, avoided=None):
        self.system, self.days, self.person, self.now = system, sorted(set(days)), person, now
        if avoided is not None:
            self.avoided = avoided

    @cached_property
    def free(self):
        return bank_holidays(self.days[0], self.days[-1])

    @cached_property
    def avoided(self):
        return avoided_dates(self.system, self.days[0], self.days[-1], person=self.person, now=self.now)

    @cached_property
    def rounds(self):
        """Of the days asked for, and of those just before and after; each says whether the person arranges it, and
        whether they may attend it."""
        found = Round.objects.filter(self._begins_near(), system=self.system, state__in=TAKES_PLACE)
        found = found.annotate(
            is_arranged=_is_one_of(rounds_to_arrange(self.person, now=self.now)),
            is_open=_is_one_of(rounds_to_attend(self.person, now=self.now)),
        )
        return list(
            found.select_related("venue", "host_organisation", "host_place", "system").order_by("starts_at", "pk")
        )

    def _begins_near(self):
        """A condition on Rounds."""
        near = Q(pk__in=[])
        for first, last in _spans(self.days):
            near |= Q(starts_at__gte=midnight(first - NEAR), starts_at__lt=midnight(last + NEAR + DAY))
        return near

    def _near(self, moment):
        """Of the Rounds those that begin a few days before or after."""
        apart = NEAR + DAY
        first = bisect_left(self.rounds, moment - apart, key=_begin)
        return self.rounds[first : bisect_right(self.rounds, moment + apart, key=_begin)]

    @cached_property
    def partners(self):
        """{key of a Round: {key of a partner: name}}"""
        found = defaultdict(dict)
        invited = RoundPartner.objects.filter(round__in=[each.pk for each in self.rounds])
        for round, partner, name in invited.values_list("round", "organisation", "organisation__name"):
            found[round][partner] = name
        return found

    @cached_property
    def known(self):
        """Keys of the Rounds whose title and team the person may read."""
        return {each.pk for each in self.rounds if each.is_arranged or each.is_open}

    @cached_property
    def teams(self):
        """{key of a Round that they may read: {key of a facilitator: name}}"""
        found = defaultdict(dict)
        team = TeamMember.objects.facilitating().filter(round__in=self.known)
        for round, person, name in team.values_list("round", "person", "person__name"):
            found[round][person] = name
        return found

    @cached_property
    def panels(self):
        """{key of a Round that they facilitate themself: keys of who tells a story there}"""
        found = defaultdict(set)
        mine = [key for key, team in self.teams.items() if self.person.pk in team]
        tells = Storyteller.objects.agreed().shown(self.now).filter(round__in=mine)
        for round, person in tells.values_list("round", "person"):
            found[round].add(person)
        return found

    def of_day(self, day, *, hosts=(), partners=()):
        """Of the day alone: bank holidays, and dates to avoid of the system, of a Place or partner that hosts, or of
        one that is invited."""
        said = [f"It is a bank holiday: {self.free[day]}."] if day in self.free else []
        concerned = {*(each.pk for each in hosts if each), *partners}
        for each in self.avoided:
            owner = each.organisation_id or each.place_id
            if each.starts_on <= day <= each.ends_on and (not owner or not concerned or owner in concerned):
                said.append(f"To avoid: {each.why} ({each.whose}).")
        return said

    def of_round(self, round):
        """Everything that speaks against when a Round is that exists."""
        return self.of_plan(
            round.starts_at,
            round.ends_at,
            hosts=(round.host_organisation, round.host_place),
            venue=round.venue,
            partners=self.partners[round.pk],
            facilitators=self.teams[round.pk],
            panel=self.panels[round.pk],
            but=round,
        )

    def of_plan(self, starts_at, ends_at, *, hosts=(), venue=None, partners=(), facilitators=(), panel=(), but=None):
        """`partners`, `facilitators`: keys; of what is not known yet nothing is said. That a Round is held several
        times on a day, for the same staff and with the same panel, is meant: of its own sittings only those at once
        count."""
        said, near = self.of_day(timezone.localdate(starts_at), hosts=hosts, partners=partners), []
        for other in self._near(starts_at):
            if other == but:
                continue
            if other.starts_at < ends_at and starts_at < other.ends_at:
                said += self._at_once(other, venue, set(facilitators))
            if but and but.repeat and other.repeat == but.repeat:
                continue
            if self._needs_one_of_both(other, starts_at, set(facilitators), set(panel)):
                said.append("Somebody is needed at this and at another Round of yours on the same day.")
            if shared := self._same_staff(other, starts_at, partners):
                near.append(f"Near it, for staff of {shared}: {self._named(other)}.")
        return list(dict.fromkeys(said + _some_of(list(dict.fromkeys(near)))))

    def _at_once(self, other, venue, facilitators):
        clock, team = nhs_range(other.starts_at, other.ends_at), self.teams[other.pk]
        if venue and other.venue_id == venue.pk:
            yield f"{venue.name} is taken from {clock} by another Round."
        for person in sorted(facilitators & set(team), key=lambda key: team[key]):
            yield f"{team[person] or 'One of its facilitators'} facilitates another Round from {clock}."

    def _needs_one_of_both(self, other, starts_at, facilitators, panel):
        """Whether who tells a story at one Round tells one, or facilitates, at the other: only where whoever looks
        facilitates both, and so knows both panels."""
        team = set(self.teams[other.pk])
        if self.person.pk not in facilitators & team:
            return False
        theirs = self.panels[other.pk]
        same_day = timezone.localdate(other.starts_at) == timezone.localdate(starts_at)
        return same_day and bool(panel & (theirs | team) or theirs & facilitators)

    def _same_staff(self, other, starts_at, partners):
        apart = abs(timezone.localdate(other.starts_at) - timezone.localdate(starts_at))
        shared = [name for key, name in self.partners[other.pk].items() if key in partners]
        if apart > NEAR or not shared:
            return ""
        return shared[0] if len(shared) == 1 else f"{len(shared)} partners"

    def _named(self, round):
        """Its title only where they may read it."""
        what = f"“{round.title}”" if round.pk in self.known else f"a Round of {round.host}"
        return f"{what} on {nhs_date(round.starts_at, year=False)}"


def _is_one_of(rows):
    return Exists(rows.order_by().filter(pk=OuterRef("pk")))


def _spans(days):
    """[(first, last)] of days so near each other that the same Rounds may lie near both.

    >>> day = datetime(2027, 6, 1).date()
    >>> [(first.day, last.day) for first, last in _spans([day, day + NEAR, day + 5 * NEAR])]
    [(1, 4), (16, 16)]
    """
    spans = []
    for day in days:
        if spans and day - spans[-1][1] <= 2 * NEAR:
            spans[-1] = spans[-1][0], day
        else:
            spans.append((day, day))
    return spans


def _some_of(lines):
    if len(lines) <= NAMED:
        return lines
    more = len(lines) - NAMED
    return [*lines[:NAMED], f"{more} more {'is' if more == 1 else 'are'} near it for the same staff."]


def _begin(round):
    return round.starts_at


def of_move(round, starts_at, ends_at, *, person, now):
    """What would speak against another date of a Round that `person` arranges."""
    days = [timezone.localdate(starts_at), timezone.localdate(ends_at)]
    team = set(TeamMember.objects.facilitating().filter(round=round).values_list("person", flat=True))
    tells = Storyteller.objects.agreed().shown(now).filter(round=round) if person.pk in team else []
    return Around(round.system, days, person=person, now=now).of_plan(
        starts_at,
        ends_at,
        hosts=(round.host_organisation, round.host_place),
        venue=round.venue,
        partners=set(round.partners.values_list("pk", flat=True)),
        facilitators=team,
        panel={each.person_id for each in tells},
        but=round,
    )


def avoided_dates(system, first, last, *, person, now):
    """From one day to the other. Each says whether it is the person's to take back."""
    found = AvoidedDates.objects.filter(system=system, starts_on__lte=last, ends_on__gte=first)
    found = found.annotate(is_theirs=_is_one_of(dates_to_keep(person, now=now)))
    return list(found.select_related("system", "place", "organisation").order_by("starts_on", "pk"))


def not_offered(rounds):
    """Times of the week at which none of these Rounds is, in words; facts about Rounds, not about who came."""
    starts = [timezone.localtime(each.starts_at) for each in rounds]
    ends = [timezone.localtime(each.ends_at) for each in rounds]
    missing = [
        *(["before 8am"] if not any(4 <= each.hour < 8 for each in starts) else []),
        *(["after 6pm"] if not any(each.hour >= 18 for each in starts) else []),
        *(["at night"] if not any(each.hour >= 22 or each.hour < 4 for each in [*starts, *ends]) else []),
        *(["at a weekend"] if not any(each.weekday() > 4 for each in starts) else []),
    ]
    return missing
