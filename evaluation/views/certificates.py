"""Certificates for continuing professional development: made by whoever came, checked by anyone, kept by nobody."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evaluation import certificates
from evaluation.access import came_to, get_round_held
from evaluation.forms.certificates import CheckCertificateForm
from rounds_site.kit.links import absolute_url


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def certificate(request, pk):
    """Nothing is written down: that somebody asked for one would outlive the register."""
    now = timezone.now()
    round = get_round_held(request.user, pk, now=now)
    page = {"round": round, "came": came_to(request.user, round)}
    if request.method != "POST" or not page["came"]:
        return render(request, "evaluation/certificate.html", page)
    return render(request, "evaluation/certificate_sheet.html", page | _certified(request.user, round))


def _certified(person, round):
    """What the sheet says, and the address that fills in the form for checking it: behind a #, which no server sees."""
    day = timezone.localdate(round.starts_at)
    minutes = int((round.ends_at - round.starts_at).total_seconds() // 60)
    said = {"name": person.name, "minutes": minutes}
    said["code"] = certificates.code_for(day=day, **said)
    boxes = {"day_day": day.day, "day_month": day.month, "day_year": day.year}
    check_at = absolute_url("check_certificate")
    return {"said": said | {"day": day}, "check_at": check_at, "check_url": f"{check_at}#{urlencode(said | boxes)}"}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def check_certificate(request):
    """By POST, so that no name stands in an address or a log."""
    form = CheckCertificateForm(request.POST) if request.method == "POST" else CheckCertificateForm()
    genuine = form.is_bound and form.is_valid()
    return render(request, "evaluation/check_certificate.html", {"form": form, "said": genuine and form.cleaned_data})
