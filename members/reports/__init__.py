"""What the Manage pages read: how far the set-up has come, and how partners and people stand today."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.db.models import Count, DateField, Exists, F, Q, Subquery, UUIDField, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from members.access import today
from members.models import (
    Membership,
    Organisation,
    Person,
    Place,
    PlaceEdge,
    RoleGrant,
    RoleProposal,
    StaffCount,
    Succession,
    System,
    Training,
)
from members.registry import LoadSight, practices, set_up
from members.roles import ROLES, STAFF_GROUPS
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.prepared import Rows, Slot

# A half-year without a Round.
OUT_OF_PRACTICE = timedelta(days=183)
DUE_SOON = timedelta(days=60)


def checklist(system, *, now):
    """The steps of setting up, as the component `tasks` takes them; the first one open is the one to do now."""
    steps = [*own_steps(system, today(now)), *registered_steps(system, now)]
    tasks = [
        {"title": title, "url": url, "word": "Done" if done else "Not started", "note": note}
        for title, url, done, note in steps
    ]
    following = next((task for task in tasks if task["word"] != "Done"), None)
    if following:
        following.update(now=True, word="Do this next", button=following["title"])
    return tasks


def employers_to_turn_to(person, *, on):
    """Where the person works that day and is told whom its staff can turn to."""
    return _employers_to_turn_to().run(person=person.pk, day=on)


@lru_cache(maxsize=1)
def _employers_to_turn_to():
    works = Membership.objects.in_force(Slot("day", DateField())).filter(person=Slot("person", UUIDField()))
    theirs = Organisation.objects.filter(pk__in=works.values("organisation"))
    return Rows(theirs.exclude(support_text="").order_by("name"))


def is_set_up(system, *, now):
    return all(task["word"] == "Done" for task in checklist(system, now=now))


def own_steps(system, on):
    """(title, address of the page, done, note) of what this app knows of. What is missing of a partner is entered at
    the first one that lacks it."""
    boxes = {"“Who runs this portal” is empty": system.contact, "“Support for staff” is empty": system.support_text}
    unsaid = [words for words, said in boxes.items() if not said]
    count, counted, unlisted, reachable, uncounted, unreached, placed, facilitators = _numbers(system, on)
    return [
        ("Check the sender and the contacts", reverse("manage_settings"), not unsaid, ", ".join(unsaid)),
        ("Import your partners", reverse("manage_import_organisations"), count > 1, f"{count} so far"),
        ("Name your Places", reverse("manage_organisations"), bool(placed), f"{placed} of {count} partners serve one"),
        (
            "Enter staff numbers",
            _page_of(uncounted, "manage_staff_numbers"),
            0 < count == counted,
            f"{counted} of {count} partners",
        ),
        (
            "Name whom we write to where there is no staff list",
            _page_of(unreached, "manage_organisation_change"),
            bool(count) and reachable == unlisted,
            f"{reachable} of {unlisted} such partners",
        ),
        ("Name the first facilitator", reverse("manage_people"), facilitators, ""),
    ]


def _numbers(system, on):
    """In one query: how many partners there are, how many of them are counted, how many have no staff list and how many
    of these a contact; the codes of the first that is not counted and of the first without a contact; how many serve a
    Place; and whether anybody facilitates."""
    partners = Organisation.objects.in_system(system, on=on)
    uncounted = partners.with_staff_numbers().filter(counted=False)
    unlisted = partners.without_a_staff_list()
    unreached = unlisted.filter(contact_email="")
    placed = PlaceEdge.objects.in_force(on).filter(place__system=system)
    facilitators = RoleGrant.objects.in_force(on).filter(role="facilitator").within(system, on=on)
    [(count, of_uncounted, of_unlisted, of_unreached, *rest)] = System.objects.filter(pk=system.pk).values_list(
        *(_how_many(rows) for rows in (partners, uncounted, unlisted, unreached)),
        *(Subquery(rows.order_by("name").values("code")[:1]) for rows in (uncounted, unreached)),
        _how_many(placed, "organisation"),
        Exists(facilitators),
    )
    return count, count - of_uncounted, of_unlisted, of_unlisted - of_unreached, *rest


def _how_many(rows, what="pk"):
    alone = rows.order_by().values(everything=Value(1))
    return Coalesce(Subquery(alone.annotate(number=Count(what, distinct=True)).values("number")), 0)


def _page_of(code, name):
    return reverse(name, args=[code]) if code else reverse("manage_organisations")


def registered_steps(system, now):
    return [(step.title, reverse(step.url_name), step.done(system, now), "") for step in set_up]


def role_holders(scope, *, on):
    """Grants of roles in a system or an organisation that are held today, by name."""
    grants = RoleGrant.objects.in_force(on)
    grants = grants.within(scope, on=on) if isinstance(scope, System) else grants.filter(organisation=scope)
    return grants.select_related("person", "system", "place", "organisation").order_by("person__name", "role", "pk")


def as_holders(grants):
    """[(person, name of the role, where)]"""
    return [(grant.person, ROLES[grant.role].name, grant.scope) for grant in grants]


def partners_of(organisations, *, on):
    """[(organisation, names of its Places, what is still missing)], in one query however many there are; they come
    ``with_staff_numbers``."""
    places = defaultdict(list)
    edges = PlaceEdge.objects.in_force(on).filter(organisation__in=organisations)
    for organisation, name in edges.order_by("place__name").values_list("organisation", "place__name"):
        places[organisation].append(name)
    return [(each, places[each.pk], missing_of(each)) for each in organisations]


def missing_of(partner):
    """What the figures or the letters want and nobody has said; `counted` comes from ``with_staff_numbers``."""
    missing = [] if partner.counted else ["staff numbers"]
    if not partner.has_staff_list and not partner.contact_email:
        missing.append("named contact")
    return missing


def places_of(systems, *, on):
    """[(Place, how many partners serve it)]"""
    edges = PlaceEdge.objects.in_force(on).filter(place__system__in=systems).values_list("place", flat=True)
    serving = list(edges)
    return [(place, serving.count(place.pk)) for place in Place.objects.filter(system__in=systems)]


def before(organisation, depth=0):
    """[(depth, succession)]: what the organisation was before, each followed by what that was before it."""
    found = []
    for step in organisation.came_from.select_related("predecessor").order_by("-on", "predecessor__name"):
        found += [(depth, step), *before(step.predecessor, depth + 1)]
    return found


def since(organisation, depth=0):
    """[(depth, succession)]: what became of it, each followed by what became of that."""
    found = []
    for step in organisation.became.select_related("successor").order_by("on", "successor__name"):
        found += [(depth, step), *since(step.successor, depth + 1)]
    return found


def became(organisations):
    """{key of an ended one: [(name, day)] of what became of it}"""
    found = defaultdict(list)
    steps = Succession.objects.filter(predecessor__in=organisations).order_by("successor__name")
    for key, name, on in steps.values_list("predecessor", "successor__name", "on"):
        found[key].append((name, on))
    return found


def ended_of(organisations):
    """[(organisation, [(name, day)] of what became of it)] by name."""
    organisations = list(organisations)
    found = became(organisations)
    return [(each, found[each.pk]) for each in organisations]


def staff_numbers(organisation):
    """The latest count of each staff group, in the order of the list: rows of name, number, day and source."""
    latest = {}
    for count in StaffCount.objects.filter(organisation=organisation).order_by("counted_on"):
        latest[count.staff_group] = count
    return [latest[group] for group in STAFF_GROUPS if group in latest]


def employers_of(people, jobs):
    """{person's key: names of the organisations where they work}, of the jobs in force that the reader may know of"""
    found = defaultdict(list)
    rows = jobs.filter(person__in=[person.pk for person in people]).order_by("organisation__name")
    for person, name in rows.values_list("person", "organisation__name"):
        found[person].append(name)
    return found


def roles_of(people, roles):
    """{person's key: names of the roles they hold}, of those in force that the reader may know of"""
    found = defaultdict(list)
    held = roles.filter(person__in=[person.pk for person in people]).order_by("role").distinct()
    for person, role in held.values_list("person", "role"):
        found[person].append(ROLES[role].name)
    return found


def roles_held(person, roles, *, on):
    """Those in force and those that begin later, in the order in which they began; of those that the reader may know
    of."""
    grants = roles.not_over(on).filter(person=person).order_by("starts_on", "created_at")
    return grants.select_related("system", "place", "organisation", "granted_by", "proposed_by")


def days_of(grant, *, on):
    """From when to when, and whose word it was where it took two."""
    words = f"Begins on {nhs_date(grant.starts_on)}" if grant.starts_on > on else f"Since {_short(grant.starts_on)}"
    if grant.ends_on:
        words += f", last day {nhs_date(grant.last_day)}"
    if grant.proposed_by and grant.granted_by:
        words += f". Proposed by {grant.proposed_by}, confirmed by {grant.granted_by}"
    return words


def _short(day):
    return nhs_date(day, weekday=False)


def roles_past(person, roles, *, on):
    """Those that are over, and those taken back before they began; of those that the reader may know of."""
    over = Q(ends_on__lte=on) | Q(ends_on=F("starts_on"))
    grants = roles.filter(over, person=person).order_by("starts_on", "created_at")
    return grants.select_related("system", "place", "organisation")


def proposals_for(person, *, now):
    waiting = RoleProposal.objects.waiting(now).filter(person=person).order_by("created_at", "pk")
    return waiting.select_related("person", "proposed_by", "system")


@dataclass(frozen=True)
class Practised:
    """A facilitator: what they learnt, when they last facilitated, how much they do, (what, line), and in words what
    somebody should talk about."""

    person: Person
    scopes: list[str]
    training: Training | None
    last: date | None
    load: list[tuple[str, str]]
    worries: list[str]


def facilitators_of(people, roles, systems, *, now):
    """Those of the people who hold the role, by name, in as many queries however many they are; of the roles that the
    reader may know of, and of Rounds in these systems."""
    on = today(now)
    grants = roles.in_force(on).filter(role="facilitator", person__in=people)
    grants = list(
        grants.select_related("person__training__mentor", "system", "place", "organisation").order_by(
            "person__name", "pk"
        )
    )
    scopes = defaultdict(list)
    for grant in grants:
        scopes[grant.person].append(str(grant.scope))
    loads = loads_of(scopes, now, sight=LoadSight({each.pk for each in scopes}, list(systems)))
    return [
        _practised(person, scopes[person], last, loads.get(person.pk), on)
        for person, last in last_practised(scopes, now).items()
    ]


def loads_of(people, now, *, sight):
    """{key of a person: their Load}"""
    found = {}
    for practice in practices:
        found |= practice.load([each.pk for each in people], now, sight)
    return found


def last_practised(people, now):
    """{person, with their training: the day when they last facilitated, or None}"""
    days = defaultdict(list)
    for practice in practices:
        for key, day in practice.last([each.pk for each in people], now).items():
            days[key].append(day)
    return {each: max(days[each.pk], default=None) for each in people}


def has_facilitated(person, roles):
    """Or is to: whoever ever was given the role, as far as the reader may know."""
    return roles.filter(person=person, role="facilitator").exists()


def practice_of(person, *, now, sight):
    """One facilitator, by whoever may see their page; also one whose role has ended."""
    load = loads_of([person], now, sight=sight).get(person.pk)
    return _practised(person, [], last_practised([person], now)[person], load, today(now))


def own_practice(person, *, now):
    """What is said of the person as a facilitator, to them alone; None where nothing is."""
    if has_facilitated(person, RoleGrant.objects.in_force(today(now))) or hasattr(person, "training"):
        return practice_of(person, now=now, sight=None)
    return None


def _practised(person, scopes, last, load, on):
    training = getattr(person, "training", None)
    worries = [*_worries(training, last, on), *(load.signs if load else [])]
    return Practised(person, scopes, training, last, load.facts if load else [], worries)


def _worries(training, last, on):
    if training is None or not (training.course or training.held_on):
        yield "No training is entered"
    if training and training.refresh_due and training.refresh_due < on + DUE_SOON:
        verb = "was" if training.refresh_due <= on else "is"
        yield f"A refresher {verb} due on {nhs_date(training.refresh_due, weekday=False)}"
    if last is None:
        yield "Has not facilitated a Round here yet"
    elif last <= on - OUT_OF_PRACTICE:
        yield f"Has not facilitated since {nhs_date(last, weekday=False)}"
