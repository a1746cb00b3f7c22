"""Letters about coming in: each is a row written with the act, and says at hand-over what is true then."""

from members import postbox
from members.access import today
from members.models import InvitationLink, JoinRequest, Membership, System
from members.models.joining import JoinRequestState
from members.registry import Facts, Letter, letters
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.links import absolute_url, sign

from .composing import said_of
from .told import TOLD

INVITED = "invited"


def register_letters():
    """Called once, when the app is ready."""
    for kind, read in [
        ("invited", read_invited),
        ("request_accepted", read_accepted),
        ("request_asked", read_asked),
        ("request_declined", read_declined),
    ]:
        letters.register(Letter(kind=kind, told=TOLD[kind], template=f"members/{kind}", read=read))


def invited(link, *, now):
    postbox.post(
        "invited",
        dedupe_key=f"invited:{link.pk}",
        address=link.email,
        system=_system_of(link.organisation, now),
        about=link.pk,
        expires_at=link.ends_at,
        now=now,
    )


def request_accepted(membership, *, system, now):
    key, whose = f"request_accepted:{membership.pk}", membership.person_id
    postbox.post("request_accepted", dedupe_key=key, person=whose, system=system, about=membership.pk, now=now)


def request_asked(request, *, now):
    """Each question is a letter of its own."""
    _about_a_request("request_asked", f"request_asked:{request.pk}:{request.changed_at.timestamp()}", request, now)


def request_declined(request, *, now):
    _about_a_request("request_declined", f"request_declined:{request.pk}", request, now)


def _about_a_request(kind, key, request, now):
    whose = {"person": request.person_id, "system": request.system_id}
    postbox.post(kind, dedupe_key=key, about=request.pk, now=now, **whose)


def read_invited(delivery, now):
    link = InvitationLink.objects.open(now).select_related("organisation", "invited_by").filter(pk=delivery.about)
    link = link.first()
    if not link:
        return None
    return _facts(
        _system_of(link.organisation, now),
        link.email,
        organisation=link.organisation.name,
        inviter=link.invited_by.name if link.invited_by else "",
        until=nhs_date(link.ends_at),
        button_url=absolute_url("invited", sign(link.pk, purpose=INVITED)),
    )


def read_accepted(delivery, now):
    works = Membership.objects.in_force(today(now)).select_related("organisation", "person")
    membership = works.filter(pk=delivery.about, person__is_active=True).first()
    if not membership:
        return None
    organisation = membership.organisation.name
    url = absolute_url("find_rounds")
    return _facts(System.objects.of_this_portal(), membership.person.email, organisation=organisation, button_url=url)


def read_asked(delivery, now):
    request = _request(delivery, JoinRequestState.ASKED)
    if not request or delivery.dedupe_key != f"request_asked:{request.pk}:{request.changed_at.timestamp()}":
        return None
    return _facts(request.system, request.person.email, button_url=absolute_url("my_request"))


def read_declined(delivery, now):
    request = _request(delivery, JoinRequestState.DECLINED)
    if not request:
        return None
    named = {"organisation": request.organisation_name, "contact": request.system.contact}
    return _facts(request.system, request.person.email, button_url=absolute_url("my_request"), **named)


def _request(delivery, state):
    requests = JoinRequest.objects.select_related("person", "system")
    return requests.filter(pk=delivery.about, state=state, person__is_active=True).first()


def _system_of(organisation, now):
    systems = System.objects.filter(edges__in=organisation.system_edges.in_force(today(now))).order_by("created_at")
    return systems.first() or System.objects.of_this_portal()


def _facts(system, address, **words):
    return Facts(address=address, sender=system.sender, context=said_of(system) | words)
