"""Organisations from an ODS list: read, preview, accept. What was previewed is exactly what is done."""

import csv
import hashlib
import io
import json
import re
from dataclasses import asdict, dataclass, field

from django.db import transaction

from members.access import today
from members.models import Organisation, SystemEdge
from members.roles import SECTORS, Sector
from rounds_site.kit.refusals import Refused

from .organisations import lock_partners

COLUMNS = ["ods_code", "name", "kind", "icb_code", "region", "postcode"]
LARGEST = 2 * 1024 * 1024
CODE = re.compile(r"[A-Z0-9]{2,12}")

# A name tells the kind of a trust, and where it does not somebody here says it later.
TRUST_WORDS = [
    ("ambulance", Sector.AMBULANCE),
    ("mental health", Sector.MENTAL_HEALTH),
    ("community", Sector.COMMUNITY),
    ("hospital", Sector.ACUTE),
]
KINDS = ("integrated_care_board", "local_authority", "nhs_trust")


@dataclass(frozen=True)
class Line:
    """One organisation of the chosen ICB as the list has it."""

    number: int
    code: str
    name: str
    sector: str
    postcode: str

    @property
    def sector_name(self):
        return SECTORS[self.sector]


@dataclass(frozen=True)
class Fault:
    number: int
    sentence: str


@dataclass
class OdsList:
    """The lines of one ICB, and what is wrong anywhere in the file."""

    icb: str
    lines: list[Line]
    faults: list[Fault]

    def kept(self):
        """As plain data, for the session between preview and acceptance."""
        return asdict(self)

    @classmethod
    def from_kept(cls, data):
        return cls(data["icb"], [Line(**each) for each in data["lines"]], [Fault(**each) for each in data["faults"]])


@dataclass
class Preview:
    """What accepting would do. `corrected`: (line, names of fields) that stand here by hand against the list."""

    ods_list: OdsList
    to_add: list[Line] = field(default_factory=list)
    changed: list[tuple[Line, dict]] = field(default_factory=list)
    unchanged: list[Line] = field(default_factory=list)
    left: list[Line] = field(default_factory=list)
    corrected: list[tuple[Line, list[str]]] = field(default_factory=list)

    @property
    def faults(self):
        return self.ods_list.faults

    @property
    def touched(self):
        """The codes of all organisations that accepting would add or change."""
        return {line.code for line in self.to_add} | {line.code for line, _ in self.changed}

    @property
    def digest(self):
        """The same for the same list against the same partners; anything else makes another."""
        told = [[asdict(line) for line in self.to_add], [[asdict(line), change] for line, change in self.changed]]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def read(content, *, icb):
    """The lines of that ICB in the bytes of a list; Refused where it is no such list at all."""
    rows = _rows(_text(content))
    names, first = {}, {}
    for _, row in rows:
        if len(row) == len(COLUMNS):
            names.setdefault(row[0].upper(), {}).setdefault(row[1].casefold(), row[1])
    found = OdsList(icb, [], [])
    for number, row in rows:
        sentence = _fault(row, names, first, number)
        if sentence:
            found.faults.append(Fault(number, sentence))
        elif row[3].upper() == icb:
            found.lines.append(_line(number, *row))
    return found


def _line(number, code, name, kind, icb, region, postcode):
    return Line(number, code.upper(), name, str(sector_of(kind, name)), postcode.upper())


def _text(content):
    if len(content) > LARGEST:
        raise Refused("The file is larger than 2 MB. An ODS list of a whole region is far smaller: choose that one.")
    if not content.strip():
        raise Refused("The file is empty. Choose the list that you downloaded.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("The file is not text in UTF-8. Save it as “CSV UTF-8” and choose it again.") from None
    if "\0" in text:
        raise Refused("The file is not text. Save it as “CSV UTF-8” and choose it again.")
    return text


def _rows(text):
    """(line number, cells without surplus blanks) of every line below the headings."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        headings = [cell.strip().lower() for cell in next(reader, [])]
        if headings != COLUMNS:
            raise Refused(f"The first line must be these headings, in this order: {', '.join(COLUMNS)}.")
        rows = [(reader.line_num, [" ".join(cell.split()) for cell in row]) for row in reader if any(row)]
    except csv.Error:
        raise Refused(
            f"Line {reader.line_num} cannot be read: a quotation mark or the end of the line is missing. "
            "The file may be only half there: download it again."
        ) from None
    if not rows:
        raise Refused("There is no organisation below the headings. Choose the whole list.")
    return rows


def _fault(row, names, first, number):
    """What is wrong with a line and what to do, or nothing. `first` remembers where each code stood per ICB."""
    if len(row) != len(COLUMNS):
        return f"It has {len(row)} columns, not {len(COLUMNS)}. Put quotation marks around names that hold a comma."
    code, name, kind, icb, _, postcode = row
    sentence = _fault_of_cells(code.upper(), name, kind, icb.upper(), postcode)
    if sentence:
        return sentence
    called = list(names[code.upper()].values())
    if len(called) > 1:
        return (
            f"The code {code.upper()} bears {len(called)} names: {' and '.join(called)}. "
            "Find out which is right, mend the file and import it again, or add the organisation by hand."
        )
    if (code.upper(), icb.upper()) in first:
        return f"{name} stands in line {first[code.upper(), icb.upper()]} already. Take one of the two out."
    first[code.upper(), icb.upper()] = number
    return ""


def _fault_of_cells(code, name, kind, icb, postcode):
    if not CODE.fullmatch(code):
        return "The code must be 2 to 12 letters and numbers. Correct it in the file."
    if not name or len(name) > 200:
        return "The name must have 1 to 200 letters. Correct it in the file."
    if kind not in KINDS:
        return f"The kind must be one of {', '.join(KINDS)}. Correct it in the file."
    if not CODE.fullmatch(icb):
        return "The code of the ICB is missing or is not a code. Correct it in the file."
    return "The postcode is too long. Correct it in the file." if len(postcode) > 10 else ""


def sector_of(kind, name):
    if kind == "integrated_care_board":
        return Sector.ICB
    if kind == "local_authority":
        return Sector.COUNCIL
    said = name.casefold()
    return next((sector for word, sector in TRUST_WORDS if word in said), Sector.TRUST)


def preview(ods_list, *, system, now):
    """Compare the list with the partners as they stand; nothing is written."""
    standing = {each.code: each for each in Organisation.objects.filter(code__in=[e.code for e in ods_list.lines])}
    edges = SystemEdge.objects.filter(system=system, organisation__in=standing.values())
    partners = set(edges.in_force(today(now)).values_list("organisation", flat=True))
    left = set(edges.values_list("organisation", flat=True)) - partners
    told = Preview(ods_list)
    for line in ods_list.lines:
        organisation = standing.get(line.code)
        if organisation and organisation.pk in left:
            told.left.append(line)
            continue
        change, kept = _differences(organisation, line) if organisation else ({}, [])
        if kept:
            told.corrected.append((line, kept))
        if organisation is None or organisation.pk not in partners:
            told.to_add.append(line)
        elif not change:
            told.unchanged.append(line)
        if change:
            told.changed.append((line, change))
    return told


def _differences(organisation, line):
    """What the list says otherwise: to take over, and what was set here by hand and stays."""
    listed = {"name": line.name, "sector": line.sector, "postcode": line.postcode}
    other = {name: value for name, value in listed.items() if getattr(organisation, name) != value}
    kept = [name for name in other if name in organisation.corrected]
    return {name: [getattr(organisation, name), other[name]] for name in other if name not in kept}, kept


@transaction.atomic
def accept(ods_list, *, system, digest, now):
    """Do what the preview with that digest said; Refused where it would say something else by now."""
    lock_partners()
    told = preview(ods_list, system=system, now=now)
    if told.digest != digest:
        raise Refused("The partners changed since you looked. Here is the preview as it is now.")
    for line, change in told.changed:
        Organisation.objects.filter(code=line.code).update(**{name: new for name, (_, new) in change.items()})
    for line in told.to_add:
        organisation, _ = Organisation.objects.get_or_create(
            code=line.code, defaults={"name": line.name, "sector": line.sector, "postcode": line.postcode}
        )
        SystemEdge.objects.create(system=system, organisation=organisation, starts_on=today(now))
    return told
