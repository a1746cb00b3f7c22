"""Who may open what: one line for each route, written by hand. Whoever a line does not name gets 404.

Askers are those of ``tests.architecture.realm``; the Rounds, people and pages asked for are Acornfield's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from members.roles import ROLES, Scope
from tests.architecture.realm import NEAR

IN, SIGN_IN, FORBIDDEN, NOT_FOUND, NOT_ALLOWED = "in", "sign in", 403, 404, 405


def of(*roles, near=(*NEAR, "system")):
    return {name for name in ASKERS for role in roles for where in near if name == f"{role}, {where}"}


ASKERS = [
    *("anonymous", "device", "closed account", "booked", "helper", "runs it", "storyteller"),
    *(f"{role}, {near}" for near in NEAR for role in ("staff", "ended", *ROLES)),
    *(f"{code}, system" for code, role in ROLES.items() if len(role.scopes) > 1 and Scope.SYSTEM in role.scopes),
]
NOBODY = set()
ANYBODY = set(ASKERS)
STRANGERS = {"anonymous", "device", "closed account"}
SIGNED_IN = ANYBODY - STRANGERS

ACORNFIELD = {"booked"} | of("staff", "ended", *ROLES, near=["same"])
FAR = of("staff", "ended", *ROLES, near=["elsewhere"]) | {"storyteller"}
RUNS, DOOR, TELLER = {"runs it"}, {"runs it", "helper"}, {"storyteller"}
INVITED = ACORNFIELD | DOOR
ADMINISTERS = of("administrator", near=["same", "system"])
ARRANGES = RUNS | ADMINISTERS
KNOWS = INVITED | ARRANGES

PLANS = of("facilitator", "clinical_lead")
SEES_FIGURES = PLANS | of("ics_lead", "place_lead", "sponsor", "steering_group")
MANAGES_PEOPLE = of("administrator", "ics_lead")
MANAGES_SYSTEM = of("ics_lead") | of("administrator", near=["system"])
MANAGES_ACORNFIELD = ADMINISTERS | of("ics_lead", near=["same", "other"])
READS_LOGS = of("governance_lead")
ASKS_FOR_COVER = of("administrator")


SUGGESTS = PLANS | RUNS
ANSWERS = MANAGES_PEOPLE | of("place_lead")
READS_SUGGESTIONS = (SUGGESTS - FAR) | MANAGES_ACORNFIELD
# They hand on or answer suggestions, and not this one.
ELSEWHERE_WITH_SUGGESTIONS = (SUGGESTS | ANSWERS) - READS_SUGGESTIONS
NEARBY = ACORNFIELD | DOOR | MANAGES_ACORNFIELD


@dataclass(frozen=True)
class Route:
    """`get` and `post` say what each asker meets. The arguments of the address come from `args`, a form from `data`.

    `shows` may read words of Acornfield's own there, `names` people's names, `words` what somebody wrote in feedback
    or of a story.
    """

    get: dict
    post: dict
    shows: set
    names: set = field(default_factory=set)
    words: set = field(default_factory=set)
    args: Callable = lambda realm: {}
    data: Callable = lambda realm: {}
    query: str = ""


def met_by(inside, refused):
    """{asker: what they meet} where one has to sign in."""
    met = dict.fromkeys(ASKERS, NOT_FOUND) | dict.fromkeys(refused, FORBIDDEN) | dict.fromkeys(inside, IN)
    return met | dict.fromkeys(STRANGERS, SIGN_IN)


def page(inside, refused=NOBODY, *, shows=None, **more):
    """A page with a form, or an action that looks at its door before anything else."""
    met = met_by(inside, refused)
    return Route(met, met, inside & NEARBY if shows is None else shows, **more)


def sheet(inside, refused=NOBODY, *, shows=None, **more):
    """A page that is only read."""
    return Route(met_by(inside, refused), ONLY_READ, inside & NEARBY if shows is None else shows, **more)


def act(inside, refused=NOBODY, *, shows=None, **more):
    """An action alone: a GET, as of whoever had to sign in first, does nothing and leads to a page."""
    return Route(LED_ON, met_by(inside, refused), inside & NEARBY if shows is None else shows, **more)


def public(*, reads_only=True, shows=NOBODY, **more):
    """Open to anybody."""
    return Route(OPEN, ONLY_READ if reads_only else OPEN, shows, **more)


OPEN = dict.fromkeys(ASKERS, IN)
ONLY_READ = dict.fromkeys(ASKERS, NOT_ALLOWED)
LED_ON = OPEN | dict.fromkeys(STRANGERS, SIGN_IN)


ONLY_ACTS = dict.fromkeys(ASKERS, NOT_ALLOWED)
DEVICE = {"device"}
THE_DEVICE = dict.fromkeys(ASKERS, NOT_FOUND) | {"device": IN}


def tap(data):
    """What the device at the door may do."""
    return Route(ONLY_ACTS, THE_DEVICE, shows=DEVICE, names=DEVICE, data=data)


TO_THE_CODE = Route(dict.fromkeys(ASKERS, SIGN_IN), dict.fromkeys(ASKERS, SIGN_IN), NOBODY)


# --- What is asked for --------------------------------------------------------------------------


def today(realm):
    return {"pk": realm.today.pk}


def coming(realm):
    return {"pk": realm.coming.pk}


def the_cover(realm):
    return {"pk": realm.cover.pk}


def paid(realm):
    return {"to": "paid"}


def closed(realm):
    return {"pk": realm.closed.pk}


def teller(realm):
    return {"pk": realm.today.pk, "storyteller": realm.teller.pk}


def own_preparation(realm):
    return {"pk": realm.own_teller.pk}


def acornfield(realm):
    return {"code": realm.acornfield.code}


def the_system(realm):
    return {"scope": "ics-qxv"}


def the_series(realm):
    return {"pk": realm.coming.series_id}


def the_place(realm):
    return the_system(realm) | {"place": realm.place.code}


def the_partner(realm):
    return the_system(realm) | {"code": realm.acornfield.code}


def the_idea(realm):
    return {"pk": realm.idea.pk}


def the_theme(realm):
    return {"pk": realm.theme.pk}


def the_steering(realm):
    return {"pk": realm.agreed.meeting_id}


def the_room(realm):
    return {"pk": realm.coming.venue_id}


def the_passkey(realm):
    return {"pk": realm.passkey.pk}


def the_provider(realm):
    return {"code": realm.provider.code}


def the_questions(realm):
    return {"pk": realm.questions.pk}


def the_staff(realm):
    return {"pk": realm.staff.pk}


# --- Who gets where -----------------------------------------------------------------------------

RUN_IT = {"inside": RUNS, "refused": KNOWS - RUNS}
ARRANGE_IT = {"inside": ARRANGES, "refused": KNOWS - ARRANGES}
KEEPS_IDEA = RUNS | of("administrator", near=["system"])
AT_THE_DOOR = {"inside": DOOR, "refused": KNOWS - DOOR}
SEE_ITS_PANEL = {"inside": RUNS, "refused": ARRANGES - RUNS}
APPOINT = {"inside": ADMINISTERS, "refused": ACORNFIELD - ADMINISTERS}
KEEP_ACORNFIELD = {"inside": MANAGES_ACORNFIELD, "refused": ACORNFIELD - MANAGES_PEOPLE}
SECOND_PERSON = {
    "inside": MANAGES_SYSTEM - FAR,
    "refused": SIGNED_IN - MANAGES_PEOPLE | of("administrator", near=["same"]),
}
OWN_FACTS = ACORNFIELD | DOOR | TELLER
MERGE_ACORNFIELD = {
    "inside": MANAGES_SYSTEM - FAR,
    "refused": ACORNFIELD - MANAGES_PEOPLE | of("administrator", near=["same"]),
}
KEEP_SYSTEM = {"inside": MANAGES_SYSTEM, "refused": SIGNED_IN - MANAGES_SYSTEM}
KEEP_LICENCE = {
    "inside": MANAGES_SYSTEM - FAR,
    "refused": SIGNED_IN - MANAGES_SYSTEM,
    "args": lambda realm: {"code": realm.system.code},
}
QUESTIONS = {"inside": MANAGES_SYSTEM - FAR, "refused": SIGNED_IN - MANAGES_SYSTEM}
KEEP_LETTERS = {
    "inside": of("administrator", near=["system"]),
    "refused": SIGNED_IN - of("administrator", near=["system"]),
}
KEEP_PEOPLE = {"inside": MANAGES_PEOPLE, "refused": SIGNED_IN - MANAGES_PEOPLE}
KEEP_A_PERSON = {"inside": MANAGES_ACORNFIELD, "refused": SIGNED_IN - MANAGES_PEOPLE}
ORGANISES = SEES_FIGURES | of("administrator") | RUNS
COMES_IN = {"booked"} | DOOR | TELLER
IN_THE_SYSTEM = SIGNED_IN - FAR
FINDS_VOICES = PLANS - FAR
FIND_VOICES = {"inside": PLANS, "refused": SIGNED_IN - PLANS, "shows": FINDS_VOICES}
FIND_THESE_VOICES = FIND_VOICES | {"inside": FINDS_VOICES}
PLANS_OR_ARRANGES = PLANS | of("administrator")
# Rooms of the whole system are seen by whoever plans anywhere in it, and changed where their role reaches.
ROOMS_NEAR = (PLANS_OR_ARRANGES - FAR) | RUNS
SEE_ROOMS = {
    "inside": PLANS_OR_ARRANGES | RUNS,
    "refused": SIGNED_IN - PLANS_OR_ARRANGES - RUNS,
    "shows": ROOMS_NEAR,
}
SEES_THE_YEAR = SEES_FIGURES | of("administrator")
SEE_THE_YEAR = {"inside": SEES_THE_YEAR, "refused": SIGNED_IN - SEES_THE_YEAR, "shows": SEES_THE_YEAR - FAR}
KEEP_DATES = {
    "inside": PLANS_OR_ARRANGES,
    "refused": SIGNED_IN - PLANS_OR_ARRANGES,
    "shows": PLANS_OR_ARRANGES - FAR,
}
KEEP_THESE_DATES = {
    "inside": of("facilitator", "clinical_lead", "administrator", near=["same", "system"]),
    "refused": SIGNED_IN - PLANS_OR_ARRANGES,
    "shows": PLANS_OR_ARRANGES - FAR,
}
STEERS = of("ics_lead") | of("administrator", "sponsor", "steering_group", near=["system"])
STEER = {"inside": STEERS, "refused": SIGNED_IN - STEERS, "shows": STEERS - FAR}
STEER_THIS = STEER | {"inside": STEERS - FAR}
KEEPS_TEMPLATES = of("facilitator", "clinical_lead", "administrator", near=["system"])
KEEP_TEMPLATES = {
    "inside": KEEPS_TEMPLATES,
    "refused": SIGNED_IN - PLANS_OR_ARRANGES,
    "shows": PLANS_OR_ARRANGES - FAR,
}
KEEPS_ROOMS = of("facilitator", "clinical_lead", "administrator", near=["same", "system"])
KEEP_ROOM = {
    "inside": KEEPS_ROOMS,
    "refused": SIGNED_IN - (PLANS_OR_ARRANGES & FAR) - KEEPS_ROOMS,
    "shows": KEEPS_ROOMS,
}
# Of one Round: its facilitators, and those who steer the system.
REPORTS = RUNS | (STEERS - FAR)
REPORT = {"inside": REPORTS, "refused": KNOWS - REPORTS}
RETURN = {"inside": STEERS - FAR, "refused": IN_THE_SYSTEM - STEERS}
SEE_FIGURES = {"inside": SEES_FIGURES - FAR, "refused": IN_THE_SYSTEM - SEES_FIGURES}
SEE_A_SERIES = {"inside": (SEES_FIGURES - FAR) | RUNS, "refused": IN_THE_SYSTEM - SEES_FIGURES - RUNS}

ROUTES = {
    # Anybody
    "home": public(shows=INVITED | ADMINISTERS, reads_only=True),
    "privacy": public(),
    "accessibility": public(),
    "healthz": public(),
    "readyz": Route(dict.fromkeys(ASKERS, 503), ONLY_READ, NOBODY),  # no worker runs beside this test
    "metrics": public(),  # to this machine, which all askers of this test are
    "what_happens": public(),
    "release_letter": public(),
    "support": public(),
    "promises": public(shows=ANYBODY),
    "each_box": public(),
    "figures_how_to_read": public(),
    "feedback": public(reads_only=False),
    "feedback_given": public(),
    "check_certificate": public(reads_only=False),
    "join": public(reads_only=False, shows=ANYBODY, args=lambda realm: {"token": realm.link.token}),
    "stop": public(reads_only=False, args=lambda realm: {"token": realm.stop_token}),
    # Ways in. There are no passwords: what would use or change one leads to the code.
    "account_login": TO_THE_CODE,
    "account_reauthenticate": TO_THE_CODE,
    "account_change_password": TO_THE_CODE,
    "account_set_password": TO_THE_CODE,
    "account_reset_password": TO_THE_CODE,
    "account_reset_password_done": TO_THE_CODE,
    "account_reset_password_from_key": replace(TO_THE_CODE, args=lambda realm: {"uidb36": "1", "key": "a-b"}),
    "account_reset_password_from_key_done": TO_THE_CODE,
    "account_signup": public(reads_only=False),
    "account_inactive": public(),
    "account_logout": public(reads_only=False),
    "account_request_login_code": public(reads_only=False),
    "account_confirm_login_code": Route(LED_ON, LED_ON, NOBODY),
    "account_email_verification_sent": public(reads_only=False),
    "account_email": page(SIGNED_IN, shows=NOBODY),
    "session_left": public(reads_only=False),
    # Nobody answers at its issuer: whoever comes from there is asked to sign in some other way.
    "sign_in_with": Route(OPEN, OPEN | dict.fromkeys(STRANGERS, SIGN_IN), NOBODY, args=the_provider),
    "openid_connect_callback": replace(TO_THE_CODE, args=lambda realm: {"provider_id": realm.provider.code}),
    "your_ways_in": sheet(SIGNED_IN, shows=NOBODY),
    "sign_out_everywhere": Route(LED_ON, dict.fromkeys(ASKERS, SIGN_IN), NOBODY),
    "look": public(args=lambda realm: {"colour": realm.system.colour.removeprefix("#")}),
    "logo": public(args=lambda realm: {"digest": realm.logo.digest}),
    "mfa_index": sheet(SIGNED_IN, shows=NOBODY),
    "mfa_authenticate": public(reads_only=False),
    "mfa_login_webauthn": public(reads_only=False),
    "mfa_activate_totp": page(SIGNED_IN, shows=NOBODY),
    "mfa_deactivate_totp": page(NOBODY),  # none of the askers has an app
    "mfa_view_recovery_codes": sheet(NOBODY),
    "mfa_generate_recovery_codes": page(SIGNED_IN, shows=NOBODY),
    "mfa_download_recovery_codes": page(NOBODY),
    "mfa_list_webauthn": sheet(SIGNED_IN, shows=NOBODY),
    "mfa_add_webauthn": page(SIGNED_IN, shows=NOBODY),
    "mfa_edit_webauthn": page(NOBODY, args=the_passkey),
    "mfa_remove_webauthn": page(NOBODY, args=the_passkey),
    "invited": public(reads_only=False, shows=ANYBODY, args=lambda realm: {"token": realm.invitation_token}),
    "where_you_work": sheet(SIGNED_IN, shows={"staff, other"}),  # whose address Acornfield approves
    "not_listed": page(SIGNED_IN, shows=NOBODY),
    "my_request": page(SIGNED_IN, shows=NOBODY, names={"staff, other"}),
    "withdraw_request": act(SIGNED_IN, shows=NOBODY),
    "work_here": page({"staff, other"}, shows={"staff, other"}, args=acornfield),
    # Staff
    "find_rounds": sheet(SIGNED_IN, shows=INVITED),
    "you_said": sheet(SIGNED_IN, shows=SIGNED_IN - FAR),
    "my_rounds": sheet(SIGNED_IN, shows={"booked", "storyteller"} | DOOR),
    "your_details": page(SIGNED_IN, shows=ACORNFIELD),
    "your_invitations": act(SIGNED_IN),
    "answer_list": act({"staff, same"}, args=lambda realm: {"pk": realm.listed_job.pk}),
    "leave_work": page({"staff, same"}, args=lambda realm: {"pk": realm.own_job.pk}),
    "your_letters": page(SIGNED_IN, shows=NOBODY),
    "all_we_hold": page(SIGNED_IN, shows=OWN_FACTS, names={"staff, other"}),
    "all_we_hold_file": page(SIGNED_IN, shows=OWN_FACTS, names={"staff, other"}),
    "erase": page(SIGNED_IN, shows=OWN_FACTS),
    "come_in": page(COMES_IN, INVITED - COMES_IN, shows=COMES_IN, args=lambda realm: {"pk": realm.online.pk}),
    "certificate": page(INVITED, shows=NOBODY, args=closed),
    "say_where": act(INVITED, args=today),
    "round_page": sheet(INVITED, args=today),
    "book": act(INVITED, args=coming),
    "take_place": act(INVITED, args=coming),
    "leave_waiting_list": act(INVITED, args=coming),
    "come_either_way": act(INVITED, args=coming),
    "add_to_diary": act(INVITED, args=today),
    "take_out_of_diary": act(INVITED, args=today),
    "diary_file": sheet({"booked"}, args=today),
    "make_diary_feed": act(SIGNED_IN, shows=NOBODY),
    "end_diary_feed": act(SIGNED_IN, shows={"booked", "storyteller"} | DOOR),
    "diary_feed": public(shows=ANYBODY, args=lambda realm: {"token": realm.diary_token}),  # of whoever is booked
    "needs": page(INVITED, args=today),
    "tell_a_story": page(SIGNED_IN, shows=IN_THE_SYSTEM),
    "take_back_offer": act(SIGNED_IN, shows=NOBODY),
    "leave_voices": act(SIGNED_IN, shows=NOBODY),
    "suggest_theme": page(SIGNED_IN, shows=NOBODY),
    "cancel_place": page(INVITED, args=today),
    # The storyteller alone
    "preparation": sheet(TELLER, shows=TELLER, args=own_preparation),
    "answer_preparation": act(TELLER, args=own_preparation),
    "my_story": page(TELLER, shows=TELLER, words=TELLER, args=own_preparation),
    "share_story": act(TELLER, shows=TELLER, words=TELLER, args=own_preparation),
    "stop_sharing_story": act(TELLER, args=lambda realm: own_preparation(realm) | {"reader": realm.reader.pk}),
    "delete_story": act(TELLER, args=own_preparation),
    "allow_uses": act(TELLER, args=own_preparation),
    # Whoever presses it reads the same, so that nobody learns whether somebody else has gone.
    "step_back": Route(met_by(TELLER, NOBODY), LED_ON, TELLER, args=own_preparation),
    # Whoever prepares together
    "answer_meeting": act(RUNS | TELLER, args=lambda realm: {"pk": realm.meeting_of_all.pk}),
    "meeting_file": sheet(RUNS | TELLER, args=lambda realm: {"pk": realm.meeting.pk}),
    # Organisers
    "organise": sheet(ORGANISES, SIGNED_IN - ORGANISES),
    "plan_round": page(PLANS, SIGNED_IN - PLANS),
    "plan_round:step": page(PLANS, SIGNED_IN - PLANS, args=lambda realm: {"step": "format"}),
    # Facts about the Rounds of a system are read by whoever plans, arranges or answers for some in it.
    "planner": sheet(**SEE_THE_YEAR),
    "programme": sheet(**SEE_THE_YEAR),
    "new_hosts": sheet(**STEER),
    "add_new_host": act(**STEER),
    "set_new_host": act(**STEER_THIS, args=lambda realm: {"pk": realm.new_host.pk}),
    "steering": sheet(**STEER),
    "plan_steering": act(**STEER),
    "steering_meeting": page(**STEER_THIS, args=the_steering),
    "note_steering": act(**STEER_THIS, args=the_steering),
    "set_steering": act(**STEER_THIS, args=lambda realm: the_steering(realm) | {"line": realm.agreed.pk}),
    "avoid_dates": page(**KEEP_DATES),
    "take_back_dates": act(**KEEP_THESE_DATES, args=lambda realm: {"pk": realm.avoided.pk}),
    "round_templates": sheet(**KEEP_DATES),
    "add_round_template": page(**KEEP_TEMPLATES, args=lambda realm: {"code": "qxv"}),
    "change_round_template": page(**KEEP_TEMPLATES, args=lambda realm: {"pk": realm.template.pk}),
    "remove_round_template": act(**KEEP_TEMPLATES, args=lambda realm: {"pk": realm.template.pk}),
    "backfill": sheet(MANAGES_PEOPLE, SIGNED_IN - MANAGES_PEOPLE, shows=MANAGES_ACORNFIELD),
    "backfill_file": act(MANAGES_PEOPLE, SIGNED_IN - MANAGES_PEOPLE, shows=MANAGES_ACORNFIELD),
    "ask_backfill": page(ASKS_FOR_COVER, SIGNED_IN - ASKS_FOR_COVER, shows=ADMINISTERS),
    "backfill_case": sheet(MANAGES_ACORNFIELD, SIGNED_IN - MANAGES_PEOPLE, args=the_cover),
    "move_backfill": act(MANAGES_ACORNFIELD, SIGNED_IN - MANAGES_PEOPLE, args=the_cover, data=paid),
    # Who was asked is seen by all who ask in that system; what was offered by whom it was written to alone.
    "voices": sheet(**FIND_VOICES, names=FINDS_VOICES, words={"facilitator, same"}),
    "note_approach": page(**FIND_VOICES),
    "take_out_approach": act(**FIND_THESE_VOICES, args=lambda realm: {"pk": realm.approach.pk}),
    "themes": sheet(**FIND_VOICES),
    "add_theme": page(**FIND_VOICES),
    "theme": page(**FIND_THESE_VOICES, args=the_theme),
    "drop_theme": act(**FIND_THESE_VOICES, args=the_theme),
    "keep_idea": page(PLANS, SIGNED_IN - PLANS),
    "idea": page(KEEPS_IDEA, shows=KEEPS_IDEA, args=the_idea),
    "plan_idea": act(NOBODY, KEEPS_IDEA, args=the_idea),
    "take_idea": act(NOBODY, KEEPS_IDEA, args=the_idea),
    "drop_idea": act(KEEPS_IDEA, args=the_idea),
    "venues": sheet(**SEE_ROOMS),
    "venue": sheet(ROOMS_NEAR, SIGNED_IN - PLANS_OR_ARRANGES - RUNS, shows=ROOMS_NEAR, args=the_room),
    "add_venue": page(PLANS_OR_ARRANGES, SIGNED_IN - PLANS_OR_ARRANGES, shows=KEEPS_ROOMS),
    "change_venue": page(**KEEP_ROOM, args=the_room),
    "end_venue": act(**KEEP_ROOM, args=the_room),
    "reopen_venue": act(**KEEP_ROOM, args=the_room),
    "round_workspace": sheet(**ARRANGE_IT, args=today),
    "round_details": sheet(**ARRANGE_IT, args=today),
    "publish_round": page(**ARRANGE_IT, args=today),
    "round_rules": page(**ARRANGE_IT, args=today),
    "unpublish_round": page(**RUN_IT, args=today),
    # Takes both: a part in its arrangements, and a role to plan. No asker has both; tests/rounds/planning has.
    "plan_like": act(NOBODY, KNOWS, args=coming),
    "round_series": sheet(**ARRANGE_IT, args=coming),
    "round_series_change": page(**ARRANGE_IT, args=lambda realm: coming(realm) | {"what": "time"}),
    "round_change": sheet(**ARRANGE_IT, args=coming),
    "round_change_to": page(**ARRANGE_IT, args=lambda realm: {"pk": realm.coming.pk, "what": "when"}),
    "confirm_change": page(**ARRANGE_IT, args=lambda realm: {"pk": realm.coming.pk, "what": "when"}),
    "round_invitations": sheet(**ARRANGE_IT, args=coming),
    "release_invitations": page(**ARRANGE_IT, args=coming),
    "stop_invitations": page(**ARRANGE_IT, args=coming),
    "round_poster": sheet(**ARRANGE_IT, args=coming),
    "round_bookings": sheet(**RUN_IT, names=RUNS, args=today),
    "offer_place": page(**RUN_IT, names=RUNS, args=lambda realm: {"pk": realm.coming.pk, "booking": realm.waits.pk}),
    "reserve_places": page(**RUN_IT, args=coming),
    "group_places": page(**RUN_IT, args=coming),
    "release_kept": act(**RUN_IT, args=lambda realm: {"pk": realm.coming.pk, "kept": realm.kept.pk}),
    "round_catering": sheet(**RUN_IT, args=today),
    "order_food": act(**RUN_IT, args=today),
    "catering_file": sheet(**RUN_IT, args=today),
    "round_times": page(**RUN_IT, args=today),
    "take_out_sitting": act(**RUN_IT, args=today),
    "round_team": page(**RUN_IT, names=RUNS, args=today),
    "take_off_team": page(**RUN_IT, args=lambda realm: {"pk": realm.today.pk, "member": realm.helper_row.pk}),
    "keep_in_team": act(**RUN_IT, args=lambda realm: {"pk": realm.today.pk, "member": realm.helper_row.pk}),
    "hand_over": act(**RUN_IT, args=today),
    "name_facilitator": page(**APPOINT, args=lambda realm: {"pk": realm.stranded.pk}),
    "facilitator_away": act(**APPOINT, args=lambda realm: {"pk": realm.stranded.pk}),
    "round_panel": page(**SEE_ITS_PANEL, names=RUNS, args=today),
    "set_order": page(**SEE_ITS_PANEL, names=RUNS, args=today),
    "round_storyteller": sheet(**SEE_ITS_PANEL, names=RUNS, args=teller),
    "round_meeting": page(**SEE_ITS_PANEL, names=RUNS, args=today),
    "round_one_to_one": page(**SEE_ITS_PANEL, names=RUNS, args=teller),
    # Of those who run it, for whom its teller chose.
    "round_story": sheet(**SEE_ITS_PANEL, names=RUNS, words=RUNS, args=teller),
    "take_off_panel": page(**SEE_ITS_PANEL, args=teller),
    "set_step": page(**SEE_ITS_PANEL, args=lambda realm: teller(realm) | {"kind": "agreed"}),
    "round_run_sheet": sheet(**RUN_IT, names=RUNS, args=today),
    "round_prints": sheet(**RUN_IT, args=today),
    "make_cards": act(**RUN_IT, args=today),
    "round_cards": sheet(**RUN_IT, args=today),
    "round_cards_file": sheet(**RUN_IT, args=today),
    "round_paper_list": sheet(**RUN_IT, names=RUNS, args=today),
    "round_paper_form": sheet(**RUN_IT, args=today),
    "round_tallies": page(**RUN_IT, args=today),
    "round_over_time": sheet(**RUN_IT, args=closed),
    "round_over_time_file": sheet(**RUN_IT, args=closed),
    "round_report": sheet(**REPORT, shows=REPORTS, args=closed),
    "round_report_file": sheet(**REPORT, shows=REPORTS, args=closed),
    "make_round_report": act(**REPORT, shows=NOBODY, args=closed),
    "round_report_pdf": sheet({"ics_lead, same"}, KNOWS - REPORTS, args=closed),
    "suggestions": sheet(SUGGESTS | ANSWERS, SIGNED_IN - SUGGESTS - ANSWERS, shows=READS_SUGGESTIONS),
    "hand_on_suggestion": page(SUGGESTS, SIGNED_IN - SUGGESTS, shows=SUGGESTS - FAR),
    "answer_suggestion": page(
        MANAGES_ACORNFIELD,
        (SIGNED_IN - MANAGES_ACORNFIELD) - ELSEWHERE_WITH_SUGGESTIONS,
        args=lambda realm: {"pk": realm.suggestion.pk},
    ),
    "remove_suggestion": act(
        MANAGES_ACORNFIELD,
        (SIGNED_IN - MANAGES_ACORNFIELD) - ELSEWHERE_WITH_SUGGESTIONS,
        args=lambda realm: {"pk": realm.suggestion.pk},
    ),
    "round_after": sheet(**RUN_IT, args=closed),
    "round_debrief": page(**RUN_IT, words=RUNS, args=lambda realm: closed(realm) | {"of": "panel"}),
    "owe_care": act(**RUN_IT, args=closed),
    "set_care": act(**RUN_IT, args=lambda realm: closed(realm) | {"care": realm.care.pk}),
    "round_results": sheet(**RUN_IT, words=RUNS, args=closed),
    "publish_comment": act(**RUN_IT, args=closed, data=lambda realm: {"comment": realm.comment.pk}),
    "withhold_comment": page(
        **RUN_IT, words=RUNS, args=closed, query="?comment={comment}", data=lambda realm: {"comment": realm.comment.pk}
    ),
    "edit_comment": page(
        **RUN_IT, words=RUNS, args=closed, query="?comment={comment}", data=lambda realm: {"comment": realm.comment.pk}
    ),
    # A device that a link let in at the door: nobody is signed in on it
    "door_link": public(reads_only=False, shows=ANYBODY, args=lambda realm: {"token": realm.door_token}),
    "device_door": Route(THE_DEVICE, THE_DEVICE, shows=DEVICE, names=DEVICE),
    "device_tick_in": tap(lambda realm: {"person": realm.booking.person_id}),
    "device_tick_in_by_code": tap(lambda realm: {"code": realm.booking.door_code}),
    "device_undo_tick": tap(lambda realm: {"person": realm.booking.person_id}),
    "device_add_walk_in": tap(lambda realm: {}),
    "device_remove_walk_in": tap(lambda realm: {"attendance": realm.walk_in.pk}),
    "device_mark_first_round": tap(lambda realm: {"attendance": realm.walk_in.pk}),
    "device_leave": Route(ONLY_ACTS, OPEN, shows=NOBODY),
    # The day
    "make_door_link": act(RUNS, KNOWS - RUNS, args=today),
    "end_door_link": act(RUNS, KNOWS - RUNS, args=today),
    "round_who_sees": sheet(**ARRANGE_IT, names=ARRANGES, args=today),
    "round_door": page(**AT_THE_DOOR, names=DOOR, args=today),
    "tick_in": act(**AT_THE_DOOR, args=today, data=lambda realm: {"person": realm.booking.person_id}),
    "tick_in_by_code": act(**AT_THE_DOOR, args=today, data=lambda realm: {"code": realm.booking.door_code}),
    "undo_tick": act(**AT_THE_DOOR, args=today, data=lambda realm: {"person": realm.booking.person_id}),
    "add_walk_in": act(**AT_THE_DOOR, names=DOOR, args=today),
    "remove_walk_in": act(**AT_THE_DOOR, args=today, data=lambda realm: {"attendance": realm.walk_in.pk}),
    "mark_first_round": act(**AT_THE_DOOR, args=today, data=lambda realm: {"attendance": realm.walk_in.pk}),
    "close_register": act(RUNS, KNOWS - RUNS, names=RUNS, args=today),
    "round_screen": sheet(**AT_THE_DOOR, args=today),
    # Leads
    "figures": sheet(SEES_FIGURES, SIGNED_IN - SEES_FIGURES),
    "dashboard": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "sponsor_brief": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "equity": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "feedback_over_time": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "feedback_over_time_file": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "board_report": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "annual_report": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "series_figures": sheet(**SEE_A_SERIES, shows=NOBODY, args=the_series),
    "series_figures_file": sheet(
        **SEE_A_SERIES, shows=NOBODY, args=lambda realm: the_series(realm) | {"table": "rounds"}
    ),
    "offered": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "offered_file": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "offered_in_place": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_place),
    "offered_in_place_file": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_place),
    "board_report_file": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "annual_report_file": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_system),
    "partner_figures": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_partner),
    "partner_figures_file": sheet(**SEE_FIGURES, shows=SEES_FIGURES - FAR, args=the_partner),
    "returns": sheet(**RETURN, shows=STEERS - FAR, args=the_system),
    "make_return": act(
        **RETURN,
        shows=STEERS - FAR,
        args=the_system,
        data=lambda realm: {"half_year": "2026-10", "columns": ["date", "title", "hosts"]},
    ),
    "reports": sheet(**SEE_FIGURES, shows=NOBODY, args=the_system),
    "make_report": act(**SEE_FIGURES, shows=NOBODY, args=the_system, data=lambda realm: {"kind": "board"}),
    "report_file": sheet(
        {"ics_lead, same"},
        IN_THE_SYSTEM - SEES_FIGURES,
        args=lambda realm: the_system(realm) | {"pk": realm.report.pk},
    ),
    "dashboard_file": sheet(
        **SEE_FIGURES, shows=SEES_FIGURES - FAR, args=lambda realm: the_system(realm) | {"table": "partners"}
    ),
    # Administrators
    "manage": sheet(
        MANAGES_PEOPLE | READS_LOGS,
        SIGNED_IN - MANAGES_PEOPLE - READS_LOGS,
        shows=MANAGES_ACORNFIELD | of("governance_lead", near=["same", "system"]),
        names=MANAGES_ACORNFIELD | of("governance_lead", near=["same", "system"]),
    ),
    "manage_letters": sheet(**KEEP_LETTERS),
    "settle_letters": act(**KEEP_LETTERS),
    "settle_letter": act(**KEEP_LETTERS, args=lambda realm: {"pk": realm.letter.pk}),
    "set_pace": act(**KEEP_LETTERS),
    "set_address": act(**KEEP_LETTERS),
    "manage_letter_kinds": sheet(**KEEP_PEOPLE),
    "manage_letter_kind": sheet(**KEEP_PEOPLE, args=lambda realm: {"kind": "invitation"}),
    "letter_sample": sheet(**KEEP_PEOPLE, args=lambda realm: {"kind": "invitation", "number": 1}),
    "manage_settings": page(**KEEP_SYSTEM),
    "manage_licence": sheet(**KEEP_LICENCE, shows=MANAGES_SYSTEM - FAR),
    "manage_licence_change": page(**KEEP_LICENCE, shows=MANAGES_SYSTEM - FAR),
    "cover_partner": act(**KEEP_LICENCE),
    "end_coverage": act(
        **KEEP_LICENCE | {"args": lambda realm: {"code": realm.system.code, "pk": realm.coverage.pk}},
    ),
    "preview_settings": sheet(**KEEP_SYSTEM),
    "save_settings": act(**KEEP_SYSTEM),
    "waiting_logo": sheet(NOBODY, SIGNED_IN - MANAGES_SYSTEM),  # nobody here has chosen a picture
    "manage_retention": sheet(MANAGES_PEOPLE | READS_LOGS, SIGNED_IN - MANAGES_PEOPLE - READS_LOGS),
    "manage_audit": sheet(READS_LOGS, SIGNED_IN - READS_LOGS, names=READS_LOGS - FAR, shows=READS_LOGS - FAR),
    "manage_audit_file": act(READS_LOGS, SIGNED_IN - READS_LOGS, names=READS_LOGS - FAR, shows=READS_LOGS - FAR),
    "manage_sign_in": sheet(**KEEP_SYSTEM),
    "manage_provider_add": page(**KEEP_SYSTEM),
    "manage_provider": page(MANAGES_SYSTEM - FAR, SIGNED_IN - MANAGES_SYSTEM, args=the_provider),
    "switch_provider": act(
        MANAGES_SYSTEM - FAR, SIGNED_IN - MANAGES_SYSTEM, args=the_provider, data=lambda realm: {"state": "off"}
    ),
    "manage_system_changes": sheet(**KEEP_SYSTEM),
    # The list of changes has no line about either system.
    "manage_system_change": page(NOBODY, SIGNED_IN - MANAGES_SYSTEM),
    "manage_site_add": page(**KEEP_ACORNFIELD, args=acornfield),
    "manage_site": page(**KEEP_ACORNFIELD, args=lambda realm: acornfield(realm) | {"pk": realm.site.pk}),
    "end_site": act(**KEEP_ACORNFIELD, args=lambda realm: acornfield(realm) | {"pk": realm.site.pk}),
    "manage_organisations": sheet(**KEEP_PEOPLE, query="?q=acornfield"),
    "manage_organisation_add": page(**KEEP_SYSTEM),
    "manage_organisation": sheet(**KEEP_ACORNFIELD, args=acornfield),
    "manage_organisation_change": page(**KEEP_ACORNFIELD, args=acornfield),
    "manage_own_words": page(**KEEP_ACORNFIELD, args=acornfield),
    "manage_staff_numbers": page(**KEEP_ACORNFIELD, args=acornfield),
    "serve_place": act(**KEEP_ACORNFIELD, args=acornfield),
    "leave_place": act(**KEEP_ACORNFIELD, args=lambda realm: acornfield(realm) | {"place": "alder"}),
    "make_join_link": act(**KEEP_ACORNFIELD, args=acornfield),
    "end_join_link": act(**KEEP_ACORNFIELD, args=acornfield),
    "manage_who_gets_in": sheet(**KEEP_ACORNFIELD, names=MANAGES_ACORNFIELD, args=acornfield),
    "approve_domain": act(**KEEP_ACORNFIELD, names=MANAGES_ACORNFIELD, args=acornfield),
    "end_domain": act(**KEEP_ACORNFIELD, args=lambda realm: acornfield(realm) | {"pk": realm.domain.pk}),
    "invite": act(**KEEP_ACORNFIELD, names=MANAGES_ACORNFIELD, args=acornfield),
    "withdraw_invitation": act(**KEEP_ACORNFIELD, args=lambda realm: acornfield(realm) | {"pk": realm.invitation.pk}),
    "manage_merge": page(**MERGE_ACORNFIELD, args=acornfield),
    "manage_merge:step": page(**MERGE_ACORNFIELD, args=lambda realm: acornfield(realm) | {"step": "what"}),
    "manage_request": page(
        MANAGES_SYSTEM - FAR,
        SIGNED_IN - MANAGES_SYSTEM,
        names=MANAGES_SYSTEM - FAR,
        args=lambda realm: {"pk": realm.asked.pk},
    ),
    "manage_place_add": page(**KEEP_SYSTEM),
    "manage_place": page(
        MANAGES_SYSTEM - FAR, SIGNED_IN - MANAGES_SYSTEM, args=lambda realm: {"code": realm.place.code}
    ),
    "manage_people:unsearched": sheet(**KEEP_PEOPLE, names=MANAGES_ACORNFIELD),
    "manage_people": sheet(**KEEP_PEOPLE, names=MANAGES_ACORNFIELD, query="?q=canary"),
    "manage_facilitators": sheet(**KEEP_PEOPLE, names=MANAGES_ACORNFIELD),
    "manage_training": page(**KEEP_A_PERSON, names=MANAGES_ACORNFIELD, args=lambda realm: {"pk": realm.lead.pk}),
    "manage_person_add": page(**KEEP_PEOPLE),
    "manage_person": sheet(**KEEP_A_PERSON, names=MANAGES_ACORNFIELD, args=the_staff),
    "manage_person:of two employers": sheet(
        MANAGES_ACORNFIELD | of("ics_lead", near=["elsewhere"]),
        SIGNED_IN - MANAGES_PEOPLE,
        args=lambda realm: {"pk": realm.of_two.pk},
    ),
    "end_membership": page(
        **KEEP_A_PERSON,
        names=MANAGES_ACORNFIELD,
        args=lambda realm: the_staff(realm) | {"membership": realm.job.pk},
    ),
    "manage_person_role": page(**KEEP_A_PERSON, names=MANAGES_ACORNFIELD, args=the_staff),
    "manage_role_dates": page(
        **KEEP_A_PERSON, names=MANAGES_ACORNFIELD, args=lambda realm: the_staff(realm) | {"grant": realm.grant.pk}
    ),
    "confirm_role": act(**SECOND_PERSON, args=lambda realm: the_staff(realm) | {"proposal": realm.proposal.pk}),
    "decline_role": act(**SECOND_PERSON, args=lambda realm: the_staff(realm) | {"proposal": realm.proposal.pk}),
    "end_role": act(
        **KEEP_A_PERSON, names=MANAGES_ACORNFIELD, args=lambda realm: the_staff(realm) | {"grant": realm.grant.pk}
    ),
    "manage_imports": sheet(**KEEP_PEOPLE),
    "manage_import_organisations": page(**KEEP_SYSTEM),
    "ods_list_template": sheet(**KEEP_SYSTEM),
    "preview_organisations": sheet(**KEEP_SYSTEM),
    "accept_organisations": act(**KEEP_SYSTEM),
    "faults_of_organisations": sheet(**KEEP_SYSTEM),
    "manage_import_staff": page(**KEEP_PEOPLE),
    "staff_list_template": sheet(**KEEP_PEOPLE),
    "preview_staff": sheet(**KEEP_PEOPLE),
    "accept_staff": act(**KEEP_PEOPLE),
    "faults_of_staff": sheet(**KEEP_PEOPLE),
    "manage_past_rounds": page(**KEEP_SYSTEM),
    "past_rounds_template": sheet(**KEEP_SYSTEM),
    "preview_past_rounds": sheet(**KEEP_SYSTEM),
    "accept_past_rounds": act(**KEEP_SYSTEM),
    "faults_of_past_rounds": sheet(**KEEP_SYSTEM),
    "manage_questionnaires": sheet(**KEEP_SYSTEM),
    "manage_questionnaire_add": page(**KEEP_SYSTEM),
    "manage_portal_questions": page(**KEEP_SYSTEM, args=lambda realm: {"code": "own"}),
    "manage_questionnaire": page(**QUESTIONS, args=the_questions),
    "manage_questionnaire_change": page(**QUESTIONS, args=the_questions),
    "drop_questionnaire": act(**QUESTIONS, args=the_questions),
    "write_next_version": act(**QUESTIONS, args=the_questions),
    "take_back_questions": act(**QUESTIONS, args=lambda realm: {"pk": realm.use.pk}),
}
