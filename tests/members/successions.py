"""Plans and their outcome, for tests of what becomes of organisations."""

from members.access import today
from members.actions.succession.act import carry_out
from members.actions.succession.plan import Plan, Successor
from members.actions.succession.preview import preview
from members.models import Membership
from members.models.succession import Kind
from tests.worlds import NOON

TODAY = today(NOON)


def merger(*predecessors, name="Vale Care", kind=Kind.MERGER, on=TODAY, into=None, **facts):
    successor = Successor.standing(into) if into else Successor(name, sector="charity", **facts)
    return Plan(kind, tuple(predecessors), (successor,), on)


def division(organisation, *names, to, on=TODAY, heir=0):
    return Plan(Kind.SPLIT, (organisation,), tuple(Successor(name) for name in names), on, to=to, heir=heir)


def do(plan, by=None, now=NOON):
    return carry_out(plan, seen=preview(plan, by=by, now=now).seen, by=by, now=now).successors


def spans(rows, **which):
    return sorted(rows.filter(**which).values_list("starts_on", "ends_on"))


def told(plan, by=None):
    return {part.name: part.sentence for part in preview(plan, by=by, now=NOON).parts.values() if part.sentence}


def jobs_at(organisation):
    return {job.person.name.split()[0]: job.pk for job in Membership.objects.filter(organisation=organisation)}
