from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from rounds import reports


@require_safe
@login_required
def my_rounds(request):
    own = reports.own_rounds(request.user, now=timezone.now())
    return render(request, "rounds/my_rounds.html", {"own": own})
