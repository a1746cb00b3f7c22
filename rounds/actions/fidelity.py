"""What makes an hour a Round, as rules for each kind of it (domain.md, after Leamy 2019).

None of them stops anybody. What is not met is said kindly, and whoever goes on all the same says why: the reason stands
with the Round, and that a rule was overruled stands in the security log. Some of them nobody but people can know; these
are asked, and count as met once somebody has said so.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from statistics import median

from django.db.models import Count, F, Q
from django.utils import timezone

from members.access import today
from members.actions import audit
from members.models import Organisation, Place, System
from members.models.audit import Act
from rounds.models import Round
from rounds.models.round import SHOWN
from rounds.states import Format, Kind, RoundState, TeamPart
from rounds_site.kit.acting import acting

from . import registration

MINUTE, WEEK = timedelta(minutes=1), timedelta(weeks=1)
ALL = frozenset(Kind)
HOURS = ALL - {Kind.TEAM_TIME}
LONGEST_REASON = 200
# An interval is known from three Rounds on, and broken once it is half as long again.
FEWEST_GAPS, LONGER = 2, 1.5
YEAR = timedelta(days=365)
FACILITATORS = Count("team", filter=Q(team__part=TeamPart.FACILITATOR, team__suspended_at=None))


@dataclass(frozen=True)
class Rule:
    """`met` is asked of the Round and the number of its facilitators; a rule that nobody but people can know has words
    to tick, `asked`, instead. `is_so` and `unmet` are what is said where it is met and where not, `mend` what would
    mend it, on the step of planning `step`."""

    code: str
    kinds: frozenset
    unmet: str
    mend: str = ""
    step: str = ""
    met: Callable | None = None
    is_so: str = ""
    asked: str = ""


def _lasts(round):
    return round.ends_at - round.starts_at


def _places(round):
    return (round.places or 0) + (round.online_places or 0)


def _is_hosted_by_a_university(round, _):
    return bool(round.host_organisation_id) and round.host_organisation.sector == "education"


RULES = [
    Rule(
        *("two", ALL, "Only one facilitator is named.", "Name a second", "team"),
        is_so="Two facilitators or more are named.",
        met=lambda round, facilitators: facilitators > 1,
    ),
    Rule(
        *("food", HOURS, "No food is offered. It brings people together before the hour.", "Add food", "places"),
        is_so="Food is offered, or people meet online.",
        met=lambda round, _: round.format == Format.ONLINE or bool(round.food),
    ),
    Rule(
        *("time", HOURS, "It lasts less than an hour. After the stories the room needs at least half an hour."),
        *("Change the time", "when"),
        is_so="It lasts an hour or more.",
        met=lambda round, _: _lasts(round) >= 60 * MINUTE,
    ),
    Rule(
        *("short", frozenset({Kind.TEAM_TIME}), "Team Time lasts 30 to 45 minutes.", "Change the time", "when"),
        is_so="It lasts 30 to 45 minutes.",
        met=lambda round, _: 30 * MINUTE <= _lasts(round) <= 45 * MINUTE,
    ),
    Rule(
        *("size", frozenset({Kind.TEAM_TIME}), "Team Time is for one team of 8 to 30 people."),
        *("Change the places", "places"),
        is_so="It has 8 to 30 places.",
        met=lambda round, _: 8 <= _places(round) <= 30,
    ),
    Rule(
        *("university", frozenset({Kind.STUDENT}), "A Round for students is hosted by a university or college."),
        *("Change the host", "who"),
        is_so="A university or college hosts it.",
        met=_is_hosted_by_a_university,
    ),
    Rule(
        *("notice", ALL - {Kind.RESPONSIVE, Kind.TEAM_TIME}),
        "It begins within a week, and people on a rota can hardly come. Is it a responsive Round?",
        *("Change the date", "when"),
        is_so="It was planned at least a week ahead.",
        met=lambda round, _: round.starts_at - round.created_at >= WEEK,
    ),
    Rule(
        *("senior", ALL, "Nobody has said that a facilitator is a senior clinician or a clinical lead."),
        asked="One of the facilitators is a senior clinician or a clinical lead",
    ),
    Rule(
        *("own", HOURS, "Nobody has confirmed yet that it is a separate meeting, and no part of another."),
        asked="It is a meeting of its own, and no part of another",
    ),
    Rule(
        *("outside", frozenset({Kind.UNIT}), "Nobody has said that a facilitator comes from outside the unit."),
        asked="A facilitator comes from outside the unit",
    ),
    Rule(
        *("voices", frozenset({Kind.UNIT, Kind.TEAM_TIME}), "Nobody has said that two people or more tell a story."),
        asked="Two people or more tell a story",
    ),
]
BY_CODE = {rule.code: rule for rule in RULES}
# Those in which a programme lapses before anybody notices; what each is called where many Rounds are looked at.
OVER_TIME = {
    "two": "Two facilitators or more",
    "senior": "One of them a senior clinician or a clinical lead",
    "food": "Food before the hour, or online",
    "own": "A meeting of its own",
    "time": "An hour or more",
}

# All that the rules and the regularity of hundreds of Rounds are seen by, and what their hosts are called.
LOOKED_AT = (
    *("kind", "format", "state", "starts_at", "ends_at", "food", "affirmed", "overruled"),
    *("system", "host_organisation", "host_place", "co_host"),
)
HOSTS = {"host_organisation": Organisation, "host_place": Place, "system": System}


def rules_of(round):
    return [rule for rule in RULES if round.kind in rule.kinds]


def asked_of(round):
    """Those that nobody but people can know."""
    return [rule for rule in rules_of(round) if rule.met is None]


def unmet(round, facilitators):
    """Those that can be seen not to be met, overruled or not. `facilitators`: how many are named."""
    return [rule for rule in rules_of(round) if rule.met and not rule.met(round, facilitators)]


def still_open(round, facilitators):
    """Those that are not met, and of which nobody has said why."""
    unsaid = [rule for rule in asked_of(round) if rule.code not in round.affirmed]
    return [rule for rule in [*unmet(round, facilitators), *unsaid] if not round.overruled.get(rule.code)]


def gone_on(round):
    """[(what is not so, why it goes on all the same)] in the order of the rules."""
    return [(rule.unmet, round.overruled[rule.code]) for rule in rules_of(round) if round.overruled.get(rule.code)]


@acting
def settle(*, round, affirmed, overruled, by, now):
    """What its team says of its rules, from now on. A reason that is taken back is gone."""
    round = registration.lock(round.pk)
    before = round.overruled
    round.affirmed, round.overruled = fitting(round, affirmed, overruled)
    round.save(update_fields=["affirmed", "overruled"])
    record(round, by=by, now=now, known=before)
    return round


def fitting(round, affirmed, overruled):
    """Of what was said, whatever is about a rule of this kind of Round."""
    codes = [rule.code for rule in rules_of(round)]
    asked = [rule.code for rule in asked_of(round) if rule.code in affirmed]
    return asked, {code: overruled[code].strip() for code in codes if overruled.get(code, "").strip()}


def record(round, *, by, now, known=()):
    """The rule stands in the log and not the reason, which may say more than a log should keep."""
    for code in round.overruled:
        if code not in known:
            what = BY_CODE[code].unmet.rstrip(".")
            audit.record(Act.RULE_OVERRULED, by=by, now=now, about=round.pk, where=round.host, what=what)


def is_so(rule, round, facilitators):
    """Whether it can be seen to be met, or somebody said that it is."""
    return rule.met(round, facilitators) if rule.met else rule.code in round.affirmed


@dataclass(frozen=True)
class Interval:
    """How regularly Rounds follow each other in one place: `days` between two as a rule, None where there are too few
    to say; `last` and `following` are the days of the last one and of the next, or None."""

    days: int | None
    last: date | None
    following: date | None
    on: date

    @property
    def is_broken(self):
        """Half as long again as usual, and no Round in sight that would be sooner."""
        if self.days is None or self.last is None:
            return False
        return ((self.following or self.on) - self.last).days > self.days * LONGER


def interval(rounds, *, on):
    """Of Rounds that were and will be; those of one day are one. What is still to come today is ahead."""
    held = defaultdict(bool)
    for each in rounds:
        held[timezone.localdate(each.starts_at)] |= each.state in (RoundState.HELD, RoundState.CLOSED)
    days = sorted(held)
    gone = [day for day in days if day < on or (day == on and held[day])]
    ahead = days[len(gone) :]
    gaps = [(after - before).days for before, after in pairwise(gone)]
    usual = int(median(gaps)) if len(gaps) >= FEWEST_GAPS else None
    return Interval(usual, gone[-1] if gone else None, ahead[0] if ahead else None, on)


def by_host(systems, *, now):
    """{host: its Rounds of the last year and those published, with how many facilitators each names}. What was entered
    afterwards says nothing of how it was prepared, and is left out."""
    rounds = Round.objects.filter(system__in=systems, state__in=SHOWN, ends_at__gt=now - YEAR)
    rounds = rounds.filter(created_at__lt=F("starts_at")).only(*LOOKED_AT)
    rounds = rounds.annotate(
        facilitators_named=FACILITATORS, **{f"{field}_name": F(f"{field}__name") for field in HOSTS}
    )
    hosts = cache(lambda kind, key, name: kind(pk=key, name=name))
    found = defaultdict(list)
    for round in rounds.order_by("starts_at", "pk"):
        found[hosts(*_called(round))].append(round)
    return found


def _called(round):
    """(model, key, name) of who holds it. Of a partner there are hundreds of Rounds, and it is made once."""
    field = next(each for each in HOSTS if getattr(round, f"{each}_id"))
    return HOSTS[field], getattr(round, f"{field}_id"), getattr(round, f"{field}_name")


@dataclass(frozen=True)
class HostPractice:
    """`lines`: (what, at how many, of how many, how many say why not)."""

    host: object
    interval: Interval
    lines: list

    @property
    def is_well(self):
        return not self.interval.is_broken and all(met + said == of for _, met, of, said in self.lines)


def practice(host, rounds, *, now):
    """How a host keeps to the rules over its Rounds of ``by_host``."""
    over = [each for each in rounds if each.ends_at <= now]
    return HostPractice(host, interval(rounds, on=today(now)), _lines(over))


def _lines(rounds):
    lines = []
    for code, words in OVER_TIME.items():
        rule = BY_CODE[code]
        concerned = [each for each in rounds if each.kind in rule.kinds]
        unmet = [each for each in concerned if not is_so(rule, each, each.facilitators_named)]
        said = [each for each in unmet if each.overruled.get(code)]
        lines += [(words, len(concerned) - len(unmet), len(concerned), len(said))] if concerned else []
    return lines


def hosts_with_a_broken_interval(systems, *, theirs, now):
    """Of the hosts that hold Rounds in these systems of which some are `theirs`, asked of each."""
    found = by_host(systems, now=now).items()
    broken = [host for host, held in found if any(map(theirs, held)) and interval(held, on=today(now)).is_broken]
    return sorted(broken, key=str)
