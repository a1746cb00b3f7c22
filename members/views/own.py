"""Pages about oneself, and someone to talk to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from members.access import today
from members.actions import invitations, memberships, people
from members.forms.people import YourDetailsForm
from members.models import Membership, Person, System
from members.reports import employers_to_turn_to, own_practice
from rounds_site.kit.links import NotOurs, unsign, verb


@login_required
def your_details(request):
    now = timezone.now()
    own = Membership.objects.in_force(today(now)).filter(person=request.user).select_related("organisation", "site")
    own = own.order_by("organisation__name")
    posted = request.POST if request.method == "POST" else None
    form = YourDetailsForm(posted, memberships=own, initial={"name": request.user.name})
    if posted is not None and form.is_valid():
        people.rename(person=request.user, name=form.cleaned_data["name"])
        for membership, group in form.groups():
            memberships.set_staff_group(membership=membership, staff_group=group)
        for membership, site in form.sites():
            memberships.set_site(membership=membership, site=site)
        messages.success(request, "Your details are saved.")
        return redirect("your_details")
    context = {"form": form, "memberships": form.memberships, "practice": own_practice(request.user, now=now)}
    return render(request, "members/your_details.html", context)


@verb("your_details")
def your_invitations(request):
    """Stop invitations, or have them again: the button says which."""
    if "stop" in request.POST:
        invitations.stop(person=request.user, now=timezone.now())
        messages.success(request, "We will not invite you to Rounds any more. Letters about your places still come.")
    elif "resume" in request.POST:
        invitations.resume(person=request.user)
        messages.success(request, "We will invite you to Rounds again.")
    return redirect("your_details")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request, token):
    """Where a letter's own "unsubscribe" leads. A mail program presses it with one bare POST (RFC 8058), so there is
    no CSRF token and no redirect; the signed token is what counts, and all it can do is stop invitations."""
    try:
        person = Person.objects.filter(pk=unsign(token, purpose="stop"), is_active=True).first()
    except NotOurs:
        person = None
    if person is None:
        raise Http404
    if request.method == "POST":
        invitations.stop(person=person, now=timezone.now())
    return render(request, "members/stop.html", {"stopped": person.invitations_stopped_at is not None})


@require_safe
def support(request):
    """What stands for everybody, and for staff what their own employers offer."""
    signed_in = request.user.is_authenticated
    employers = employers_to_turn_to(request.user, on=today(timezone.now())) if signed_in else []
    context = {"systems": System.objects.standing().order_by("name"), "employers": employers}
    return render(request, "members/support.html", context)
