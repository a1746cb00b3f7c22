"""The two logs as a person reads them: in whole sentences, newest first, a page at a time."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import CharField, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from rounds_site.kit.formats import MONTHS, nhs_date, nhs_moment, nhs_time, thousands
from rounds_site.kit.stretches import all_in_stretches

from .models import CareEntry, ChainAnchor, HeadExport, Organisation, Person, Place, SecurityEvent, System
from .models.audit import Act, Opened
from .registry import namings
from .roles import ROLES

SECURITY, CARE = "security", "care"
LOGS = {SECURITY: "What holders of roles did", CARE: "Who opened what is confidential"}
GROUPS = {
    "signing_in": "Signing in",
    "roles": "Roles",
    "people": "People joining and leaving",
    "sign_in_settings": "Ways in",
    "organisations": "Partners",
    "imports": "Imports",
    "exports": "Downloads",
    "settings": "Settings",
    "letters": "Letters",
    "rounds": "Rounds and who facilitates",
    "backfill": "Hours of cover",
}
# PostgreSQL keeps no order of the facts of an act.
ORDER = {"role": 0, "changes": 1, "what": 2, "rows": 3}
FIELDS = {
    "name": "the name of the system",
    "short_name": "its short name",
    "sender_name": "whom letters come from",
    "sender_address": "their sender address",
    "support_text": "the support for staff",
    "concern_text": "whom to ring when worried",
    "contact": "who runs this portal",
    "licensor_notice": "the notice of the licensor",
    "colour": "the colour",
    "quiet_from": "when letters to many pause",
    "quiet_until": "when they go on",
    "days_kept": "how many days names are kept",
    "logo": "the logo",
    "holder": "who holds it",
    "number": "its number",
    "starts_on": "when it begins",
    "last_on": "its last day",
}


@dataclass(frozen=True)
class Chosen:
    """What somebody chose to read: one log, and in it a kind (a group of acts, or a thing that was opened) and a month
    (year, month); "" and None for all."""

    log: str = SECURITY
    kind: str = ""
    month: tuple[int, int] | None = None

    @classmethod
    def read(cls, said):
        """Of what a browser sent; what is not understood is not chosen."""
        log = CARE if said.get("log") == CARE else SECURITY
        kind = said.get("kind", "")
        return cls(log, kind if kind in kinds(log) else "", _as_month(said.get("month", "")))

    @property
    def month_key(self):
        return "{}-{:02}".format(*self.month) if self.month else ""

    @property
    def moment(self):
        """The field in which it stands when something happened."""
        return "at" if self.log == SECURITY else "hour"

    def rows(self, seen):
        """Newest first; `seen` is the condition of ``access.logs_to_read``."""
        security = self.log == SECURITY
        rows = (SecurityEvent if security else CareEntry).objects.filter(seen)
        if self.kind:
            rows = rows.filter(Q(act__startswith=f"{self.kind}.") if security else Q(what=self.kind))
        if self.month:
            first, after = _bounds(*self.month)
            rows = rows.filter(**{f"{self.moment}__gte": first, f"{self.moment}__lt": after})
        return rows.order_by(f"-{self.moment}", "-pk")


def kinds(log):
    return GROUPS if log == SECURITY else {value: label.capitalize() for value, label in Opened.choices}


def months(now):
    """[(key, words)] of the thirteen months of which something may be there, this one first."""
    last = timezone.localdate(now)
    counted = [last.year * 12 + last.month - 1 - back for back in range(13)]
    return [(f"{each // 12}-{each % 12 + 1:02}", f"{MONTHS[each % 12]} {each // 12}") for each in counted]


def _as_month(key):
    year, _, month = key.partition("-")
    if not (year + month).isascii() or not (year.isdigit() and month.isdigit()):
        return None
    return (int(year), int(month)) if 2000 <= int(year) <= 2999 and 1 <= int(month) <= 12 else None


def _bounds(year, month):
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    here = timezone.get_current_timezone()
    return [dt.datetime(*first, 1, tzinfo=here) for first in ((year, month), after)]


def told(rows, *, here=None):
    """[(moment in words, sentence)] of rows of one log; `here`: the system or organisation that goes without saying."""
    names = Names.of(rows, here=here)
    return [(_when(row), f"{names.who(row.by)} {_what(row, names)}") for row in rows]


# Of a file: what happened, in words, and what a person needs to find a row in the chain again.
HEAD = ["When", "Who", "What", "Row", "Digest"]


def lines_of(rows):
    """A line of a file for each, of any number of rows, which are not held at once."""
    for some in all_in_stretches(rows):
        names = Names.of(some)
        for row in some:
            yield [_stamp(row), names.who(row.by), _what(row, names), *_sealed(row)]


def _stamp(row):
    moment = row.at if isinstance(row, SecurityEvent) else row.hour
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _sealed(row):
    return [row.number, row.digest] if isinstance(row, SecurityEvent) else [None, None]


def _when(row):
    if isinstance(row, SecurityEvent):
        return nhs_moment(row.at)
    return f"{nhs_time(row.hour)} to {nhs_time(row.hour + dt.timedelta(hours=1))} on {nhs_date(row.hour)}"


def _what(row, names):
    if isinstance(row, CareEntry):
        return f"opened {row.get_what_display()} of {names.thing(row.about)}"
    label = Act(row.act).label if row.act in Act.values else row.act
    details = [*_said(row.said), names.about(row), names.where(row.where)]
    return f"{label}: {', '.join(filter(None, details))}" if any(details) else label


def _said(said):
    for key, value in sorted(said.items(), key=lambda each: (ORDER.get(each[0], len(ORDER)), each[0])):
        if key == "role":
            yield ROLES[value].name if value in ROLES else value
        elif key == "changes":
            yield from (_changed(FIELDS.get(field, field), was, now) for field, was, now in value)
        elif key == "what":
            yield ", ".join(value) if isinstance(value, list) else value
        elif key in ("rows", "letters"):
            yield f"{thousands(value)} {key.removesuffix('s') if value == 1 else key}"
        elif value not in (None, "", [], {}):
            words = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{key.replace('_', ' ')} {words}"


def _changed(field, was, now):
    """
    >>> _changed("the colour", "red", "green"), _changed("the logo", "", "a picture"), _changed("the logo", "it", "")
    ('the colour from “red” to “green”', 'the logo to “a picture”', 'the logo, which was “it”, to nothing')
    """
    if not now:
        return f"{field}, which was “{was}”, to nothing"
    return f"{field} from “{was}” to “{now}”" if was else f"{field} to “{now}”"


PERSON, SCOPE = 0, 1


class Names:
    """What the ids in some rows stand for, in a few queries however many rows there are."""

    def __init__(self, people, scopes, things):
        self._people, self._scopes, self._things = people, scopes, things

    @classmethod
    def of(cls, rows, *, here=None):
        by = {row.by for row in rows if row.by}
        about = {key for row in rows if (key := _as_key(row.about))}
        where = {row.where for row in rows if row.where} - {getattr(here, "pk", None)}
        name = Coalesce(NullIf("name", Value("")), "email", output_field=CharField())
        named = Person.objects.filter(pk__in=by | about).order_by().values_list(Value(PERSON), "pk", name)
        found = named.union(*(_names_of(model, where) for model in (System, Place, Organisation)), all=True)
        people, scopes = {}, {}
        for what, key, words in found:
            (people if what == PERSON else scopes)[key] = words
        things = {}
        for naming in namings:
            things |= naming.words(about)
        return cls(people, scopes, things)

    def who(self, key):
        return self._people.get(key, "Somebody whose account is gone") if key else "The portal"

    def thing(self, key):
        return self._things.get(key, "a Round whose lists are gone")

    def about(self, event):
        """Of people only those whose role it is about; who asked to join is no concern of a log's reader."""
        key = _as_key(event.about)
        if key is None:
            return event.about
        if event.act.startswith(("letters.", "rounds.")):
            return self._things.get(key, "")
        return self._people.get(key, "") if event.act.startswith("roles.") else ""

    def where(self, key):
        return self._scopes.get(key, "")


def _names_of(model, keys):
    return model.objects.filter(pk__in=keys).order_by().values_list(Value(SCOPE), "pk", "name")


def _as_key(about):
    try:
        return about if isinstance(about, uuid.UUID) else uuid.UUID(about)
    except (ValueError, TypeError):
        return None


@dataclass(frozen=True)
class ChainState:
    """How the sealing goes. `late`: no head has left the portal for two days."""

    number: int
    waiting: int
    anchor: int
    export: HeadExport | None
    late: bool


def state_of_chain(now):
    anchor = ChainAnchor.objects.first() or ChainAnchor()
    last = SecurityEvent.objects.sealed().last() or anchor
    export = HeadExport.objects.order_by("day").last()
    late = export is None or export.exported_at < now - dt.timedelta(days=2)
    return ChainState(last.number, SecurityEvent.objects.unsealed().count(), anchor.number, export, late)
