"""Who gets in to North Vale beside the staff lists: approved domains, an invitation, and requests that wait."""

from datetime import timedelta
from functools import partial

from allauth.account.models import EmailAddress
from django.db import transaction

from members.actions import domains, invitations, join_requests

from . import data

APPROVED = timedelta(days=60)


def steps(it, *, now):
    """[(moment, what happens then)]"""
    words = data.read("newcomers")
    yield now - APPROVED, partial(approve, it, words["approved"])
    for each in words["invitations"]:
        yield now - timedelta(days=each["days"]), partial(invite, it, each)
    for each in words["requests"]:
        yield now - timedelta(days=each["days"]), partial(ask, it, each)


def approve(it, words, *, now):
    for each in words:
        for domain in each["domains"]:
            domains.approve(
                organisation=it.partners[each["partner"]], domain=domain, by=it.cast["administrator"], now=now
            )


def invite(it, words, *, now):
    partner = it.partners[words["partner"]]
    invitations.invite(organisation=partner, email=words["email"], by=it.cast["administrator"], now=now)


@transaction.atomic
def ask(it, words, *, now):
    """As they would: address, code, three lines. That the code was entered is what it proves."""
    person = invitations.account_for(email=words["email"], now=now)
    EmailAddress.objects.get(user=person).set_verified()
    said = {name: words[name] for name in ("name", "organisation_name", "why")}
    request = join_requests.ask(person=person, system=it.system, **said, now=now)
    if "question" in words:
        join_requests.ask_back(request=request, question=words["question"], by=it.cast["administrator"], now=now)
