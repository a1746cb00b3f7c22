"""Who gets in: approved domains and invitations of a partner, and requests to join."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import get_organisation_to_manage, get_request_to_decide, today
from members.actions import domains, invitations, join_requests
from members.forms.joining import ApproveDomainForm, DecideForm, InviteForm
from members.models import Organisation
from members.models.joining import JoinRequestState
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused
from rounds_site.kit.stretches import stretch

SENT_TOO_MANY = "Too many invitations were sent within the hour. Please wait a while; the join link has no limit."


@login_required
@require_safe
def manage_who_gets_in(request, code):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    return _page(request, partner, now)


def _page(request, partner, now, *, domain_form=None, invite_form=None):
    invited = partner.invitation_links.open(now)
    context = {
        "partner": partner,
        "domains": stretch(partner.approved_domains.order_by("domain", "pk"), request, name="domains"),
        "invitations": stretch(invited.order_by("created_at", "pk"), request, name="invited"),
        "domain_form": domain_form or ApproveDomainForm(),
        "invite_form": invite_form or InviteForm(),
        "form": domain_form or invite_form,
    }
    return render(request, "members/manage_who_gets_in.html", context)


@verb("manage_who_gets_in", "code")
def approve_domain(request, code):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    form = ApproveDomainForm(request.POST)
    if form.is_valid():
        try:
            approved = domains.approve(organisation=partner, by=request.user, now=now, **form.cleaned_data)
        except domains.AnybodyMayHaveOne as refusal:
            form.asks_twice = True
            form.add_error("even_public", f"{refusal} If that is meant, say so here")
        except Refused as refusal:
            form.add_error("domain", str(refusal))
        else:
            messages.success(request, f"Whoever proves an address at {approved.domain} can choose {partner}.")
            return redirect("manage_who_gets_in", partner.code)
    return _page(request, partner, now, domain_form=form)


@verb("manage_who_gets_in", "code")
def end_domain(request, code, pk):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    approved = get_object_or_404(partner.approved_domains, pk=pk)
    domains.end(approved=approved, by=request.user, now=now)
    messages.success(request, f"{approved.domain} opens {partner} to nobody new. Whoever joined by it stays.")
    return redirect("manage_who_gets_in", partner.code)


@verb("manage_who_gets_in", "code")
def invite(request, code):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            if not ratelimit.consume(request, action="invite"):
                raise Refused(SENT_TOO_MANY)
            link = invitations.invite(organisation=partner, by=request.user, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, f"A letter goes to {link.email}. Its link works once, for 14 days.")
            return redirect("manage_who_gets_in", partner.code)
    return _page(request, partner, now, invite_form=form)


@verb("manage_who_gets_in", "code")
def withdraw_invitation(request, code, pk):
    now = timezone.now()
    partner = get_organisation_to_manage(request.user, code, now=now)
    link = get_object_or_404(partner.invitation_links, pk=pk)
    invitations.withdraw(link=link, by=request.user, now=now)
    messages.success(request, "The invitation is withdrawn. Its link leads nowhere.")
    return redirect("manage_who_gets_in", partner.code)


@login_required
def manage_request(request, pk):
    now = timezone.now()
    asked = get_request_to_decide(request.user, pk, now=now)
    options = {"organisations": Organisation.objects.in_system(asked.system, on=today(now))}
    form = DecideForm(request.POST, **options) if request.method == "POST" else DecideForm(**options)
    if request.method == "POST" and form.is_valid():
        try:
            said = _decide(request.user, asked, now, **form.cleaned_data)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, said)
        return redirect("manage_people")
    context = {"asked": asked, "form": form, "is_asked": asked.state == JoinRequestState.ASKED}
    return render(request, "members/manage_request.html", context)


def _decide(by, asked, now, *, decision, organisation, question):
    if decision == "accept":
        join_requests.accept(request=asked, organisation=organisation, by=by, now=now)
        return f"{asked.person} is staff of {organisation} from today. We write to them."
    if decision == "ask":
        join_requests.ask_back(request=asked, question=question, by=by, now=now)
        return "Your question is sent. Their answer brings the request back here."
    join_requests.decline(request=asked, by=by, now=now)
    return "A kind letter goes to them. Their request and their account are forgotten in 30 days."
