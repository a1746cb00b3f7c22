from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import today
from members.models import Membership, Place
from rounds import reports
from rounds.access import rounds_to_attend
from rounds.forms.registration import FindForm


@require_safe
@login_required
def find_rounds(request):
    now = timezone.now()
    open_to = rounds_to_attend(request.user, now=now).upcoming(now)
    form = FindForm(request.GET, places=Place.objects.filter(system__in=open_to.order_by().values("system")))
    shown = reports.as_seen_by(request.user, form.narrowed(open_to, on=today(now)), now=now)
    page = {"find_form": form, "rounds": shown}
    if not shown and not form.is_narrowing:
        page["works_here"] = Membership.objects.in_force(today(now)).filter(person=request.user).exists()
    return render(request, "rounds/find_rounds.html", page)
