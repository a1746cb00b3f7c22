"""Doors to Rounds: for those invited, those who run them and those who arrange them."""

from functools import lru_cache

from django.core.exceptions import PermissionDenied
from django.db.models import Case, DateField, Exists, OuterRef, Q, Subquery, UUIDField, When
from django.http import Http404

from members.access import grants_of, may_anywhere, organisations_where, systems_where, today
from members.models import Membership, Person, PlaceEdge, RoleGrant, System, SystemEdge
from members.roles import ROLES, May
from rounds_site.kit.prepared import First, Slot

from .models import (
    Approach,
    AvoidedDates,
    Backfill,
    Booking,
    DiaryEntry,
    DiaryFeed,
    Meeting,
    Needs,
    Offer,
    Round,
    RoundPartner,
    RoundTemplate,
    Storyteller,
    Suggestion,
    TeamMember,
    Theme,
    Venue,
)
from .models.keeping import still_kept
from .models.story import StoryReader
from .states import BookingState, RoundState

# Of statements that are put together once.
PERSON, ROUND = Slot("person", UUIDField()), Slot("round", UUIDField())


def rounds_to_attend(person, *, now):
    """Rounds that a person may see: those that invite an employer of theirs, those in which they have a booking or a
    part in the team. Ideas and plans are the team's own, so only Rounds that were published are here."""
    return _open_to(person, today(now))


def _open_to(person, on):
    return Round.objects.was_shown().filter(_invited_or_in_team(person, on) | Exists(_booked(person)))


def _booked(person):
    return Booking.objects.active().filter(round=OuterRef("pk"), person=person)


def _invited_or_in_team(person, on):
    employers = Membership.objects.in_force(on).filter(person=person).values("organisation")
    invited = RoundPartner.objects.filter(round=OuterRef("pk"), organisation__in=employers)
    in_team = TeamMember.objects.standing().filter(round=OuterRef("pk"), person=person)
    return Exists(invited) | Exists(in_team)


def get_round_to_attend(person, pk, *, now):
    """404 for everybody else, so that an outsider does not learn that the Round exists. The Round's `they_facilitate`
    says whether this person is a facilitator of it, `is_open_anyway` whether they see it without a booking too; and as
    after ``with_reserves_of`` it carries the ways in which a place is reserved for them."""
    on = today(now)
    round = _known_round().run(round=pk, person=person.pk, day=on)
    if round is None or not (round.is_open_anyway or round.is_booked):
        raise Http404
    if round.keeps_places:
        for way in round.kept_places.left_for_people_of(person, on=on).values_list("way", flat=True):
            setattr(round, f"reserved_{way}", True)
    return round


@lru_cache(maxsize=1)
def _known_round():
    """Asked at every booking, several times, so it is put together once; and each condition stands in it once, since
    PostgreSQL takes longer to plan it than to carry it out."""
    person, on = PERSON, Slot("day", DateField())
    facilitates = TeamMember.objects.facilitating().filter(round=OuterRef("pk"), person=person)
    rounds = Round.objects.was_shown().filter(pk=ROUND).select_related("venue", "system")
    return First(
        rounds.annotate(
            they_facilitate=Exists(facilitates),
            is_open_anyway=_invited_or_in_team(person, on),
            is_booked=Exists(_booked(person)),
        )
    )


def get_round_to_run(person, pk, *, now):
    """For the facilitators named in the Round's team, and nobody else: they see who booked."""
    round = _round_in_sight(person, pk, now)
    if not round.they_facilitate:
        raise PermissionDenied
    return round


def facilitates(person, round) -> bool:
    return TeamMember.objects.facilitating().filter(round=round, person=person).exists()


def get_round_with_panel(person, pk, *, now):
    """For the facilitators named in the Round's team. Whoever arranges it otherwise knows that there is a panel, and
    gets 403; to everybody else, staff whom it invites among them, this page does not exist."""
    rounds = Round.objects.select_related("venue", "system").filter(pk=pk)
    round = rounds.run_by(person).exclude(state=RoundState.IDEA).first()
    if round is None:
        if rounds_to_arrange(person, now=now).filter(pk=pk).exists():
            raise PermissionDenied
        raise Http404
    return round


def get_storyteller(person, round_pk, pk, *, now):
    """Somebody on the panel, for the facilitators of that Round. Its `they_read_it` says whether this facilitator was
    chosen to read what they wrote."""
    round = get_round_with_panel(person, round_pk, now=now)
    chosen = StoryReader.objects.filter(storyteller=OuterRef("pk"), person=person)
    panel = round.panel.shown(now).annotate(they_read_it=Exists(chosen)).with_steps()
    storyteller = panel.select_related("person", "round").filter(pk=pk).first()
    if storyteller is None:
        raise Http404
    return storyteller


def get_story_to_read(person, round_pk, pk, *, now):
    """Whoever its teller chose among the facilitators of that Round. The others of them get 403, whether anything is
    written or not."""
    storyteller = get_storyteller(person, round_pk, pk, now=now)
    if not storyteller.they_read_it:
        raise PermissionDenied
    return storyteller


def get_preparation(person, pk, *, now):
    """For the storyteller alone: facilitators have a page of their own, and nobody else learns that it exists."""
    mine = Storyteller.objects.shown(now).filter(person=person, pk=pk).with_steps()
    storyteller = mine.select_related("person", "round__venue", "round__system").first()
    if storyteller is None:
        raise Http404
    return storyteller


def get_meeting(person, pk, *, now):
    """For whoever is asked to it: that storyteller, or all who have said yes; and the facilitators. Its `they_run_it`
    says whether somebody is one of these."""
    meetings = Meeting.objects.filter(still_kept(now, "round__")).open_to(person)
    meeting = meetings.select_related("round", "storyteller").filter(pk=pk).first()
    if meeting is None:
        raise Http404
    return meeting


def get_round_to_arrange(person, pk, *, now):
    """For its facilitators, and for administrators of its system or host: the arrangements without who booked."""
    round = _round_in_sight(person, pk, now)
    if not rounds_to_arrange(person, now=now).filter(pk=round.pk).exists():
        raise PermissionDenied
    return round


def get_round_to_appoint_for(person, pk, *, now):
    """For administrators of its system or host: where nobody can run it they say who facilitates."""
    round = _round_in_sight(person, pk, now)
    if not Round.objects.filter(administered_by(person, now), pk=round.pk).exists():
        raise PermissionDenied
    return round


def people_to_appoint(person, round, *, now):
    """Who holds a role that lets them run Rounds where this one is at home; never whoever asks."""
    roles, on = [role.code for role in ROLES.values() if May.PLAN_ROUNDS in role.may], today(now)
    held = RoleGrant.objects.in_force(on).filter(_at_home(round, on), role__in=roles)
    people = Person.objects.filter(pk__in=held.values("person"), is_active=True)
    return people.exclude(pk=person.pk).order_by("name", "pk")


def _at_home(round, on):
    """A condition on roles: those in the host and around it; anywhere in its system where that is the host."""
    theirs = round.host_organisations
    if theirs or round.host_place_id:
        around = PlaceEdge.objects.in_force(on).filter(organisation__in=theirs).values("place")
        home = Q(system=round.system_id) | Q(organisation__in=theirs) | Q(place__in=around)
        return home | Q(place=round.host_place_id) if round.host_place_id else home
    return Q(pk__in=RoleGrant.objects.within(round.system, on=on).values("pk"))


def ideas_to_keep(person, *, now):
    """Ideas have no other page than their own: those who keep them see them, administrators of their system, and where
    nobody keeps one any more (`is_left`) whoever may plan Rounds there, so that it is not lost with who had it."""
    in_team = TeamMember.objects.facilitating().filter(round=OuterRef("pk"), person=person)
    keepers = TeamMember.objects.able(now).filter(round=OuterRef("pk"))
    to_take = Q(is_left=True, system__in=systems_where(person, May.PLAN_ROUNDS, now=now))
    ideas = Round.objects.ideas().annotate(is_left=~Exists(keepers)).select_related("system")
    return ideas.filter(Exists(in_team) | administered_by(person, now) | to_take)


def get_idea(person, pk, *, now):
    """404 for everybody else: nobody was told of it."""
    idea = ideas_to_keep(person, now=now).filter(pk=pk).first()
    if idea is None:
        raise Http404
    return idea


def rounds_to_arrange(person, *, now):
    in_team = TeamMember.objects.facilitating().filter(round=OuterRef("pk"), person=person)
    theirs = Round.objects.filter(Exists(in_team) | administered_by(person, now))
    return theirs.exclude(state=RoundState.IDEA).select_related(
        "venue", "system", "host_organisation", "host_place", "co_host"
    )


def administered_by(person, now):
    """A condition on Rounds: those that they arrange by a role of theirs."""
    systems, organisations = [], []
    for grant in grants_of(person, now=now):
        if May.ARRANGE_ROUNDS in ROLES[grant.role].may:
            systems.append(grant.system_id)
            organisations.append(grant.organisation_id)
    here = [pk for pk in organisations if pk]
    return Q(system__in=[pk for pk in systems if pk]) | Q(host_organisation__in=here) | Q(co_host__in=here)


def administers(person, round, *, now) -> bool:
    """The same of one Round, without a query."""
    return any(
        round.system_id == grant.system_id or grant.organisation_id in round.host_organisations
        for grant in grants_of(person, now=now)
        if May.ARRANGE_ROUNDS in ROLES[grant.role].may
    )


def _round_in_sight(person, pk, now):
    """A Round that the person may at least know of; else 404. It says whether they facilitate it."""
    own = TeamMember.objects.facilitating().filter(round=OuterRef("pk"), person=person)
    known = (rounds_to_attend(person, now=now) | rounds_to_arrange(person, now=now)).filter(pk=pk).select_related(None)
    known = known.annotate(they_facilitate=Exists(own))
    round = known.select_related("venue", "system", "host_organisation", "host_place", "co_host").first()
    if round is None:
        raise Http404
    return round


def systems_to_plan_in(person, *, now):
    """Where the person may plan Rounds; 403 where nowhere."""
    if not may_anywhere(person, May.PLAN_ROUNDS, now=now):
        raise PermissionDenied
    return systems_where(person, May.PLAN_ROUNDS, now=now)


SEES_THE_YEAR = (May.PLAN_ROUNDS, May.ARRANGE_ROUNDS, May.SEE_FIGURES)


def systems_to_see_the_year_of(person, *, now):
    """Where the person plans or arranges Rounds, or sees figures of them; 403 where nowhere. When there is a Round, of
    whom and in which room is no secret among them; what is the team's own stays so."""
    systems = systems_where(person, *SEES_THE_YEAR, now=now)
    if not systems:
        raise PermissionDenied
    return systems


def systems_to_keep_dates_of(person, *, now):
    """Where the person says which dates to avoid, and with what a plan may begin; 403 where nowhere."""
    systems = systems_where(person, *KEEPS_ROOMS, now=now)
    if not systems:
        raise PermissionDenied
    return systems


def get_dates_to_keep(person, pk, *, now):
    systems_to_keep_dates_of(person, now=now)
    found = dates_to_keep(person, now=now).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def dates_to_keep(person, *, now):
    """Dates to avoid that the person may take back: those of a partner, a Place or a system over which a role of theirs
    reaches. What is somebody else's they read, and no more."""
    grants = _keeping(person, now)
    return AvoidedDates.objects.filter(
        Q(system__in=[each.system_id for each in grants if each.system_id])
        | Q(place__in=[each.place_id for each in grants if each.place_id])
        | Q(organisation__in=organisations_where(person, *KEEPS_ROOMS, now=now).values("pk"))
    )


def _keeping(person, now):
    return [each for each in grants_of(person, now=now) if ROLES[each.role].may & set(KEEPS_ROOMS)]


def systems_to_keep_templates_of(person, *, now):
    """Where a role in the system itself says with what a plan begins: templates are everybody's there."""
    return System.objects.filter(pk__in=[each.system_id for each in _keeping(person, now) if each.system_id])


def get_template_to_keep(person, pk, *, now):
    """403 for whoever plans and arranges nowhere."""
    systems_to_keep_dates_of(person, now=now)
    systems = systems_to_keep_templates_of(person, now=now)
    found = RoundTemplate.objects.filter(system__in=systems, pk=pk).select_related("system").first()
    if found is None:
        raise Http404
    return found


KEEPS_ROOMS = (May.PLAN_ROUNDS, May.ARRANGE_ROUNDS)


def venues_to_see(person, *, now):
    """The rooms of all partners of the systems where the person plans or arranges Rounds, and those in which Rounds
    meet that they run; 403 where there are neither."""
    systems, mine = systems_where(person, *KEEPS_ROOMS, now=now), rounds_to_arrange(person, now=now)
    if not systems and not mine.exists():
        raise PermissionDenied
    here = SystemEdge.objects.in_force(today(now)).filter(system__in=systems, organisation=OuterRef("organisation"))
    used = mine.select_related(None).filter(venue=OuterRef("pk"))
    return Venue.objects.filter(Exists(here) | Exists(used)).select_related("organisation", "site")


def get_venue(person, pk, *, now):
    venue = venues_to_see(person, now=now).filter(pk=pk).first()
    if venue is None:
        raise Http404
    return venue


def partners_to_keep_rooms_of(person, *, now):
    """Those whose rooms the person adds, changes and ends; 403 where there are none."""
    partners = organisations_where(person, *KEEPS_ROOMS, now=now)
    if not partners.exists():
        raise PermissionDenied
    return partners


def get_venue_to_keep(person, pk, *, now):
    """A room that the person may change. Whoever only meets there, or plans for other partners, gets 403."""
    venue = get_venue(person, pk, now=now)
    if not keeps_rooms_of(person, venue.organisation, now=now):
        raise PermissionDenied
    return venue


def keeps_rooms_of(person, organisation, *, now):
    return organisations_where(person, *KEEPS_ROOMS, now=now).filter(pk=organisation.pk).exists()


def get_booking(person, round, *, and_what_it_leaves=False):
    """The person's own booking at a Round that stands, or None; on demand with `leaves_something`, whether a diary or
    the list of needs has to do with it."""
    return _known_booking(and_what_it_leaves).run(person=person.pk, round=round.pk)


@lru_cache(maxsize=2)
def _known_booking(and_what_it_leaves):
    mine = Booking.objects.active().filter(person=PERSON, round=ROUND).order_by("pk")
    if and_what_it_leaves:
        needs = Needs.objects.filter(round=OuterRef("round"), person=OuterRef("person"))
        entries = DiaryEntry.objects.open().filter(booking=OuterRef("pk"))
        mine = mine.annotate(leaves_something=Exists(needs) | Exists(entries))
    return First(mine)


def latest_booking(person, round):
    """The person's own booking at a Round that stands, or whose offer they did not answer in time; or None. `is_first`
    says whether they have no other, given back or not, that is still kept; `entry_at`, the address to which an entry
    went that lies in their diary, or None; `has_feed`, whether a diary of theirs fetches what they have."""
    latest = _latest_booking().run(person=person.pk, round=round.pk)
    return latest if latest and latest.state != BookingState.CANCELLED else None


@lru_cache(maxsize=1)
def _latest_booking():
    others = Booking.objects.filter(person=PERSON).exclude(pk=OuterRef("pk"))
    entries = DiaryEntry.objects.open().filter(booking=OuterRef("pk"))
    mine = Booking.objects.filter(person=PERSON, round=ROUND).annotate(
        is_first=~Exists(others),
        entry_at=Subquery(entries.values("address")),
        has_feed=Exists(DiaryFeed.objects.filter(person=PERSON)),
    )
    return First(mine.order_by("-queue_number"))


def get_diary_feed(token):
    """For whoever has its address. One that was ended, never was, or whose owner has no open account is not here."""
    feed = DiaryFeed.objects.at(token).filter(person__is_active=True).select_related("person").first()
    if feed is None:
        raise Http404
    return feed


def partners_to_ask_backfill_for(person, *, now):
    """Those for which the person asks for hours of cover; 403 where there are none."""
    partners = organisations_where(person, May.ASK_FOR_BACKFILL, now=now)
    if not partners.exists():
        raise PermissionDenied
    return partners


def systems_whose_backfill_one_pays(person, *, now) -> set:
    """Keys of systems in which the person says yes to hours of cover: by a role in the system itself."""
    grants = grants_of(person, now=now)
    return {grant.system_id for grant in grants if grant.system_id and May.PAY_BACKFILL in ROLES[grant.role].may}


def backfill_to_see(person, *, now):
    """What the person's partners asked for, and all of a system whose hours they pay, the latest first; 403 where there
    are neither."""
    asks = organisations_where(person, May.ASK_FOR_BACKFILL, now=now)
    pays = systems_whose_backfill_one_pays(person, now=now)
    if not pays and not asks.exists():
        raise PermissionDenied
    rows = Backfill.objects.filter(Q(organisation__in=asks.values("pk")) | Q(round__system__in=pays))
    hosts = ["round__host_organisation", "round__host_place"]
    return rows.select_related("round__system", *hosts, "organisation").order_by("-created_at", "pk")


def get_backfill(person, pk, *, now):
    """404 for what others asked for. Its `they_ask` and `they_pay` say on which side the person is, and
    `they_read_title` whether they may know what the Round is called: a plan that was never published is its team's."""
    row = backfill_to_see(person, now=now).filter(pk=pk).first()
    if row is None:
        raise Http404
    row.they_ask = organisations_where(person, May.ASK_FOR_BACKFILL, now=now).filter(pk=row.organisation_id).exists()
    row.they_pay = row.round.system_id in systems_whose_backfill_one_pays(person, now=now)
    row.they_read_title = row.round.was_shown or rounds_to_arrange(person, now=now).filter(pk=row.round_id).exists()
    return row


def asks_for_backfill(person, *, now) -> bool:
    return organisations_where(person, May.ASK_FOR_BACKFILL, now=now).exists()


FINDERS = [role.code for role in ROLES.values() if May.FIND_VOICES in role.may]


def finders_of(system, *, now):
    """Those who look for voices in a system: to them staff may write, and nobody else sees who was asked."""
    on = today(now)
    held = RoleGrant.objects.in_force(on).within(system, on=on).filter(role__in=FINDERS)
    return Person.objects.filter(pk__in=held.values("person"), is_active=True).order_by("name", "pk")


def systems_to_offer_a_story_in(person, *, now):
    """Those for whose partners the person works; none for whoever works for no partner."""
    on = today(now)
    jobs = Membership.objects.in_force(on).filter(person=person)
    edges = SystemEdge.objects.in_force(on).filter(organisation__in=jobs.values("organisation"))
    return System.objects.filter(pk__in=edges.values("system")).order_by("name")


def systems_to_find_voices_in(person, *, now):
    """403 where the person looks for voices nowhere."""
    systems = systems_where(person, May.FIND_VOICES, now=now)
    if not systems:
        raise PermissionDenied
    return systems


def _systems_of_voices(person, now):
    """The same, for a query to look into."""
    if not may_anywhere(person, May.FIND_VOICES, now=now):
        raise PermissionDenied
    return systems_where(person, May.FIND_VOICES, now=now)


def offers_to_read(person, *, now):
    """What was written to this person and to nobody beside them, in systems where they look for voices still."""
    here = systems_where(person, May.FIND_VOICES, now=now)
    return Offer.objects.standing(now).filter(reader=person, system__in=here).select_related("person", "system")


def approaches_to_see(person, *, now):
    """Whom somebody has asked, for those who ask too."""
    here = _systems_of_voices(person, now)
    return Approach.objects.standing(now).filter(system__in=here).select_related("person", "by", "system")


def get_approach(person, pk, *, now):
    found = approaches_to_see(person, now=now).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def themes_to_keep(person, *, now):
    return Theme.objects.filter(system__in=_systems_of_voices(person, now)).select_related("system")


def get_theme(person, pk, *, now):
    found = themes_to_keep(person, now=now).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def systems_to_suggest_in(person, *, now):
    """Where the person facilitates: by a role, or at a Round."""
    by_role = systems_where(person, May.PLAN_ROUNDS, now=now).values("pk")
    at_a_round = Round.objects.was_shown().run_by(person).values("system")
    return System.objects.filter(Q(pk__in=by_role) | Q(pk__in=at_a_round)).order_by("name")


def suggestions_to_see(person, *, now):
    """What was handed on where the person facilitates, and to whom they answer for; 403 where they do neither. Its
    `they_answer` says whether they answer it."""
    systems, answers = systems_to_suggest_in(person, now=now), _answered_by(person, now)
    if answers is None and not systems.exists():
        raise PermissionDenied
    theirs = Q(pk__in=[]) if answers is None else answers
    seen = Suggestion.objects.handed_on_in(systems, on=today(now)) | Suggestion.objects.filter(theirs)
    # Asked of the row itself: where it is asked of all rows that are theirs, PostgreSQL reads these first.
    rows = seen.annotate(they_answer=Case(When(theirs, then=True), default=False))
    return rows.select_related("organisation", "place").in_order()


def suggestions_waiting_for(person, *, now):
    """Those that wait for an answer of theirs. No letter says so: its day would say after which Round."""
    answers = _answered_by(person, now)
    return Suggestion.objects.none() if answers is None else Suggestion.objects.filter(answers, answer="")


def get_suggestion_to_answer(person, pk, *, now):
    """For whoever looks after the partner or leads the Place. Whoever may only read it gets 403."""
    found = suggestions_to_see(person, now=now).filter(pk=pk).first()
    if found is None:
        raise Http404
    if not found.they_answer:
        raise PermissionDenied
    return found


def _answered_by(person, now):
    """A condition on suggestions: those to a partner that the person looks after, to a Place that they lead, or to one
    of a system that they look after. None where there can be none."""
    grants = [each for each in grants_of(person, now=now) if May.ANSWER_SUGGESTIONS in ROLES[each.role].may]
    if not grants:
        return None
    systems = [each.system_id for each in grants if each.system_id]
    partners = SystemEdge.objects.in_force(today(now)).filter(system__in=systems).values("organisation")
    return (
        Q(organisation__in=[each.organisation_id for each in grants if each.organisation_id])
        | Q(organisation__in=partners)
        | Q(place__in=[each.place_id for each in grants if each.place_id])
        | Q(place__system__in=systems)
    )


def answers_to_read(person, *, now):
    """Answered, and shown to all who work in the system by whoever answered."""
    on = today(now)
    works = Membership.objects.in_force(on).filter(person=person).values("organisation")
    systems = SystemEdge.objects.in_force(on).filter(organisation__in=works).values("system")
    rows = Suggestion.objects.filter(shared=True).handed_on_in(systems, on=on)
    return rows.select_related("organisation", "place").in_order()
