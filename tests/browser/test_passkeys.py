"""Passkeys by Chromium's own virtual authenticator: added, used alone, as a second step and as a proof, removed."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from members.models import SecurityEvent
from members.models.audit import Act
from tests.browser.conftest import session_cookie
from tests.factories.members import RoleGrantFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_a_device(visitor):
    """The visitor, and what its device does: `forget()` the passkeys, as a new phone has none."""
    devtools = visitor.page.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    number = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    visitor.forget = lambda: devtools.send("WebAuthn.clearCredentials", {"authenticatorId": number})
    return visitor


def add_passkey(visitor):
    visitor.go("/your-details/ways-in/").follow("Add one").is_right()
    visitor.press("Add a passkey")
    return visitor.reads("The passkey is added", "Your codes on paper")


def sign_out(visitor):
    visitor.go("/account/logout/").press("Sign out", exact=True)
    visitor.page.context.clear_cookies()
    return visitor


@pytest.fixture
def ben(scenery, visit):
    return with_a_device(visit(scenery.ben))


@pytest.fixture
def ada(scenery, visit):
    return with_a_device(visit(scenery.ada))


def test_staff_add_one_and_sign_in_with_it_alone(ben, scenery):
    add_passkey(ben)
    sign_out(ben).go("/account/login/code/?next=/my-rounds/").press("Sign in with it")
    ben.arrives("/my-rounds/")
    assert Authenticator.objects.get(type="webauthn").user == scenery.ben
    assert SecurityEvent.objects.filter(by=scenery.ben.pk).count() == 0


def test_a_role_holder_who_signs_in_with_one_has_shown_both_steps(ada):
    add_passkey(ada)
    sign_out(ada).go("/account/login/code/?next=/organise/").press("Sign in with it")
    ada.arrives("/organise/")
    ada.is_right()


def test_as_the_second_step_after_a_code(ada, scenery, mailoutbox):
    add_passkey(ada)
    sign_out(ada).go("/account/login/code/?next=/organise/").enter(email=scenery.ada.email).press("Send me a code")
    code = next(line.strip() for line in mailoutbox[-1].body.splitlines() if line.strip()[4:5] == "-")
    ada.enter(code=code).press("Continue").reads("The second step").is_right()
    ada.press("Use your passkey")
    ada.arrives("/organise/")


def test_as_proof_before_a_sensitive_act_and_the_letter_is_no_way_round(ada, noon):
    add_passkey(ada)
    noon.shift(11 * 60)
    ada.go("/account/2fa/app/").reads("Show that it is you").is_right()
    expect(ada.page.get_by_role("button", name="Send a code")).to_have_count(0)
    ada.press("Use a passkey")
    expect(ada.page.get_by_role("heading", name="Set up an app on your phone")).to_be_visible()


def test_staff_with_a_passkey_may_show_that_or_a_letter(ben, noon, mailoutbox):
    add_passkey(ben)
    noon.shift(11 * 60)
    ben.go("/account/2fa/passkeys/add/").reads("Show that it is you").is_right()
    ben.press("Send a code to").reads("We have written to")
    assert mailoutbox[-1].subject == "Your code to go on"


def test_a_device_without_it_is_said_so_and_the_page_stays(ben):
    add_passkey(ben)
    ben.forget()
    sign_out(ben).go("/account/login/code/").press("Sign in with it")
    expect(ben.page.get_by_text("No passkey was used")).to_be_visible()
    ben.is_right()


def test_a_passkey_of_somebody_s_device_that_we_do_not_know(ben):
    add_passkey(ben)
    Authenticator.objects.all().delete()
    sign_out(ben).go("/account/login/code/").press("Sign in with it")
    ben.reads("That passkey is not known here")


def test_a_passkey_is_renamed_and_removed(ben):
    add_passkey(ben)
    ben.go("/account/2fa/passkeys/").is_right().follow("Rename").is_right().enter(name="Work phone").press("Save")
    ben.reads("Work phone").follow("Remove").is_right().press("Remove it").reads("You have none yet")
    assert Authenticator.objects.count() == 0


def test_removing_it_takes_the_second_step_away_and_that_is_written_down(ada, scenery):
    add_passkey(ada)
    ada.go("/account/2fa/passkeys/").follow("Remove").press("Remove it")
    acts = SecurityEvent.objects.filter(by=scenery.ada.pk, act__startswith="signing_in.second_factor").order_by("at")
    assert [(each.act, each.said["kind"]) for each in acts] == [
        (Act.SECOND_FACTOR_ADDED, "webauthn"),
        (Act.SECOND_FACTOR_ADDED, "recovery_codes"),
        (Act.SECOND_FACTOR_REMOVED, "webauthn"),
        (Act.SECOND_FACTOR_REMOVED, "recovery_codes"),
    ]


def test_without_javascript_the_code_is_the_way_and_nobody_is_locked_out(scenery, visit, mailoutbox):
    visitor = with_a_device(visit(scenery.ben))
    add_passkey(visitor)
    plain = visit(java_script_enabled=False)
    plain.go("/account/login/code/")
    expect(plain.page.get_by_role("button", name="Sign in with it")).to_be_hidden()
    plain.enter(email=scenery.ben.email).press("Send me a code")
    code = next(line.strip() for line in mailoutbox[-1].body.splitlines() if line.strip()[4:5] == "-")
    plain.enter(code=code).press("Continue")
    plain.go("/account/2fa/passkeys/add/").reads("A passkey needs JavaScript, which is off in this browser.")


def test_whoever_is_given_a_role_sets_one_up_first(scenery, visit, live_server):
    visitor = with_a_device(visit())
    visitor.page.context.add_cookies([session_cookie(scenery.ben, live_server.url, second_step=False)])
    RoleGrantFactory(person=scenery.ben, role="mentor", system=scenery.system)
    visitor.go("/my-rounds/").reads("You hold a role here").is_right()
    visitor.resize(375).is_right().follow("Add one").press("Add a passkey")
    visitor.reads("Your codes on paper").is_right().press("I have kept them: go on")
    visitor.go("/my-rounds/").reads("My Rounds")
