"""How staff of a partner without a staff list make their own account."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone

from members.access import get_join_link
from members.actions import invitations
from members.adapter import begin_joining
from members.forms.people import JoinForm, JoinHereForm
from members.forms.signing_in import ASKED_TOO_OFTEN
from rounds_site.kit.refusals import Refused


def join(request, token):
    """Known and unknown addresses get the same page and the same answer; both get one letter.

    A link that ended and one that never was get one and the same page, before the form and after it.
    """
    try:
        link = get_join_link(token)
    except Http404:
        return render(request, "members/join_ended.html", status=404)
    if request.user.is_authenticated:
        return _join_here(request, link)
    form = JoinForm(request.POST) if request.method == "POST" else JoinForm()
    if request.method == "POST" and form.is_valid():
        if begin_joining(request, token=link.token, **form.cleaned_data):
            return redirect("account_confirm_login_code")
        form.add_error("email", ASKED_TOO_OFTEN)
    return render(request, "members/join.html", {"form": form, "partner": link.organisation})


def _join_here(request, link):
    form = JoinHereForm(request.POST) if request.method == "POST" else JoinHereForm()
    if request.method == "POST" and form.is_valid():
        try:
            invitations.join(person=request.user, token=link.token, name="", now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"You have joined as staff of {link.organisation}.")
            return redirect("home")
    return render(request, "members/join.html", {"form": form, "partner": link.organisation})
