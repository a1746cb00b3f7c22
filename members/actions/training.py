"""The training record of a facilitator."""

from django.db import transaction

from members.models import Training
from rounds_site.kit.refusals import Refused

FACTS = ("course", "held_on", "mentor", "first_round_on", "refresh_due")


@transaction.atomic
def note(*, person, **facts):
    """What is known now; who may say so has been asked at the door."""
    if facts["mentor"] == person:
        raise Refused("Nobody is their own mentor. Choose somebody else.")
    record, _ = Training.objects.update_or_create(person=person, defaults={name: facts[name] for name in FACTS})
    return record
