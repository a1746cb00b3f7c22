"""Whom somebody has asked to tell a story, so that nobody is asked again and again; never what they answered.

Nothing here is logged. Whoever steps back from a panel takes with them every word that they were asked.
"""

from django.db.models import Q

from members.access import today
from members.models import Membership, Person
from members.models.person import plain_email
from members.models.succession import and_after, and_before
from rounds.models import Approach
from rounds_site.kit.acting import acting, counting, for_person, on_system


@acting
def note(*, system, name, email="", by, now):
    """By hand, of somebody who was asked outside the portal. It stands here as it was typed, and is tied to an account
    of staff of that system alone: whether a patient or carer has one is nobody's to find out by noting an address."""
    on_system(system.pk)
    on = today(now)
    staff = Membership.objects.in_force(on).within(system, on=on).values("person")
    known = Person.objects.filter(email=plain_email(email), is_active=True, pk__in=staff)
    person = known.first() if email else None
    return write(system=system, person=person, name=name, by=by, now=now)


def write(*, system, by, now, person=None, name=""):
    """The caller acts for the system. `name` is what they called them."""
    return Approach.objects.create(system=system, person=person, name=name, by=by, created_at=now)


@counting
def last(*, system, name="", email="", now):
    """The latest time that somebody of that address or name was asked, or None. Whoever asks may know it, in whatever
    team they are."""
    on_system(system.pk)
    asked = Approach.objects.filter(system=system).standing(now).filter(_of(name, plain_email(email)))
    return asked.select_related("person", "by").order_by("-created_at").first()


def _of(name, email):
    named = Q(name__iexact=name) | Q(person__name__iexact=name) if name else Q(pk__in=[])
    return named | Q(person__email=email) if email else named


@acting
def take_out(*, approach):
    on_system(approach.system_id)
    return Approach.objects.filter(pk=approach.pk).delete()[0]


@acting
def take_out_all_of(*, person):
    """By themself: nothing says that they stood there."""
    for_person(person.pk)
    return Approach.objects.filter(person=person).delete()[0]


def forget(*, system, person, since):
    """All that says they were asked from that day on, whoever noted it and wherever that person is by now; what was
    typed under their name too. A system that has changed meanwhile may have left it to another than the Round."""
    for each in sorted(and_after(and_before([system]))):
        on_system(each)
        asked = Approach.objects.filter(system=each, created_at__date__gte=today(since))
        asked.filter(Q(person=person) | Q(person=None, name__iexact=person.name)).delete()
