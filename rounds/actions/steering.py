"""Meetings of a steering group: an agenda drawn from the state of the programme, and what came of it."""

import datetime as dt

from django.db import transaction
from django.db.models import Count, Exists, Subquery, Value

from members.access import today
from members.actions import audit
from members.models import Organisation, RoleGrant, System
from members.models.audit import Act
from members.models.succession import and_before
from rounds.models import SteeringLine, SteeringMeeting, Suggestion
from rounds.states import LineKind
from rounds_site.kit.formats import nhs_date, thousands
from rounds_site.kit.prints import print_of
from rounds_site.kit.refusals import Refused

from . import fidelity

TERM_ENDS_SOON = dt.timedelta(days=90)
REACH = "Reach: who could not come yet, as the figures show (Who could come, and when)"
CHANGED = "Somebody else changed the agenda since you looked. Yours stands below: save again to keep it."


def meetings_of(system):
    """Also those of the systems that became it."""
    return SteeringMeeting.objects.filter(system__in=and_before([system.pk]))


@transaction.atomic
def plan(*, system, on, now):
    """One a day: a second press finds the first. Of a day that is over no agenda is drawn, since the programme stood
    otherwise then."""
    agenda = "" if on < today(now) else "\n".join([*state_of(as_it_stands(system, now=now), now=now), REACH])
    return SteeringMeeting.objects.get_or_create(system=system, on=on, defaults={"agenda": agenda})[0]


@transaction.atomic
def set_agenda(*, meeting, agenda, seen):
    """`seen`: the print of what its writer began with; Refused where somebody has written since."""
    standing = SteeringMeeting.objects.select_for_update().get(pk=meeting.pk)
    if print_of(standing.agenda) != seen:
        raise Refused(CHANGED)
    standing.agenda = agenda
    standing.save(update_fields=["agenda"])


@transaction.atomic
def note(*, key, meeting, kind, text, owner=None, due_on=None):
    """`key`: a double press notes one. A decision is not due."""
    facts = {"meeting": meeting, "kind": kind, "text": text, "owner": owner}
    facts["due_on"] = due_on if kind == LineKind.ACTION else None
    return SteeringLine.objects.get_or_create(pk=key, defaults=facts)[0]


@transaction.atomic
def settle(*, line, done, now):
    """An action is done, or open again."""
    SteeringLine.objects.filter(pk=line.pk, kind=LineKind.ACTION).update(done_on=today(now) if done else None)


@transaction.atomic
def take_out(*, line, system, by, now):
    """What was agreed does not go unseen. One row in the log, however many press at once."""
    if SteeringLine.objects.filter(pk=line.pk).delete()[0]:
        audit.record(Act.STEERING_LINE_TAKEN_OUT, by=by, about=line.pk, where=system, now=now, what=line.kind)


# --- The state of the programme -----------------------------------------------------------------------


def as_it_stands(system, *, now) -> System:
    """With its licence, those whom it covers, and numbers for a steering group."""
    on = today(now)
    able = RoleGrant.objects.within(system, on=on).in_force(on).filter(role="facilitator")
    still_open = SteeringLine.objects.open()
    found = System.objects.select_related("licence__holder").prefetch_related("licence__coverages")
    found = found.annotate(
        facilitators=number_of(able, "person"),
        waiting=number_of(Suggestion.objects.handed_on_in([system], on=on).filter(answer="")),
        ending=number_of(sitting(system, on).filter(ends_on__lte=on + TERM_ENDS_SOON)),
        on_their_way=number_of(system.new_hosts.all()),
        open_still=number_of(still_open.filter(meeting__system=system)),
        was_another=Exists(system.came_from.all()),
    ).get(pk=system.pk)
    if found.was_another:
        found.open_still = still_open.filter(meeting__in=meetings_of(system)).count()
    return found


def number_of(rows, what="pk"):
    """How many there are, as a value of another row: several such numbers are asked for at once."""
    return Subquery(rows.order_by().values(one=Value(1)).annotate(number=Count(what, distinct=True)).values("number"))


def state_of(system, *, now):
    """What a steering group might talk about, a line each: hosts and numbers, never a person, a title or who came. The
    system is that of ``as_it_stands``."""
    on = today(now)
    held = fidelity.by_host([system], now=now)
    return [*_hosts(held, now), *_licence(system, held, on), *_numbers(system)]


def _hosts(held, now):
    for host, rounds in sorted(held.items(), key=lambda each: str(each[0])):
        practice = fidelity.practice(host, rounds, now=now)
        if practice.interval.is_broken:
            yield f"{host}: it is longer than usual since the last Round"
        if lacking := [what for what, met, of, said in practice.lines if met + said < of]:
            yield f"{host}: {lacking[0][:1].lower()}{lacking[0][1:]}, not at every Round"


def _licence(system, held, on):
    licence = getattr(system, "licence", None)
    if licence is None:
        return
    if licence.has_ended(on) or licence.ends_soon(on):
        verb = "ended" if licence.has_ended(on) else "ends"
        yield f"The licence {verb} on {nhs_date(licence.last_on, weekday=False)}"
    if missing := not_covered(licence, held):
        yield f"No memorandum is noted with {', '.join(missing)}"


def not_covered(licence, held):
    """Names of the partners that host Rounds in its system without being covered. `held`: {host: its Rounds}."""
    partners = [(host, rounds) for host, rounds in held.items() if isinstance(host, Organisation)]
    here = [host for host, rounds in partners if any(each.system_id == licence.system_id for each in rounds)]
    return sorted(str(host) for host in here if not licence.covers(host))


def _numbers(system):
    """Of facilitators not how many may need a break: where there is one, that would say who."""
    said = {
        "Facilitators": system.facilitators,
        "Suggestions from Rounds that wait for an answer": system.waiting,
        "Terms in this group that end within three months": system.ending,
        "Partners on the list of new hosts": system.on_their_way,
        "Actions still open": system.open_still,
    }
    return [f"{words}: {thousands(number)}" for words, number in said.items() if number]


def members_of(system, on):
    """Who sits in the steering group of the whole system, by name, with their terms."""
    return list(sitting(system, on).select_related("person").order_by("person__name", "pk"))


def sitting(system, on):
    return RoleGrant.objects.in_force(on).filter(system=system, role__in=["steering_group", "sponsor"])


def ends_soon(grant, on):
    return grant.ends_on is not None and grant.ends_on <= on + TERM_ENDS_SOON
