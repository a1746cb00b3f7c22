"""What those need who run a Round or look after it: whom to ring, how many eat, who left, who facilitated last."""

import re
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Max, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from members.models import Membership, SystemEdge
from rounds.models import Booking, KeptPlaces, Round, TeamMember
from rounds.states import TOOK_PLACE, Way
from rounds_site.kit.formats import nhs_date


@dataclass(frozen=True)
class Call:
    """Somebody to ring: what about, whom, and the number or ""."""

    about: str
    name: str
    number: str

    @property
    def tel(self) -> str:
        """As a link takes it; an extension is dialled by hand."""
        number = re.split("x|ext", self.number, flags=re.IGNORECASE)[0]
        return "".join(sign for sign in number if sign.isdigit() or sign == "+")


def whom_to_ring(round, *, also=None) -> list[Call]:
    """For its team when it changes at short notice: its room and the one it had, or will have (`also`), whoever brings
    the food, and the named contacts of those invited; first of those whose staff no letter of ours reaches."""
    rooms = dict.fromkeys(room for room in (round.venue, also, round.room_before) if room)
    calls = [Call(str(room), room.contact, room.phone) for room in rooms]
    if round.food or round.caterer or round.caterer_phone:
        calls.append(Call("Food", round.caterer, round.caterer_phone))
    partners = round.partners.exclude(contact_name="", contact_phone="").order_by("has_staff_list", "name")
    return calls + [Call(each.name, each.contact_name, each.contact_phone) for each in partners]


def named_in_a_log(keys):
    """{key: by which day somebody would find the Round again}"""
    found = Round.objects.filter(pk__in=keys)
    return {round.pk: _in_a_log(round) for round in found}


def _in_a_log(round):
    return f"the Round on {nhs_date(round.starts_at, weekday=False)}" if round.starts_at else "an idea for a Round"


def where_they_left(round, members):
    """[(row of its team that rests, names of the partners of its system that they left that day)]"""
    found, people = defaultdict(list), [each.person_id for each in members]
    partners = SystemEdge.objects.filter(system=round.system_id).values("organisation")
    theirs = Membership.objects.filter(person__in=people, organisation__in=partners)
    left = theirs.filter(ends_on__isnull=False).order_by("organisation__name")
    for person, day, name in left.values_list("person", "ends_on", "organisation__name"):
        found[person, day].append(name)
    return [(each, found[each.person_id, timezone.localdate(each.suspended_at)]) for each in members]


def last_facilitated(people, now):
    """{key: the day of the last Round that they facilitated}, of those that took place."""
    held = TeamMember.objects.facilitating().filter(
        person__in=people, round__ends_at__lte=now, round__state__in=TOOK_PLACE
    )
    last = held.values("person").annotate(last=Max("round__starts_at")).order_by().values_list("person", "last")
    return {person: timezone.localdate(moment) for person, moment in last}


def eating(rounds) -> dict:
    """{key of a Round: how many are to eat there}: whoever has a place in the room, and groups. For its team alone."""
    here = {"round": OuterRef("pk"), "way": Way.IN_PERSON}
    places = Booking.objects.with_a_place().filter(**here).order_by().values("round").values(number=Count("pk"))
    groups = KeptPlaces.objects.groups().filter(**here).order_by().values("round").values(number=Sum("places"))
    found = Round.objects.filter(pk__in=[round.pk for round in rounds]).order_by()
    counted = found.values_list("pk", Coalesce(Subquery(places), 0) + Coalesce(Subquery(groups), 0))
    return dict(counted)
