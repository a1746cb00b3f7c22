"""What makes a Round a Round: what its team says of its rules, and why it goes on where one is not met."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rounds.access import get_round_to_arrange
from rounds.actions import fidelity
from rounds.forms.rules import RulesForm
from rounds_site.kit.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_rules(request, pk):
    now = timezone.now()
    round = get_round_to_arrange(request.user, pk, now=now)
    facilitators = round.team.facilitating().count()
    data = request.POST if request.method == "POST" else None
    form = RulesForm(data, round=round, facilitators=facilitators)
    if form.is_bound and form.is_valid() and _settled(round, form, request.user, now):
        messages.success(request, "It is saved, and stands with the Round.")
        return redirect("round_rules", pk)
    found = fidelity.rules_of(round)
    missed = {rule.code for rule in form.unmet}
    met = [rule for rule in found if rule.met and rule.code not in missed]
    context = {"round": round, "form": form, "met": met, "gone_on": fidelity.gone_on(round)}
    return render(request, "rounds/round_rules.html", context)


def _settled(round, form, by, now):
    try:
        return fidelity.settle(round=round, **form.said(), by=by, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
