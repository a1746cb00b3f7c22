"""The letter that reminds a facilitator of a word that somebody is owed: it says that something is due, and no more."""

import datetime as dt
from dataclasses import replace

from django.utils import timezone

from members import postbox
from members.emails import said_of
from members.models import Delivery
from members.models.delivery import DeliveryState
from members.registry import Facts
from rounds.models import CareOwed
from rounds_site.kit.links import absolute_url

KIND = "care_due"
IS_DUE = "Something waits for you today. It stands in the portal."
IN_THE_MORNING = dt.time(9)


def care_due(care, *, now):
    """On the morning of its day; whatever was to go about it before goes no more."""
    still_to_go = Delivery.objects.filter(about=care.pk, kind=KIND, state=DeliveryState.PENDING)
    still_to_go.exclude(dedupe_key=_key(care)).delete()
    due_at = timezone.make_aware(dt.datetime.combine(care.due_on, IN_THE_MORNING))
    if care.done_on or care.owner_id is None or due_at <= now:
        return
    whose = {"person": care.owner_id, "system": care.round.system_id, "about": care.pk}
    postbox.post(KIND, dedupe_key=_key(care), due_at=due_at, now=now, **whose)


def forget_care(keys):
    """With the rows that they are about."""
    Delivery.objects.filter(about__in=keys, kind=KIND).delete()


def _key(care):
    return f"{KIND}:{care.pk}:{care.due_on}:{care.owner_id}"


def lock(delivery):
    care = postbox.held(CareOwed.objects.filter(pk=delivery.about))
    return care and care.owner and _mark(care)


def _mark(care):
    return [care.owner_id, care.due_on, care.done_on, *postbox.wishes(care.owner)]


def read(delivery, now):
    found = CareOwed.objects.open().select_related("round__system", "owner").filter(pk=delivery.about)
    care = found.filter(owner=delivery.person_id, owner__is_active=True).first()
    if care is None or delivery.dedupe_key != _key(care):
        return None
    if not care.round.team.facilitating().filter(person=care.owner).exists():
        return None
    address = postbox.address_for_places(care.owner)
    if not address:
        return None
    said = facts(care.round.system, absolute_url("round_after", care.round_id))
    return replace(said, address=address, mark=_mark(care), template=postbox.template_for(care.owner))


def facts(system, page):
    context = said_of(system) | {"words": IS_DUE, "button": "See what it is", "button_url": page}
    return Facts(address="", sender=system.sender, context=context)
