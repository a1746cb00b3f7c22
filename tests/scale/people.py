"""Partners and staff of a large system: all of them fictional, every address at *.example."""

from datetime import timedelta
from itertools import cycle, islice

from allauth.account.models import EmailAddress

from members.models import (
    Coverage,
    Licence,
    Membership,
    Organisation,
    Person,
    Place,
    PlaceEdge,
    RoleGrant,
    Site,
    StaffCount,
    Succession,
    System,
    SystemEdge,
    Training,
)
from members.roles import Scope, Sector
from rounds.models import Venue

from .pouring import pour

# {sector: (its share of all staff, its share of all partners)}, each in per cent
SHARES = {
    Sector.ACUTE: (44, 4),
    Sector.MENTAL_HEALTH: (12, 2),
    Sector.COMMUNITY: (10, 2),
    Sector.AMBULANCE: (5, 1),
    Sector.PRIMARY_CARE: (6, 45),
    Sector.COUNCIL: (8, 5),
    Sector.SOCIAL_CARE: (7, 22),
    Sector.HOSPICE: (1, 3),
    Sector.CHARITY: (2, 8),
    Sector.HOUSING: (2, 4),
    Sector.EDUCATION: (2, 3),
    Sector.ICB: (1, 1),
}
# Of a hundred staff of any partner.
WORK = {
    "nursing": 30,
    "medical": 12,
    "allied_health": 10,
    "science": 3,
    "clinical_support": 15,
    "social_care": 8,
    "pharmacy_psychology": 4,
    "administration": 10,
    "estates": 4,
    "social_work": 2,
    "housing": 1,
    "student": 1,
}
PLACES = ("Alder Hill", "Birch Vale", "Cedar Bank", "Dale End", "Elm Moor", "Fern Side")
FIRST = ("Alex", "Bobbie", "Charlie", "Dana", "Eddie", "Frankie", "Georgie", "Hilary", "Izzy", "Jamie", "Kit", "Lee")
LAST = ("Example", "Fable", "Invented", "Madeup", "Notional", "Pretend", "Sample", "Storybook", "Supposed", "Whimsy")
# {role: (scope, how many at least, and one more for each so many staff)}
ROLES = {
    "ics_lead": (Scope.SYSTEM, 2, None),
    "administrator": (Scope.SYSTEM, 3, None),
    "governance_lead": (Scope.SYSTEM, 1, None),
    "sponsor": (Scope.SYSTEM, 2, None),
    "steering_group": (Scope.SYSTEM, 8, None),
    "mentor": (Scope.SYSTEM, 4, None),
    "place_lead": (Scope.PLACE, len(PLACES), None),
    "clinical_lead": (Scope.SYSTEM, 4, None),
    "facilitator": (Scope.SYSTEM, 12, 600),
}
LEFT = timedelta(days=200)


def make_partners(world, partners):
    """With their Places, sites, rooms and numbers of staff; and a practice that became another each year."""
    world.system = System.objects.create(
        code=world.code,
        name="Longmere Integrated Care System",
        short_name="Longmere",
        sender_address="rounds@longmere.example",
        support_text="Longmere staff support: 01632 960 010.",
        contact="The Rounds office, rounds@longmere.example",
        licensor_notice="The name and method are used under licence.",
    )
    slug = world.code.lower()
    world.places = [
        Place(system=world.system, code=f"{slug}-{n}", name=f"{name}, {world.code}") for n, name in enumerate(PLACES)
    ]
    Place.objects.bulk_create(world.places)
    world.partners = list(_organisations(world, partners))
    ended = [_partner(world, f"{world.code}E{n}", Sector.PRIMARY_CARE, f"Old Surgery {n}") for n in range(world.years)]
    pour(Organisation, ({**_said(each), "has_staff_list": True} for each in [*world.partners, *ended]))
    belonging = [(each, None) for each in world.partners]
    belonging += [(each, world.begins + timedelta(days=365 * n + 100)) for n, each in enumerate(ended)]
    edges = [(each.pk, world.places[n % len(PLACES)].pk, until) for n, (each, until) in enumerate(belonging)]
    pour(SystemEdge, (_edge(world, pk, until, system_id=world.system.pk) for pk, _, until in edges))
    pour(PlaceEdge, (_edge(world, pk, until, place_id=place) for pk, place, until in edges))
    heirs = [each for each in world.partners if each.sector == Sector.PRIMARY_CARE]
    became = zip(belonging[len(world.partners) :], cycle(heirs), strict=False)
    pour(Succession, (_succession(each.pk, heir.pk, on) for (each, on), heir in became))
    licence = Licence.objects.create(
        system=world.system, holder=world.large[0], number="L-1", starts_on=world.long_ago, last_on=world.today
    )
    pour(Coverage, (_coverage(licence, each, world.long_ago) for each in world.large))
    _staff_numbers(world)
    pour(Site, (_site(world, each, n) for each in world.large for n in range(4)))
    pour(Venue, (_room(world, each, n) for each in world.large for n in range(3)))
    world.rooms = list(Venue.objects.filter(organisation__in=[each.pk for each in world.large]).order_by("name"))


def _organisations(world, partners):
    number = 0
    for sector, (share, of_partners) in SHARES.items():
        own = max(partners * of_partners // 100, 1)
        staff = world.staff * share // 100
        for n in range(own):
            number += 1
            each = _partner(world, f"{world.code}{number}", sector, f"{sector.replace('_', ' ').title()} partner {n}")
            # The first of each sector is as large again as each of the others.
            each.staff = staff * (2 if n == 0 else 1) // (own + 1)
            yield each


def _partner(world, code, sector, name):
    return Organisation(pk=world.key(), code=code, sector=sector, name=f"{name}, {world.code}")


def _coverage(licence, each, on):
    return {"licence_id": licence.pk, "organisation_id": each.pk, "memorandum_on": on}


def _said(each):
    return {"id": each.pk, "code": each.code, "sector": each.sector, "name": each.name}


def _edge(world, organisation, until, **whole):
    return {"organisation_id": organisation, "starts_on": world.long_ago, "ends_on": until, **whole}


def _succession(predecessor, successor, on):
    return {"predecessor_id": predecessor, "successor_id": successor, "kind": "merger", "on": on}


def _staff_numbers(world):
    """Said each spring, by staff group."""
    springs = [world.long_ago, *(world.begins.replace(month=4, day=1) + n * timedelta(365) for n in range(world.years))]
    pour(
        StaffCount,
        (
            {
                "organisation_id": each.pk,
                "staff_group": group,
                "number": each.staff * share // 100,
                "counted_on": on,
                "source": "typed",
            }
            for on in springs
            for each in world.partners
            for group, share in WORK.items()
        ),
    )


def _site(world, each, n):
    return {"id": world.key(), "organisation_id": each.pk, "name": f"Site {n}"}


def _room(world, each, n):
    name = f"Lecture theatre {n}, {each.code}"
    return {"organisation_id": each.pk, "name": name, "address": "1 Example Way", "room_limit": 120}


def make_staff(world):
    """Everybody has a job; one in fifty a second one, and one in twenty one that ended within the year."""
    jobs = [each for each in world.partners for _ in range(each.staff)]
    jobs += [world.partners[0]] * (world.staff - len(jobs))
    world.people = [world.key() for _ in range(world.staff)]
    pour(Person, (_person(world, n, key) for n, key in enumerate(world.people)))
    pour(EmailAddress, (_address(world, n, key) for n, key in enumerate(world.people)))
    groups = cycle([group for group, share in WORK.items() for _ in range(share)])
    sites = {}
    for pk, organisation in Site.objects.filter(organisation__in=world.partners).values_list("pk", "organisation"):
        sites.setdefault(organisation, []).append(pk)
    pour(Membership, _memberships(world, jobs, groups, sites))


def _memberships(world, jobs, groups, sites):
    for n, (person, job, group) in enumerate(zip(world.people, jobs, groups, strict=False)):
        site = sites[job.pk][n % 4] if job.pk in sites else None
        said = {"person_id": person, "staff_group": group, "source": "list"}
        yield said | _job(job, world.long_ago, None, site)
        other = world.partners[(n + 7) % len(world.partners)]
        if other is job:
            continue
        if n % 50 == 0:
            yield said | _job(other, world.today - timedelta(days=500), None, None)
        elif n % 20 == 1:
            yield said | _job(other, world.long_ago, world.today - LEFT, None)


def _job(organisation, begins, ends, site):
    return {"organisation_id": organisation.pk, "starts_on": begins, "ends_on": ends, "site_id": site}


def _person(world, n, key):
    name = f"{FIRST[n % len(FIRST)]} {LAST[n // len(FIRST) % len(LAST)]} {in_letters(n)}"
    return {"id": key, "email": address_of(world, n), "name": name, "password": "!"}


def in_letters(n):
    """As names are: plain letters.

    >>> in_letters(0), in_letters(27), in_letters(60_000)
    ('Aaaa', 'Aabb', 'Dkts')
    """
    return "".join(chr(ord("a") + n // 26**power % 26) for power in (3, 2, 1, 0)).capitalize()


def _address(world, n, key):
    return {"user_id": key, "email": address_of(world, n), "verified": True, "primary": True}


def address_of(world, n):
    return f"staff.{n}@{world.code.lower()}.example"


def make_roles(world):
    """The holders by role, from all over the staff: `world.holders`. In a tiny system one person has several roles."""
    able = world.people[:: max(len(world.people) // 1_000, 1)]
    everybody = cycle(able)
    for role, (scope, fewest, one_for) in ROLES.items():
        number = fewest + (world.staff // one_for if one_for else 0)
        world.holders[role] = list(islice(everybody, min(number, len(able))))
        places = cycle(world.places)
        pour(RoleGrant, (_grant(world, role, person, scope, places) for person in world.holders[role]))
    mentors = world.holders["mentor"]
    pour(
        Training,
        (
            {
                "person_id": person,
                "course": "Facilitators’ course",
                "held_on": world.long_ago,
                "mentor_id": next((mentor for mentor in mentors[n % len(mentors) :] if mentor != person), None),
                "first_round_on": world.long_ago,
                "refresh_due": world.today + timedelta(days=n % 400),
            }
            for n, person in enumerate(world.holders["facilitator"])
        ),
    )


def _grant(world, role, person, scope, places):
    where = {"system_id": None, "place_id": None, "organisation_id": None}
    where[f"{scope}_id"] = world.system.pk if scope == Scope.SYSTEM else next(places).pk
    return {"person_id": person, "role": role, "starts_on": world.long_ago, **where}
