"""One A4 page for a wall: what, when, where, and a code that leads on."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.models import JoinLink
from rounds.access import get_round_to_arrange
from rounds_site.kit.links import absolute_url


@require_safe
@login_required
def round_poster(request, pk):
    """`?for=` a partner without a staff list: the code leads to their join link, since their staff have no account."""
    round = get_round_to_arrange(request.user, pk, now=timezone.now())
    partner = _partner(round, request.GET.get("for"))
    # In words what can be typed: from there whoever signs in finds the Round.
    portal = urlsplit(settings.PORTAL_URL).netloc
    context = {"round": round, "partner": partner, "address": _address(round, partner), "portal": portal}
    return render(request, "rounds/round_poster.html", context)


def _partner(round, code):
    if not code:
        return None
    for partner in round.partners.all():
        if partner.code == code:
            return partner
    raise Http404


def _address(round, partner):
    if partner and not partner.has_staff_list:
        link = JoinLink.objects.filter(organisation=partner, ended_at=None).first()
        if link:
            return absolute_url("join", link.token)
    return absolute_url("round_page", round.pk)
