"""The year of a system, a Place or a partner: which Rounds there are, what clashes, what is not offered yet."""

import re
from dataclasses import dataclass, field
from datetime import date, time

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_safe

from members.access import keys_of_systems_where, may_anywhere, today
from members.models import PlaceEdge
from members.roles import May
from rounds.access import (
    KEEPS_ROOMS,
    get_dates_to_keep,
    systems_to_keep_dates_of,
    systems_to_see_the_year_of,
)
from rounds.actions import avoided
from rounds.clashes import Around, not_offered
from rounds.forms.planner import AvoidForm, YearForm, scopes
from rounds_site.kit.formats import MONTHS, listed, nhs_date, nhs_range
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused


@dataclass
class Entry:
    """A line of a month: of one day, or from one to another."""

    day: date
    kind: str
    what: str
    until: date | None = None
    note: str = ""
    at: time = time.min
    url: str = ""
    clashes: list = field(default_factory=list)
    dates: object = None

    @property
    def when(self):
        first = nhs_date(self.day, year=False)
        return f"{first} to {nhs_date(self.until, year=False)}" if self.until and self.until != self.day else first


@require_safe
@login_required
def planner(request):
    now = timezone.now()
    systems = systems_to_see_the_year_of(request.user, now=now)
    form = YearForm(request.GET, scopes=scopes(systems, on=today(now)))
    scope, year = form.scope, _year(request, now)
    around = Around(scope.system, first=date(year, 1, 1), last=date(year, 12, 31), person=request.user, now=now)
    rounds = [each for each in _of_scope(around, scope, now) if timezone.localtime(each.starts_at).year == year]
    context = {
        "year_form": form,
        "scope": scope,
        "year": year,
        "is_past": year < today(now).year,
        "before": year - 1 if year > today(now).year - 10 else None,
        "after": year + 1 if year < today(now).year + 3 else None,
        "months": _months(around, rounds, scope, year, now),
        "any": bool(rounds),
        "not_offered": listed(not_offered(rounds), "or"),
        "may_plan": may_anywhere(request.user, May.PLAN_ROUNDS, now=now),
        "keeps": scope.system.pk in keys_of_systems_where(request.user, *KEEPS_ROOMS, now=now),
        "kept": {each.pk for each in around.avoided if each.is_theirs},
    }
    return render(request, "rounds/planner.html", context)


def _year(request, now):
    asked, this = request.GET.get("year", ""), today(now).year
    return int(asked) if re.fullmatch(r"20[0-9]{2}", asked) and -10 <= int(asked) - this <= 3 else this


def _of_scope(around, scope, now):
    """Hosted there, in a room of one there, or for the staff of the partner."""
    if scope.organisation:
        key = scope.organisation.pk
        return [each for each in around.rounds if key in each.host_organisations or key in around.partners[each.pk]]
    if scope.place:
        serving = PlaceEdge.objects.in_force(today(now)).filter(place=scope.place)
        there = set(serving.values_list("organisation", flat=True))
        return [each for each in around.rounds if _is_in_place(each, scope.place, there)]
    return around.rounds


def _is_in_place(round, place, there):
    room_of = round.venue.organisation_id if round.venue else None
    return round.host_place_id == place.pk or bool({*round.host_organisations, room_of} & there)


def _months(around, rounds, scope, year, now):
    """[(name of the month, its lines in their order, whether it is over)]"""
    lines = [_line(around, each) for each in rounds]
    lines += [Entry(day, "free", name) for day, name in around.free.items()]
    for each in around.avoided:
        if _concerns(each, scope):
            first = max(each.starts_on, date(year, 1, 1))
            lines.append(Entry(first, "avoid", each.why, until=each.ends_on, note=str(each.whose), dates=each))
    lines.sort(key=lambda line: (line.day, line.kind, line.at, line.note))
    this = today(now).replace(day=1)
    return [
        (name, [line for line in lines if line.day.month == number], date(year, number, 1) < this)
        for number, name in enumerate(MONTHS, start=1)
    ]


def _concerns(avoided, scope):
    """Of a partner or a Place alone what is somebody else's does not concern it."""
    if scope.organisation:
        return avoided.organisation_id == scope.organisation.pk or not (avoided.organisation_id or avoided.place_id)
    if scope.place:
        return avoided.place_id == scope.place.pk or not (avoided.organisation_id or avoided.place_id)
    return True


def _line(around, round):
    """A title only for those who may read it; to the others a Round that is planned is one of its host."""
    title = round.title if round.pk in around.known else f"A Round of {round.host}"
    where = round.venue.name if round.venue else "online"
    note = capfirst(f"{nhs_range(round.starts_at, round.ends_at)}, {where}. {round.get_state_display()}")
    starts_at = timezone.localtime(round.starts_at)
    is_ahead = round.starts_at > around.now
    clashes = around.of_round(round) if is_ahead else []
    url = str(round.pk) if round.is_arranged else ""
    return Entry(starts_at.date(), "round", title, note=note, at=starts_at.time(), clashes=clashes, url=url)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def avoid_dates(request):
    now = timezone.now()
    offered = scopes(systems_to_keep_dates_of(request.user, now=now), on=today(now))
    form = AvoidForm(request.POST if request.method == "POST" else None, scopes=offered, now=now)
    if form.is_valid():
        try:
            kept = avoided.add(**form.facts)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Whoever plans a Round then is told: {kept.why}.")
            return redirect(f"{reverse('planner')}?year={kept.starts_on.year}")
    return render(request, "rounds/avoid_dates.html", {"form": form})


@verb("planner")
def take_back_dates(request, pk):
    now = timezone.now()
    dates = get_dates_to_keep(request.user, pk, now=now)
    avoided.take_back(dates=dates, by=request.user, now=now)
    messages.success(request, f"“{dates.why}” no longer stands in the planner.")
    return redirect(f"{reverse('planner')}?year={dates.starts_on.year}")
