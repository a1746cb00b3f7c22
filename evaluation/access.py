"""Doors to the day of a Round and to the figures of a system."""

from functools import lru_cache

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, UUIDField
from django.http import Http404

from evaluation.models import Attendance, DoorLink, Questionnaire, QuestionnaireUse, ReportFile
from evaluation.states import ReportState
from members.access import get_system_to_manage, grants_of, may_anywhere, systems_where, today
from members.models import Membership, Organisation, System
from members.models.succession import and_after
from members.roles import ROLES, May
from rounds.access import administered_by, facilitates, get_round_to_attend, rounds_to_arrange, rounds_to_attend
from rounds.models import Booking, Round, Series, Storyteller, TeamMember
from rounds.states import RoundState, Way
from rounds_site.kit.links import NotOurs, as_uuid, unsign
from rounds_site.kit.prepared import First, Slot
from rounds_site.kit.sight import seen_by

ICS = "ics-"
DOOR = "door"
AFTER = (RoundState.HELD, RoundState.CLOSED)


class RegisterClosed(Exception):
    """The link was good until the team closed the register: whoever helped may know that, and nothing else."""


def get_round_at_the_door(person, pk, *, now):
    """For the facilitators and helpers named in the Round's team, from any employer; their list of roles says nothing
    of it. 403 for whoever may know of the Round otherwise. Its `they_facilitate` says whether this person is a
    facilitator of it."""
    round = _round_of_the_team().run(round=pk, person=person.pk)
    if round is None:
        raise _not_of_the_team(person, pk, now)
    return round


@lru_cache(maxsize=1)
def _round_of_the_team():
    """Asked at every tap, so it is put together once."""
    here = {"round": OuterRef("pk"), "person": Slot("person", UUIDField())}
    team, facilitates = TeamMember.objects.standing().filter(**here), TeamMember.objects.facilitating().filter(**here)
    rounds = Round.objects.filter(Exists(team), pk=Slot("round", UUIDField())).exclude(state=RoundState.IDEA)
    # What the list looks at besides, at each tap too.
    rounds = rounds.select_related("system", "register", "venue", "feedback_box")
    return First(rounds.annotate(they_facilitate=Exists(facilitates)))


def _not_of_the_team(person, pk, now):
    # Not every page at the door has a sight of its own; a booking of theirs is one way to know of the Round.
    with seen_by(person):
        known = rounds_to_attend(person, now=now).filter(pk=pk), rounds_to_arrange(person, now=now).filter(pk=pk)
        return PermissionDenied() if any(rounds.exists() for rounds in known) else Http404()


def get_round_held(person, pk, *, now):
    """A Round that is over and of which it is still known who came; 404 for all others, and for outsiders."""
    round = get_round_to_attend(person, pk, now=now)
    if round.state not in (RoundState.PUBLISHED, *AFTER) or not round.ends_at <= now < round.kept_until:
        raise Http404
    return round


def get_round_to_come_into(person, pk, *, now):
    """A Round that people join by a link, for whoever has a place online, is in its team or tells a story there. 403
    for others who may know of it."""
    mine = {"round": OuterRef("pk"), "person": person}
    place = Booking.objects.with_a_place().filter(way=Way.ONLINE, **mine)
    in_team = TeamMember.objects.standing().filter(**mine)
    parts = Exists(place) | Exists(in_team) | Exists(Storyteller.objects.agreed().filter(**mine))
    rounds = Round.objects.that_one_can_join(Way.ONLINE).filter(parts).exclude(published_at=None)
    round = rounds.select_related("system").filter(pk=pk).first()
    if round is None:
        get_round_to_attend(person, pk, now=now)
        raise PermissionDenied
    return round


def came_to(person, round) -> bool:
    """Whether the person is ticked in on the list of the Round. Asked by themself alone."""
    return Attendance.objects.filter(round=round, person=person).exists()


def get_door_link(token, *, now):
    """The open link of that signed address. One that was withdrawn, has ended or never was is not here."""
    try:
        key = unsign(token, purpose=DOOR)
    except NotOurs:
        raise Http404 from None
    return _open_link(key, now)


def get_link_of_device(request, *, now):
    """The link by which this device was let in, as long as it is open."""
    return _open_link(as_uuid(request.session.get(DOOR)), now)


def _open_link(key, now):
    links = DoorLink.objects.select_related("made_by", "round__venue", "round__system", "round__register")
    link = links.open(now).filter(pk=key).first() if key else None
    if link is None:
        if key and links.shut(now).filter(pk=key).exists():
            raise RegisterClosed
        raise Http404
    return link


def get_questionnaire_to_manage(person, pk, *, now):
    """A version of the questions that the person's system wrote, or that past Rounds were entered with; with the system
    in which they look after it."""
    system = get_system_to_manage(person, May.MANAGE_ORGANISATIONS, now=now)
    questionnaire = Questionnaire.objects.known_to(system).filter(pk=pk).first()
    if questionnaire is None:
        raise Http404
    return system, questionnaire


def get_use_to_manage(person, pk, *, now):
    """A choice of questions of the system that the person looks after."""
    system = get_system_to_manage(person, May.MANAGE_ORGANISATIONS, now=now)
    use = QuestionnaireUse.objects.select_related("system", "questionnaire").filter(system=system, pk=pk).first()
    if use is None:
        raise Http404
    return use


def rounds_to_organise(person, *, now):
    """The Rounds a person runs or arranges, and the keys of those that they run; 403 for whoever has nothing to do with
    organising."""
    own = list(Round.objects.exclude(state=RoundState.IDEA).run_by(person).values_list("pk", flat=True))
    roles = (May.PLAN_ROUNDS, May.ARRANGE_ROUNDS, May.SEE_FIGURES)
    if not own and not any(may_anywhere(person, what, now=now) for what in roles):
        raise PermissionDenied
    # Found by their keys and by an index of their system, of which most rows may be ideas.
    arranged = administered_by(person, now) & Q(state__in=[state for state in RoundState if state != RoundState.IDEA])
    return Round.objects.filter(Q(pk__in=own) | arranged), own


def has_backfill(person, *, now) -> bool:
    """Whether there is a page of hours of cover for them: by their role alone, in no further query."""
    return any(may_anywhere(person, right, now=now) for right in (May.ASK_FOR_BACKFILL, May.PAY_BACKFILL))


def has_suggestions(person, *, now) -> bool:
    """Whether there is a page of suggestions for them: by their role alone, in no further query."""
    roles = grants_of(person, now=now)
    answers = any(each.role == "place_lead" or May.MANAGE_ORGANISATIONS in ROLES[each.role].may for each in roles)
    return answers or may_anywhere(person, May.PLAN_ROUNDS, now=now)


def get_round_to_report(person, pk, *, now) -> Round:
    """A Round that was held, for its facilitators and for those who steer its system, or what that became. 403 for
    others who may know of it."""
    with_hosts = Round.objects.select_related("system", "host_organisation", "host_place", "co_host")
    round = with_hosts.filter(pk=pk, state__in=AFTER).first()
    if round and facilitates(person, round):
        return round
    if round and and_after([round.system_id]) & {system.pk for system in systems_to_return(person, now=now)}:
        return round
    raise _not_of_the_team(person, pk, now)


def scopes_to_see(person, *, now):
    """The systems whose figures a person may see; 403 where there is none."""
    systems = systems_where(person, May.SEE_FIGURES, now=now)
    if not systems:
        raise PermissionDenied
    return systems


def only_place_of(person, *, now):
    """The one Place for which alone somebody sees figures, where they begin; else None."""
    places = {grant.place for grant in grants_of(person, now=now) if May.SEE_FIGURES in ROLES[grant.role].may}
    return places.pop() if len(places) == 1 else None


def get_scope_to_see(person, scope, *, now) -> System:
    """`scope` as it stands in the address: "ics-qyg". 404 for outsiders, 403 for those who work there without the
    right."""
    own = (each.system for each in grants_of(person, now=now) if May.SEE_FIGURES in ROLES[each.role].may)
    named = next((system for system in own if system and scope_of(system) == scope), None)
    return named or _scope(person, scope, set(systems_where(person, May.SEE_FIGURES, now=now)), now)


def get_series_to_see(person, pk, *, now) -> Series:
    """For those who see the figures of its system, or of what that became, and for whoever facilitates one of its
    Rounds; 404 and 403 as for the figures of its system."""
    series = Series.objects.select_related("system").filter(pk=pk).first()
    if series is None:
        raise Http404
    if not Round.objects.filter(series=series).run_by(person).exists():
        get_scope_to_see(person, scope_of(series.system), now=now)
    return series


def systems_to_return(person, *, now):
    """Those that the person steers as a whole: it is they who deal with a licensor."""
    grants = grants_of(person, now=now)
    return list({each.system: None for each in grants if each.system_id and May.STEER in ROLES[each.role].may})


def get_scope_to_return(person, scope, *, now) -> System:
    """A system, for whoever steers it or what it became; 404 and 403 as for its figures."""
    return _scope(person, scope, set(systems_to_return(person, now=now)), now)


def _scope(person, scope, theirs, now):
    code = scope.removeprefix(ICS)
    system = System.objects.filter(code__iexact=code).first() if scope.startswith(ICS) else None
    if system and (system in theirs or and_after([system.pk]) & {each.pk for each in theirs}):
        return system
    on = today(now)
    at_work = Membership.objects.in_force(on).filter(person=person)
    if system and at_work.filter(organisation__in=Organisation.objects.in_system(system, on=on)).exists():
        raise PermissionDenied
    raise Http404


def report_files_of(person, *, now):
    """Those that the person asked for, without what stands in them."""
    return ReportFile.objects.kept(now).filter(asked_by=person).defer("content").order_by("-created_at", "pk")


def get_report_file(person, scope, pk, *, now):
    """A report that is ready, for whoever asked for it and may see these figures still."""
    system = get_scope_to_see(person, scope, now=now)
    mine = report_files_of(person, now=now).of_system(system).defer(None)
    file = mine.filter(pk=pk, state=ReportState.READY).first()
    if file is None:
        raise Http404
    return file


def scope_of(system) -> str:
    return f"{ICS}{system.code.lower()}"
