"""One's own ways in, on one page."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members import current
from members.access import needs_second_factor
from members.actions import ways_in
from members.forms.signing_in import YourPasswordForm
from members.models import Provider
from members.views.proving import recently_proven
from rounds_site.kit.links import verb

Kind = Authenticator.Type


@login_required
@require_safe
def your_ways_in(request):
    person = request.user
    kinds = list(Authenticator.objects.filter(user=person).order_by().values_list("type", flat=True))
    context = {
        "addresses": EmailAddress.objects.filter(user=person).order_by("-primary", "email"),
        "passkeys": kinds.count(Kind.WEBAUTHN),
        "app": Kind.TOTP in kinds,
        "paper": Kind.RECOVERY_CODES in kinds,
        "has_second_step": bool(kinds),
        "asked_for": needs_second_factor(person, now=timezone.now()),
        "providers": Provider.objects.that_brought(person).order_by("name"),
        "passwords": settings.PASSWORDS,
        "has_password": person.has_usable_password(),
    }
    return render(request, "members/your_ways_in.html", context)


@verb("your_ways_in")
def sign_out_everywhere(request):
    ways_in.sign_out_everywhere(person=request.user)
    logout(request)
    messages.success(request, "You are signed out, here and wherever else you were signed in.")
    return redirect(settings.LOGIN_URL)


@recently_proven
def your_password(request):
    """For sites that want passwords. Whoever has forgotten theirs signs in with a code and sets another here."""
    posted = request.POST if request.method == "POST" else None
    form = YourPasswordForm(request.user, posted)
    if posted is not None and form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        # The session has another key now: without a new beginning it would count as idle.
        current.go_on(request)
        messages.success(request, "Your password is set. Wherever else you were signed in, you are not any more.")
        return redirect("your_ways_in")
    return render(request, "account/your_password.html", {"form": form})
