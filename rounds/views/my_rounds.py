from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.postbox import address_for_places
from rounds.models import DiaryFeed, Storyteller
from rounds.reports.own import own_rounds
from rounds.reports.standing import changed_at_short_notice


@require_safe
@login_required
def my_rounds(request):
    now = timezone.now()
    own = own_rounds(request.user, now=now)
    preparations = Storyteller.objects.shown(now).filter(person=request.user).order_by("round__starts_at", "pk")
    context = {
        "own": own,
        "short_notice": changed_at_short_notice(request.user, now=now),
        "preparations": preparations.select_related("round").with_steps(),
        "letters_go": address_for_places(request.user),
        "has_feed": DiaryFeed.objects.filter(person=request.user).exists(),
    }
    return render(request, "rounds/my_rounds.html", context)
