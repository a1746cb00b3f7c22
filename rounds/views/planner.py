"""The year of a system, a Place or a partner: which Rounds there are, what clashes, what is not offered yet."""

import re
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from operator import attrgetter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q
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
from rounds.clashes import TAKES_PLACE, Around, avoided_dates, not_offered
from rounds.days import bank_holidays
from rounds.forms.planner import AvoidForm, YearForm, scopes
from rounds.models import Round, RoundPartner
from rounds_site.kit.formats import MONTHS, listed, nhs_date, nhs_range
from rounds_site.kit.links import verb
from rounds_site.kit.moments import midnight
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import AT_ONCE, Stretch

# In a year as many lines of a month, or as of one that is looked at alone.
IN_A_YEAR = 20


@dataclass(slots=True)
class Entry:
    """A line of a month: of one day, or from one to another; `day` is the first of these in its month."""

    day: date
    kind: str
    key: str
    what: str = ""
    since: date | None = None
    until: date | None = None
    note: str = ""
    at: time = time.min
    url: str = ""
    clashes: list = field(default_factory=list)
    dates: object = None

    @property
    def when(self):
        first = self.since or self.day
        return " to ".join(nhs_date(each, year=False) for each in dict.fromkeys([first, self.until or first]))

    @property
    def order(self):
        return self.day, self.kind, self.at, self.note, self.key


@dataclass(frozen=True)
class Month:
    """`lines`: some of it; `rounds`: how many there are in all, where these are not all."""

    number: int
    lines: Stretch
    is_over: bool
    rounds: int

    @property
    def name(self):
        return MONTHS[self.number - 1]


@require_safe
@login_required
def planner(request):
    """A year, of a busy month the beginning; or one month, a stretch at a time."""
    now = timezone.now()
    systems = systems_to_see_the_year_of(request.user, now=now)
    form = YearForm(request.GET, scopes=scopes(systems, on=today(now)))
    scope, year, month = form.scope, _year(request, now), _month(request)
    first, last = date(year, 1, 1), date(year, 12, 31)
    moments = list(_moments(scope, first, last, now))
    avoided = avoided_dates(scope.system, first, last, person=request.user, now=now)
    lines = _lines(moments, [each for each in avoided if _concerns(each, scope)], first, last)
    months = [_some_of(lines, year, number, request, now) for number in ([month] if month else range(1, 13))]
    _draw(months, scope.system, avoided, person=request.user, now=now)
    context = {
        "year_form": form,
        "scope": scope,
        "year": year,
        "is_past": year < today(now).year,
        "ways": _ways(year, month, now),
        "alone": months[0] if month else None,
        "months": months,
        "query": f"where={scope.key}&year={year}&month={month}&",
        "any": bool(moments),
        "not_offered": listed(not_offered(moments), "or"),
        "may_plan": may_anywhere(request.user, May.PLAN_ROUNDS, now=now),
        "keeps": scope.system.pk in keys_of_systems_where(request.user, *KEEPS_ROOMS, now=now),
        "kept": {each.pk for each in avoided if each.is_theirs},
    }
    return render(request, "rounds/planner.html", context)


def _year(request, now):
    asked, this = request.GET.get("year", ""), today(now).year
    return int(asked) if re.fullmatch(r"20[0-9]{2}", asked) and _is_shown(int(asked), now) else this


def _month(request):
    asked = request.GET.get("month", "")
    return int(asked) if re.fullmatch(r"[1-9]|1[0-2]", asked) else None


def _ways(year, month, now):
    """[(the rest of a query string, words)] of what lies beside a year or a month."""
    if month:
        beside = [(f"year={year}&month={each}", MONTHS[each - 1]) for each in (month - 1, month + 1) if 1 <= each <= 12]
        return [*beside, (f"year={year}", f"The whole of {year}")]
    return [(f"year={each}", str(each)) for each in (year - 1, year + 1) if _is_shown(each, now)]


def _is_shown(year, now):
    return -10 <= year - today(now).year <= 3


def _moments(scope, first, last, now):
    """When the Rounds of these days are, and no more of them."""
    begin, end = midnight(first), midnight(last + timedelta(days=1))
    found = Round.objects.filter(_of_scope(scope, now), state__in=TAKES_PLACE, starts_at__gte=begin, starts_at__lt=end)
    return found.filter(system=scope.system).values_list("pk", "starts_at", "ends_at", named=True)


def _of_scope(scope, now):
    """A condition on Rounds: hosted there, in a room of one there, or for the staff of the partner."""
    if scope.organisation:
        there = [scope.organisation.pk]
        invited = RoundPartner.objects.filter(round=OuterRef("pk"), organisation=scope.organisation)
        return Q(host_organisation__in=there) | Q(co_host__in=there) | Exists(invited)
    if scope.place:
        there = PlaceEdge.objects.in_force(today(now)).filter(place=scope.place).values("organisation")
        hosted = Q(host_place=scope.place) | Q(host_organisation__in=there) | Q(co_host__in=there)
        return hosted | Q(venue__organisation__in=there)
    return Q()


def _lines(moments, avoided, first, last):
    """In their order; those of Rounds are still to be drawn."""
    lines = [Entry(day, "free", str(day), name) for day, name in bank_holidays(first, last).items()]
    for each in moments:
        starts_at = timezone.localtime(each.starts_at)
        lines.append(Entry(starts_at.date(), "round", str(each.pk), at=starts_at.time()))
    for each in avoided:
        words = {"note": str(each.whose), "since": each.starts_on, "until": each.ends_on, "dates": each}
        for day in _first_days(max(each.starts_on, first), min(each.ends_on, last)):
            lines.append(Entry(day, "avoid", str(each.pk), each.why, **words))
    return sorted(lines, key=attrgetter("order"))


def _first_days(first, last):
    """Of these days of one year the first in each month."""
    return [first, *(date(first.year, month, 1) for month in range(first.month + 1, last.month + 1))]


def _some_of(lines, year, number, request, now):
    """The beginning of a month; of one that is asked for, what comes after the line that is asked for."""
    lines = [each for each in lines if each.day.month == number]
    alone = _month(request) == number
    begins = next((n for n, each in enumerate(lines, 1) if alone and each.key == request.GET.get("after")), 0)
    ends = begins + (AT_ONCE if alone else IN_A_YEAR)
    further = lines[ends - 1].key if len(lines) > ends else None
    some = Stretch(lines[begins:ends], name="after", begun=begins > 0, further=further)
    rounds = sum(each.kind == "round" for each in lines)
    return Month(number, some, is_over=date(year, number, 1) < today(now).replace(day=1), rounds=rounds)


def _draw(months, system, avoided, *, person, now):
    """What the Rounds among the lines say."""
    lines = [each for month in months for each in month.lines if each.kind == "round"]
    around = Around(system, [each.day for each in lines], person=person, now=now, avoided=avoided)
    rounds = {str(each.pk): each for each in around.rounds}
    for each in lines:
        if round := rounds.get(each.key):
            _draw_line(each, round, around)
        else:
            each.what = "A Round that is moving at this moment"


def _concerns(avoided, scope):
    """Of a partner or a Place alone what is somebody else's does not concern it."""
    if scope.organisation:
        return avoided.organisation_id == scope.organisation.pk or not (avoided.organisation_id or avoided.place_id)
    if scope.place:
        return avoided.place_id == scope.place.pk or not (avoided.organisation_id or avoided.place_id)
    return True


def _draw_line(line, round, around):
    """A title only for those who may read it; to the others a Round that is planned is one of its host."""
    line.what = round.title if round.pk in around.known else f"A Round of {round.host}"
    where = round.venue.name if round.venue else "online"
    line.note = capfirst(f"{nhs_range(round.starts_at, round.ends_at)}, {where}. {round.get_state_display()}")
    line.clashes = around.of_round(round) if round.starts_at > around.now else []
    line.url = str(round.pk) if round.is_arranged else ""


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
