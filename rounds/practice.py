"""How much each facilitator does, as facts for a kind word: no rank, no score, nothing of a panel or of who came."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from members.registry import Load
from rounds.models import Round, TeamMember
from rounds.states import GOES_ON, TOOK_PLACE
from rounds_site.kit.formats import listed, nhs_date, thousands

HALF_YEAR, YEAR = timedelta(days=183), timedelta(days=365)
# Facilitators give 5 to 6 hours to a Round, as research found; most of them go to preparing the panel.
HOURS = 5.5
MANY_IN_A_ROW = 4


@dataclass(frozen=True)
class Part:
    """One Round of a facilitator; `beside`: [(key, name)] of the others who facilitate it."""

    round: Round
    beside: list


def load_of(people, now, sight):
    """{key of a person: Load} of those who facilitate or did. `sight`: what of it the reader may know (a LoadSight)."""
    parts = _parts(people, sight)
    days = _days_of_hosts([part.round for each in parts.values() for part in each], now)
    return {
        key: Load(list(_facts(theirs, now, sight)), list(_signs(theirs, days, now))) for key, theirs in parts.items()
    }


def _parts(people, sight):
    """{key of a person: their parts, as the Rounds follow each other}"""
    rows = TeamMember.objects.facilitating().filter(person__in=people, round__state__in=GOES_ON)
    if sight:
        rows = rows.filter(round__system__in=sight.systems)
    rows = list(rows.select_related("round__host_organisation", "round__host_place", "round__system"))
    teams = defaultdict(list)
    beside = TeamMember.objects.facilitating().filter(round__in={row.round_id for row in rows})
    for round, person, name in beside.order_by("person__name", "pk").values_list("round", "person", "person__name"):
        teams[round].append((person, name))
    found = defaultdict(list)
    for row in sorted(rows, key=lambda each: (each.round.starts_at, each.round.pk)):
        others = [each for each in teams[row.round_id] if each[0] != row.person_id]
        found[row.person_id].append(Part(row.round, others))
    return found


def _days_of_hosts(rounds, now):
    """{key of a host: its days of the last year with a Round, the last one first}"""
    hosts = {each.host.pk for each in rounds}
    held = Round.objects.filter(state__in=TOOK_PLACE, ends_at__lte=now, ends_at__gt=now - YEAR)
    held = held.filter(system__in={each.system_id for each in rounds})
    days = defaultdict(set)
    for *host, starts_at in held.values_list("host_organisation", "host_place", "system", "starts_at"):
        key = next(filter(None, host))
        if key in hosts:
            days[key].add(timezone.localdate(starts_at))
    return {host: sorted(each, reverse=True) for host, each in days.items()}


def _held(parts, now):
    return [each for each in parts if each.round.ends_at <= now and each.round.state in TOOK_PLACE]


def _facts(parts, now, sight):
    held = _held(parts, now)
    lately = [each for each in held if each.round.ends_at > now - HALF_YEAR]
    ahead = [each for each in parts if each.round.starts_at > now]
    yield "In the last six months", _rounds(len(lately)) if lately else "No Round"
    if ahead:
        following = nhs_date(timezone.localdate(ahead[0].round.starts_at), weekday=False)
        yield "Ahead", f"{_rounds(len(ahead))}, the next on {following}"
    if beside := [each for each in held if each.round.ends_at > now - YEAR]:
        yield "With, over a year", _with_whom(beside, sight)
    if held:
        first = held[0]
        on = nhs_date(timezone.localdate(first.round.starts_at), weekday=False)
        yield "First Round here", f"{'Beside somebody else' if first.beside else 'On their own'}, {on}"


def _rounds(number):
    hours = f"about {thousands(int(number * HOURS + 0.5))} hours"
    return f"{thousands(number)} {'Round' if number == 1 else 'Rounds'}, {hours}"


def _with_whom(parts, sight):
    named, others = Counter(), 0
    for part in parts:
        known = [name for key, name in part.beside if sight is None or key in sight.people]
        named.update(known)
        others += bool(part.beside) and not known
    alone = sum(not part.beside for part in parts)
    words = [f"{name} ({number})" for name, number in sorted(named.items())]
    words += [f"somebody else ({others})"] if others else []
    return listed([*words, *([f"on their own ({alone})"] if alone else [])])


def _signs(parts, days, now):
    """Of the host whose Rounds they have facilitated longest without one that was somebody else's. It is not named: who
    facilitates where is for those to know who arrange it."""
    theirs = defaultdict(set)
    for part in _held(parts, now):
        theirs[part.round.host.pk].add(timezone.localdate(part.round.starts_at))
    longest = max((_in_a_row(days.get(host, []), own) for host, own in theirs.items()), default=0)
    if longest >= MANY_IN_A_ROW:
        yield f"{longest} Rounds of one host in a row: would a break do good?"


def _in_a_row(days, own):
    return next((number for number, day in enumerate(days) if day not in own), len(days))
