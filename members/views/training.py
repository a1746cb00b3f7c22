"""Facilitators: who is in practice, and what each has learnt."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members import reports
from members.access import (
    get_facilitator_to_manage,
    mentors_to_name,
    people_to_manage,
    roles_to_read,
    systems_where,
)
from members.actions import training as actions
from members.forms.training import TrainingForm
from members.roles import May
from rounds_site.kit.refusals import Refused


@login_required
@require_safe
def manage_facilitators(request):
    """Those whom somebody should talk to come first."""
    now = timezone.now()
    people, roles = people_to_manage(request.user, now=now), roles_to_read(request.user, now=now)
    systems = systems_where(request.user, May.MANAGE_PEOPLE, now=now)
    found = reports.facilitators_of(people, roles, systems, now=now)
    context = {
        "worth_a_word": [each for each in found if each.worries],
        "in_practice": [each for each in found if not each.worries],
    }
    return render(request, "members/manage_facilitators.html", context)


@login_required
def manage_training(request, pk):
    now = timezone.now()
    person = get_facilitator_to_manage(request.user, pk, now=now)
    record = getattr(person, "training", None)
    initial = {name: getattr(record, name) for name in actions.FACTS} if record else {}
    posted = request.POST if request.method == "POST" else None
    form = TrainingForm(posted, mentors=mentors_to_name(request.user, person, now=now), initial=initial)
    if posted is not None and form.is_valid():
        try:
            actions.note(person=person, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("mentor", str(refusal))
        else:
            messages.success(request, "The training record is saved.")
            return redirect("manage_person", person.pk)
    return render(request, "members/manage_training.html", {"form": form, "person": person})
