"""Every page that somebody can open, wide and narrow: nothing is wrong with it, and none is forgotten."""

import datetime as dt
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from evaluation.actions import versions
from evaluation.models.results import Comment
from members.actions import retention
from members.models import Coverage, InvitationLink, JoinLink, Licence, Provider, Site
from rounds.actions import meetings, new_hosts, steering, stories
from rounds.models import CareOwed, KeptPlaces, Offer, Suggestion
from rounds.states import Way
from rounds_site.kit.links import sign
from tests.browser.scenery import (
    letters_are_uncertain,
    settings_wait,
    something_was_logged,
    two_lists_wait,
    years_of_answers,
)
from tests.browser.visitor import DESKTOP, NARROWEST, PHONE, faults, scrolls_sideways
from tests.factories.rounds import (
    ApproachFactory,
    BackfillFactory,
    BookingFactory,
    IdeaFactory,
    OfferFactory,
    ThemeFactory,
)
from tests.worlds import NOON

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Named pages that nobody looks at: they only take a POST, answer a machine, hand out a file or lead on.
NO_PAGES = {
    # Of a system that the list of changes names: tests/browser/test_merger.py opens it.
    *("manage_system_change", "end_site"),
    *("healthz", "readyz", "metrics", "account_login", "account_reauthenticate"),
    *(
        "figures",
        "dashboard_file",
        "feedback_over_time_file",
        "offered_file",
        "partner_figures_file",
        "offered_in_place_file",
        "series_figures_file",
        "board_report_file",
        "annual_report_file",
        "make_report",
        "make_return",
        "report_file",
        "round_report_file",
        "make_round_report",
        "round_report_pdf",
        "round_over_time_file",
        "round_cards_file",
        "diary_file",
        "diary_feed",
        "take_out_of_diary",
        "end_diary_feed",
    ),
    # The answer to a tap, which shows what is shown once: looked at in test_diaries.py.
    "make_diary_feed",
    *("ods_list_template", "staff_list_template", "faults_of_staff", "faults_of_organisations"),
    *("all_we_hold_file", "say_where", "book", "take_place", "leave_waiting_list", "come_either_way"),
    *("add_to_diary", "your_invitations", "answer_preparation", "answer_meeting", "meeting_file"),
    *("serve_place", "leave_place", "make_join_link", "end_join_link", "end_role", "answer_list"),
    *("confirm_role", "decline_role", "make_door_link", "end_door_link", "device_leave"),
    *("device_tick_in_by_code", "tick_in_by_code"),
    *("device_tick_in", "device_undo_tick", "device_add_walk_in", "device_remove_walk_in", "device_mark_first_round"),
    # A list on a device without an account: looked at in test_door_link.py.
    *("door_link", "device_door"),
    *("accept_organisations", "accept_staff", "accept_past_rounds", "faults_of_past_rounds", "past_rounds_template"),
    *(
        "publish_round",
        "unpublish_round",
        "take_out_sitting",
        "confirm_change",
        "release_invitations",
        "stop_invitations",
    ),
    *("end_venue", "reopen_venue", "catering_file", "take_back_dates", "plan_like", "release_kept"),
    *("plan_idea", "take_idea", "drop_idea", "remove_round_template"),
    *("take_back_offer", "leave_voices", "take_out_approach", "drop_theme"),
    *("move_backfill", "backfill_file", "order_food", "owe_care", "set_care", "remove_suggestion"),
    *("share_story", "stop_sharing_story", "delete_story", "allow_uses"),
    *("take_off_team", "set_order", "take_off_panel", "set_step", "make_cards"),
    *("tick_in", "undo_tick", "add_walk_in", "remove_walk_in", "mark_first_round", "close_register"),
    *("hand_over", "keep_in_team", "facilitator_away"),
    *("drop_questionnaire", "write_next_version", "take_back_questions"),
    *("cover_partner", "end_coverage", "plan_steering", "note_steering", "set_steering"),
    *("add_new_host", "set_new_host"),
    *("publish_comment", "approve_domain", "end_domain", "invite", "withdraw_invitation", "withdraw_request"),
    # The last is what stands in a frame.
    *("settle_letters", "settle_letter", "set_pace", "set_address", "letter_sample"),
    *("manage_audit_file", "save_settings", "waiting_logo", "look", "logo"),
    *("session_left", "openid_connect_callback", "switch_provider", "sign_out_everywhere", "mfa_login_webauthn"),
    # Pages that one sees only on the way, or with a second step of one's own: looked at in test_passkeys.py.
    *("mfa_authenticate", "mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_deactivate_totp"),
    *("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
}


def page(name, *keys, **query):
    return name, reverse(name, args=keys) + (f"?{urlencode(query)}" if query else "")


def of_strangers(here):
    yield from map(page, ["home", "account_request_login_code", "account_logout", "what_happens", "release_letter"])
    yield from map(page, ["promises", "each_box", "support", "privacy", "accessibility", "figures_how_to_read"])
    yield from map(page, ["feedback", "feedback_given", "check_certificate"])
    yield page("feedback", code=here.today.feedback_box.room_code)
    yield page("join", JoinLink.objects.get().token)
    yield page("invited", sign(InvitationLink.objects.get().pk, purpose="invited"))
    yield page("stop", sign(here.ben.pk, purpose="stop"))
    yield page("sign_in_with", a_provider(here).code)


def of_newcomers(here):
    yield from map(page, ["where_you_work", "not_listed"])
    yield page("work_here", here.hospice.code)


def of_those_who_asked(here):
    yield page("my_request")


def a_draft(here):
    """Official words, with one choice that has not begun."""
    asked = versions.Question(
        "insight", "What I heard let me see the people behind the work in another light.", "agreement"
    )
    leave = {"permitted_by": "The Licensing Body", "permitted_on": dt.date(2027, 1, 4), "permission_reference": "LB 17"}
    who = {"by": here.olu, "now": timezone.now()}
    chosen = versions.write(system=here.system, wording=versions.Wording("Chosen", (asked,), **leave), **who)
    starts_on = timezone.localdate() + dt.timedelta(days=20)
    versions.choose(
        system=here.system,
        questionnaire=chosen,
        occasions=["student"],
        starts_on=starts_on,
        **who,
    )
    return versions.write_next(system=here.system, of=chosen, **who)


def a_licence(here):
    """That ends soon, and covers one of the partners."""
    days = {"starts_on": NOON.date() - dt.timedelta(days=700), "last_on": NOON.date() + dt.timedelta(days=40)}
    licence = Licence.objects.create(system=here.system, holder=here.elmbridge, number="SR 2025/104", **days)
    Coverage.objects.create(licence=licence, organisation=here.hospice, memorandum_on=days["starts_on"])


def a_steering_meeting(here):
    meeting = steering.plan(system=here.system, on=NOON.date(), now=NOON)
    noted = {"meeting": meeting, "owner": here.olu}
    steering.note(key=uuid4(), kind="decision", text="Two Rounds a month", **noted)
    line = steering.note(key=uuid4(), kind="action", text="Ask the hospice", due_on=NOON.date(), **noted)
    steering.note(key=uuid4(), kind="action", text="Enter the memorandum", **noted)
    steering.settle(line=line, done=True, now=NOON)
    return meeting


def a_provider(here):
    said = {"name": "Elmbridge account", "client_id": "portal", "sealed_secret": "sealed", "state": "trying"}
    issuer = "https://login.elmbridge.example"
    return Provider.objects.get_or_create(system=here.system, issuer=issuer, defaults=said)[0]


def of_staff(here):
    yield from map(page, ["home", "find_rounds", "my_rounds", "what_happens", "support", "your_details"])
    yield page("find_rounds", way="online", time="evening")
    for round in (here.coming, here.full, here.both_ways, here.last_minute, here.today, here.called_off, here.closed):
        yield page("round_page", round.pk)
    yield page("round_page", here.postponed.pk)
    yield page("cancel_place", here.postponed.pk)
    BookingFactory(round=here.both_ways, person=here.ben, way=Way.ONLINE)
    yield page("come_in", here.both_ways.pk)
    yield page("certificate", here.closed.pk)
    yield page("leave_work", here.ben.memberships.get().pk)
    for state in ("offered", "lapsed"):
        here.full.bookings.filter(person=here.ben).update(state=state, offer_ends_at=here.full.starts_at)
        yield from [page("round_page", here.full.pk), page("my_rounds"), page("home")]
    BookingFactory(round=here.coming, person=here.ben)
    yield page("needs", here.coming.pk)
    yield page("cancel_place", here.today.pk)
    yield page("join", JoinLink.objects.get().token)
    yield from map(page, ["account_email", "mfa_index", "account_logout", "your_ways_in"])
    yield from map(page, ["mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn"])
    yield from map(page, ["your_letters", "all_we_hold", "erase"])
    yield from map(page, ["tell_a_story", "suggest_theme"])
    voices(here)
    yield page("tell_a_story")


def voices(here):
    """Ben has written to Ada, and was asked."""
    if Offer.objects.exists():
        return
    ben, ada = {"system": here.system, "person": here.ben}, here.ada
    now = timezone.now()
    OfferFactory(**ben, reader=ada, theme="The last to leave", about=A_STORY, reach="After six", created_at=now)
    ApproachFactory(**ben, by=ada, created_at=now)


def a_story(here):
    now = timezone.now()
    _, version = stories.read(here.teller)
    stories.write(storyteller=here.teller, text=A_STORY, seen_version=version, now=now)
    stories.share(storyteller=here.teller, people=[here.ada], now=now)


def two_meetings(here):
    """One for which a time is being found, and one that has its time."""
    now = timezone.now()
    times = [now + dt.timedelta(days=1, hours=n) for n in range(3)]
    said = {"round": here.coming, "times": times, "by": here.ada, "now": now}
    of_all = meetings.propose(storyteller=None, place="The quiet room, second floor", **said)
    meetings.answer(meeting=of_all, person=here.teller.person, can=of_all.times[:2], now=now)
    alone = meetings.propose(storyteller=here.teller, place="https://meet.example/a-room-of-ones-own", **said)
    meetings.fix(meeting=alone, time=alone.times[0], now=now)


A_STORY = "On Christmas Eve I was called to bay 3. " * 9 + "\n\nI have thought of her since."


def of_storytellers(here):
    yield from map(page, ["home", "my_rounds"])
    yield page("preparation", here.teller.pk)
    yield page("step_back", here.teller.pk)
    yield page("my_story", here.teller.pk)
    two_meetings(here)
    yield page("preparation", here.teller.pk)
    a_story(here)
    yield page("my_story", here.teller.pk)


def of_facilitators(here):
    yield from map(page, ["home", "organise", "plan_round"])
    yield page("dashboard", f"ics-{here.system.code.lower()}")
    for round in (here.coming, here.planned, here.today, here.called_off, here.closed, here.postponed):
        yield page("round_workspace", round.pk)
        yield page("round_details", round.pk)
    for phase in ("plan", "invite", "day", "after"):
        yield page("round_workspace", here.coming.pk, phase=phase)
    yield from ((name, reverse(name, args=[here.full.pk])) for name in ("round_invitations", "round_bookings"))
    keeping = {"round": here.full, "way": "in_person", "places": 3}
    KeptPlaces.objects.create(kind="group", organisation=here.hospice, **keeping)
    KeptPlaces.objects.create(kind="reserve", sector="social_care", days_before=7, **keeping)
    yield from [page(name, here.full.pk) for name in ("round_bookings", "reserve_places", "group_places")]
    yield page("offer_place", here.full.pk, here.full.bookings.get(person=here.ben).pk)
    yield from ((name, reverse(name, args=[here.coming.pk])) for name in ("round_change", "round_poster"))
    yield page("round_rules", here.coming.pk)
    yield page("keep_idea")
    yield page("idea", IdeaFactory(system=here.system, facilitators=[here.ada]).pk)
    yield from map(page, ["voices", "themes"])
    voices(here)
    kept = ThemeFactory(system=here.system, rounds=[here.closed])
    ThemeFactory(system=here.system, is_suggested=True, title="The day I could not fix it", about="And who could")
    yield from map(page, ["voices", "note_approach", "themes", "add_theme"])
    yield page("theme", kept.pk)
    for what in ("when", "where", "postpone", "cancel"):
        yield page("round_change_to", here.coming.pk, what)
    yield page("round_change_to", here.postponed.pk, "when")
    yield page("round_series", here.planned.pk)
    for what in ("time", "where", "title", "team"):
        yield page("round_series_change", here.planned.pk, what)
    yield page("plan_round", "start")
    yield from map(page, ["planner", "programme", "avoid_dates", "round_templates"])
    yield page("add_round_template", here.system.code.lower())
    yield page("change_round_template", here.system.round_templates.get().pk)
    yield page("planner", where=f"org-{here.hospice.code.lower()}", year=2026)
    yield page("planner", month=6)
    yield page("round_door", here.today.pk)
    yield page("round_door", here.coming.pk)
    for show in ("welcome", "rules", "time", "code"):
        yield page("round_screen", here.today.pk, show=show)
    for name in (
        "round_run_sheet",
        "round_prints",
        "round_paper_list",
        "round_paper_form",
        "round_team",
        "round_times",
        "round_panel",
        "round_who_sees",
        "round_catering",
    ):
        yield page(name, here.coming.pk)
    yield from map(page, ["venues", "add_venue"])
    yield page("add_venue", partner=here.hospice.code)
    yield from ((name, reverse(name, args=[here.coming.venue_id])) for name in ("venue", "change_venue"))
    yield page("round_cards", here.coming.pk, number=20)
    a_story(here)
    stories.allow(storyteller=here.teller, uses=["theme"], now=timezone.now())
    yield page("round_storyteller", here.coming.pk, here.teller.pk)
    yield page("round_story", here.coming.pk, here.teller.pk)
    yield page("round_meeting", here.coming.pk)
    two_meetings(here)
    yield page("round_meeting", here.coming.pk)
    yield page("round_one_to_one", here.coming.pk, here.teller.pk)
    yield page("round_tallies", here.today.pk)
    yield page("round_results", here.today.pk)
    yield page("round_results", here.closed.pk)
    yield page("round_over_time", here.closed.pk)
    yield page("round_report", here.closed.pk)
    to = {"organisation": here.hospice, "half_year": dt.date(2026, 10, 1), "text": "A room to sit down in"}
    Suggestion.objects.create(**to, answer="There is one now", shared=True)
    yield from map(page, ["suggestions", "hand_on_suggestion", "you_said"])
    CareOwed.objects.create(round=here.closed, owner=here.ada, due_on=timezone.localdate())
    yield page("round_after", here.closed.pk)
    yield page("round_after", here.coming.pk)
    yield page("round_debrief", here.closed.pk, "committee")
    comment = Comment.objects.filter(round_id=here.closed.pk).first()
    yield page("withhold_comment", here.closed.pk, comment=comment.pk)
    yield page("edit_comment", here.closed.pk, comment=comment.pk)


def of_ics_leads(here):
    yield from map(page, ["home", "organise", "manage", "figures_how_to_read"])
    yield page("dashboard", f"ics-{here.system.code.lower()}")
    yield page("equity", f"ics-{here.system.code.lower()}")
    yield page("feedback_over_time", f"ics-{here.system.code.lower()}")
    yield page("board_report", f"ics-{here.system.code.lower()}")
    yield page("annual_report", f"ics-{here.system.code.lower()}")
    yield page("sponsor_brief", f"ics-{here.system.code.lower()}")
    yield page("steering")
    yield page("steering_meeting", a_steering_meeting(here).pk)
    yield page("new_hosts")
    for partner in (here.hospice, here.elmbridge):
        new_hosts.begin(system=here.system, organisation=partner, interested_on=NOON.date())
        yield page("new_hosts")
    yield page("steering")
    yield page("reports", f"ics-{here.system.code.lower()}")
    yield page("returns", f"ics-{here.system.code.lower()}")
    yield page("offered", f"ics-{here.system.code.lower()}")
    yield page("offered_in_place", f"ics-{here.system.code.lower()}", here.castlemere.code)
    yield page("partner_figures", f"ics-{here.system.code.lower()}", here.hospice.code)
    yield page("series_figures", here.planned.series_id)
    years_of_answers(here)
    yield page("feedback_over_time", f"ics-{here.system.code.lower()}")


def of_governance_leads(here):
    something_was_logged(here)
    yield from map(page, ["home", "manage", "manage_audit", "manage_retention"])
    yield page("manage_audit", log="care")
    yield page("manage_audit", kind="exports", month="2027-01")


def of_administrators(here):
    yield page("name_facilitator", here.planned.pk)
    asked = {"organisation": here.hospice, "half_year": dt.date(2026, 10, 1), "text": "A bench outside"}
    yield page("answer_suggestion", Suggestion.objects.create(**asked).pk)
    yield page("suggestions")
    yield from map(page, ["backfill", "ask_backfill"])
    for state in ("asked", "approved", "invoiced"):
        cover = BackfillFactory(round=here.coming, organisation=here.quarry_lane, state=state, invoice="QL 17")
        yield from [page("backfill_case", cover.pk), page("backfill")]
        cover.delete()
    settings_wait(here.system, here.olu)
    yield page("preview_settings")
    two_lists_wait(here.olu)
    yield from map(page, ["manage_sign_in", "manage_provider_add"])
    yield page("manage_provider", a_provider(here).code)
    yield from map(page, ["home", "organise", "manage", "manage_settings", "manage_imports"])
    of_the_licence = [page(name, here.system.code) for name in ("manage_licence", "manage_licence_change")]
    yield from of_the_licence
    a_licence(here)
    yield from [*of_the_licence, page("programme")]
    yield page("manage_retention")
    retention.run(now=timezone.now())
    yield page("manage_retention")
    letters_are_uncertain(here)
    yield from map(page, ["manage_letters", "manage_letter_kinds"])
    yield page("manage_letter_kind", "invitation")
    draft = a_draft(here)
    yield from map(page, ["manage_questionnaires", "manage_questionnaire_add"])
    yield page("manage_portal_questions", "own-online")
    yield from (
        (name, reverse(name, args=[draft.pk])) for name in ("manage_questionnaire", "manage_questionnaire_change")
    )
    yield from map(page, ["manage_import_organisations", "manage_import_staff"])
    yield from map(page, ["manage_past_rounds", "preview_organisations", "preview_staff", "preview_past_rounds"])
    yield from map(page, ["manage_organisations", "manage_organisation_add", "manage_place_add"])
    yield page("manage_organisations", q="nothing of the kind")
    for name in ("manage_organisation", "manage_organisation_change", "manage_own_words", "manage_staff_numbers"):
        yield page(name, here.hospice.code)
    yield page("manage_who_gets_in", here.hospice.code)
    yield page("manage_request", here.asked.pk)
    yield page("end_membership", here.ada.pk, here.ada.memberships.get().pk)
    yield page("manage_merge", here.hospice.code)
    yield page("manage_site_add", here.hospice.code)
    yield page("manage_site", here.hospice.code, Site.objects.get(organisation=here.hospice).pk)
    yield page("manage_system_changes")
    yield page("manage_place", here.castlemere.code)
    yield from map(page, ["manage_people", "manage_person_add", "manage_facilitators"])
    yield page("manage_people", q="ben")
    yield page("manage_person", here.ada.pk)
    yield page("manage_person_role", here.ben.pk)
    yield page("manage_training", here.ada.pk)
    yield page("manage_role_dates", here.ada.pk, here.ada.role_grants.get().pk)
    yield page("round_workspace", here.coming.pk)
    yield page("round_invitations", here.coming.pk)


ROLES = {
    "stranger": (of_strangers, None),
    "newcomer": (of_newcomers, "wren"),
    "who asked to join": (of_those_who_asked, "maya"),
    "staff": (of_staff, "ben"),
    "storyteller": (of_storytellers, "tola"),
    "facilitator": (of_facilitators, "ada"),
    "ICS lead": (of_ics_leads, "ines"),
    "administrator": (of_administrators, "olu"),
    "information-governance lead": (of_governance_leads, "gia"),
}


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_wrong_with_any_page(role, scenery, visit, pictures):
    pages, name = ROLES[role]
    visitor = visit(getattr(scenery, name) if name else None)
    found = []
    for number, (view, address) in enumerate(pages(scenery), start=1):
        visitor.resize(DESKTOP).go(address)
        for width in (DESKTOP, PHONE):
            visitor.resize(width)
            if pictures:
                visitor.page.screenshot(path=pictures / role / f"{number:03}-{view}-{width}.png", full_page=True)
            else:
                found += faults(visitor.page)
        visitor.resize(NARROWEST)
        found += [f"{address} at {NARROWEST}: {fault}" for fault in scrolls_sideways(visitor.page)]
    assert found == [], "\n".join(found)


def test_no_page_is_forgotten(scenery):
    visited = {name for pages, _ in ROLES.values() for name, _ in pages(scenery)}
    assert ours() - visited == NO_PAGES
    assert visited & NO_PAGES == set()


def ours():
    """The names of our own pages: those of other packages and of the demo stand in resolvers with a prefix, and what
    has no name only leads on."""
    patterns = get_resolver().url_patterns
    own = [each for each in patterns if isinstance(each, URLPattern) or not str(each.pattern)]
    return {
        leaf.name
        for each in own
        for leaf in (each.url_patterns if hasattr(each, "url_patterns") else [each])
        if leaf.name not in (None, "gallery")
    }
