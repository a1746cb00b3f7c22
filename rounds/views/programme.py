"""How the Rounds of each host keep to what makes them Rounds, over a year: signals for those who look after them.

It speaks of hosts and of numbers of Rounds, never of a title, a person or how many came; titles stand there of Rounds
alone that the reader arranges. How a panel was prepared is its team's to know, and is not here.
"""

from collections import defaultdict

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import grants_of, may, may_anywhere, today
from members.roles import ROLES, May
from rounds.access import rounds_to_arrange, systems_to_see_the_year_of
from rounds.actions import fidelity, steering
from rounds.states import RoundState
from rounds_site.kit.formats import nhs_date, thousands


@login_required
@require_safe
def programme(request):
    now = timezone.now()
    systems = systems_to_see_the_year_of(request.user, now=now)
    held = fidelity.by_host(systems, now=now)
    found = [fidelity.practice(host, rounds, now=now) for host, rounds in held.items()]
    found.sort(key=lambda each: (each.is_well, str(each.host)))
    context = {
        "hosts": [_told(each) for each in found],
        "mine": _mine(request.user, now),
        "keeps_people": may_anywhere(request.user, May.MANAGE_PEOPLE, now=now),
        "steers": _steers(request.user, now),
        "licences": _licences(request.user, systems, held, now),
    }
    return render(request, "rounds/programme.html", context)


def _told(practice):
    """Of a host without a Round yet that was planned here there is nothing to say but when the next is."""
    said = {"name": str(practice.host), "is_well": practice.is_well, "too_soon": not practice.lines}
    said["is_known"] = practice.interval.days is not None
    return said | {"facts": _facts(practice)}


def _facts(practice):
    facts = [{"term": "How regularly", "lines": _regularly(practice.interval)}]
    for what, met, of, said in practice.lines:
        why = f"Of {thousands(said)} it is said why not" if said else ""
        facts.append({"term": what, "lines": [_at_how_many(met, of), *filter(None, [why])]})
    return facts


def _at_how_many(met, of):
    if met < of:
        return f"At {thousands(met)} of {thousands(of)}"
    return "At the one" if of == 1 else f"At all {thousands(of)}"


def _regularly(interval):
    if interval.days is None:
        usual = "Too few Rounds in a year to say"
    else:
        weeks = max(round(interval.days / 7), 1)
        usual = "Every week" if weeks == 1 else f"Every {weeks} weeks or so"
    last = f"The last on {nhs_date(interval.last, weekday=False)}" if interval.last else ""
    following = (
        f"The next on {nhs_date(interval.following, weekday=False)}" if interval.following else "None is published"
    )
    broken = "That is longer than usual" if interval.is_broken else ""
    return list(filter(None, [usual, last, following, broken]))


def _mine(person, now):
    """What is not settled yet of Rounds ahead that the reader arranges, and of which."""
    ahead = rounds_to_arrange(person, now=now).filter(
        state__in=[RoundState.PLANNED, RoundState.PUBLISHED], starts_at__gt=now
    )
    found = defaultdict(list)
    for round in ahead.annotate(facilitators_named=fidelity.FACILITATORS).order_by("starts_at", "pk"):
        for rule in fidelity.still_open(round, round.facilitators_named):
            found[rule.code].append(round)
    return [{"unmet": rule.unmet, "rounds": found[rule.code]} for rule in fidelity.RULES if found[rule.code]]


def _licences(person, systems, held, now):
    """How the licence of each system stands, and which partners host Rounds there without being covered."""
    on, told = today(now), []
    for system in systems.select_related("licence__holder").prefetch_related("licence__coverages"):
        licence = getattr(system, "licence", None)
        sign = {
            "has_ended": bool(licence) and licence.has_ended(on),
            "ends_soon": bool(licence) and licence.ends_soon(on),
            "uncovered": steering.not_covered(licence, held) if licence else [],
            "may_keep": may(person, May.MANAGE_ORGANISATIONS, system, now=now),
        }
        told.append({"system": system, "licence": licence} | sign)
    return told


def _steers(person, now):
    return any(grant.system_id and May.STEER in ROLES[grant.role].may for grant in grants_of(person, now=now))
