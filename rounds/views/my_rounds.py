from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from rounds import reports
from rounds.models import Storyteller


@require_safe
@login_required
def my_rounds(request):
    now = timezone.now()
    own = reports.own_rounds(request.user, now=now)
    preparations = Storyteller.objects.filter(person=request.user).ahead_or_since(now - reports.REMEMBERED_FOR)
    context = {"own": own, "preparations": preparations.select_related("round").with_steps()}
    return render(request, "rounds/my_rounds.html", context)
