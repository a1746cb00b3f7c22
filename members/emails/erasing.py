"""The last letter to somebody whose account is gone: it has an address and nothing else."""

from members import postbox
from members.models import System
from members.registry import Facts, Letter, letters

from .composing import said_of
from .told import TOLD

ERASED = "account_erased"


def register_erasing_letters():
    letters.register(Letter(kind=ERASED, told=TOLD[ERASED], template="members/account_erased", read=read_erased))


def account_erased(*, address, key, now):
    """`key` is random: no key of the row may say whose account it was."""
    postbox.post(ERASED, dedupe_key=f"erased:{key}", address=address, now=now)


def read_erased(delivery, now):
    system = System.objects.of_this_portal()
    said = said_of(system) | {"contact": system.contact}
    return Facts(address=delivery.address, sender=system.sender, context=said)
