"""The letter that keeps a copy of the log's head outside the portal."""

from members import postbox
from members.access import today
from members.chain import head_line
from members.models import HeadExport, Person, RoleGrant, System
from members.registry import Facts, Letter, letters
from rounds_site.kit.formats import nhs_date

from .composing import said_of
from .told import TOLD

HEAD = "log_head"


def register_log_letters():
    letters.register(Letter(kind=HEAD, told=TOLD[HEAD], template="members/log_head", read=read_log_head))


def log_head(export, *, now):
    """To each information-governance lead. Not once they are one no longer, or the portal has no system."""
    leads = RoleGrant.objects.in_force(export.day).filter(role="governance_lead").values_list("person", flat=True)
    for person in sorted(set(leads)):
        key = f"{HEAD}:{export.day}:{person}"
        postbox.post(HEAD, dedupe_key=key, person=person, about=export.pk, now=now)


def read_log_head(delivery, now):
    leads = RoleGrant.objects.in_force(today(now)).filter(role="governance_lead")
    person = Person.objects.filter(pk=delivery.person_id, is_active=True, role_grants__in=leads).first()
    export = HeadExport.objects.filter(pk=delivery.about).first()
    system = System.objects.of_this_portal()
    if not (person and export and system):
        return None
    context = said_of(system) | {"day": nhs_date(export.day), "line": head_line(export)}
    return Facts(address=person.email, sender=system.sender, context=context)
