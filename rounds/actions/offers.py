"""Saying to whom one chooses that one might tell a story, and taking that back.

Nothing here is logged: of what was taken back nothing is left but letters in the mailboxes of those who were chosen,
which say that somebody has written, and not who.
"""

from django.db.models import Exists, OuterRef, Q

from members.access import today
from members.actions.staff_lists import chunks
from members.models import Delivery, Membership, Person, System, SystemEdge
from rounds import emails
from rounds.models import Offer
from rounds_site.kit.acting import acting, for_person, on_system
from rounds_site.kit.refusals import Refused

WHO = ("person", "reader")


@acting
def make(*, person, readers, now, **words):
    """`readers`: [(system, one who looks for voices there)]; `words`: about, theme and reach."""
    for_person(person.pk)
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if Offer.objects.filter(person=person).exists():
        raise Refused("You have written already. Take that back first, if you want to write something else.")
    said = {"person": person, "created_at": now, **words}
    offers = Offer.objects.bulk_create(Offer(system=system, reader=reader, **said) for system, reader in readers)
    emails.offered(offers, now=now)
    return offers


@acting
def take_back(*, person):
    """At once, for all who could read it."""
    for_person(person.pk)
    return forget(Offer.objects.filter(person=person))


@acting
def let_go(jobs, now):
    """Of those who have just left, [(key of a person, key of an organisation)], and work for no partner of a system any
    more: whatever they wrote there, and whatever was written to them."""
    on, left = today(now), {organisation for _, organisation in jobs}
    edges = SystemEdge.objects.in_force(on).filter(organisation__in=left)
    for system in System.objects.filter(pk__in=edges.values("system")).order_by("pk"):
        on_system(system.pk)
        here = Membership.objects.in_force(on).within(system, on=on)
        for people in chunks(sorted({person for person, _ in jobs})):
            gone = [Q(**{f"{who}__in": people}) & ~Exists(here.filter(person=OuterRef(who))) for who in WHO]
            forget(Offer.objects.filter(gone[0] | gone[1], system=system))


def forget(offers):
    """With the letters to their readers, whether they have left or not."""
    keys = list(offers.values_list("pk", flat=True))
    Delivery.objects.filter(about__in=keys).delete()
    return offers.filter(pk__in=keys).delete()[0]
