"""Every page that somebody can open, wide and narrow: nothing is wrong with it, and none is forgotten."""

from urllib.parse import urlencode

import pytest
from django.urls import URLPattern, get_resolver, reverse

from evaluation.models.results import Comment
from members.models import JoinLink
from rounds_site.kit.links import sign
from tests.browser.scenery import two_lists_wait
from tests.browser.visitor import DESKTOP, NARROWEST, PHONE, faults, scrolls_sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Named pages that nobody looks at: they only take a POST, answer a machine, hand out a file or lead on.
NO_PAGES = {
    *("healthz", "readyz", "account_login", "account_reauthenticate", "figures", "dashboard_file", "diary_file"),
    *("ods_list_template", "staff_list_template", "faults_of_staff", "faults_of_organisations"),
    *("book", "take_place", "add_to_diary", "your_invitations", "answer_preparation"),
    *("serve_place", "leave_place", "make_join_link", "end_join_link", "end_role"),
    *("accept_organisations", "accept_staff", "accept_past_rounds", "faults_of_past_rounds", "past_rounds_template"),
    *("publish_round", "confirm_change", "release_invitations"),
    *("take_off_team", "set_order", "take_off_panel", "set_step", "make_cards"),
    *("tick_in", "undo_tick", "add_walk_in", "remove_walk_in", "mark_first_round", "close_register", "open_box"),
    "publish_comment",
}


def page(name, *keys, **query):
    return name, reverse(name, args=keys) + (f"?{urlencode(query)}" if query else "")


def of_strangers(here):
    yield from map(page, ["home", "account_request_login_code", "account_logout", "what_happens", "release_letter"])
    yield from map(page, ["promises", "support", "privacy", "accessibility", "figures_how_to_read"])
    yield from map(page, ["feedback", "feedback_given"])
    yield page("feedback", code=here.today.feedback_box.room_code)
    yield page("join", JoinLink.objects.get().token)
    yield page("stop", sign(here.ben.pk, purpose="stop"))


def of_staff(here):
    yield from map(page, ["home", "find_rounds", "my_rounds", "what_happens", "support", "your_details"])
    yield page("find_rounds", way="online", time="evening")
    for round in (here.coming, here.full, here.both_ways, here.last_minute, here.today, here.called_off, here.closed):
        yield page("round_page", round.pk)
    yield page("cancel_place", here.today.pk)
    yield page("cancel_place", here.full.pk)
    yield page("join", JoinLink.objects.get().token)
    yield from map(page, ["account_email", "mfa_index", "account_logout"])


def of_storytellers(here):
    yield from map(page, ["home", "my_rounds"])
    yield page("preparation", here.teller.pk)
    yield page("step_back", here.teller.pk)


def of_facilitators(here):
    yield from map(page, ["home", "organise", "plan_round"])
    yield page("dashboard", f"ics-{here.system.code.lower()}")
    for round in (here.coming, here.planned, here.today, here.called_off, here.closed):
        yield page("round_workspace", round.pk)
        yield page("round_details", round.pk)
    for phase in ("plan", "invite", "day", "after"):
        yield page("round_workspace", here.coming.pk, phase=phase)
    yield from ((name, reverse(name, args=[here.full.pk])) for name in ("round_invitations", "round_bookings"))
    yield from ((name, reverse(name, args=[here.coming.pk])) for name in ("round_change", "round_poster"))
    for what in ("when", "where", "cancel"):
        yield page("round_change_to", here.coming.pk, what)
    yield page("round_door", here.today.pk)
    yield page("round_door", here.coming.pk)
    for show in ("rules", "time", "code"):
        yield page("round_screen", here.today.pk, show=show)
    for name in (
        "round_run_sheet",
        "round_prints",
        "round_paper_list",
        "round_paper_form",
        "round_team",
        "round_panel",
    ):
        yield page(name, here.coming.pk)
    yield page("round_cards", here.coming.pk, number=20)
    yield page("round_storyteller", here.coming.pk, here.teller.pk)
    yield page("round_tallies", here.today.pk)
    yield page("round_results", here.today.pk)
    yield page("round_results", here.closed.pk)
    comment = Comment.objects.filter(round_id=here.closed.pk).first()
    yield page("withhold_comment", here.closed.pk, comment=comment.pk)


def of_ics_leads(here):
    yield from map(page, ["home", "organise", "manage", "figures_how_to_read"])
    yield page("dashboard", f"ics-{here.system.code.lower()}")


def of_administrators(here):
    two_lists_wait(here.olu)
    yield from map(page, ["home", "organise", "manage", "manage_settings", "manage_imports"])
    yield from map(page, ["manage_import_organisations", "manage_import_staff"])
    yield from map(page, ["manage_past_rounds", "preview_organisations", "preview_staff", "preview_past_rounds"])
    yield from map(page, ["manage_organisations", "manage_organisation_add", "manage_place_add"])
    yield page("manage_organisations", q="nothing of the kind")
    for name in ("manage_organisation", "manage_organisation_change", "manage_staff_numbers"):
        yield page(name, here.hospice.code)
    yield page("manage_place", here.castlemere.code)
    yield from map(page, ["manage_people", "manage_person_add"])
    yield page("manage_people", q="ben")
    yield page("manage_person", here.ada.pk)
    yield page("manage_person_role", here.ben.pk)
    yield page("round_workspace", here.coming.pk)
    yield page("round_invitations", here.coming.pk)


ROLES = {
    "stranger": (of_strangers, None),
    "staff": (of_staff, "ben"),
    "storyteller": (of_storytellers, "tola"),
    "facilitator": (of_facilitators, "ada"),
    "ICS lead": (of_ics_leads, "ines"),
    "administrator": (of_administrators, "olu"),
}


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_wrong_with_any_page(role, scenery, visit):
    pages, name = ROLES[role]
    visitor = visit(getattr(scenery, name) if name else None)
    found = []
    for _, address in pages(scenery):
        visitor.resize(DESKTOP).go(address)
        found += faults(visitor.page)
        visitor.resize(PHONE)
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
