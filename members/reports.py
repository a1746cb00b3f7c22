"""What the Manage pages read: how far the set-up has come, and how partners and people stand today."""

from collections import defaultdict

from django.urls import reverse

from rounds_site.kit.formats import nhs_date

from .access import today
from .models import Membership, Organisation, Place, PlaceEdge, RoleGrant, StaffCount, System
from .registry import set_up
from .roles import ROLES, STAFF_GROUPS


def checklist(system, *, now):
    """The steps of setting up, as the component `tasks` takes them; the first one open is the one to do now."""
    steps = [*own_steps(system, today(now)), *registered_steps(system, now)]
    tasks = [
        {"title": title, "url": reverse(url_name), "word": "Done" if done else "Not started", "note": note}
        for title, url_name, done, note in steps
    ]
    following = next((task for task in tasks if task["word"] != "Done"), None)
    if following:
        following.update(now=True, word="Do this next", button=following["title"])
    return tasks


def is_set_up(system, *, now):
    return all(task["word"] == "Done" for task in checklist(system, now=now))


def own_steps(system, on):
    """(title, name of the page, done, note) of what this app knows of."""
    boxes = {"“Who runs this portal” is empty": system.contact, "“Support for staff” is empty": system.support_text}
    unsaid = [words for words, said in boxes.items() if not said]
    partners = Organisation.objects.in_system(system, on=on)
    count = partners.count()
    counted = partners.with_staff_numbers().filter(counted=True).count()
    unlisted = partners.without_a_staff_list()
    reachable = unlisted.exclude(contact_email="").count()
    placed = PlaceEdge.objects.in_force(on).filter(place__system=system).values("organisation").distinct().count()
    facilitators = RoleGrant.objects.in_force(on).filter(role="facilitator").within(system, on=on).count()
    return [
        ("Check the sender and the contacts", "manage_settings", not unsaid, ", ".join(unsaid)),
        ("Import your partners", "manage_import_organisations", count > 1, f"{count} so far"),
        ("Name your Places", "manage_organisations", bool(placed), f"{placed} of {count} partners serve one"),
        ("Enter staff numbers", "manage_organisations", 0 < count == counted, f"{counted} of {count} partners"),
        (
            "Name whom we write to where there is no staff list",
            "manage_organisations",
            bool(count) and reachable == unlisted.count(),
            f"{reachable} of {unlisted.count()} such partners",
        ),
        ("Name the first facilitator", "manage_people", bool(facilitators), ""),
    ]


def registered_steps(system, now):
    return [(step.title, step.url_name, step.done(system, now), "") for step in set_up]


def role_holders(scope, *, on):
    """Who holds which role in a system or an organisation today, by name."""
    grants = RoleGrant.objects.in_force(on)
    grants = grants.within(scope, on=on) if isinstance(scope, System) else grants.filter(organisation=scope)
    grants = grants.select_related("person", "system", "place", "organisation").order_by("person__name", "role")
    return [(grant.person, ROLES[grant.role].name, grant.scope) for grant in grants]


def partners_of(organisations, *, on):
    """[(organisation, names of its Places, what is still missing)] by name, in two queries however many there are."""
    organisations = list(organisations.with_staff_numbers())
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


def staff_numbers(organisation):
    """The latest count of each staff group, in the order of the list: rows of name, number, day and source."""
    latest = {}
    for count in StaffCount.objects.filter(organisation=organisation).order_by("counted_on"):
        latest[count.staff_group] = count
    return [latest[group] for group in STAFF_GROUPS if group in latest]


def employers_of(people, *, on):
    """{person's key: names of the organisations where they work}"""
    found = defaultdict(list)
    rows = Membership.objects.in_force(on).filter(person__in=people).order_by("organisation__name")
    for person, name in rows.values_list("person", "organisation__name"):
        found[person].append(name)
    return found


def roles_of(people, *, on):
    """{person's key: names of the roles they hold}"""
    found = defaultdict(list)
    for grant in RoleGrant.objects.in_force(on).filter(person__in=people).order_by("role"):
        if ROLES[grant.role].name not in found[grant.person_id]:
            found[grant.person_id].append(ROLES[grant.role].name)
    return found


def account_of(person):
    """What this app holds about one person, for their own eyes: rows of what it is and what it says."""
    rows = [("Name", person.name), ("Email address", person.email)]
    works = person.memberships.select_related("organisation", "site").order_by("starts_on", "created_at")
    rows += [("Works for", work_in_words(each)) for each in works]
    grants = person.role_grants.select_related("system", "place", "organisation").order_by("starts_on", "created_at")
    rows += [("Role", f"{ROLES[grant.role].name}, {grant.scope}, {dates_of(grant)}") for grant in grants]
    if person.invitations_stopped_at:
        rows.append(("Invitations", f"stopped on {nhs_date(person.invitations_stopped_at, weekday=False)}"))
    return rows


def work_in_words(membership):
    site = [membership.site.name] if membership.site else []
    return ", ".join([str(membership.organisation), *site, membership.get_staff_group_display(), dates_of(membership)])


def dates_of(dated):
    since = f"since {nhs_date(dated.starts_on, weekday=False)}"
    return f"{since}, until {nhs_date(dated.ends_on, weekday=False)}" if dated.ends_on else since
