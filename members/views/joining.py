"""How people come to be staff of a partner: by its join link, an invitation, their address, or by asking."""

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import (
    get_invitation,
    get_job_to_confirm,
    get_join_link,
    get_organisation_to_join,
    organisations_to_join,
    proven_addresses,
    today,
)
from members.actions import invitations, join_requests, listed
from members.adapter import begin_joining
from members.forms.joining import AnswerForm, InvitedForm, JoinForm, JoinHereForm, NotListedForm, WorkHereForm
from members.forms.signing_in import ASKED_TOO_OFTEN
from members.models import JoinRequest, Membership, System
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused


def join(request, token):
    """Known and unknown addresses get the same page and the same answer; both get one letter.

    A link that ended and one that never was get one and the same page, before the form and after it.
    """
    try:
        link = get_join_link(token)
    except Http404:
        return render(request, "members/join_ended.html", status=404)
    here = request.user.is_authenticated
    return _by_link(request, link.organisation, JoinForm, here=here, token=link.token)


def invited(request, token):
    """The link of an invitation only shows a button; pressed, it sends a code to the address that was invited. Letters
    are passed on: who is signed in joins without a code only where that address is theirs."""
    try:
        link = get_invitation(token, now=timezone.now())
    except Http404:
        return render(request, "members/join_ended.html", status=404)
    here = request.user.is_authenticated and link.email in proven_addresses(request.user)
    return _by_link(request, link.organisation, InvitedForm, here=here, address=link.email, invitation=str(link.pk))


def _by_link(request, partner, form_class, *, here, address="", **link):
    """`here`: with the account in which they are signed in, and at once."""
    form_class = JoinHereForm if here else form_class
    form = form_class(request.POST) if request.method == "POST" else form_class()
    if request.method == "POST" and form.is_valid():
        answer = _join_here(request, partner, form, link) if here else _send_code(request, form, address, link)
        if answer:
            return answer
    context = {"form": form, "partner": partner, "address": address, "here": here}
    return render(request, "members/join.html", context)


def _send_code(request, form, address, link):
    said = {"email": address} | form.cleaned_data
    if begin_joining(request, **link, **said):
        return redirect("account_confirm_login_code")
    form.add_error("email" if "email" in form.fields else None, ASKED_TOO_OFTEN)
    return None


def _join_here(request, partner, form, link):
    try:
        invitations.join(person=request.user, name="", now=timezone.now(), **link, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, f"You have joined as staff of {partner}.")
    return redirect("home")


# --- Where somebody works who is signed in ----------------------------------------------------------


@login_required
@require_safe
def where_you_work(request):
    """What the person's own address opens to them; else they may ask."""
    offered = organisations_to_join(request.user, now=timezone.now())
    if not offered:
        return redirect("not_listed")
    asked = JoinRequest.objects.filter(person=request.user).exists()
    context = {"offered": offered, "asked": asked, "onwards": get_next_redirect_url(request)}
    return render(request, "members/where_you_work.html", context)


@login_required
def work_here(request, code):
    now = timezone.now()
    partner = get_organisation_to_join(request.user, code, now=now)
    sites = partner.sites.filter(ended_on=None)
    asks = {"sites": sites, "named": bool(request.user.name)}
    form = WorkHereForm(request.POST, **asks) if request.method == "POST" else WorkHereForm(**asks)
    if request.method == "POST" and form.is_valid():
        invitations.choose(person=request.user, organisation=partner, now=now, **form.said())
        return _welcome(request, partner, now)
    context = {"form": form, "partner": partner, "onwards": get_next_redirect_url(request)}
    return render(request, "members/work_here.html", context)


def _welcome(request, partner, now):
    """On to where they were going. Whoever works elsewhere too is asked whether they still do; nobody is moved behind
    their back."""
    messages.success(request, f"You have joined as staff of {partner}.")
    works = Membership.objects.in_force(today(now)).filter(person=request.user)
    return redirect("your_details" if works.count() > 1 else get_next_redirect_url(request) or "home")


@login_required
def not_listed(request):
    if JoinRequest.objects.filter(person=request.user).exists():
        return redirect("my_request")
    posted = request.POST if request.method == "POST" else None
    systems = System.objects.standing().order_by("name")
    form = NotListedForm(posted, systems=systems, initial={"name": request.user.name})
    if posted is not None and form.is_valid():
        try:
            join_requests.ask(person=request.user, now=timezone.now(), **form.said())
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("my_request")
    offered = organisations_to_join(request.user, now=timezone.now()).exists()
    works = Membership.objects.in_force(today(timezone.now())).filter(person=request.user).exists()
    return render(request, "members/not_listed.html", {"form": form, "offered": offered, "works": works})


@login_required
def my_request(request):
    """How one's own request stands, and the answer to a question about it."""
    asked = JoinRequest.objects.filter(person=request.user).first()
    if asked is None:
        return redirect("where_you_work")
    form = AnswerForm(request.POST) if request.method == "POST" else AnswerForm()
    if request.method == "POST" and form.is_valid():
        try:
            join_requests.answer(request=asked, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, "Your answer is sent.")
        return redirect("my_request")
    return render(request, "members/my_request.html", {"asked": asked, "form": form})


@verb("my_request")
def withdraw_request(request):
    asked = JoinRequest.objects.filter(person=request.user).first()
    if asked:
        join_requests.withdraw(request=asked)
        messages.success(request, "Your request is taken back. Nothing of it is left.")
    return redirect("where_you_work")


@verb("home")
def answer_list(request, pk):
    """Whether one works for the partner whose staff list says so: the button says which."""
    now = timezone.now()
    job = get_job_to_confirm(request.user, pk, now=now)
    try:
        if "yes" in request.POST:
            listed.confirm(job=job, now=now)
            messages.success(request, f"You are staff of {job.organisation} here now.")
        elif "no" in request.POST:
            listed.decline(job=job)
            messages.success(request, "Thank you. Nobody is told, and we do not ask again.")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("home")
