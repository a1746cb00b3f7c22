"""Each door with its scope taken away: it lets anybody through to what was asked for."""

import sys

from django.db.models import Q, Value
from django.urls import get_resolver

from evaluation import access as evaluation
from evaluation.models import DoorLink, Questionnaire, QuestionnaireUse, ReportFile
from members import access as members
from members.models import (
    JoinRequest,
    ListedJob,
    Membership,
    Organisation,
    Person,
    Provider,
    RoleGrant,
    RoleProposal,
    System,
    Upload,
)
from rounds import access as rounds
from rounds.models import (
    Approach,
    AvoidedDates,
    Backfill,
    Booking,
    Meeting,
    Offer,
    Round,
    RoundTemplate,
    Series,
    Storyteller,
    Suggestion,
    Theme,
    Venue,
)
from tests.architecture.asking import routes_of


def a_round(person, pk, *, now):
    round = Round.objects.select_related("venue", "system", "host_organisation", "host_place").get(pk=pk)
    round.they_facilitate = False
    return round


def a_storyteller(person, round_pk, pk, *, now):
    return Storyteller.objects.annotate(they_read_it=Value(True)).select_related("person", "round").get(pk=pk)


def a_meeting(person, pk, *, now):
    meetings = Meeting.objects.annotate(they_run_it=Value(True))
    return meetings.select_related("round", "storyteller").get(pk=pk)


def all_rounds(person, *, now):
    return Round.objects.select_related("venue", "system", "host_organisation", "host_place")


def all_systems(person, *args, now):
    return System.objects.order_by("name")


def the_system(person, *args, now):
    return System.objects.get(code="QXV")


def all_organisations(person, *, now):
    return Organisation.objects.all()


def a_backfill(person, pk, *, now):
    row = Backfill.objects.select_related("round__system").get(pk=pk)
    row.they_ask = row.they_pay = row.they_read_title = False
    return row


def all_suggestions(person, *, now):
    return Suggestion.objects.annotate(they_answer=Value(True)).select_related("organisation", "place").in_order()


# (module, door): the door without its scope, and a route on which the table sees that it is gone.
UNSCOPED = {
    (rounds, "rounds_to_attend"): (all_rounds, "find_rounds"),
    (rounds, "get_round_to_attend"): (a_round, "cancel_place"),
    (rounds, "get_round_to_run"): (a_round, "round_bookings"),
    (rounds, "get_round_with_panel"): (a_round, "round_panel"),
    (rounds, "get_storyteller"): (
        a_storyteller,
        "round_storyteller",
    ),
    (rounds, "get_story_to_read"): (
        a_storyteller,
        "round_story",
    ),
    (rounds, "get_preparation"): (
        lambda person, pk, *, now: Storyteller.objects.select_related("person", "round__venue").get(pk=pk),
        "preparation",
    ),
    (rounds, "get_meeting"): (a_meeting, "meeting_file"),
    (rounds, "get_round_to_arrange"): (a_round, "round_details"),
    (rounds, "get_round_to_appoint_for"): (a_round, "name_facilitator"),
    (rounds, "people_to_appoint"): (lambda person, round, *, now: Person.objects.order_by("name"), "name_facilitator"),
    (rounds, "ideas_to_keep"): (lambda person, *, now: Round.objects.ideas().select_related("system"), "idea"),
    (rounds, "get_idea"): (a_round, "idea"),
    (rounds, "rounds_to_arrange"): (all_rounds, "round_workspace"),
    (rounds, "systems_to_plan_in"): (all_systems, "plan_round"),
    (rounds, "systems_to_see_the_year_of"): (all_systems, "planner"),
    (rounds, "systems_to_keep_dates_of"): (all_systems, "avoid_dates"),
    (rounds, "dates_to_keep"): (lambda person, *, now: AvoidedDates.objects.all(), "take_back_dates"),
    (rounds, "systems_to_keep_templates_of"): (all_systems, "change_round_template"),
    (rounds, "get_dates_to_keep"): (
        lambda person, pk, *, now: AvoidedDates.objects.get(pk=pk),
        "take_back_dates",
    ),
    (rounds, "get_template_to_keep"): (
        lambda person, pk, *, now: RoundTemplate.objects.select_related("system").get(pk=pk),
        "change_round_template",
    ),
    (rounds, "systems_to_offer_a_story_in"): (all_systems, "tell_a_story"),
    (rounds, "systems_to_find_voices_in"): (all_systems, "note_approach"),
    (rounds, "offers_to_read"): (lambda person, *, now: Offer.objects.select_related("person", "system"), "voices"),
    (rounds, "approaches_to_see"): (
        lambda person, *, now: Approach.objects.select_related("person", "by", "system"),
        "voices",
    ),
    (rounds, "get_approach"): (lambda person, pk, *, now: Approach.objects.get(pk=pk), "take_out_approach"),
    (rounds, "themes_to_keep"): (lambda person, *, now: Theme.objects.select_related("system"), "themes"),
    (rounds, "get_theme"): (lambda person, pk, *, now: Theme.objects.select_related("system").get(pk=pk), "theme"),
    (rounds, "backfill_to_see"): (lambda person, *, now: Backfill.objects.select_related("round__system"), "backfill"),
    (rounds, "get_backfill"): (a_backfill, "backfill_case"),
    (rounds, "partners_to_ask_backfill_for"): (all_organisations, "ask_backfill"),
    (rounds, "systems_to_suggest_in"): (all_systems, "hand_on_suggestion"),
    (rounds, "suggestions_to_see"): (all_suggestions, "suggestions"),
    (rounds, "get_suggestion_to_answer"): (
        lambda person, pk, *, now: Suggestion.objects.get(pk=pk),
        "answer_suggestion",
    ),
    (rounds, "answers_to_read"): (all_suggestions, "you_said"),
    (rounds, "venues_to_see"): (lambda person, *, now: Venue.objects.select_related("organisation", "site"), "venues"),
    (rounds, "get_venue"): (lambda person, pk, *, now: Venue.objects.get(pk=pk), "venue"),
    (rounds, "partners_to_keep_rooms_of"): (all_organisations, "add_venue"),
    (rounds, "get_venue_to_keep"): (lambda person, pk, *, now: Venue.objects.get(pk=pk), "change_venue"),
    (rounds, "get_booking"): (
        lambda person, round: Booking.objects.active().filter(round=round).first(),
        "diary_file",
    ),
    (evaluation, "get_round_at_the_door"): (a_round, "round_door"),
    (evaluation, "get_round_held"): (a_round, "certificate"),
    (evaluation, "get_round_to_come_into"): (a_round, "come_in"),
    (rounds, "facilitates"): (lambda person, round: True, "round_report"),
    (evaluation, "rounds_to_organise"): (lambda person, *, now: (all_rounds(person, now=now), []), "organise"),
    (evaluation, "scopes_to_see"): (all_systems, "figures"),
    (evaluation, "get_report_file"): (
        lambda person, scope, pk, *, now: ReportFile.objects.get(pk=pk),
        "report_file",
    ),
    (evaluation, "get_scope_to_see"): (lambda person, scope, *, now: System.objects.get(code="QXV"), "dashboard"),
    (evaluation, "get_round_to_report"): (a_round, "round_report"),
    (evaluation, "get_series_to_see"): (
        lambda person, pk, *, now: Series.objects.select_related("system").get(pk=pk),
        "series_figures",
    ),
    (evaluation, "systems_to_return"): (lambda person, *, now: list(System.objects.order_by("name")), "returns"),
    (evaluation, "get_scope_to_return"): (lambda person, scope, *, now: System.objects.get(code="QXV"), "returns"),
    (members, "organisations_to_manage"): (all_organisations, "manage_organisations"),
    (members, "organisations_to_read"): (all_organisations, "manage_organisation"),
    (members, "get_organisation_to_read"): (
        lambda person, code, *, now: Organisation.objects.get(code=code),
        "manage_organisation",
    ),
    (members, "organisations_to_join"): (all_organisations, "where_you_work"),
    (members, "get_organisation_to_join"): (
        lambda person, code, *, now: Organisation.objects.get(code=code),
        "work_here",
    ),
    (members, "get_own_membership"): (lambda person, pk, *, now: Membership.objects.get(pk=pk), "leave_work"),
    (members, "jobs_to_confirm"): (
        lambda person, *, now: ListedJob.objects.select_related("organisation"),
        "your_details",
    ),
    (members, "get_job_to_confirm"): (lambda person, pk, *, now: ListedJob.objects.get(pk=pk), "answer_list"),
    (members, "get_membership_to_end"): (
        lambda person, pk, membership, *, now: Membership.objects.get(pk=membership),
        "end_membership",
    ),
    (members, "get_request_to_decide"): (
        lambda person, pk, *, now: JoinRequest.objects.get(pk=pk),
        "manage_request",
    ),
    (members, "proposals_to_confirm"): (
        lambda person, *, now: RoleProposal.objects.select_related("person", "proposed_by", "system"),
        "manage",
    ),
    (members, "get_proposal_to_decide"): (
        lambda person, pk, proposal, *, now: RoleProposal.objects.get(pk=proposal),
        "confirm_role",
    ),
    (members, "get_facilitator_to_manage"): (
        lambda person, pk, *, now: Person.objects.get(pk=pk),
        "manage_training",
    ),
    (members, "mentors_to_name"): (
        lambda person, facilitator, *, now: Person.objects.order_by("name", "pk"),
        "manage_training",
    ),
    (evaluation, "get_link_of_device"): (
        lambda request, *, now: DoorLink.objects.select_related("made_by", "round").get(),
        "device_door",
    ),
    (members, "requests_to_decide"): (lambda person, *, now: JoinRequest.objects.waiting(), "manage_people:unsearched"),
    (members, "get_provider_to_manage"): (
        lambda person, code, *, now: Provider.objects.get(code=code),
        "manage_provider",
    ),
    (members, "logs_to_read"): (lambda person, *, moment, now: ~Q(pk=None), "manage_audit"),
    (members, "get_organisation_to_manage"): (
        lambda person, code, *, now: Organisation.objects.get(code=code),
        "manage_staff_numbers",
    ),
    (members, "get_system_to_manage"): (the_system, "manage_settings"),
    (members, "get_system_to_license"): (the_system, "manage_licence"),
    (evaluation, "get_questionnaire_to_manage"): (
        lambda person, pk, *, now: (System.objects.get(code="QXV"), Questionnaire.objects.get(pk=pk)),
        "manage_questionnaire",
    ),
    (evaluation, "get_use_to_manage"): (
        lambda person, pk, *, now: QuestionnaireUse.objects.get(pk=pk),
        "take_back_questions",
    ),
    (members, "get_scope_to_look_after"): (the_system, "manage"),
    (members, "people_to_manage"): (lambda person, *, now: Person.objects.all(), "manage_people"),
    (members, "get_person_to_manage"): (
        lambda person, pk, *, now: Person.objects.get(pk=pk),
        "manage_person_role",
    ),
    (members, "jobs_to_read"): (lambda person, *, now: Membership.objects.all(), "manage_person:of two employers"),
    (members, "roles_to_read"): (lambda person, *, now: RoleGrant.objects.all(), "manage_person:of two employers"),
    (members, "staff_lists_to_import"): (all_organisations, "staff_list_template"),
    (members, "get_upload"): (lambda person, kind, *, now: Upload.objects.filter(kind=kind).first(), "preview_staff"),
}
# Doors that anybody may pass who holds the token in its address.
OPEN_DOORS = {"get_join_link", "get_invitation", "get_door_link", "get_diary_feed"}


def doors():
    """(module, name) of everything in the access modules that answers who may see what."""
    for module in (members, rounds, evaluation):
        for name, thing in vars(module).items():
            own = callable(thing) and getattr(thing, "__module__", "") == module.__name__
            if own and (name.startswith("get_") or "_to_" in name or name == "facilitates"):
                yield module, name


def take_out(door, replacement, patch):
    """Wherever a module has taken the door in by name, too. All of them are there by then: one that came later would
    keep what it found."""
    list(routes_of(get_resolver()))
    module, name = door
    original = getattr(module, name)
    for each in list(sys.modules.values()):
        if getattr(each, "__name__", "").split(".")[0] in ("members", "rounds", "evaluation", "rounds_site"):
            for known, thing in list(vars(each).items()):
                if thing is original:
                    patch.setattr(each, known, replacement)
