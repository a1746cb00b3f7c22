"""What becomes of people's coming places, and of their parts in teams, when they leave an organisation.

Places belong to whom a Round invites, so they go to the next in line. A part in its team or panel is the Round's own
and may be anybody's: it stays, and the place with it. But what a part in the team opens rests from that day, since the
mailbox to which codes go may be somebody else's by now, until a facilitator of that Round says that they go on. No
letter says why.
"""

from collections import defaultdict

from django.db.models import Exists, OuterRef, Q

from members.access import today
from members.actions.leaving import sets
from members.actions.staff_lists import chunks
from members.models import Membership, SystemEdge
from rounds import emails
from rounds.access import rounds_to_arrange
from rounds.models import Booking, Round, RoundPartner, Storyteller, TeamMember
from rounds.states import BookingState, RoundState, TeamPart
from rounds_site.kit.acting import acting, counting, for_person, on_round
from rounds_site.kit.formats import nhs_date

from . import offers, registration, story_ends

WHAT = {
    BookingState.PLACE: "Your place at",
    BookingState.OFFERED: "The place that you are offered at",
    BookingState.WAITING: "Your turn in the waiting list of",
}
OWN_PART = {TeamPart.FACILITATOR: "What you see as a facilitator of", TeamPart.HELPER: "What you see at the door of"}


@acting
def let_go(jobs, now):
    """By Round and not by person: a staff list may end thousands. Always in the order of the Rounds' keys, so that two
    who leave at once wait for each other and never block."""
    resting = defaultdict(list)
    for member in parts_that_rest(jobs, now=now):
        resting[member.round_id].append(member.pk)
    inviting = _inviting(jobs, now)
    for key in sorted({*resting, *inviting}):
        on_round(key)
        if key in resting:
            _rest(key, resting[key], now)
        for some in chunks(inviting.get(key, [])):
            for booking in without_invitation(Booking.objects.filter(round=key, person__in=some), now):
                registration.cancel(round=booking.round, person=booking.person, now=now)
    offers.let_go(jobs, now)


def _inviting(jobs, now):
    """{key of a Round to come: those of the people whom it invited by the job that has ended}"""
    people, found = sets((where, who) for who, where in jobs), defaultdict(set)
    partners = RoundPartner.objects.filter(_to_come(now), organisation__in=people).order_by()
    for round, organisation in partners.values_list("round", "organisation"):
        found[round] |= people[organisation]
    return {round: sorted(who) for round, who in found.items()}


def _to_come(now):
    """A condition on rows of Rounds: those ahead, and those that wait for a new date."""
    return Q(round__starts_at__gt=now) | Q(round__state=RoundState.POSTPONED)


def _rest(key, members, now):
    round = registration.lock(key)
    round.team.standing().filter(pk__in=members).update(suspended_at=now)
    story_ends.close_to_those_gone(round)
    if round.state == RoundState.IDEA:
        # Nobody was told of it. Where no other keeps it, whoever plans Rounds there may take it (``ideas.take``).
        return
    emails.team_asked(round, now=now)
    if not round.team.able(now).exists():
        emails.facilitator_wanted(round, now=now)


def parts_that_rest(jobs, *, starting=(), now):
    """The parts in teams that rest when these jobs end and those `starting` begin: at Rounds which the organisation
    hosts, and at others of its system where the person does not work for a partner of it any more."""
    left, on, found = sets(jobs), today(now), []
    systems = sets(SystemEdge.objects.in_force(on).order_by().values_list("organisation", "system"))
    rounds = Round.objects.with_names(now) | Round.objects.filter(state=RoundState.IDEA)
    for people in chunks(list(left)):
        parts = TeamMember.objects.standing().filter(person__in=people, round__in=rounds)
        parts = list(parts.select_related("round", "person").order_by("round__starts_at", "person__name", "pk"))
        who = {part.person_id for part in parts}
        works = Membership.objects.in_force(on).filter(person__in=who).order_by().values_list("person", "organisation")
        works = sets([*works, *starting])
        found += [part for part in parts if _rests(part.round, left[part.person_id], works[part.person_id], systems)]
    return found


def _rests(round, left, works, systems):
    if round.host_organisations & left:
        return True
    here = {organisation for organisation in left | works if round.system_id in systems[organisation]}
    return bool(here & left) and not here - left


@counting
def would_go(person, organisation, now):
    """For the person alone: what would go, or rest, if they left that organisation."""
    for_person(person.pk)
    mine = Booking.objects.filter(_to_come(now), person=person, round__partners=organisation)
    going = without_invitation(mine, now, leaving=organisation).order_by("round__starts_at")
    said = [f"{WHAT[each.state]} {_named(each.round)} goes to the next in line" for each in going]
    resting = parts_that_rest([(person.pk, organisation.pk)], now=now)
    return said + [_would_rest(part) for part in resting]


def _would_rest(part):
    if part.round.state == RoundState.IDEA:
        return f"Your idea “{part.round.title}” is left to those who keep it with you or may plan Rounds there"
    return f"{OWN_PART[part.part]} {_named(part.round)} rests until {SAID}"


SAID = "another facilitator says that you go on"


def in_sight(jobs, starting, by, now):
    """Who facilitates which Round, of Rounds that `by` arranges: there it is written anyway. Who helps at a door is
    nobody's to read but the team's, and who keeps an idea is told nobody."""
    resting = [part for part in parts_that_rest(jobs, starting=starting, now=now) if part.part == TeamPart.FACILITATOR]
    resting = [part for part in resting if part.round.state != RoundState.IDEA]
    if by and resting:
        arranged = set(rounds_to_arrange(by, now=now).filter(pk__in=[part.round_id for part in resting]))
        resting = [part for part in resting if part.round in arranged]
    return [f"{part.person} facilitates {_named(part.round)}" for part in resting]


def _named(round):
    when = f"on {nhs_date(round.starts_at)}" if round.has_a_date else "(postponed, without a new date yet)"
    return f"“{round.title}” {when}"


def without_invitation(bookings, now, leaving=None):
    """Those of people whom no employer of theirs, save the one they are `leaving`, brings to the Round, and who have no
    part in it themselves."""
    parts = {"round": OuterRef("round"), "person": OuterRef("person")}
    jobs = Membership.objects.in_force(today(now)).exclude(organisation=leaving)
    theirs = jobs.filter(person=OuterRef(OuterRef("person")))
    invited = RoundPartner.objects.filter(round=OuterRef("round"), organisation__memberships__in=theirs)
    has_a_part = Exists(TeamMember.objects.filter(**parts)) | Exists(Storyteller.objects.filter(**parts))
    going = bookings.active().exclude(Exists(invited) | has_a_part).exclude(round__state=RoundState.CANCELLED)
    return going.select_related("round", "person").order_by("queue_number")
