"""Long lists a stretch at a time, each beginning below a row and not at a number: what is written meanwhile moves
nothing from one to the next, the last costs what the first does, and nothing is counted."""

from dataclasses import dataclass
from operator import attrgetter

from django.db.models import Q

from .links import as_uuid

AT_ONCE = 50
FOR_A_FILE = 1_000


@dataclass(frozen=True)
class Stretch:
    """`name`: of the parameter that says where the next one begins; `begun`: whether some rows lie before these;
    `further`: the key of the last of them where more come after it."""

    rows: list
    name: str
    begun: bool
    further: object

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, place):
        return self.rows[place]


def stretch(rows, request, *, name="after", at_once=None):
    """What of the rows the request asks for: the first of them, or those below the row whose key it names. `rows` are
    in the order of fields that are never null, the key last. Of several lists on one page each has a name of its own.
    """
    at_once, last = at_once or AT_ONCE, as_uuid(request.GET.get(name))
    below = _below(rows, last) if last else None
    found = list((rows if below is None else rows.filter(below))[: at_once + 1])
    further = found[at_once - 1].pk if len(found) > at_once else None
    return Stretch(found[:at_once], name=name, begun=below is not None, further=further)


def all_in_stretches(rows, *, at_once=FOR_A_FILE):
    """Lists of rows until all were there, so that a file can be written of any number of them. `rows` as in
    ``stretch``; what is written meanwhile is neither left out nor told twice."""
    found = list(rows[:at_once])
    while found:
        yield found
        beyond = _beyond(rows, [attrgetter(field.replace("__", "."))(found[-1]) for field in _fields(rows)])
        found = list(rows.filter(beyond)[:at_once]) if len(found) == at_once else []


def _below(rows, key):
    """A condition on rows that come after that one; None where it is none of them any more."""
    values = rows.filter(pk=key).values_list(*_fields(rows)).first()
    return None if values is None else _beyond(rows, values)


def _fields(rows):
    return [each.removeprefix("-") for each in rows.query.order_by]


def _beyond(rows, values):
    further = Q(pk__in=[])
    for field, value, said in reversed(list(zip(_fields(rows), values, rows.query.order_by, strict=True))):
        beyond = "lt" if said.startswith("-") else "gt"
        # The first of the two conditions says nothing that the other does not, and lets an index be used.
        further = Q(**{f"{field}__{beyond}e": value}) & (Q(**{f"{field}__{beyond}": value}) | further)
    return further
