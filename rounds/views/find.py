from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import today
from members.models import Membership, Place, Site
from rounds import reports
from rounds.access import rounds_to_attend
from rounds.forms.registration import FindForm


@require_safe
@login_required
def find_rounds(request):
    now = timezone.now()
    open_to = rounds_to_attend(request.user, now=now).upcoming(now)
    places = Place.objects.filter(system__in=open_to.order_by().values("system"))
    sites = Site.objects.filter(pk__in=open_to.order_by().values("venue__site")).select_related("organisation")
    form = FindForm(request.GET, places=places, sites=sites)
    shown = reports.as_one(reports.as_seen_by(request.user, form.narrowed(open_to, on=today(now)), now=now))
    waiting_for_a_date = rounds_to_attend(request.user, now=now).postponed(now)
    page = {
        "find_form": form,
        "rounds": shown,
        "postponed": reports.as_seen_by(request.user, waiting_for_a_date, now=now),
    }
    if not shown and not form.is_narrowing:
        page["works_here"] = Membership.objects.in_force(today(now)).filter(person=request.user).exists()
    return render(request, "rounds/find_rounds.html", page)
