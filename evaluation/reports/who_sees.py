"""Who can see what about one Round, and which row or role gives it to them.

Read from the same rows as the doors in access.py, for everybody at once; a test holds the two against each other.
Whoever helps at the door, has a place or tells a story is a kind of person here and never a name, and nothing says how
many they are.
"""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.template.defaultfilters import pluralize

from evaluation.models import DoorLink
from members.access import today
from members.models import Membership, Person, RoleGrant
from members.models.succession import and_after
from members.roles import ROLES, May
from rounds.models import Booking, TeamMember
from rounds.states import TeamPart


@dataclass(frozen=True)
class Sight:
    """`people`: the keys of whom this is true; only a test reads them."""

    who: str
    why: str
    people: QuerySet


@dataclass(frozen=True)
class Fact:
    """One kind of thing that can be seen. `note` says what else there is to know of it."""

    key: str
    title: str
    sights: list[Sight]
    note: str = ""


def who_sees(round, *, now):
    facilitators = _facilitators(round)
    arranging = [*facilitators, *_arrange(round, now)]
    at_the_door = [*facilitators, _helpers(round), *_devices(round, now)]
    return [
        Fact("page", "That it takes place: its title, when, where", _page(round, facilitators, now), _planned(round)),
        Fact("arrangements", "Its arrangements: invitations, changes, room and food", arranging),
        Fact("bookings", "Who has a place and who waits", facilitators, "Everybody sees their own booking."),
        Fact("register", "The list at the door", at_the_door, _until(round)),
        Fact("panel", "The panel: who tells a story", facilitators, OWN_STORY),
        Fact("results", "Its results, and the comments", facilitators, "Once the box is counted."),
        Fact("after", "What is said of it afterwards, and who gets in touch with somebody", facilitators, TO_WHOM),
        Fact("figures", "The figures in which it is counted with others", _figures(round, now), ALONE),
    ]


ALONE = "They show many Rounds together, and no number that points at anybody."
TO_WHOM = "With whom, and why, is kept nowhere."
OWN_STORY = "Whoever was asked to tell one sees their own page."


def _until(round):
    days = round.system.days_kept
    return f"Names are here until {days} day{pluralize(days)} after the Round."


def _planned(round):
    return "" if round.was_shown else "Nobody yet, as it is not published."


def _team(round, part):
    return TeamMember.objects.standing().filter(round=round, part=part)


def _facilitators(round):
    team = _team(round, TeamPart.FACILITATOR).select_related("person").order_by("person__name", "person_id")
    return [
        Sight(str(member.person), "facilitates this Round", _one(member.person_id))
        for member in team
        if member.person.is_active
    ]


def _helpers(round):
    helping = _team(round, TeamPart.HELPER).values("person")
    return Sight("Those who help at its door", "named in its team", Person.objects.filter(pk__in=helping))


def _page(round, facilitators, now):
    if not round.was_shown:
        return []
    return [*_staff(round, now), *facilitators, _helpers(round), _booked(round)]


def _staff(round, now):
    works = Membership.objects.in_force(today(now))
    return [
        Sight(
            f"Staff of {partner.name}",
            "invited to this Round",
            Person.objects.filter(pk__in=works.filter(organisation=partner).values("person")),
        )
        for partner in round.partners.order_by("name")
    ]


def _booked(round):
    booked = Booking.objects.active().filter(round=round).values("person")
    return Sight("Whoever has a place or waits for one", "by their own booking", Person.objects.filter(pk__in=booked))


def _devices(round, now):
    link = DoorLink.objects.open(now).filter(round=round).select_related("made_by").first()
    if link is None:
        return []
    why = f"by the link that {link.made_by} made, until the register is closed"
    return [Sight("A device at the door, without an account", why, Person.objects.none())]


def _arrange(round, now):
    here = Q(system=round.system_id)
    here |= Q(organisation__in=round.host_organisations)
    return _holders(May.ARRANGE_ROUNDS, RoleGrant.objects.filter(here), now)


def _figures(round, now):
    on, found = today(now), RoleGrant.objects.none()
    for system in and_after([round.system_id]):
        found = found | RoleGrant.objects.within(system, on=on)
    return _holders(May.SEE_FIGURES, found, now)


def _holders(what, grants, now):
    """One line for each grant in force that lets its holder do that."""
    codes = [code for code, role in ROLES.items() if what in role.may]
    held = RoleGrant.objects.in_force(today(now)).filter(pk__in=grants.values("pk"), role__in=codes)
    held = held.filter(person__is_active=True).select_related("person", "system", "place", "organisation")
    return [
        Sight(str(grant.person), f"{ROLES[grant.role].name}, {grant.scope}", _one(grant.person_id))
        for grant in held.order_by("person__name", "person_id", "role", "pk")
    ]


def _one(key):
    return Person.objects.filter(pk=key)
