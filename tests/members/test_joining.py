"""The ways in over HTTP: the code by e-mail, a partner's join link, and what neither of them gives away."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.actions import invitations, retention
from members.models import InvitationLink, JoinLink, Membership, Person
from rounds_site import settings as settings_of_the_portal
from tests.factories.members import JoinLinkFactory, OrganisationFactory, PersonFactory, SystemFactory

pytestmark = pytest.mark.django_db

SIGN_IN = "/account/login/code/"
CONFIRM = "/account/login/code/confirm/"
TOO_OFTEN = "Too many codes were asked for just now. Please wait a minute, then try again."
CLEO = {"name": "Cleo Carer", "email": "Cleo@Quarry.example", "staff_group": "social_care"}


@pytest.fixture
def link():
    SystemFactory()
    return JoinLinkFactory(organisation=OrganisationFactory(name="Quarry Lane Care Homes", has_staff_list=False))


def code():
    return re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mail.outbox[-1].body)[0]


def address_of(link):
    return reverse("join", args=[link.token])


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def without_tokens(response, *said):
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    for words in said:
        page = page.replace(words, "…")
    return page


# --- Signing in -------------------------------------------------------------------------------------


def test_a_code_signs_in_and_leads_to_where_one_was_going(client):
    SystemFactory()
    person = PersonFactory(email="ben@riverbank.example", works_for=OrganisationFactory())
    response = client.get("/your-details/")
    assert response["Location"] == f"{SIGN_IN}?next=/your-details/"
    response = client.post(response["Location"], {"email": "Ben@Riverbank.example", "next": "/your-details/"})
    assert response["Location"] == f"{CONFIRM}?next=%2Fyour-details%2F"
    response = client.post(response["Location"], {"code": code(), "next": "/your-details/"})
    assert response["Location"] == "/your-details/"
    assert client.get("/your-details/").wsgi_request.user == person


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_away_from_here(client, elsewhere):
    PersonFactory(email="ben@riverbank.example", works_for=OrganisationFactory())
    client.post(SIGN_IN, {"email": "ben@riverbank.example", "next": elsewhere})
    response = client.post(CONFIRM, {"code": code(), "next": elsewhere})
    assert response["Location"] == "/"


def test_known_unknown_and_closed_addresses_get_the_same_page(client):
    SystemFactory()
    PersonFactory(email="known@riverbank.example")
    PersonFactory(email="closed@riverbank.example", is_active=False)
    pages = set()
    for name in ("known", "stranger", "closed"):
        email = f"{name}@riverbank.example"
        asked = client.post(SIGN_IN, {"email": email})
        page = client.get(CONFIRM)
        pages.add((asked.status_code, asked["Location"], page.status_code, without_tokens(page, email)))
        client.post("/account/logout/")
    assert len(pages) == 1
    assert {letter.subject for letter in mail.outbox} == {"Your sign-in code"}
    assert [bool(re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", letter.body)) for letter in mail.outbox] == [True] * 3


def test_a_code_is_a_letter_of_the_system(client):
    system = SystemFactory()
    PersonFactory(email="ben@riverbank.example")
    client.post(SIGN_IN, {"email": "ben@riverbank.example"})
    (letter,) = mail.outbox
    assert (letter.from_email, letter.to) == (system.sender, ["ben@riverbank.example"])
    assert code() in letter.body


def test_a_stranger_gets_a_code_like_everybody_and_an_account_that_proves_nothing(client):
    client.post(SIGN_IN, {"email": "stranger@elsewhere.example"})
    assert "Your sign-in code is" in mail.outbox[0].body
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("stranger@elsewhere.example", False)]


def test_a_closed_account_says_so_to_its_owner_alone(client):
    PersonFactory(email="closed@riverbank.example", is_active=False)
    client.post(SIGN_IN, {"email": "closed@riverbank.example"})
    page = client.post(CONFIRM, {"code": code()}, follow=True)
    assert page.redirect_chain == [("/account/inactive/", 302)]
    assert not page.wsgi_request.user.is_authenticated


def test_nobody_signs_up_by_themselves(client):
    client.post("/account/signup/", {"email": "stranger@elsewhere.example"})
    assert Person.objects.count() == 0


# --- Joining ----------------------------------------------------------------------------------------


def test_the_page_names_the_partner_and_asks_three_things(client, link):
    page = text(client.get(address_of(link)))
    assert "Join as staff of Quarry Lane Care Homes" in page
    assert re.findall(r'name="(\w+)"', page.split("<main")[1])[0:3] == ["csrfmiddlewaretoken", "name", "email"]
    assert page.count('type="radio"') == 16


def test_a_new_person_joins_once_the_code_was_entered(client, link):
    response = client.post(address_of(link), CLEO)
    assert response["Location"] == CONFIRM
    cleo = Person.objects.get()
    assert (cleo.email, cleo.name, Membership.objects.count()) == ("cleo@quarry.example", "", 0)
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("cleo@quarry.example", False)]
    response = client.post(CONFIRM, {"code": code()}, follow=True)
    cleo.refresh_from_db()
    membership = Membership.objects.get()
    assert (membership.person, membership.organisation) == (cleo, link.organisation)
    assert (membership.staff_group, membership.source, cleo.name) == ("social_care", "joined", "Cleo Carer")
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("cleo@quarry.example", True)]
    assert "You have joined as staff of Quarry Lane Care Homes." in text(response)
    assert response.wsgi_request.user == cleo


def test_who_joins_with_their_second_address_keeps_the_account_they_have(client, link):
    ben = PersonFactory(email="ben@riverbank.example")
    EmailAddress.objects.create(user=ben, email="cleo@quarry.example", verified=True)
    client.post(address_of(link), CLEO)
    assert mail.outbox[-1].to == ["cleo@quarry.example"]
    client.post(CONFIRM, {"code": code()})
    assert list(Person.objects.all()) == [ben]
    assert Membership.objects.get().person == ben


def test_somebody_with_an_account_gets_the_same_page_and_joins_only_after_the_code(client, link):
    stranger = client.post(address_of(link), CLEO)
    page_of_a_stranger = without_tokens(client.get(CONFIRM), "cleo@quarry.example")
    client.post("/account/logout/")
    ben = PersonFactory(email="ben@riverbank.example", name="Ben Booker")
    known = client.post(address_of(link), CLEO | {"email": ben.email})
    page_of_ben = without_tokens(client.get(CONFIRM), ben.email)
    assert (known.status_code, known["Location"]) == (stranger.status_code, stranger["Location"])
    assert page_of_ben == page_of_a_stranger
    assert [letter.subject for letter in mail.outbox] == ["Your sign-in code"] * 2
    assert Membership.objects.count() == 0
    client.post(CONFIRM, {"code": code()})
    ben.refresh_from_db()
    assert (Membership.objects.get().person, ben.name) == (ben, "Ben Booker")


def test_a_wrong_code_makes_nobody_staff(client, link):
    client.post(address_of(link), CLEO)
    response = client.post(CONFIRM, {"code": "WRONG"})
    assert response.status_code == 200
    assert Membership.objects.count() == 0


def test_what_one_person_began_another_does_not_finish(client, link):
    """A shared computer: the join that was not confirmed ends with the next sign-in of anybody."""
    PersonFactory(email="ben@riverbank.example")
    client.post(address_of(link), CLEO)
    client.post("/account/logout/")
    session = client.session
    cleo = Person.objects.get(email="cleo@quarry.example")
    session["joining"] = {"person": str(cleo.pk), "token": link.token, "name": "", "staff_group": "other"}
    session.save()
    client.post(SIGN_IN, {"email": "ben@riverbank.example"})
    client.post(CONFIRM, {"code": code()})
    assert Membership.objects.count() == 0
    assert "joining" not in client.session


def test_a_link_that_ended_meanwhile_is_said_so(client, link):
    client.post(address_of(link), CLEO)
    JoinLink.objects.update(ended_at=timezone.now())
    response = client.post(CONFIRM, {"code": code()}, follow=True)
    assert "The link you used has ended. Please ask whoever gave it to you for the new one." in text(response)
    assert Membership.objects.count() == 0


def test_ended_and_unknown_links_are_not_here(client, link):
    ended = JoinLinkFactory(ended_at=timezone.now())
    assert [client.get(url).status_code for url in (address_of(ended), "/join/nonsense/", "/join/%00/")] == [404] * 3


def test_a_link_that_ended_says_so_and_not_whether_it_ever_was(client, link):
    JoinLink.objects.update(ended_at=timezone.now())
    pages = [client.get(address_of(link)), client.get("/join/nonsense/"), client.post(address_of(link), CLEO)]
    assert [page.status_code for page in pages] == [404] * 3
    assert len({without_tokens(page) for page in pages}) == 1
    assert "This link has ended" in text(pages[0])
    assert "contact for Rounds, for the new one. Nothing that you entered was kept." in text(pages[0])
    client.force_login(PersonFactory())
    assert "This link has ended" in text(client.post(address_of(link), {"staff_group": "medical"}))
    assert (mail.outbox, Membership.objects.count()) == ([], 0)


def test_somebody_who_is_signed_in_joins_with_one_press(client, link):
    ben = PersonFactory(email="ben@riverbank.example")
    client.force_login(ben)
    assert "You are signed in as ben@riverbank.example." in text(client.get(address_of(link)))
    response = client.post(address_of(link), {"staff_group": "medical"})
    assert response["Location"] == "/"
    assert Membership.objects.get().staff_group == "medical"
    assert mail.outbox == []


def test_a_link_on_a_wall_does_not_let_a_leaver_in_again_and_a_letter_does(client, link):
    ben = PersonFactory(email="ben@riverbank.example", works_for=link.organisation)
    Membership.objects.update(ends_on=timezone.localdate())
    client.force_login(ben)
    refused = client.post(address_of(link), {"staff_group": "medical"})
    assert "You were staff of Quarry Lane Care Homes before, and have left." in text(refused)
    assert not Membership.objects.filter(ends_on=None).exists()
    invited = InvitationLink.objects.create(
        organisation=link.organisation, email="ben@riverbank.example", created_at=timezone.now()
    )
    invitations.join(person=ben, name="", staff_group="medical", invitation=str(invited.pk), now=timezone.now())
    assert Membership.objects.filter(ends_on=None).exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Enter your name"),
        ({"name": "x" * 101}, "must be 100 characters or fewer"),
        ({"name": "Cleo\x00"}, "Leave out characters that cannot be seen"),
        ({"email": ""}, "Enter your email address"),
        ({"email": "cleo"}, "Enter an email address in the correct format, like name@example.com"),
        ({"email": "cleo@quarry.example\nBcc: all@x.example"}, "Enter an email address in the correct format"),
        ({"email": "c" * 250 + "@quarry.example"}, "Enter an email address in the correct format"),
        ({"staff_group": ""}, "Choose a staff group"),
        ({"staff_group": "wizard"}, "Select one of the choices"),
    ],
)
def test_bad_input_is_answered_on_the_page(client, link, wrong, sentence):
    response = client.post(address_of(link), CLEO | wrong)
    assert response.status_code == 200
    assert sentence in text(response)
    assert (Person.objects.count(), mail.outbox) == (0, [])


def test_html_in_a_name_is_words(client, link):
    client.post(address_of(link), CLEO | {"name": "<b>Cleo</b>"})
    client.post(CONFIRM, {"code": code()})
    page = client.get("/your-details/").content.decode()
    assert "<b>Cleo</b>" not in page
    assert "&lt;b&gt;Cleo&lt;/b&gt;" in page


def test_codes_are_not_sent_without_end(client, link):
    for _ in range(3):
        assert client.post(address_of(link), CLEO).status_code == 302
    assert TOO_OFTEN in text(client.post(address_of(link), CLEO))
    client.post("/account/logout/")
    assert TOO_OFTEN in text(client.post(SIGN_IN, {"email": CLEO["email"]}))
    assert len(mail.outbox) == 3


def test_a_whole_hospital_behind_one_address_comes_in(client, link):
    """50 people by the join link and 50 to sign in, within a minute and from one IP address."""
    for number in range(50):
        assert client.post(address_of(link), CLEO | {"email": f"new{number}@quarry.example"}).status_code == 302
        client.post("/account/logout/")
        assert client.post(SIGN_IN, {"email": f"old{number}@quarry.example"}).status_code == 302
        client.post("/account/logout/")
    assert len(mail.outbox) == 100


def test_one_machine_that_tries_every_address_is_stopped(client, link, settings):
    settings.ACCOUNT_RATE_LIMITS = {"request_login_code": "5/m/ip,3/m/key"}
    for number in range(5):
        client.post(SIGN_IN, {"email": f"a{number}@quarry.example"})
        client.post("/account/logout/")
    assert TOO_OFTEN in text(client.post(SIGN_IN, {"email": "last@quarry.example"}))
    assert TOO_OFTEN in text(client.post(address_of(link), CLEO))
    assert len(mail.outbox) == 5


def test_the_cache_remembers_more_people_than_come_at_once():
    cache = settings_of_the_portal.CACHES["default"]
    assert cache["BACKEND"].endswith("RedisCache") or cache["OPTIONS"]["MAX_ENTRIES"] >= 60_000


def test_a_wrong_code_is_said_kindly_and_the_third_ends_it(client):
    PersonFactory(email="ben@riverbank.example")
    client.post(SIGN_IN, {"email": "ben@riverbank.example"})
    assert "the code works for 15 minutes." in text(client.get(CONFIRM))
    assert "within 15 minutes." in mail.outbox[0].body
    assert "Enter the code from our letter" in text(client.post(CONFIRM, {"code": ""}))
    wrong = text(client.post(CONFIRM, {"code": "WRONG"}))
    assert "That code is not right. Look for the newest letter, or ask for another code" in wrong
    ended = client.post(CONFIRM, {"code": "WRONG"}, follow=True)
    assert ended.redirect_chain == [(SIGN_IN, 302)]
    assert "Those codes were not right, so the code has ended. You can ask for another now." in text(ended)
    assert client.post(SIGN_IN, {"email": "ben@riverbank.example"}).status_code == 302


def test_the_page_for_signing_in_says_what_a_newcomer_does(client):
    page = text(client.get(SIGN_IN))
    assert "New here?" in page
    assert "ask your organisation's contact for Rounds for the link by which its staff join" in page
    assert "Enter an email address in the correct format" in text(client.post(SIGN_IN, {"email": "ben"}))


def test_an_account_that_nobody_confirmed_is_forgotten_by_the_clock_a_day_after_the_last_code(client, link):
    begun = timezone.now() - timedelta(hours=23, minutes=55)
    for email in ("stranger@elsewhere.example", CLEO["email"].lower()):
        PersonFactory(email=email, verified=False, created_at=begun)
    client.post(address_of(link), CLEO)
    assert Person.objects.count() == 2
    retention.forget("accounts", now=begun + timedelta(hours=24, minutes=1))
    assert list(Person.objects.values_list("email", flat=True)) == ["cleo@quarry.example"]
    client.post(CONFIRM, {"code": code()})
    assert Membership.objects.get().person == Person.objects.get()


def test_a_code_looks_at_no_account_but_its_own(link):
    ben = PersonFactory()
    for _ in range(3):
        PersonFactory(verified=False, created_at=timezone.now() - timedelta(days=9))
    with CaptureQueriesContext(connection) as asked:
        invitations.account_for(email=ben.email, now=timezone.now())
    wide = [each["sql"] for each in asked if "members_person" in each["sql"] and "@" not in each["sql"]]
    assert [sql for sql in wide if ben.pk.hex not in sql.replace("-", "")] == []
    assert Person.objects.count() == 4
