"""What the two logs of the demo hold: signing in to plan and to invite, lists that were opened, settings, the seals."""

from datetime import timedelta

from django.db import transaction

from members.actions import audit, chain, settings
from members.models import System
from members.models.audit import Act

from . import data

SETTLED = timedelta(days=100)


@transaction.atomic
def sign_in(it, person, *, now):
    audit.record(Act.SIGNED_IN, by=person, where=it.system, now=now)


def settle(it, *, now):
    """An administrator says whom to ring, after a hundred days without."""
    system = System.objects.get(pk=it.system.pk)
    words = data.read("partners")["settled"]
    facts = {name: getattr(system, name) for name in settings.FIELDS} | words
    seen = settings.digest_of(settings.changes(system, facts))
    settings.change(system=system, facts=facts, by=it.cast["administrator"], now=now, expected=seen)


def keep(*, now):
    """What the clock would have done each minute, day and hour."""
    chain.seal_all()
    chain.export_head(now=now)
