"""Paper forms, typed in as counts by the facilitators while the box is open."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from evaluation.actions import paper
from evaluation.disclosure import THRESHOLD
from evaluation.forms.paper import TallyForm
from evaluation.models import FeedbackBox
from rounds.access import get_round_to_run
from rounds_site.kit.refusals import Refused

IN_THE_BOX = "The paper forms are in the box. You can correct them here until it closes."
TAKEN_BACK = "No paper forms are in the box. You can type them in here until it closes."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_tallies(request, pk):
    """Corrected as often as needed until the box closes. Nothing here depends on what else lies in the box."""
    now = timezone.now()
    round = get_round_to_run(request.user, pk, now=now)
    box = FeedbackBox.objects.select_related("questionnaire").filter(round=round).first()
    if box is None or not box.takes_forms(now):
        return render(request, "evaluation/round_tallies.html", {"round": round, "box": box, "form": None})
    items = box.questionnaire.items.all()
    if request.method == "POST":
        form = TallyForm(request.POST, items=items)
        if form.is_valid() and _typed_in(form, box, now):
            messages.success(request, IN_THE_BOX if form.paper.forms else TAKEN_BACK)
            return redirect("round_tallies", pk=round.pk)
    else:
        form = TallyForm.showing(paper.tally_of(round), items=items)
    context = {"round": round, "box": box, "form": form, "threshold": THRESHOLD}
    return render(request, "evaluation/round_tallies.html", context)


def _typed_in(form, box, now):
    try:
        paper.type_in(box=box, paper=form.paper, now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
