"""That somebody has written to one who looks for voices: not who, nor what about."""

from members import postbox
from members.emails import said_of
from members.registry import Facts
from rounds.access import finders_of
from rounds.models import Offer
from rounds_site.kit.links import absolute_url

KIND = "offered"
WORDS = "Somebody has written to you. It is in the portal, for you to read in a quiet moment."


def offered(offers, *, now):
    postbox.post_many([_letter(offer, now) for offer in offers], now=now)


def _letter(offer, now):
    key = f"{KIND}:{offer.pk}"
    return postbox.letter(KIND, dedupe_key=key, person=offer.reader_id, system=offer.system_id, about=offer.pk, now=now)


def lock(delivery):
    offer = postbox.held(Offer.objects.filter(pk=delivery.about))
    return offer and str(offer.pk)


def read(delivery, now):
    offer = Offer.objects.select_related("system", "reader").filter(pk=delivery.about).first()
    if offer is None or not finders_of(offer.system, now=now).filter(pk=offer.reader_id).exists():
        return None
    return facts(offer.system, offer.reader.email, mark=str(offer.pk))


def facts(system, address, mark=None):
    page = {"words": WORDS, "button": "Read it", "button_url": absolute_url("voices")}
    return Facts(address=address, sender=system.sender, context=said_of(system) | page, mark=mark)
