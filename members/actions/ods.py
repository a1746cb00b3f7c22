"""Lists of organisations as the Organisation Data Service hands them out: what each line says of one ICB's partners.

Two shapes are read: six columns under headings, and the report of 27 columns that has no headings.
"""

import datetime as dt
import re
from dataclasses import dataclass

from members.roles import SECTORS, Sector
from rounds_site.kit.refusals import Refused

from . import tables
from .staff_lists import shortened

COLUMNS = ["ods_code", "name", "kind", "icb_code", "region", "postcode"]
REPORT_WIDTH = 27
CODE = re.compile(r"[A-Z0-9]{2,12}")
DAY = re.compile(r"[0-9]{8}")

# A name tells the kind of a trust, and where it does not somebody here says it later.
TRUST_WORDS = [
    ("ambulance", Sector.AMBULANCE),
    ("mental health", Sector.MENTAL_HEALTH),
    ("community", Sector.COMMUNITY),
    ("hospital", Sector.ACUTE),
]
KINDS = ("integrated_care_board", "local_authority", "nhs_trust")
# The report does not say the kind at all. The first word that stands in a name decides.
KIND_WORDS = [
    ("integrated care board", Sector.ICB),
    ("hospice", Sector.HOSPICE),
    ("council", Sector.COUNCIL),
    ("county of", Sector.COUNCIL),
    ("london borough", Sector.COUNCIL),
    ("care home", Sector.SOCIAL_CARE),
    ("nursing home", Sector.SOCIAL_CARE),
    ("residential home", Sector.SOCIAL_CARE),
    ("home care", Sector.SOCIAL_CARE),
    ("housing", Sector.HOUSING),
    ("surgery", Sector.PRIMARY_CARE),
    ("medical centre", Sector.PRIMARY_CARE),
    ("medical practice", Sector.PRIMARY_CARE),
    ("health centre", Sector.PRIMARY_CARE),
    ("primary care network", Sector.PRIMARY_CARE),
    ("practice", Sector.PRIMARY_CARE),
    ("college", Sector.EDUCATION),
]
GENERAL_PRACTICE = "4"
SMALL_WORDS = {"And", "Of", "The", "For", "In", "On", "At", "With", "By"}
CAPITALS = {"Nhs", "Icb", "Gp", "Uk", "Cic"}


@dataclass(frozen=True)
class Line:
    """One organisation of the chosen ICB as the list has it. `closed_on` is a date as text, or empty."""

    number: int
    code: str
    name: str
    sector: str
    postcode: str
    closed_on: str = ""

    @property
    def closing(self):
        return dt.date.fromisoformat(self.closed_on) if self.closed_on else None

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


@dataclass(frozen=True)
class _Entry:
    """A line of either shape before it is judged."""

    code: str
    name: str
    icb: str
    postcode: str
    sector: str | None
    sentence: str = ""
    closed_on: str = ""
    of_a_report: bool = False

    def concerns(self, icb):
        """A report holds the whole country: what is wrong elsewhere in it is not ours to mend."""
        return not self.of_a_report or self.icb == icb


def read(content, *, icb):
    """The lines of that ICB in the bytes of a list; Refused where it is no such list at all."""
    rows = list(tables.read(content, is_heading=lambda cell: cell.lower() in COLUMNS))
    entry_of = _entry_of_list if [cell.lower() for cell in rows[0][1]] == COLUMNS else _entry_of_report
    if entry_of is _entry_of_list:
        del rows[0]
    elif len(rows[0][1]) != REPORT_WIDTH:
        raise Refused(
            f"The first line must be these headings, in this order: {', '.join(COLUMNS)}. "
            f"Or choose an ODS report of {REPORT_WIDTH} columns, which has no headings."
        )
    if not rows:
        raise Refused("There is no organisation below the headings. Choose the whole list.")
    return _judged([(number, entry_of(row)) for number, row in rows], icb)


def _judged(entries, icb):
    names, first = {}, {}
    for _, entry in entries:
        names.setdefault(entry.code, {}).setdefault(entry.name.casefold(), entry.name)
    found = OdsList(icb, [], [])
    for number, entry in entries:
        sentence = entry.sentence or _fault_of(entry, list(names[entry.code].values()), first)
        if sentence and entry.concerns(icb):
            found.faults.append(Fault(number, sentence))
        elif not sentence:
            first[entry.code, entry.icb] = number
            if entry.icb == icb:
                line = Line(number, entry.code, entry.name, str(entry.sector), entry.postcode, entry.closed_on)
                found.lines.append(line)
    return found


def _fault_of(entry, called, first):
    if not CODE.fullmatch(entry.code):
        return "The code must be 2 to 12 letters and numbers. Correct it in the file."
    if len(called) > 1:
        return (
            f"The code {entry.code} bears {len(called)} names: {' and '.join(map(shortened, called))}. "
            "Find out which is right, mend the file and import it again, or add the organisation by hand."
        )
    if (entry.code, entry.icb) in first:
        return f"{entry.name} stands in line {first[entry.code, entry.icb]} already. Take one of the two out."
    return ""


def _fault_of_name(name):
    if not name or len(name) > 200 or not name.isprintable():
        return "The name must have 1 to 200 letters. Correct it in the file."
    return ""


# --- Six columns under headings ---------------------------------------------------------------------


def _entry_of_list(row):
    if len(row) != len(COLUMNS):
        said = f"It has {len(row)} columns, not {len(COLUMNS)}. Put quotation marks around names that hold a comma."
        return _Entry(code="", name="", icb="", postcode="", sector=None, sentence=said)
    code, name, kind, icb, _, postcode = row
    return _Entry(
        code=code.upper(),
        name=name,
        icb=icb.upper(),
        postcode=postcode.upper(),
        sector=sector_of(kind, name),
        sentence=_fault_of_cells(code.upper(), name, kind, icb.upper(), postcode),
    )


def _fault_of_cells(code, name, kind, icb, postcode):
    if not CODE.fullmatch(code):
        return "The code must be 2 to 12 letters and numbers. Correct it in the file."
    if sentence := _fault_of_name(name):
        return sentence
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
    return _trust(name)


def _trust(name):
    said = name.casefold()
    return next((sector for word, sector in TRUST_WORDS if word in said), Sector.TRUST)


# --- The report of 27 columns -----------------------------------------------------------------------


def _entry_of_report(row):
    """1 code, 2 name, 4 the ICB, 10 postcode, 12 day of closing, 26 prescribing setting; the others tell us nothing."""
    if len(row) != REPORT_WIDTH:
        said = f"It has {len(row)} columns, not {REPORT_WIDTH}. Download the report again."
        return _Entry(code="", name="", icb="", postcode="", sector=None, sentence=said)
    code, name = row[0].upper(), in_small_letters(row[1])
    sector = sector_in_report(name, prescribing_setting=row[25])
    icb = code if sector == Sector.ICB else row[3].upper()
    closed_on, wrong = _day(row[11])
    return _Entry(
        code=code,
        name=name,
        icb=icb,
        postcode=row[9].upper(),
        sector=sector,
        sentence=_fault_of_report(name, sector, row[9], wrong),
        closed_on=closed_on,
        of_a_report=True,
    )


def _fault_of_report(name, sector, postcode, wrong_day):
    if sentence := _fault_of_name(name):
        return sentence
    if wrong_day:
        return "The day of closing is not a day like 20270331. Download the report again."
    if sector is None:
        return f"We cannot tell what kind of employer {shortened(name)} is. Add it by hand if it is a partner."
    return "The postcode is too long. Correct it in the file." if len(postcode) > 10 else ""


def _day(words):
    """(the day as text, whether it is none)"""
    if not words:
        return "", False
    try:
        return str(dt.datetime.strptime(words, "%Y%m%d").date()), not DAY.fullmatch(words)  # noqa: DTZ007 (a day only)
    except ValueError:
        return "", True


def sector_in_report(name, *, prescribing_setting):
    """
    >>> str(sector_in_report("Vale Ambulance Service NHS Trust", prescribing_setting=""))
    'ambulance'
    >>> str(sector_in_report("Drs Example and Partners", prescribing_setting="4"))
    'primary_care'
    >>> sector_in_report("Example Ltd", prescribing_setting="") is None
    True
    """
    said = name.casefold()
    if "nhs" in said.split() and "trust" in said.split():
        return _trust(name)
    found = next((sector for word, sector in KIND_WORDS if word in said), None)
    return found or (Sector.PRIMARY_CARE if prescribing_setting == GENERAL_PRACTICE else None)


def in_small_letters(name):
    """The report writes in capitals throughout; anything else is left as it is.

    >>> in_small_letters("EAST VALE AND ST MARY'S NHS FOUNDATION TRUST")
    "East Vale and St Mary's NHS Foundation Trust"
    """
    if not name.isupper():
        return name
    words = [word.capitalize() for word in re.split(r"(\W+)", name.replace("’", "'"))]
    for place, word in enumerate(words):
        after = words[place - 1] if place else ""
        if after == "'" and word == "S":
            words[place] = "s"
        elif word in CAPITALS:
            words[place] = word.upper()
        elif place and word in SMALL_WORDS:
            words[place] = word.lower()
    return "".join(words)
