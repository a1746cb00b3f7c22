"""What carrying out a plan would do, read from the live rows: nothing is written here."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field

from members import registry
from members.access import may_give, today
from members.models import (
    ApprovedDomain,
    InvitationLink,
    JoinLink,
    Membership,
    PlaceEdge,
    Provider,
    RoleGrant,
    StaffCount,
    SystemEdge,
)
from members.reports import staff_numbers
from members.roles import ROLES
from rounds_site.kit.formats import people, thousands

from .plan import refuse


@dataclass(frozen=True)
class Part:
    """One thing that the plan concerns: its sentence, more lines, and a mark that changes when its rows do."""

    name: str
    sentence: str
    lines: tuple[str, ...] = ()
    mark: str = ""
    number: int = 0


@dataclass
class Preview:
    """`parts` by name, in the order in which they are told; `undecided`: jobs that a division has no place for yet."""

    parts: dict[str, Part] = field(default_factory=dict)
    undecided: list[Membership] = field(default_factory=list)

    @property
    def seen(self):
        """What goes out with the page and comes back with the press."""
        return json.dumps({name: part.mark for name, part in self.parts.items()}, sort_keys=True)

    def changed_since(self, seen):
        """The names of the parts that are no longer what the page said."""
        try:
            marks = json.loads(seen)
        except ValueError:
            marks = None
        if not isinstance(marks, dict):
            return list(self.parts)
        return [
            name for name in {**marks, **self.parts} if marks.get(name) != getattr(self.parts.get(name), "mark", None)
        ]

    @property
    def told(self):
        return [part for part in self.parts.values() if part.sentence]


def preview(plan, *, by, now):
    """Refused where the plan cannot be carried out at all."""
    refuse(plan, by=by, now=now)
    told = Preview()
    jobs = list(jobs_of(plan))
    told.undecided = [job for job in jobs if plan.successor_of(job.pk) is None]
    hanging = [_hanging(each, plan, now) for each in registry.dependants]
    parts = [_people(plan, jobs), *hanging, _roles(plan, jobs, by, now), _edges(plan), _numbers(plan), _links(plan)]
    told.parts = {part.name: part for part in parts}
    return told


def jobs_of(plan):
    """The jobs at the predecessors that are not over on the day, by name of the person."""
    jobs = Membership.objects.not_over(plan.on).filter(organisation__in=plan.predecessors)
    return jobs.select_related("person", "site", "organisation").order_by("person__name", "person__email", "starts_on")


def _people(plan, jobs):
    to = Counter(plan.successor_of(job.pk) for job in jobs)
    number = len({job.person_id for job in jobs})
    lines = [f"{people(to[index])} to {each}" for index, each in enumerate(plan.successors)] if plan.is_split else []
    whom = "them" if plan.is_split else plan.successors[0]
    sentence = f"{people(number)} will be shown under {'their names' if plan.is_split else whom}." if number else ""
    rows = [(job.pk, job.starts_on, job.ends_on, job.site_id, plan.successor_of(job.pk)) for job in jobs]
    return Part("people", sentence, tuple(lines), mark_of(rows), number)


def _hanging(dependant, plan, now):
    rows = dependant.rows(plan.predecessors, now)
    sentence = dependant.words(len(rows), str(plan.successors[plan.heir])) if rows else ""
    return Part(dependant.name, sentence, mark=mark_of(rows), number=len(rows))


# --- Roles ------------------------------------------------------------------------------------------


def roles_that_move(plan, *, by, now):
    """[(grant, the index of the successor where it is given anew)]; None where the doer's own role does not give it.

    Of a division a role follows its holder, and stays with the first heir where they do not work there.
    """
    works = dict(
        Membership.objects.not_over(plan.on).filter(organisation__in=plan.predecessors).values_list("person", "pk")
    )
    grants = RoleGrant.objects.not_over(today(now)).filter(organisation__in=plan.predecessors)
    grants = grants.select_related("person", "organisation").order_by("person__name", "role", "starts_on", "pk")
    return [(grant, _where_to(plan, grant, works, by, now)) for grant in grants]


def _where_to(plan, grant, works, by, now):
    if by and not may_give(by, grant.role, grant.organisation, now=now):
        return None
    index = plan.successor_of(works.get(grant.person_id))
    return plan.heir if index is None else index


def _roles(plan, jobs, by, now):
    moves = roles_that_move(plan, by=by, now=now)
    lines = tuple(_role_words(plan, grant, index) for grant, index in moves)
    sentence = "Roles held there end today, and are given anew where the work goes on." if moves else ""
    return Part("roles", sentence, lines, mark_of([(grant.pk, index) for grant, index in moves]), len(moves))


def _role_words(plan, grant, index):
    who = f"{grant.person}, {ROLES[grant.role].name} of {grant.organisation}"
    if index is None:
        return f"{who}: ends. Your own role does not let you give it anew; an administrator can."
    return f"{who}: the same role at {plan.successors[index]}"


# --- Where they belong, and how many they are ----------------------------------------------------------


def _edges(plan):
    systems = SystemEdge.objects.not_over(plan.on).filter(organisation__in=plan.predecessors).select_related("system")
    places = PlaceEdge.objects.not_over(plan.on).filter(organisation__in=plan.predecessors).select_related("place")
    rows = [(edge.pk, edge.starts_on, edge.ends_on) for edge in (*systems.order_by("pk"), *places.order_by("pk"))]
    names = sorted({edge.place.name for edge in places.order_by("pk")})
    both = "Each of them" if plan.is_split else str(plan.successors[0])
    serves = f" and serves {' and '.join(names)}" if names else ""
    where = " and ".join(sorted({edge.system.short_name for edge in systems.order_by("pk")}))
    return Part("places", f"{both} belongs to {where}{serves} from that day.", (), mark_of(rows), len(rows))


def _numbers(plan):
    """Staff numbers are added up where every predecessor has said its own; what is divided must be counted anew."""
    counts = StaffCount.objects.filter(organisation__in=_counted(plan)).order_by(
        "organisation", "staff_group", "counted_on"
    )
    rows = list(counts.values_list("organisation", "staff_group", "number", "counted_on"))
    total = sum(added_up(plan).values())
    if total:
        sentence = f"Its staff number is what the others last said, added up: {thousands(total)}."
    else:
        sentence = "No staff number goes with them: enter one as soon as it is known." if rows else ""
    return Part("numbers", sentence, (), mark_of(rows), total)


def _counted(plan):
    return [*plan.predecessors, *(each.organisation for each in plan.successors if each.organisation)]


def added_up(plan) -> Counter:
    """Staff group → number, at the one successor of them all; empty where one of them never said a number."""
    said = [staff_numbers(each) for each in _counted(plan)]
    if plan.is_split or not all(said):
        return Counter()
    total = Counter()
    for counts in said:
        total.update({count.staff_group: count.number for count in counts})
    return total


def _links(plan):
    """Join links, invitations, domains and named contacts: the ways in, and the way of letters to pass on."""
    ours = {"organisation__in": plan.predecessors}
    links = list(JoinLink.objects.filter(**ours, ended_at=None).order_by("pk").values_list("pk", flat=True))
    invited = list(InvitationLink.objects.filter(**ours).order_by("pk").values_list("pk", flat=True))
    domains = sorted(set(ApprovedDomain.objects.filter(**ours).order_by().values_list("domain", flat=True)))
    providers = Provider.objects.filter(organisations__in=plan.predecessors).distinct().order_by("name")
    names = list(providers.values_list("name", flat=True))
    contacts = [each.contact_email for each in plan.predecessors if each.contact_email]
    sentences = [
        *_link_words(plan, bool(links), len(invited)),
        *([f"Addresses at {' and '.join(domains)} open {_them(plan)}, as they did before."] if domains else []),
        *([f"Signing in with {' and '.join(names)} opens {_them(plan)} too."] if names else []),
        *(
            [f"Letters to pass on go to the named contact of {_them(plan)} alone."]
            if _standing(plan) and contacts
            else []
        ),
    ]
    first, *more = sentences or [""]
    return Part("links", first, tuple(more), mark_of([links, invited, domains, names, contacts]), len(links))


def _link_words(plan, links, invited):
    if links and plan.is_split:
        yield "Its join link ends: each part can have one of its own."
    elif links:
        yield f"Join links on letters and posters that are out lead to {plan.successors[0]} from now on."
    if invited and plan.is_split:
        yield f"{thousands(invited)} invitation{' ends' if invited == 1 else 's end'}: send them anew."


def _them(plan):
    return " and ".join(map(str, plan.successors))


def _standing(plan):
    return not plan.is_split and plan.successors[0].organisation is not None


def mark_of(rows):
    return hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()[:16]
