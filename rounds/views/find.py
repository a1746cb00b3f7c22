from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import today
from members.models import Membership, Place, Site
from rounds.access import rounds_to_attend
from rounds.forms.registration import FindForm
from rounds.reports import standing
from rounds_site.kit.stretches import stretch

# A page of so many cards is read on a phone.
AT_ONCE = 40


@require_safe
@login_required
def find_rounds(request):
    now = timezone.now()
    open_to = rounds_to_attend(request.user, now=now).upcoming(now)
    places = Place.objects.filter(system__in=open_to.order_by().values("system"))
    sites = Site.objects.filter(pk__in=open_to.order_by().values("venue__site")).select_related("organisation")
    form = FindForm(request.GET, places=places, sites=sites)
    wanted = form.narrowed(open_to, on=today(now))
    first = standing.with_what_is_seen(wanted.first_sittings(), request.user, now=now)
    found = stretch(first, request, at_once=AT_ONCE)
    repeated = {each.repeat: each.pk for each in found if each.repeat}
    others = wanted.filter(repeat__in=repeated).exclude(pk__in=repeated.values())
    sittings = standing.all_seen(found, now=now) + standing.as_seen_by(request.user, others, now=now)
    shown = standing.as_one(sittings)
    waiting_for_a_date = rounds_to_attend(request.user, now=now).postponed(now)
    page = {
        "find_form": form,
        "rounds": shown,
        "found": found,
        "query": form.query,
        "postponed": standing.as_seen_by(request.user, waiting_for_a_date, now=now),
    }
    if not shown and not form.is_narrowing:
        page["works_here"] = Membership.objects.in_force(today(now)).filter(person=request.user).exists()
    return render(request, "rounds/find_rounds.html", page)
