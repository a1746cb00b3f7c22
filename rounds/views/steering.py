"""The steering group: who sits in it until when, its meetings, what was decided and who sees to what."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from members.access import get_system_to_manage, today
from members.models import Person, RoleGrant
from members.roles import ROLES, May
from rounds.actions import steering as actions
from rounds.colleagues import names_in
from rounds.forms.steering import AgendaForm, LineForm, SteeringForm
from rounds.models import SteeringLine
from rounds_site.kit.links import verb
from rounds_site.kit.prints import print_of
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import stretch


def _system(request, now):
    return get_system_to_manage(request.user, May.STEER, now=now)


def _meeting(system, pk):
    return get_object_or_404(actions.meetings_of(system), pk=pk)


@login_required
@require_safe
def steering(request):
    now = timezone.now()
    return _page(request, _system(request, now), now)


def _page(request, system, now, *, form=None):
    on = today(now)
    meetings = actions.meetings_of(system)
    open_still = SteeringLine.objects.open().filter(meeting__in=meetings).select_related("owner", "meeting")
    context = {
        "system": system,
        "members": [(each, actions.ends_soon(each, on)) for each in actions.members_of(system, on)],
        "ahead": meetings.filter(on__gte=on).order_by("on", "pk"),
        "over": stretch(meetings.filter(on__lt=on).order_by("-on", "pk"), request),
        "actions": open_still.order_by("due_on", "created_at", "pk"),
        "plan_form": form or SteeringForm(now=now),
        "form": form,
    }
    return render(request, "rounds/steering.html", context)


@verb("steering")
def plan_steering(request):
    now = timezone.now()
    system = _system(request, now)
    form = SteeringForm(request.POST, now=now)
    if not form.is_valid():
        return _page(request, system, now, form=form)
    meeting = actions.plan(system=system, now=now, **form.cleaned_data)
    return redirect("steering_meeting", meeting.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def steering_meeting(request, pk):
    """Its agenda is changed here; a line of what came of it has an action of its own."""
    now = timezone.now()
    system = _system(request, now)
    meeting = _meeting(system, pk)
    data = request.POST if request.method == "POST" else None
    form, points = AgendaForm(data, meeting=meeting), []
    if form.is_valid():
        points = _points_at(form, system, now)
        if not points and _kept(meeting, form):
            messages.success(request, "The agenda is saved.")
            return redirect("steering_meeting", meeting.pk)
    return _meeting_page(request, system, meeting, now, agenda_form=form, points=points)


def _points_at(form, system, now):
    return form.points_at(partial(names_in, system=system, on=today(now)))


def _kept(meeting, form):
    try:
        actions.set_agenda(meeting=meeting, **form.said())
    except Refused as refusal:
        meeting.refresh_from_db()
        form.data = form.data.copy()
        form.data["seen"] = print_of(meeting.agenda)
        form.add_error(None, str(refusal))
        return False
    return True


def _meeting_page(request, system, meeting, now, *, agenda_form=None, line_form=None, points=()):
    context = {
        "meeting": meeting,
        "lines": meeting.lines.select_related("owner").order_by("created_at", "pk"),
        "agenda_form": agenda_form or AgendaForm(meeting=meeting),
        "line_form": line_form or LineForm(meeting=meeting, people=_who_may_see_to_it(system, now)),
        "form": line_form or agenda_form,
        "points": points,
    }
    return render(request, "rounds/steering_meeting.html", context)


def _who_may_see_to_it(system, now):
    """Whoever holds a role in the whole system that steers it."""
    codes = [role.code for role in ROLES.values() if May.STEER in role.may]
    held = RoleGrant.objects.in_force(today(now)).filter(system=system, role__in=codes)
    return Person.objects.filter(pk__in=held.values("person"), is_active=True).order_by("name", "pk")


@verb("steering_meeting", "pk")
def note_steering(request, pk):
    now = timezone.now()
    system = _system(request, now)
    meeting = _meeting(system, pk)
    form = LineForm(request.POST, meeting=meeting, people=_who_may_see_to_it(system, now))
    points = _points_at(form, system, now) if form.is_valid() else []
    if points or not form.is_valid():
        return _meeting_page(request, system, meeting, now, line_form=form, points=points)
    actions.note(meeting=meeting, **form.said())
    return redirect("steering_meeting", meeting.pk)


@verb("steering_meeting", "pk")
def set_steering(request, pk, line):
    """Done, open again, or taken out: the button says which. Nothing where it was taken out meanwhile."""
    now = timezone.now()
    system = _system(request, now)
    meeting = _meeting(system, pk)
    row = meeting.lines.filter(pk=line).first()
    if row and "take_out" in request.POST:
        actions.take_out(line=row, system=system, by=request.user, now=now)
    elif row:
        actions.settle(line=row, done="done" in request.POST, now=now)
    return redirect("steering_meeting", meeting.pk)
