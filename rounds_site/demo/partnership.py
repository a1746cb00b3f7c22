"""North Vale itself: partners, Places, rooms, people and their roles, as administrators would have entered them."""

import csv
import io
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress

from members.access import today
from members.actions import (
    invitations,
    memberships,
    organisations,
    proposals,
    staff_changes,
    staff_imports,
    staff_lists,
    systems,
    training,
)
from members.actions.succession.act import carry_out
from members.actions.succession.plan import Plan, Successor
from members.actions.succession.preview import preview
from members.models import Delivery, Membership, Organisation, Person, Place, System, SystemEdge
from members.models.succession import Kind
from members.roles import STAFF_GROUPS
from rounds.models import Venue

from . import data

# Rounds reach a part of those whom they invite, and of that part the same people again and again.
COME_AT_ALL = 0.12
AT_LEAST = 45
FIRST_ADMINISTRATORS = ("administrator", "second_administrator")
GIVEN = ("contact_name", "contact_email", "contact_phone", "own_words")


@dataclass
class Partnership:
    """Everything by the key that the data files use; `staff` are all who work for a partner, cast included."""

    system: System
    places: dict[str, Place] = field(default_factory=dict)
    partners: dict[str, Organisation] = field(default_factory=dict)
    venues: dict[str, Venue] = field(default_factory=dict)
    cast: dict[str, Person] = field(default_factory=dict)
    staff: dict[str, list[Person]] = field(default_factory=dict)
    group_of: dict[UUID, str] = field(default_factory=dict)
    been_before: set[UUID] = field(default_factory=set)

    def people_who_come(self, partners):
        """Those of these partners who come to Rounds at all, the same ones in every demo; none of the cast."""
        named = {person.pk for person in self.cast.values()}
        crowd = []
        for key in partners:
            others = [person for person in self.staff[key] if person.pk not in named]
            number = min(max(int(COME_AT_ALL * len(others)), AT_LEAST), len(others))
            crowd += chance_of(key).sample(others, number)
        return crowd

    def somebody_at(self, partner, group):
        """The same one in every demo, and none of the cast."""
        named = {person.pk for person in self.cast.values()}
        there = [each for each in self.staff[partner] if each.pk not in named and self.group_of[each.pk] == group]
        return chance_of(f"{partner} {group}").choice(there)


def chance_of(words):
    """The same choices in every demo."""
    return random.Random(words)  # noqa: S311 (chooses who does what, guards nothing)


def found(*, founded, now):
    """The whole partnership, as it came together on that day and has grown since."""
    words = data.read("partners")
    cast = data.cast()
    first = [(cast[key]["name"], cast[key]["email"]) for key in FIRST_ADMINISTRATORS]
    it = Partnership(system=systems.begin(administrators=first, now=founded, **stripped(words["system"])))
    it.places = {
        name.lower(): organisations.add_place(system=it.system, name=name, now=founded) for name in words["places"]
    }
    neighbour = System.objects.create(**words["neighbour"])
    for each in words["partners"]:
        joined = now - timedelta(days=each["joined"]) if "joined" in each else founded
        it.partners[each["key"]] = partner(it, each, now=joined)
        if each.get("in_neighbour"):
            SystemEdge.objects.create(system=neighbour, organisation=it.partners[each["key"]], starts_on=today(founded))
    it.venues = {each["key"]: venue(it, each) for each in words["venues"]}
    employ_everybody(it, words["partners"], cast, now=founded)
    give_roles(it, cast, founded=founded, now=now)
    propose_a_lead(it, now=now - timedelta(days=2))
    return it


def merge(it, *, now):
    """Two of the partners become one, as an administrator would have entered it on that day."""
    words, by = data.read("partners")["merger"], it.cast["administrator"]
    successor = Successor(**{name: words[name] for name in ("name", "sector", "postcode")})
    plan = Plan(Kind.MERGER, tuple(it.partners[key] for key in words["of"]), (successor,), today(now))
    told = preview(plan, by=by, now=now)
    (it.partners[words["key"]],) = carry_out(plan, seen=told.seen, by=by, now=now).successors


def stripped(facts):
    """Texts of several lines begin and end with a line break in the files."""
    return {name: value.strip() if isinstance(value, str) else value for name, value in facts.items()}


def partner(it, words, *, now):
    facts = {name: words[name] for name in GIVEN if name in words}
    made = organisations.add_partner(
        system=it.system, name=words["name"], sector=words["sector"], postcode=words["postcode"], **facts, now=now
    )
    for place in words["places"]:
        organisations.serve_place(organisation=made, place=it.places[place], now=now)
    organisations.count_staff(organisation=made, numbers=words.get("workforce", {}), counted_on=today(now), now=now)
    return made


def venue(it, words):
    facts = {name: value for name, value in stripped(words).items() if name not in ("key", "partner")}
    return Venue.objects.create(organisation=it.partners[words["partner"]], **facts)


def employ_everybody(it, partners, cast, *, now):
    """The cast under their own names, and as many more as each partner has, always the same ones."""
    names = new_names({each["name"] for each in cast.values()})
    everybody = {words["key"]: list(staff_of(words, cast, names)) for words in partners}
    listed = [words for words in partners if "contact_name" not in words]
    take_over_lists(it, {words["key"]: everybody[words["key"]] for words in listed}, now=now)
    for words in partners:
        if words not in listed:
            join_by_link(it.partners[words["key"]], everybody[words["key"]], now=now)
    Person.objects.filter(memberships__isnull=False).update(created_at=now)
    for key in everybody:
        look_up(it, key)
    people = {person.email: person for staff in it.staff.values() for person in staff}
    it.cast = {key: people[each["email"]] for key, each in cast.items()}


def staff_of(words, cast, names):
    """All the people of a partner, those in the cast first."""
    own = [each for each in cast.values() if each["partner"] == words["key"]]
    yield from ({name: each[name] for name in ("name", "email", "staff_group")} for each in own)
    left = Counter(words["people"]) - Counter(each["staff_group"] for each in own)
    for group in left.elements():
        name = next(names)
        yield {"name": name, "email": data.address_of(name, domain=words["domain"]), "staff_group": group}


def new_names(taken):
    """Names that nobody has yet, the same in every demo."""
    words = data.read("names")
    given, first, second = (words[part].split() for part in ("given", "first_half", "second_half"))
    chance = chance_of("North Vale")
    taken = set(taken)
    while True:
        name = f"{chance.choice(given)} {chance.choice(first)}{chance.choice(second)}"
        if name not in taken:
            taken.add(name)
            yield name


def take_over_lists(it, staff, *, now):
    """One staff list of all partners that have one, exported, previewed and accepted."""
    partners = [it.partners[key] for key in staff]
    listed = staff_lists.read(staff_list(it, staff), organisations=partners)
    told = staff_changes.compare(listed, organisations=partners, now=now)
    staff_imports.accept(listed, organisations=partners, digest=told.digest, now=now)


def staff_list(it, staff):
    file = io.StringIO(newline="")
    lines = csv.writer(file)
    lines.writerow(staff_lists.TEMPLATE)
    sites = {words["key"]: words["sites"] for words in data.read("partners")["partners"] if "sites" in words}
    for key, everybody in staff.items():
        chance = chance_of(key)
        for each in everybody:
            group, site = STAFF_GROUPS[each["staff_group"]], chance.choice(sites[key])
            lines.writerow([each["name"], each["email"], it.partners[key].code, group, site])
    return file.getvalue().encode()


def join_by_link(organisation, everybody, *, now):
    """As they would: address, code, name. The code is the one step left out; that it was entered is what it proves."""
    link = invitations.make_join_link(organisation=organisation, by=None, now=now)
    for each in everybody:
        person = invitations.account_for(email=each["email"], now=now)
        EmailAddress.objects.get(user=person).set_verified()
        facts = {"name": each["name"], "staff_group": each["staff_group"]}
        invitations.join(person=person, token=link.token, **facts, now=now)


def look_up(it, key):
    jobs = Membership.objects.filter(organisation=it.partners[key]).select_related("person").order_by("person__email")
    it.staff[key] = [job.person for job in jobs]
    it.group_of |= {job.person_id: job.staff_group for job in jobs}


def give_roles(it, cast, *, founded, now):
    """`until`: so many days from now the role ends; `training`: what a facilitator has learnt, in days from now."""
    administrator = it.cast["administrator"]
    for key, words in cast.items():
        if "role" not in words or key in FIRST_ADMINISTRATORS:
            continue
        where, ends_on = scope(it, words["scope"]), day_of(words, "until", now)
        said = {"role": words["role"], "where": where, "by": administrator, "ends_on": ends_on}
        memberships.give_role(person=it.cast[key], now=founded, **said)
        if "training" in words:
            train(it, it.cast[key], words["training"], now=now)
    # They went two years ago, and no letter is kept for so long.
    Delivery.objects.filter(kind="role_given").delete()


def day_of(words, name, now):
    return today(now) + timedelta(days=words[name]) if name in words else None


def train(it, person, words, *, now):
    mentor = it.cast[words["mentor"]] if "mentor" in words else None
    days = {name: day_of(words, name, now) for name in ("held_on", "first_round_on", "refresh_due")}
    training.note(person=person, course=words["course"], mentor=mentor, **days)


def propose_a_lead(it, *, now):
    """A second ICS lead takes two people: one has proposed, and whoever tries the demo may be the other."""
    said = {"person": it.cast["place_lead"], "role": "ics_lead", "where": it.system}
    proposals.propose(by=it.cast["administrator"], now=now, **said)


def scope(it, words):
    kind, _, key = words.partition(":")
    return {"system": lambda: it.system, "place": lambda: it.places[key], "partner": lambda: it.partners[key]}[kind]()
