"""Staff lists as files: which columns they have, what each line says, and what is wrong with it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from members.models import Organisation, Succession
from members.models.person import plain_email
from rounds_site.kit.formats import listed
from rounds_site.kit.refusals import Refused

from . import tables
from .staff_groups import group_called, plain

COLUMNS = {
    "email": "E-mail | E-mail address | Email | Mail | Work email | Work e-mail address | Primary email | UPN",
    "code": "Organisation code | Organisation | Organization code | Organization | Org code | Org | ODS code | ODS | "
    "Employer code | Employer | Trust code | Code",
    "name": "Name | Full name | Employee name | Staff name | Display name",
    "first_name": "First name | Forename | Given name | Preferred name | Known as",
    "last_name": "Last name | Surname | Family name",
    "group": "Staff group | Group | Staffgroup | Staff category | Category | Professional group",
    "site": "Site | Site name | Location | Base | Work location | Workplace",
}
HEADINGS = {plain(spelling): column for column, said in COLUMNS.items() for spelling in said.split(" | ")}
TEMPLATE = ["Name", "Email", "Organisation code", "Staff group", "Site"]
LONGEST = 100
# Whoever is not on a staff list ends, so that no half of a partner's list may come alone.
SPLIT = "Take out what is not needed, or split it: only between partners, never within one."


class Line(NamedTuple):
    """One person at one organisation. `group` is None and `site` empty where the list says nothing of them."""

    number: int
    email: str
    name: str
    code: str
    group: str | None
    site: str


class Fault(NamedTuple):
    """`email` and `code` as far as they could be read: a person on a faulty line is not taken for one who left."""

    number: int
    sentence: str
    email: str = ""
    code: str = ""


@dataclass
class StaffList:
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unmatched: Counter = field(default_factory=Counter)
    unused: list[str] = field(default_factory=list)

    @property
    def most_unmatched(self):
        """[(words, how many lines)], so many as help: a wrong column would give one a line."""
        return self.unmatched.most_common(50)


def is_heading(cell):
    return plain(cell) in HEADINGS


def read(content, *, organisations):
    """The list in those bytes; Refused where it is none. `organisations`: whose lists the reader looks after."""
    rows = tables.read(content, is_heading=is_heading, split=SPLIT)
    columns, unused = _columns(next(rows)[1])
    found = StaffList(unused=unused)
    reading = _Reading({each.code for each in organisations}, found)
    for number, row in rows:
        reading.take(number, row, columns)
    if not found.lines and not found.faults:
        raise Refused("There is nobody below the headings. Choose the whole list.")
    return found


def _columns(headings):
    """[which column stands where, or None], and what stands above the columns that are not used."""
    meant = [HEADINGS.get(plain(heading)) for heading in headings]
    for column, count in Counter(meant).items():
        if column and count > 1:
            twice = [heading for heading, each in zip(headings, meant, strict=True) if each == column]
            raise Refused(f"Several columns could be the same: {listed(map(quoted, twice))}. Keep one of them.")
    missing = [said for column, said in (("email", "Email"), ("code", "Organisation code")) if column not in meant]
    if missing:
        raise Refused(
            f"The first line must hold the headings, and we find none for {listed(missing)}. "
            f"The headings we know: {', '.join(TEMPLATE)}."
        )
    return meant, [heading for heading, each in zip(headings, meant, strict=True) if heading and not each]


class _Reading:
    """Takes line after line and remembers what stood where."""

    def __init__(self, ours, found):
        self.ours, self.found = ours, found
        self.known = set(Organisation.objects.order_by().values_list("code", flat=True))
        steps = Succession.objects.order_by("successor__code")
        self.became = {}
        for code, successor in steps.values_list("predecessor__code", "successor__code"):
            self.became.setdefault(code, []).append(successor)
        self.first = {}

    def take(self, number, row, columns):
        said = dict.fromkeys(COLUMNS, "")
        said.update((column, cell) for column, cell in zip(columns, row, strict=False) if column)
        email, code = plain_email(said["email"]), said["code"].upper()
        name = said["name"] or f"{said['first_name']} {said['last_name']}".strip()
        sentence = self._too_wide(row, columns) or self._fault(email, code, name, said["site"], number)
        if sentence:
            self.found.faults.append(Fault(number, sentence, email, code))
        else:
            self.first[email, code] = number
            self.found.lines.append(Line(number, email, name, code, self._group(said["group"]), said["site"]))

    def _too_wide(self, row, columns):
        if any(row[len(columns) :]):
            return f"It has {len(row)} columns, and the headings only {len(columns)}. {QUOTE}"
        return ""

    def _fault(self, email, code, name, site, number):
        return (
            _fault_of_email(email)
            or self._fault_of_code(code)
            or _fault_of_words("name", name)
            or _fault_of_words("site", site)
            or self._twice(email, code)
        )

    def _fault_of_code(self, code):
        if not code:
            return "There is no organisation code. Add it."
        if code not in self.known:
            return f"There is no partner with the code {quoted(code)}. Correct it, or add the partner first."
        if code not in self.ours and code in self.became:
            return f"{code} has become {' and '.join(self.became[code])}. Write the code that is right today."
        if code not in self.ours:
            return f"The staff list of {code} is not yours to import. Take the line out, or ask its administrator."
        return ""

    def _twice(self, email, code):
        before = self.first.get((email, code))
        return f"{email} stands in line {before} already. Take one of the two out." if before else ""

    def _group(self, words):
        if not words:
            return None
        group = group_called(words)
        if group is None:
            self.found.unmatched[shortened(words)] += 1
        return group or "other"


QUOTE = "Put quotation marks around what holds a separator."


def _fault_of_email(email):
    if not email:
        return "There is no email address. Add it, or take the line out."
    try:
        # Django lets marks of direction stand in a domain.
        if len(email) > 254 or not email.isprintable():
            raise ValidationError("too long, or not to be seen")
        validate_email(email)
    except ValidationError:
        return f"{quoted(email)} is not an email address. Correct it: name@example.com."
    return ""


def _fault_of_words(what, words):
    if len(words) > LONGEST:
        return f"The {what} is longer than {LONGEST} letters. Shorten it."
    if not words.isprintable():
        return f"The {what} holds characters that cannot be seen. Type it again."
    if "\ufffd" in words:
        return f"The {what} holds “\ufffd” instead of a letter. Export the list again as “CSV UTF-8”."
    return ""


def quoted(words):
    return f"“{shortened(words)}”"


def shortened(words):
    """Fit for a sentence on a page or a terminal."""
    plainly = "".join(letter if letter.isprintable() else "\ufffd" for letter in words)
    return plainly if len(plainly) <= 60 else f"{plainly[:59]}…"


def chunks(items, size=500):
    """Databases take only so many parameters at once."""
    return (items[start : start + size] for start in range(0, len(items), size))
