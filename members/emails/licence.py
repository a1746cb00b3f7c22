"""The letter that a licence ends soon."""

from members import postbox
from members.access import today
from members.models import Licence, RoleGrant
from members.registry import Facts, Letter, letters
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.links import absolute_url

from .composing import said_of
from .told import TOLD

ENDING = "licence_ending"


def register_licence_letters():
    read = {"read": read_licence_ending, "lock": lock_licence}
    letters.register(Letter(kind=ENDING, told=TOLD[ENDING], template=f"members/{ENDING}", **read))


def licence_ending(licence, days, *, now):
    """To each administrator of its system: `days` before its last one."""
    for grant in _administrators(licence.system_id, now):
        key = f"{ENDING}:{licence.pk}:{licence.last_on}:{days}:{grant.person_id}"
        whose = {"person": grant.person_id, "system": licence.system_id, "about": licence.pk}
        postbox.post(ENDING, dedupe_key=key, now=now, **whose)


def _administrators(system, now):
    grants = RoleGrant.objects.in_force(today(now)).filter(role="administrator", system=system)
    return grants.filter(person__is_active=True).select_related("person").order_by("person")


def lock_licence(delivery):
    licence = postbox.held(Licence.objects.filter(pk=delivery.about))
    return licence and _mark(licence)


def _mark(licence):
    return [licence.number, licence.last_on]


def read_licence_ending(delivery, now):
    """Not once it has another last day, nor to who is an administrator no longer."""
    licence = Licence.objects.select_related("system").exclude(last_on=None).filter(pk=delivery.about).first()
    if licence is None or f":{licence.last_on}:" not in delivery.dedupe_key:
        return None
    grant = _administrators(licence.system_id, now).filter(person=delivery.person_id).first()
    if grant is None:
        return None
    words = {"number": licence.number, "last_day": nhs_date(licence.last_on)}
    context = said_of(licence.system) | words | {"button_url": absolute_url("manage_licence", licence.system.code)}
    mark = _mark(licence)
    return Facts(address=grant.person.email, sender=licence.system.sender, context=context, mark=mark)
