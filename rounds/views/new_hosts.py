"""Partners on their way to hosting Rounds, and how far each has come."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import get_system_to_manage, today
from members.models import Organisation
from members.roles import May
from rounds.actions import new_hosts as actions
from rounds.forms.new_hosts import NewHostForm
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import stretch

AT_ONCE = 20


def _system(request, now):
    return get_system_to_manage(request.user, May.STEER, now=now)


@login_required
@require_safe
def new_hosts(request):
    now = timezone.now()
    return _page(request, _system(request, now), now)


def _page(request, system, now, *, form=None):
    hosts = stretch(actions.hosts_of(system), request, at_once=AT_ONCE)
    ways = [_told(host, steps) for host, steps in actions.ways_of(hosts, system=system, now=now)]
    opened = request.GET.get("open", "")
    context = {
        "ways": ways,
        "hosts": hosts,
        "opened": opened,
        "add_form": form or NewHostForm(partners=_partners(system, now)),
        "form": form,
    }
    return render(request, "rounds/new_hosts.html", context)


def _told(host, steps):
    following = next((each.step.label for each in steps if not each.done), "")
    return {"host": host, "steps": steps, "next": f"{following[:1].lower()}{following[1:]}"}


def _partners(system, now):
    there = system.new_hosts.values("organisation")
    return Organisation.objects.in_system(system, on=today(now)).exclude(pk__in=there)


@verb("new_hosts")
def add_new_host(request):
    now = timezone.now()
    system = _system(request, now)
    form = NewHostForm(request.POST, partners=_partners(system, now))
    if not form.is_valid():
        return _page(request, system, now, form=form)
    host = actions.begin(system=system, **form.cleaned_data)
    messages.success(request, f"{host.organisation} is on the list.")
    return redirect("new_hosts")


@verb("new_hosts")
def set_new_host(request, pk):
    """A step is ticked or not any more, or the partner leaves the list: the button says which."""
    hosts = _system(request, timezone.now()).new_hosts
    if "take_off" in request.POST:
        if host := hosts.filter(pk=pk).first():
            actions.take_off(host=host)
            messages.success(request, "It is off the list. Nothing else of the partner has changed.")
        return redirect("new_hosts")
    host = get_object_or_404(hosts, pk=pk)
    step = request.POST.get("done") or request.POST.get("undo", "")
    try:
        actions.tick(host=host, step=step, done="done" in request.POST)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect(f"{reverse('new_hosts')}?open={host.pk}#host-{host.pk}")
