"""Organisations from an ODS list: preview, accept. What was previewed is exactly what is done."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.db.models.functions import Greatest

from members.access import systems_of_others, today
from members.models import Organisation, PlaceEdge, SystemEdge
from members.models.audit import Act
from members.reports import became
from members.roles import SECTORS
from rounds_site.kit.refusals import Refused

from . import audit
from .ods import Line, OdsList
from .organisations import lock_partners

BATCH = 1000


@dataclass
class Preview:
    """What accepting would do. `corrected`: (line, names of fields) that stand here by hand against the list.

    `ended`: partners that the list says have closed, or will; `closed`: closed ones that are no partners anyway;
    `succeeded`: (line, names of what became of it here), which no list brings back; `of_others`: (line, systems that it
    belongs to and whoever imports does not look after), left alone, since whoever imports wrote the list.
    """

    ods_list: OdsList
    to_add: list[Line] = field(default_factory=list)
    changed: list[tuple[Line, dict]] = field(default_factory=list)
    unchanged: list[Line] = field(default_factory=list)
    left: list[Line] = field(default_factory=list)
    corrected: list[tuple[Line, list[str]]] = field(default_factory=list)
    ended: list[Line] = field(default_factory=list)
    closed: list[Line] = field(default_factory=list)
    succeeded: list[tuple[Line, list[str]]] = field(default_factory=list)
    of_others: list[tuple[Line, list[str]]] = field(default_factory=list)

    @property
    def faults(self):
        return self.ods_list.faults

    @property
    def changes(self):
        """[(line, [(what, as it stands, as the list has it)])], in words."""
        return [(line, [_in_words(*each) for each in change.items()]) for line, change in self.changed]

    @property
    def touched(self):
        """The codes of all organisations that accepting would add, change or end."""
        return {line.code for line in (*self.to_add, *self.ended)} | {line.code for line, _ in self.changed}

    @property
    def digest(self):
        """The same for the same list against the same partners; anything else makes another."""
        told = [
            [asdict(line) for line in self.to_add],
            [[asdict(line), change] for line, change in self.changed],
            [asdict(line) for line in self.ended],
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _in_words(name, values):
    words = SECTORS if name == "sector" else {}
    return name.capitalize(), *(words.get(value, value) or "nothing" for value in values)


def preview(ods_list, *, system, now, by=None):
    """Compare the list with the partners as they stand; nothing is written."""
    standing = {each.code: each for each in Organisation.objects.filter(code__in=[e.code for e in ods_list.lines])}
    edges = SystemEdge.objects.filter(system=system, organisation__in=standing.values())
    partners = dict(edges.in_force(today(now)).values_list("organisation", "ends_on"))
    left = set(edges.values_list("organisation", flat=True)) - set(partners)
    told, heirs = Preview(ods_list), became(standing.values())
    others = systems_of_others(standing.values(), by, now=now)
    for line in ods_list.lines:
        organisation = standing.get(line.code)
        if organisation and organisation.pk in heirs:
            told.succeeded.append((line, [name for name, _ in heirs[organisation.pk]]))
            continue
        if organisation and organisation.pk in left:
            told.left.append(line)
            continue
        closed_on, is_partner = line.closing, bool(organisation) and organisation.pk in partners
        if closed_on and not is_partner and closed_on <= today(now):
            told.closed.append(line)
        elif closed_on and is_partner and partners[organisation.pk] != closed_on:
            told.ended.append(line)
        else:
            _judge(line, organisation, is_partner, others.get(organisation and organisation.pk), told)
    return told


def _judge(line, organisation, is_partner, others, told):
    change, kept = _differences(organisation, line) if organisation else ({}, [])
    if others and (change or not is_partner):
        told.of_others.append((line, [system.name for system in others]))
        return
    if kept:
        told.corrected.append((line, kept))
    if not is_partner:
        told.to_add.append(line)
    elif not change:
        told.unchanged.append(line)
    if change:
        told.changed.append((line, change))


def _differences(organisation, line):
    """What the list says otherwise: to take over, and what was set here by hand and stays."""
    listed = {"name": line.name, "sector": line.sector, "postcode": line.postcode}
    other = {name: value for name, value in listed.items() if getattr(organisation, name) != value}
    kept = [name for name in other if name in organisation.corrected]
    return {name: [getattr(organisation, name), other[name]] for name in other if name not in kept}, kept


@transaction.atomic
def accept(ods_list, *, system, digest, now, by=None):
    """Do what the preview with that digest said; Refused where it would say something else by now."""
    lock_partners()
    told = preview(ods_list, system=system, by=by, now=now)
    if told.digest != digest:
        raise Refused("The partners changed since you looked. Here is the preview as it is now.")
    for line, change in told.changed:
        Organisation.objects.filter(code=line.code).update(**{name: new for name, (_, new) in change.items()})
    _add(told.to_add, system, now)
    for line in told.ended:
        _end(line, system, now)
    what, rows = "partners from an ODS list", len(told.touched)
    audit.record(Act.IMPORT_ACCEPTED, by=by, where=system, now=now, what=what, rows=rows)
    return told


def _add(lines, system, now):
    """In few statements, however many there are; the list of partners is locked."""
    facts = {line.code: {"name": line.name, "sector": line.sector, "postcode": line.postcode} for line in lines}
    there = Organisation.objects.in_bulk(list(facts), field_name="code")
    new = [Organisation(code=code, **said) for code, said in facts.items() if code not in there]
    there |= {each.code: each for each in Organisation.objects.bulk_create(new, batch_size=BATCH)}
    from_today = {"system": system, "starts_on": today(now)}
    SystemEdge.objects.bulk_create(
        [SystemEdge(organisation=there[line.code], ends_on=line.closing, **from_today) for line in lines],
        batch_size=BATCH,
    )


def _end(line, system, now):
    """From the day it closed it is no partner here and serves no Place; never from before it was one."""
    ours = {"organisation__code": line.code}
    closed_on = line.closing
    edges = SystemEdge.objects.in_force(today(now)).filter(system=system, **ours)
    edges.update(ends_on=Greatest("starts_on", closed_on))
    places = PlaceEdge.objects.in_force(today(now)).filter(place__system=system, **ours)
    places.update(ends_on=Greatest("starts_on", closed_on))
