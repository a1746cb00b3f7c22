"""Templates of Rounds: which there are, adding, changing and removing one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from rounds.access import get_template_to_keep, systems_to_keep_dates_of, systems_to_keep_templates_of
from rounds.actions import templates as actions
from rounds.forms.templates import TemplateForm
from rounds.models import RoundTemplate
from rounds_site.kit.links import verb
from rounds_site.kit.stretches import stretch


@require_safe
@login_required
def round_templates(request):
    now = timezone.now()
    systems = systems_to_keep_dates_of(request.user, now=now)
    keeps = list(systems_to_keep_templates_of(request.user, now=now).order_by("name"))
    found = RoundTemplate.objects.filter(system__in=systems).select_related("system")
    kept = stretch(found.order_by("system__name", "name", "pk"), request)
    context = {"kept": kept, "keeps": keeps, "of_several": len(systems) > 1}
    return render(request, "rounds/round_templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_round_template(request, code):
    now = timezone.now()
    systems_to_keep_dates_of(request.user, now=now)
    system = systems_to_keep_templates_of(request.user, now=now).filter(code__iexact=code).first()
    if system is None:
        raise Http404
    form = TemplateForm(request.POST if request.method == "POST" else None, system=system)
    return _form(request, form, lambda: actions.add(system=system, facts=form.facts))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_round_template(request, pk):
    now = timezone.now()
    template = get_template_to_keep(request.user, pk, now=now)
    data = request.POST if request.method == "POST" else None
    form = TemplateForm(data, system=template.system, template=template)
    return _form(request, form, lambda: actions.change(template=template, facts=form.facts, by=request.user, now=now))


def _form(request, form, save):
    if form.is_valid():
        try:
            saved = save()
        except actions.NameTaken as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"Whoever plans a Round can begin with “{saved.name}”.")
            return redirect("round_templates")
    return render(request, "rounds/round_template.html", {"form": form, "template": form.template})


@verb("round_templates")
def remove_round_template(request, pk):
    now = timezone.now()
    template = get_template_to_keep(request.user, pk, now=now)
    actions.remove(template=template, by=request.user, now=now)
    messages.success(request, f"“{template.name}” is no longer offered. No Round has changed.")
    return redirect("round_templates")
