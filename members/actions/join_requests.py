"""“My organisation is not listed”: somebody asks to be let in, and an administrator of the system decides.

Whoever nobody lets in is forgotten: they leave no account behind.
"""

from django.db import transaction

from members import emails
from members.models import JoinRequest, Person
from members.models.audit import Act
from members.models.joining import JoinRequestState
from rounds_site.kit.refusals import Refused

from . import audit, memberships, people

DECIDED = "Somebody else has decided this request meanwhile."


@transaction.atomic
def ask(*, person, system, name, organisation_name, why, now):
    """One request a person; the one that stands is not written over."""
    Person.objects.select_for_update().get(pk=person.pk)
    if name and not person.name:
        people.rename(person=person, name=name)
    request, made = JoinRequest.objects.get_or_create(
        person=person,
        defaults={"system": system, "organisation_name": organisation_name, "why": why, "changed_at": now},
    )
    if not made:
        raise Refused("You have asked already. Here is how it stands.")
    return request


@transaction.atomic
def answer(*, request, answer, now):
    """What the person says to the question; the request waits again."""
    request = _locked(request)
    if request.state != JoinRequestState.ASKED:
        raise Refused("No question is open any more.")
    return _said(request, now, state=JoinRequestState.WAITING, answer=answer)


def withdraw(*, request):
    """The person's own word: nobody is told, and nothing is left."""
    return JoinRequest.objects.filter(pk=request.pk).delete()[0]


@transaction.atomic
def accept(*, request, organisation, by, now):
    """They are staff of that organisation from today; the request is gone."""
    request = _undecided(request)
    person = request.person
    membership = memberships.employ(
        person=person, organisation=organisation, staff_group="not_said", source="asked", now=now
    )
    emails.request_accepted(membership, system=request.system_id, now=now)
    audit.record(Act.REQUEST_ACCEPTED, by=by, about=person.pk, where=organisation, now=now)
    return membership


@transaction.atomic
def ask_back(*, request, question, by, now):
    request = _said(_undecided(request), now, state=JoinRequestState.ASKED, question=question, answer="")
    emails.request_asked(request, now=now)
    audit.record(Act.REQUEST_ASKED, by=by, about=request.person_id, where=request.system, now=now)
    return request


@transaction.atomic
def decline(*, request, by, now):
    """A kind letter that gives no reason; request and account are forgotten 30 days later."""
    request = _said(_undecided(request), now, state=JoinRequestState.DECLINED)
    emails.request_declined(request, now=now)
    audit.record(Act.REQUEST_DECLINED, by=by, about=request.person_id, where=request.system, now=now)
    return request


def _locked(request):
    """The request as it stands, held until the transaction ends: of two who decide at once the second is told."""
    standing = JoinRequest.objects.select_for_update().filter(pk=request.pk).first()
    if standing is None:
        raise Refused(DECIDED)
    return standing


def _undecided(request):
    request = _locked(request)
    if request.state == JoinRequestState.DECLINED:
        raise Refused(DECIDED)
    return request


def _said(request, now, **said):
    for name, value in said.items():
        setattr(request, name, value)
    request.changed_at = now
    request.save(update_fields=[*said, "changed_at"])
    return request
