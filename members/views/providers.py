"""Sign-in providers of partners: their pages for administrators, and the way through one of them."""

import secrets

import requests
from allauth.account.adapter import get_adapter as account
from allauth.account.views import request_login_code
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.access import get_provider_to_manage, get_system_to_manage, today
from members.actions import providers as actions
from members.adapter import ASKED_FOR_ANOTHER, back_to_signing_in
from members.forms.providers import ProviderForm
from members.models import Organisation, Provider
from members.roles import May
from members.views.proving import recently_proven
from rounds_site.kit.links import absolute_url, verb
from rounds_site.kit.refusals import Refused

# --- For administrators -----------------------------------------------------------------------------


@login_required
@require_safe
def manage_sign_in(request):
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=timezone.now())
    found = Provider.objects.filter(system=system).prefetch_related("organisations").order_by("name")
    return render(request, "members/manage_sign_in.html", {"providers": found})


@recently_proven
def manage_provider_add(request):
    now = timezone.now()
    system = get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=now)
    posted = request.POST if request.method == "POST" else None
    form = ProviderForm(posted, partners=partners_of(system, now))
    if posted is not None and form.is_valid():
        try:
            provider = actions.add(system=system, by=request.user, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("issuer", str(refusal))
        else:
            messages.success(request, f"{provider} is kept. It is off: register our address there, then try it.")
            return redirect("manage_provider", provider.code)
    return render(request, "members/manage_provider_add.html", {"form": form})


@recently_proven
def manage_provider(request, code):
    now = timezone.now()
    provider = get_provider_to_manage(request.user, code, now=now)
    posted = request.POST if request.method == "POST" else None
    form = ProviderForm(posted, partners=partners_of(provider.system, now), known=provider, initial=said_of(provider))
    if posted is not None and form.is_valid():
        try:
            actions.change(provider=provider, by=request.user, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{provider} is changed.")
            return redirect("manage_sign_in")
    context = {
        "form": form,
        "provider": provider,
        "comes_back_to": absolute_url("openid_connect_callback", provider.code),
        "tried_at": absolute_url("sign_in_with", provider.code),
    }
    return render(request, "members/manage_provider.html", context)


def partners_of(system, now):
    return Organisation.objects.in_system(system, on=today(now)).order_by("name")


def said_of(provider):
    """As the form shows it; the secret is never read for a page."""
    return {
        "name": provider.name,
        "client_id": provider.client_id,
        "organisations": [each.code for each in provider.organisations.order_by("name")],
        "domains": "\n".join(provider.domains),
        "second_step_words": ", ".join(provider.second_step_words),
    }


STATES = {
    Provider.State.OFF: "{} is off. Nobody signs in with it; who did can ask for a code.",
    Provider.State.TRYING: "{} is on trial: it works at its own address, and is offered to nobody.",
    Provider.State.ON: "{} is on: the page for signing in offers it.",
}


@recently_proven
@verb("manage_provider", "code")
def switch_provider(request, code):
    now = timezone.now()
    provider = get_provider_to_manage(request.user, code, now=now)
    state = request.POST.get("state")
    if state not in STATES:
        raise Http404
    actions.switch(provider=provider, state=state, by=request.user, now=now)
    messages.success(request, STATES[Provider.State(state)].format(provider))
    return redirect("manage_provider", provider.code)


# --- For whoever signs in ---------------------------------------------------------------------------


def sign_in(request):
    """allauth's page, whose forms may also lead to the providers that it offers."""
    origins = [origin for each in Provider.objects.offered() for origin in each.origins]
    return leading_to(origins, request_login_code(request))


def leading_to(origins, response):
    response._csp_update = {"form-action": sorted(set(origins))}
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_with(request, code):
    """A button, and what it does: ask the provider who this is. The answer must carry our state and nonce."""
    provider = get_object_or_404(Provider.objects.working(), code=code)
    if request.user.is_authenticated:
        return redirect("home")
    if request.method != "POST":
        return leading_to(provider.origins, render(request, "account/sign_in_with.html", {"provider": provider}))
    wanted, nonce = request.POST.get("next", ""), secrets.token_urlsafe(24)
    try:
        asked = get_adapter().get_provider(request, provider.code)
        return asked.redirect(
            request,
            process="login",
            next_url=wanted if account(request).is_safe_url(wanted) else None,
            data={"nonce": nonce},
            auth_params={"nonce": nonce},
        )
    except (requests.RequestException, SocialApp.DoesNotExist):
        return back_to_signing_in(request, ASKED_FOR_ANOTHER, provider)
