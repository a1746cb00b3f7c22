"""A partner's own words in letters to its staff: who writes them, what may stand there, and how they look before."""

import pytest

from members.models import SecurityEvent
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.rounds.pages import words_of

pytestmark = pytest.mark.django_db
PAGE = "/manage/organisations/XR1/words/"
COVER = "Speak to your manager about cover. See https://riverbank.example/cover, or ring 01632 960141 at 12:30pm."


@pytest.fixture
def riverbank():
    return OrganisationFactory(code="XR1", name="Riverbank", system=SystemFactory(), has_staff_list=True)


@pytest.fixture
def ada(client, riverbank):
    person = RoleGrantFactory(role="administrator", organisation=riverbank).person
    client.force_login(person)
    return client


def saved(partner):
    partner.refresh_from_db()
    return partner.own_words


def changes():
    return SecurityEvent.objects.filter(act="organisations.changed")


def test_they_are_seen_in_the_letter_before_they_are_saved(ada, riverbank):
    answer = ada.post(PAGE, {"words": COVER, "look": ""})
    assert f"From where you work: {COVER} Places are given" in words_of(answer)
    assert "Invitations to Rounds, not saved yet" in words_of(answer)
    assert "Letters to pass on" not in words_of(answer)
    assert (saved(riverbank), changes().count()) == ("", 0)


def test_saved_they_stand_on_the_page_of_the_partner_and_in_the_log(ada, riverbank):
    answer = ada.post(PAGE, {"words": f"{COVER}  \r\nAnd thank you.\n", "save": ""}, follow=True)
    assert saved(riverbank) == f"{COVER}\nAnd thank you."
    assert COVER in words_of(answer)
    event = changes().get()
    assert (event.about, event.said) == ("XR1", {"what": ["its own words in letters"]})
    ada.post(PAGE, {"words": saved(riverbank), "save": ""})
    assert changes().count() == 1
    ada.post(PAGE, {"words": "", "save": ""})
    assert saved(riverbank) == ""


def test_a_partner_without_a_staff_list_sees_the_letter_to_pass_on_too(ada, riverbank):
    riverbank.has_staff_list = False
    riverbank.save()
    page = words_of(ada.post(PAGE, {"words": COVER, "look": ""}))
    assert "Letters to pass on, not saved yet" in page
    assert riverbank.name in page.partition("Letters to pass on, not saved yet")[2]
    assert "Quarry Lane Care Homes" not in page


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("x" * 501, "“Its own words” must be 500 characters or fewer"),
        ("a\n" * 8 + "a", "Use 8 lines or fewer"),
        ("Read <b>this</b>", "Write plain text, without < and >"),
        ("See http://riverbank.example", "Begin each link with https:// or leave it out: http://riverbank.example"),
        ("See (HTTP://riverbank.example)", "Begin each link with https:// or leave it out: HTTP://riverbank.example)"),
        ("javascript:alert(1)", "Begin each link with https:// or leave it out: javascript:alert(1)"),
        ("at www.riverbank.example", "Begin each link with https:// or leave it out: www.riverbank.example"),
        ("elmbridge-login.com/verify", "Begin each link with https:// or leave it out: elmbridge-login.com/verify"),
        ("Log in (riverbank.example).", "Begin each link with https:// or leave it out: riverbank.example)."),
        ("evil.xn--p1ai", "Begin each link with https:// or leave it out: evil.xn--p1ai"),
        (
            "ftp://files.example then https://a.example",
            "Begin each link with https:// or leave it out: ftp://files.exa",
        ),
    ],
)
def test_what_may_not_stand_there_is_refused_and_the_typing_kept(ada, riverbank, words, sentence):
    answer = ada.post(PAGE, {"words": words, "save": ""})
    assert answer.status_code == 200
    assert answer.context["form"].errors["words"][0].startswith(sentence)
    assert answer.context["looks"] == []
    assert answer.context["form"]["words"].value() == words
    assert saved(riverbank) == ""


@pytest.mark.parametrize(
    "words",
    [
        "Write to anna.b.lee.smith@team.riverbank.example.",
        "At 12.30pm, e.g. in room 2.14b.",
        "See https://a.example/b.html",
    ],
)
def test_an_email_address_or_an_hour_is_no_link(ada, riverbank, words):
    ada.post(PAGE, {"words": words, "save": ""})
    assert saved(riverbank) == words


def test_nobody_elses_administrator_comes_near(client, riverbank):
    neighbour = OrganisationFactory(system=riverbank.system_edges.get().system)
    client.force_login(RoleGrantFactory(role="administrator", organisation=neighbour).person)
    assert client.post(PAGE, {"words": "Ours", "save": ""}).status_code == 404
    client.force_login(PersonFactory(works_for=riverbank))
    assert client.get(PAGE).status_code == 403
    assert saved(riverbank) == ""
