"""Meetings of a steering group: an agenda drawn from the state of the programme, and what came of it."""

import datetime as dt

from django.db import transaction

from members.access import today
from members.actions import audit
from members.models import Licence, Organisation, RoleGrant
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
    """One a day: a second press finds the first."""
    agenda = "\n".join([*state_of(system, now=now), REACH])
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


def state_of(system, *, now):
    """What a steering group might talk about, a line each: hosts and numbers, never a person, a title or who came."""
    on = today(now)
    held = fidelity.by_host([system], now=now)
    return [
        *_hosts(held, now),
        *_licence(system, held, on),
        *_facilitators(system, on),
        *_waiting(system, on),
    ]


def _hosts(held, now):
    for host, rounds in sorted(held.items(), key=lambda each: str(each[0])):
        practice = fidelity.practice(host, rounds, now=now)
        if practice.interval.is_broken:
            yield f"{host}: it is longer than usual since the last Round"
        if lacking := [what for what, met, of, said in practice.lines if met + said < of]:
            yield f"{host}: {lacking[0][:1].lower()}{lacking[0][1:]}, not at every Round"


def _licence(system, held, on):
    licence = Licence.objects.prefetch_related("coverages").filter(system=system).first()
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


def _facilitators(system, on):
    """Not how many may need a break: where there is one, that would say who."""
    held = RoleGrant.objects.within(system, on=on).in_force(on).filter(role="facilitator")
    if number := held.values("person").distinct().count():
        yield f"Facilitators: {thousands(number)}"


def _waiting(system, on):
    if waiting := Suggestion.objects.handed_on_in([system], on=on).filter(answer="").count():
        yield f"Suggestions from Rounds that wait for an answer: {thousands(waiting)}"
    if ending := sum(ends_soon(each, on) for each in members_of(system, on)):
        yield f"Terms in this group that end within three months: {thousands(ending)}"
    if on_their_way := system.new_hosts.count():
        yield f"Partners on the list of new hosts: {thousands(on_their_way)}"
    if open_still := SteeringLine.objects.open().filter(meeting__in=meetings_of(system)).count():
        yield f"Actions still open: {thousands(open_still)}"


def members_of(system, on):
    """Who sits in the steering group of the whole system, by name, with their terms."""
    grants = RoleGrant.objects.in_force(on).filter(system=system, role__in=["steering_group", "sponsor"])
    return list(grants.select_related("person").order_by("person__name", "pk"))


def ends_soon(grant, on):
    return grant.ends_on is not None and grant.ends_on <= on + TERM_ENDS_SOON
