"""Letters about hours of cover: to those who pay, or to the partner that asked, whoever has the next word. They name a
partner and a sum, never a Round or a person."""

from django.db.models import Q

from members import postbox
from members.access import today
from members.emails import said_of
from members.models import Person, RoleGrant
from members.registry import Facts
from members.roles import ROLES, May
from rounds.models import Backfill
from rounds.states import BackfillState
from rounds_site.kit.formats import pounds
from rounds_site.kit.links import absolute_url

KIND = "backfill"
WORDS = {
    BackfillState.ASKED: "{partner} asks for {hours} hours of cover, {amount} in all.",
    BackfillState.APPROVED: "Your {hours} hours of cover are approved, {amount} in all. "
    "Once the Round is over, send the invoice and enter its number.",
    BackfillState.DECLINED: "Your {hours} hours of cover were declined. The reason stands in the portal.",
    BackfillState.WITHDRAWN: "{partner} needs {hours} hours of cover no longer.",
    BackfillState.INVOICED: "{partner} has invoiced {hours} hours of cover, {amount} in all.",
    BackfillState.PAID: "Your {hours} hours of cover are paid, {amount} in all.",
}
FOR_THOSE_WHO_PAY = {BackfillState.ASKED, BackfillState.WITHDRAWN, BackfillState.INVOICED}


def backfill(row, *, now):
    people = _readers(row, now).order_by("pk").values_list("pk", flat=True)
    postbox.post_many([_letter(row, person, now) for person in people], now=now)


def _letter(row, person, now):
    key = f"{KIND}:{row.pk}:{row.state}:{person}"
    return postbox.letter(KIND, dedupe_key=key, person=person, system=row.round.system_id, about=row.pk, now=now)


def _readers(row, now):
    pays = row.state in FOR_THOSE_WHO_PAY
    right = May.PAY_BACKFILL if pays else May.ASK_FOR_BACKFILL
    here = Q(system=row.round.system_id) if pays else Q(organisation=row.organisation_id)
    roles = [code for code, role in ROLES.items() if right in role.may]
    held = RoleGrant.objects.in_force(today(now)).filter(here, role__in=roles)
    return Person.objects.filter(pk__in=held.values("person"), is_active=True)


def lock(delivery):
    row = postbox.held(Backfill.objects.filter(pk=delivery.about))
    return row and _mark(row)


def _mark(row):
    return [row.state, str(row.hours), str(row.rate)]


def read(delivery, now):
    rows = Backfill.objects.select_related("round__system", "organisation")
    row = rows.filter(pk=delivery.about).first()
    # Once there is a further step, its own letter says so.
    if row is None or delivery.dedupe_key.split(":")[2] != row.state:
        return None
    person = _readers(row, now).filter(pk=delivery.person_id).first()
    return facts(row, person.email) if person else None


def facts(row, address):
    system = row.round.system
    said = {"partner": row.organisation, "hours": row.hours_said, "amount": pounds(row.amount)}
    words = {"words": WORDS[row.state].format(**said)}
    page = {"button": "Go to the hours of cover", "button_url": absolute_url("backfill_case", row.pk)}
    return Facts(address=address, sender=system.sender, context=said_of(system) | page | words, mark=_mark(row))
