"""Saying to whom one chooses that one might tell a story, and taking that back.

Nothing here is logged: of what was taken back nothing is left but letters in the mailboxes of those who were chosen,
which say that somebody has written, and not who.
"""

from django.db.models import Exists, OuterRef

from members.access import today
from members.actions.leaving import sets
from members.actions.staff_lists import chunks
from members.models import Delivery, Membership, Person, System, SystemEdge
from rounds import emails
from rounds.access import finders_of
from rounds.models import Offer
from rounds_site.kit.acting import acting, for_person, on_system
from rounds_site.kit.refusals import Refused

SAID = ("about", "theme", "reach", "created_at")


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
def choose_again(*, person, readers, now):
    """The same words, to others in place of those who do not look for voices any more."""
    for_person(person.pk)
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    mine = list(Offer.objects.filter(person=person).select_related("system").order_by("created_at", "pk"))
    if not mine:
        raise Refused("It is not there any more. You can write anew.")
    said = {"person": person} | {name: getattr(mine[0], name) for name in SAID}
    read_by = {each.reader_id for each in mine}
    forget(Offer.objects.filter(pk__in=[each.pk for each in not_read(mine, now=now)]))
    new = [Offer(system=system, reader=reader, **said) for system, reader in readers if reader.pk not in read_by]
    offers = Offer.objects.bulk_create(new)
    emails.offered(offers, now=now)
    return offers


def not_read(offers, *, now):
    """Those whose reader does not look for voices there any more: only whoever wrote them can choose somebody else."""
    systems = {each.system for each in offers}
    reads = {system: set(finders_of(system, now=now).values_list("pk", flat=True)) for system in systems}
    return [each for each in offers if each.reader_id not in reads[each.system]]


@acting
def let_go(jobs, now):
    """Of those who have just left, [(key of a person, key of an organisation)], and work for no partner of a system any
    more, whatever they wrote there. What was written to them stays until whoever wrote it chooses again: they read it
    no longer than they look for voices."""
    on, left = today(now), sets((organisation, person) for person, organisation in jobs)
    edges = SystemEdge.objects.in_force(on).filter(organisation__in=left).order_by()
    by_system = sets(edges.values_list("system", "organisation"))
    for system in System.objects.filter(pk__in=by_system).order_by("pk"):
        on_system(system.pk)
        works = Membership.objects.in_force(on).within(system, on=on).filter(person=OuterRef("person"))
        for people in chunks(sorted(set().union(*(left[each] for each in by_system[system.pk])))):
            forget(Offer.objects.filter(~Exists(works), person__in=people, system=system))


def forget(offers):
    """With the letters to their readers, whether they have left or not."""
    keys = list(offers.values_list("pk", flat=True))
    Delivery.objects.filter(about__in=keys).delete()
    return offers.filter(pk__in=keys).delete()[0]
