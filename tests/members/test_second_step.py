"""Whoever holds a role shows a second step: an app, a code on paper, a passkey. Nobody else is asked."""

import re

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal import auth
from django.core import mail
from django.utils import timezone

from members.access import needs_second_factor
from members.models import SecurityEvent
from members.models.audit import Act
from members.roles import ROLES, Scope
from tests.factories.members import OrganisationFactory, PersonFactory, PlaceFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory, StorytellerFactory
from tests.sessions import app_code, show_second_step
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def ada():
    person = PersonFactory(name="Ada Facilitator", email="ada@riverbank.example")
    RoleGrantFactory(person=person, role="facilitator", system=SystemFactory())
    return person


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def enter_code(client, person, then="/"):
    client.post(f"/account/login/code/?next={then}", {"email": person.email, "next": then})
    code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", mail.outbox[-1].body)[0]
    return client.post("/account/login/code/confirm/", {"code": code, "next": then}, follow=True)


# --- Of whom it is asked ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_of_every_role(role):
    scopes = {Scope.SYSTEM: SystemFactory, Scope.PLACE: PlaceFactory, Scope.ORGANISATION: OrganisationFactory}
    person = PersonFactory()
    for scope in ROLES[role].scopes:
        RoleGrantFactory(person=person, role=role, **{scope.value: scopes[scope]()})
    assert needs_second_factor(person, now=timezone.now())


def test_not_of_the_team_of_one_round_nor_of_who_tells_a_story_there():
    person = PersonFactory()
    round = RoundFactory(facilitators=[person])
    StorytellerFactory(round=round, person=person)
    assert not needs_second_factor(person, now=timezone.now())


def test_one_that_somebody_else_showed_in_this_browser_counts_for_nobody(client, ada):
    client.force_login(ada)
    assert client.get("/").status_code == 200
    show_second_step(client, PersonFactory())
    assert client.get("/").url == "/account/2fa/"


def test_not_after_the_role_has_ended(ada):
    ada.role_grants.update(ends_on=NOON.date())
    assert not needs_second_factor(ada, now=timezone.now())


# --- Setting it up ----------------------------------------------------------------------------------


def test_who_has_none_gets_no_further_than_the_page_to_set_one_up(client, ada):
    page = enter_code(client, ada, then="/organise/")
    assert page.redirect_chain[-1] == ("/account/2fa/", 302)
    assert "You hold a role here" in text(page)
    for closed in ("/", "/organise/", "/your-details/", "/my-rounds/", "/account/email/", "/account/2fa/passkeys/"):
        assert client.get(closed)["Location"] == "/account/2fa/"
        assert client.post(closed)["Location"] == "/account/2fa/"
    for open_to_all in ("/support/", "/privacy/", "/promises/", "/account/logout/"):
        assert client.get(open_to_all).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_app_is_set_up_and_then_all_is_open(client, ada):
    enter_code(client, ada)
    secret = re.search(r"<code>([A-Z2-7]+)</code>", text(client.get("/account/2fa/app/")))[1]
    wrong = client.post("/account/2fa/app/", {"code": "000000"})
    assert "That code is not right" in text(wrong)
    page = client.post("/account/2fa/app/", {"code": app_code(secret)}, follow=True)
    assert "Your codes on paper" in text(page)
    assert len(re.findall(r"<code>\d{8}</code>", text(page))) == 10
    assert client.get("/organise/").status_code == 200


def test_a_role_given_while_signed_in_counts_from_the_next_page(client):
    person = PersonFactory()
    enter_code(client, person)
    assert client.get("/my-rounds/").status_code == 200
    RoleGrantFactory(person=person, role="mentor", system=SystemFactory())
    assert client.get("/my-rounds/")["Location"] == "/account/2fa/"


def test_a_form_sent_meanwhile_reaches_nothing(client, ada):
    enter_code(client, ada)
    client.post("/your-details/", {"name": "Somebody Else"})
    ada.refresh_from_db()
    assert ada.name == "Ada Facilitator"


# --- Signing in with it -----------------------------------------------------------------------------


def test_the_app_is_asked_for_after_the_code(client, ada):
    TOTP.activate(ada, SECRET)
    page = enter_code(client, ada, then="/organise/")
    assert page.redirect_chain[-1] == ("/account/2fa/authenticate/", 302)
    assert client.get("/organise/")["Location"].startswith("/account/login/code/")
    answer = client.post("/account/2fa/authenticate/", {"code": app_code(SECRET)})
    assert (answer.status_code, answer["Location"]) == (302, "/organise/")
    assert client.get("/organise/").status_code == 200


def test_a_code_on_paper_lets_in_once(client, ada):
    TOTP.activate(ada, SECRET)
    paper = RecoveryCodes.activate(ada).get_unused_codes()[0]
    for lets_in in (True, False):
        enter_code(client, ada)
        answer = client.post("/account/2fa/authenticate/", {"code": paper})
        assert (answer.status_code == 302) is lets_in
        client.post("/account/logout/")


def test_a_code_that_was_used_is_used(client, ada):
    TOTP.activate(ada, SECRET)
    for status in (302, 200):
        enter_code(client, ada)
        assert client.post("/account/2fa/authenticate/", {"code": app_code(SECRET)}).status_code == status
        client.post("/account/logout/")


def test_five_wrong_codes_hold_one_up(client, ada):
    TOTP.activate(ada, SECRET)
    enter_code(client, ada)
    pages = [text(client.post("/account/2fa/authenticate/", {"code": "000000"})) for _ in range(6)]
    assert "That code is not right" in pages[4]
    assert "That was tried too often" in pages[5]
    assert "That was tried too often" in text(client.post("/account/2fa/authenticate/", {"code": app_code(SECRET)}))


def test_staff_without_a_role_may_choose_the_app(client):
    person = PersonFactory()
    TOTP.activate(person, SECRET)
    assert enter_code(client, person).redirect_chain[-1][0] == "/account/2fa/authenticate/"


def test_whoever_came_in_without_it_shows_it_before_anything_else(client, ada):
    """Somebody who set up an app, was signed in before as staff, and was given the role since."""
    ada.role_grants.all().delete()
    enter_code(client, ada)
    TOTP.activate(ada, SECRET)
    RoleGrantFactory(person=ada, role="sponsor", system=SystemFactory())
    for page in ("/organise/", "/account/2fa/app/stop/", "/account/2fa/passkeys/add/", "/account/2fa/paper/"):
        assert "Show that it is you" in text(client.get(page))
    answer = client.post("/organise/", {"prove-by": "app", "prove-code": app_code(SECRET)})
    assert answer["Location"] == "/organise/"
    assert client.get("/organise/").status_code == 200


def test_another_person_in_the_same_browser_shows_their_own(client, ada):
    client.force_login(ada)
    assert client.get("/organise/").status_code == 200
    other = PersonFactory()
    RoleGrantFactory(person=other, role="sponsor", system=SystemFactory())
    client.post("/account/logout/")
    enter_code(client, other)
    assert client.get("/organise/")["Location"] == "/account/2fa/"


# --- What is written down ---------------------------------------------------------------------------


def acts():
    return list(SecurityEvent.objects.exclude(act=Act.SIGNED_IN).order_by("at", "id").values_list("act", "said"))


def test_of_role_holders_what_was_refused_added_and_removed(client, ada):
    client.force_login(ada)
    TOTP.activate(ada, SECRET)
    client.post("/account/2fa/app/stop/")
    client.post("/account/logout/")
    assert acts() == [(Act.SECOND_FACTOR_REMOVED, {"kind": "totp"})]
    TOTP.activate(ada, SECRET)
    enter_code(client, ada)
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert sorted(acts()) == sorted(
        [(Act.SECOND_FACTOR_REMOVED, {"kind": "totp"}), (Act.SECOND_FACTOR_REFUSED, {"kind": "totp"})]
    )
    assert {*SecurityEvent.objects.values_list("by", flat=True)} == {ada.pk}


def test_of_staff_nothing(client):
    person = PersonFactory()
    TOTP.activate(person, SECRET)
    enter_code(client, person)
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert SecurityEvent.objects.count() == 0


def test_nobody_signs_in_with_a_passkey_of_no_one(client):
    answer = client.post("/account/2fa/passkeys/sign-in/", {"credential": "{}"}, follow=True)
    assert not answer.wsgi_request.user.is_authenticated
    assert "is not known here" in text(answer)
    assert Authenticator.objects.count() == 0


@pytest.mark.parametrize("passkey", ["signs in", "is the second step", "is added"])
def test_a_passkey_asks_who_holds_it_whatever_it_is_for(rf, ada, passkey):
    """One that was stolen must not be both steps at once: allauth asks by itself only where nobody is named yet."""
    begin = {
        "signs in": auth.begin_authentication,
        "is the second step": lambda: auth.begin_authentication(ada),
        "is added": lambda: auth.begin_registration(ada, False),
    }
    request = rf.get("/")
    request.session = {}
    with request_context(request):
        begin[passkey]()
        assert auth.get_state()["user_verification"] == "required"
