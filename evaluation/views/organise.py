"""The home of those who organise, and the workspace of one Round."""

from django.contrib.auth.decorators import login_required
from django.db.models import Case, Q, When
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluation import access
from evaluation.reports.aftercare import care_due
from evaluation.reports.round import rounds_with_comments_to_read
from evaluation.reports.workspace import with_all_that_tells, workspaces
from members.access import may_anywhere
from members.roles import May
from rounds.access import (
    KEEPS_ROOMS,
    SEES_THE_YEAR,
    administers,
    backfill_to_see,
    get_round_to_arrange,
    ideas_to_keep,
    suggestions_waiting_for,
)
from rounds.actions import fidelity, scheduling
from rounds.models import Round, Storyteller
from rounds.reports.team import whom_to_ring
from rounds.states import Availability, BackfillState, RoundState
from rounds_site.kit.formats import listed, nhs_date
from rounds_site.kit.stretches import stretch

COMING = (RoundState.PLANNED, RoundState.POSTPONED, RoundState.PUBLISHED)
OVER = (RoundState.HELD, RoundState.CLOSED, RoundState.CANCELLED)
COVER_THAT_STANDS = (BackfillState.ASKED, BackfillState.APPROVED)
TELL_WHO_BRINGS_IT = "The food: tell whoever brings it."
LATEST, IDEAS = 12, 20
# A series of ten is planned at once: what is far ahead stands in a line each.
NEAR = 4


@login_required
@require_safe
def organise(request):
    now = timezone.now()
    mine, own = access.rounds_to_organise(request.user, now=now)
    to_read = rounds_with_comments_to_read(own)
    coming, over, unfinished = _as_they_stand(mine, own, to_read, request.user, now)
    to_do = workspaces([*unfinished, *coming], person=request.user, now=now, to_read=to_read)
    to_do.sort(key=lambda each: timezone.localdate(each.round.starts_at) != timezone.localdate(now))
    found = [{"round": each.round, "task": _task(each.next_task, each.round)} for each in to_do if each.next_task]
    early = [{"round": each.round, "task": _task(task, each.round)} for each in to_do for task in each.early]
    has_year = any(may_anywhere(request.user, right, now=now) for right in SEES_THE_YEAR)
    has_suggestions = access.has_suggestions(request.user, now=now)
    cards = [_card(round) for round in coming]
    context = {
        "first": found[0] if found else None,
        "others": found[1 : NEAR + 1],
        "far": found[NEAR + 1 :],
        "early": early,
        "late_hosts": _late_hosts(mine, own, request.user, now) if has_year else [],
        "coming": cards[:NEAR],
        "later": cards[NEAR:],
        "ideas": stretch(ideas_to_keep(request.user, now=now), request, name="ideas", at_once=IDEAS),
        "over": [_card(round) for round in over],
        "has_year": has_year,
        "has_rooms": any(may_anywhere(request.user, right, now=now) for right in KEEPS_ROOMS),
        "to_return": [(each, access.scope_of(each)) for each in access.systems_to_return(request.user, now=now)],
        "has_backfill": access.has_backfill(request.user, now=now),
        "finds_voices": may_anywhere(request.user, May.FIND_VOICES, now=now),
        "has_suggestions": has_suggestions,
        "to_answer": suggestions_waiting_for(request.user, now=now).count() if has_suggestions else 0,
        "may_plan": may_anywhere(request.user, May.PLAN_ROUNDS, now=now),
        "sees_figures": may_anywhere(request.user, May.SEE_FIGURES, now=now),
    }
    return render(request, "evaluation/organise.html", context)


def _late_hosts(mine, own, person, now):
    def is_theirs(round):
        return round.pk in own or administers(person, round, now=now)

    return fidelity.hosts_with_a_broken_interval(mine.values("system"), theirs=is_theirs, now=now)


def _as_they_stand(mine, own, to_read, person, now):
    """Those that come; of those that are over the latest, and those with which not all is done. The clock closes a
    Round whether or not its comments have been read, its panel has been looked after, or a word that is owed was said.
    """
    over = mine.filter(state__in=OVER)
    alone = Storyteller.objects.shown(now).not_looked_after().filter(round__in=own)
    care = care_due(person, now=now).filter(round__in=own)
    owed = Q(pk__in=to_read) | Q(pk__in=care.values("round")) | Q(pk__in=alone.values("round"))
    is_unfinished = Q(state=RoundState.HELD) | (Q(state__in=OVER) & owed)
    latest = over.order_by("-starts_at", "id").values("pk")[:LATEST]
    shown = mine.filter(Q(state__in=COMING) | is_unfinished | Q(pk__in=latest))
    shown = shown.annotate(is_unfinished=Case(When(is_unfinished, then=True), default=False))
    # By date here: PostgreSQL, asked for an order, may walk through all Rounds there are in that order.
    found = sorted(with_all_that_tells(shown), key=lambda each: (each.starts_at, each.pk))
    past = sorted((each for each in found if each.state in OVER), key=lambda each: each.starts_at, reverse=True)
    coming = [each for each in found if each.state in COMING]
    return coming, past[:LATEST], [each for each in past if each.is_unfinished]


@login_required
@require_safe
def round_workspace(request, pk):
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    round = with_all_that_tells(Round.objects.filter(pk=round.pk)).get()
    workspace = workspaces([round], person=request.user, now=now)[0]
    phases = workspace.phases
    chosen = {phase.key: phase for phase in phases}.get(request.GET.get("phase"))
    opened = chosen or (workspace.open_phase if phases else None)
    context = {
        "round": round,
        "cancelled": round.state == RoundState.CANCELLED,
        "still_to_tell": _still_to_tell(round, request.user, now) if round.state == RoundState.CANCELLED else [],
        "phases": [_phase(phase, phase is opened, workspace.next_task, round) for phase in phases],
        "facts": _facts(round),
        "may_change": scheduling.is_changeable(round, now),
        "calls": whom_to_ring(round) if round.urgent_until and now < round.urgent_until else None,
    }
    return render(request, "evaluation/round_workspace.html", context)


def _still_to_tell(round, person, now):
    """What was ordered for a Round that is cancelled, and whom people tell themselves, as long as it helps. Of hours of
    cover, those that this person may see."""
    lines = []
    if now < round.ends_at:
        if round.food or round.caterer:
            who = " on ".join(filter(None, [round.caterer or "the caterer", round.caterer_phone]))
            lines.append(f"The food: ring {who}." if round.caterer or round.caterer_phone else TELL_WHO_BRINGS_IT)
        if round.venue:
            who = ", ".join(filter(None, [round.venue.contact, round.venue.phone])) or "whoever keeps it"
            lines.append(f"The room, {round.venue.name}: tell {who} that it is free again.")
    if access.has_backfill(person, now=now):
        cover = backfill_to_see(person, now=now).filter(round=round, state__in=COVER_THAT_STANDS)
        partners = listed(sorted({row.organisation.name for row in cover}))
        if partners:
            lines.append(f"Hours of cover for {partners}: the partner that asked withdraws them under Hours of cover.")
    return lines


def _phase(phase, is_open, next_task, round):
    return {
        "title": phase.title,
        "url": f"?phase={phase.key}",
        "knot": phase.knot,
        "word": phase.word,
        "now": is_open,
        "tasks": [_task(task, round) | {"now": task is next_task} for task in phase.tasks],
    }


def _task(task, round):
    return {
        "title": task.title,
        "url": reverse(task.page, args=[task.about or round.pk]) if task.page else "",
        "word": task.word,
        "note": task.note,
        "button": task.button,
    }


def _card(round):
    return {
        "title": round.title,
        "url": reverse("round_workspace", args=[round.pk]),
        "starts_at": round.starts_at,
        "ends_at": round.ends_at,
        "where": round.venue or round.get_format_display(),
        "for_whom": round.for_whom,
        "state_words": round.get_state_display(),
        "date_is_open": not round.has_a_date,
    }


def _facts(round):
    facts = [{"term": "State", "lines": [_state(round)]}]
    facts.append({"term": "Where", "lines": str(round.venue).split(", ") if round.venue else ["Online"]})
    if round.state == RoundState.PUBLISHED:
        facts.append({"term": "Places", "lines": _places(round)})
    facts.append(
        {
            "term": "Facilitators",
            "lines": [member.person.name or "Name not given" for member in round.facilitators] or ["Nobody at present"],
        }
    )
    if round.food:
        facts.append({"term": "Food", "lines": [round.food]})
    return facts


def _state(round):
    if round.state == RoundState.PUBLISHED and round.published_at:
        return f"Published {nhs_date(round.published_at, weekday=False, year=False)}"
    return round.get_state_display()


def _places(round):
    """Words, for everyone: who may see how many opens the list of places."""
    if not round.needs_booking:
        return ["Nobody books: people just come"]
    if len(round.ways) == 1:
        return [Availability(round.availability_for(round.ways[0])).label]
    return [f"{way.label}: {Availability(round.availability_for(way)).label.lower()}" for way in round.ways]
