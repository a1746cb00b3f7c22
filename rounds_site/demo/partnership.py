"""North Vale itself: partners, Places, rooms, people and their roles, as administrators would have entered them."""

import random
from collections import Counter
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress

from members.access import today
from members.actions import invitations, memberships, organisations, people, systems
from members.models import Organisation, Person, Place, System, SystemEdge
from rounds.models import Venue

from . import data


@dataclass
class Partnership:
    """Everything by the key that the data files use; `staff` are all who work for a partner, cast included."""

    system: System
    places: dict[str, Place] = field(default_factory=dict)
    partners: dict[str, Organisation] = field(default_factory=dict)
    venues: dict[str, Venue] = field(default_factory=dict)
    cast: dict[str, Person] = field(default_factory=dict)
    staff: dict[str, list[Person]] = field(default_factory=dict)


def found(*, now):
    """The whole partnership, as it came together on that day."""
    words = data.read("partners")
    cast = data.cast()
    first = [(cast[key]["name"], cast[key]["email"]) for key in ("administrator", "second_administrator")]
    it = Partnership(system=systems.begin(administrators=first, now=now, **stripped(words["system"])))
    it.places = {name.lower(): organisations.add_place(system=it.system, name=name) for name in words["places"]}
    neighbour = System.objects.create(**words["neighbour"])
    for each in words["partners"]:
        it.partners[each["key"]] = partner(it, each, now=now)
        if each.get("in_neighbour"):
            SystemEdge.objects.create(system=neighbour, organisation=it.partners[each["key"]], starts_on=today(now))
    it.venues = {each["key"]: venue(it, each) for each in words["venues"]}
    employ_everybody(it, words["partners"], cast, now=now)
    give_roles(it, cast, now=now)
    return it


def stripped(facts):
    """Texts of several lines begin and end with a line break in the files."""
    return {name: value.strip() if isinstance(value, str) else value for name, value in facts.items()}


def partner(it, words, *, now):
    made = organisations.add_partner(
        system=it.system,
        name=words["name"],
        sector=words["sector"],
        postcode=words["postcode"],
        has_staff_list="contact_name" not in words,
        contact_name=words.get("contact_name", ""),
        contact_email=words.get("contact_email", ""),
        now=now,
    )
    for place in words["places"]:
        organisations.serve_place(organisation=made, place=it.places[place], now=now)
    organisations.count_staff(organisation=made, numbers=words["workforce"], counted_on=today(now))
    return made


def venue(it, words):
    facts = {name: value for name, value in stripped(words).items() if name not in ("key", "partner")}
    return Venue.objects.create(organisation=it.partners[words["partner"]], **facts)


def employ_everybody(it, partners, cast, *, now):
    """The cast first, under their own names; then as many more as each partner has, always the same ones."""
    names = new_names({each["name"] for each in cast.values()})
    for words in partners:
        own = [each for each in cast.values() if each["partner"] == words["key"]]
        others = crowd(words, own, names)
        enter = by_the_join_link if "contact_name" in words else on_the_staff_list
        everybody = enter(it.partners[words["key"]], [*own, *others], now=now)
        it.staff[words["key"]] = everybody
        it.cast |= {each["key"]: person for each, person in zip(own, everybody, strict=False)}


def crowd(words, own, names):
    """All the people of a partner but its own few in the cast."""
    left = Counter(words["people"]) - Counter(each["staff_group"] for each in own)
    for group in left.elements():
        name = next(names)
        yield {"name": name, "staff_group": group, "email": data.address_of(name, domain=words["domain"])}


def new_names(taken):
    """Names that nobody has yet, the same in every demo."""
    words = data.read("names")
    given, first, second = (words[part].split() for part in ("given", "first_half", "second_half"))
    chance = random.Random("North Vale")  # noqa: S311 (chooses names, guards nothing)
    taken = set(taken)
    while True:
        name = f"{chance.choice(given)} {chance.choice(first)}{chance.choice(second)}"
        if name not in taken:
            taken.add(name)
            yield name


def on_the_staff_list(organisation, everybody, *, now):
    return [
        employed(known_or_new(each), organisation, each["staff_group"], source="list", now=now) for each in everybody
    ]


def known_or_new(words):
    """The first administrators have their accounts already."""
    person = Person.objects.filter(email=words["email"]).first()
    return person or people.add_person(email=words["email"], name=words["name"], trusted=True)


def employed(person, organisation, staff_group, *, source, now):
    memberships.employ(person=person, organisation=organisation, staff_group=staff_group, source=source, now=now)
    return person


def by_the_join_link(organisation, everybody, *, now):
    """As they would: address, code, name. The code is the one step left out; that it was entered is what it proves."""
    link = invitations.make_join_link(organisation=organisation, now=now)
    joined = []
    for each in everybody:
        person = invitations.account_for(email=each["email"], now=now)
        EmailAddress.objects.get(user=person).set_verified()
        facts = {"name": each["name"], "staff_group": each["staff_group"]}
        invitations.join(person=person, token=link.token, **facts, now=now)
        joined.append(person)
    return joined


def give_roles(it, cast, *, now):
    administrator = it.cast["administrator"]
    for key, words in cast.items():
        if words.get("role", "administrator") == "administrator":
            continue
        where = scope(it, words["scope"])
        memberships.give_role(person=it.cast[key], role=words["role"], where=where, by=administrator, now=now)


def scope(it, words):
    kind, _, key = words.partition(":")
    return {"system": lambda: it.system, "place": lambda: it.places[key], "partner": lambda: it.partners[key]}[kind]()
