"""What each letter says, on a page: a list of the kinds, and each as its reader sees it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.registry import letters
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.rounds.pages import headings_of, words_of

pytestmark = pytest.mark.django_db
LIST = "/manage/letters/kinds/"


@pytest.fixture
def vale():
    return SystemFactory(name="North Vale Integrated Care System", colour="#5b2a86")


@pytest.fixture
def ada(client, vale):
    client.force_login(RoleGrantFactory(role="administrator", system=vale).person)
    return client


def test_the_list_says_who_gets_each_and_leads_to_it(ada):
    answer = ada.get(LIST)
    assert headings_of(answer) == ["To many", "Personal"]
    for letter in letters:
        assert f'href="{LIST}{letter.kind}/"' in answer.content.decode()
        assert letter.told.to in words_of(answer)


@pytest.mark.parametrize("kind", [letter.kind for letter in letters])
def test_each_shows_itself_wide_narrow_and_as_plain_text(ada, vale, kind):
    answer = ada.get(f"{LIST}{kind}/")
    words, told = words_of(answer), letters[kind].told
    assert f"Who gets it {told.to} When not {told.not_when}" in words
    frames = re.findall(r'<iframe class="(.*?)" src="(.*?)"', answer.content.decode())
    samples = len(told.samples(vale))
    addresses = [reverse("letter_sample", args=[kind, number]) for number in range(samples)]
    assert frames == [each for address in addresses for each in (("rd-letter", address), (frames[1][0], address))]
    assert words.count("Hello,") == samples
    for address in addresses:
        html = ada.get(address).content.decode()
        assert "#5b2a86" in html
        assert "North Vale Integrated Care System" in html


def test_in_its_frame_a_letter_may_bring_its_style_and_nothing_else(ada):
    answer = ada.get(f"{LIST}invitation/0/")
    assert set(answer.headers["Content-Security-Policy"].split("; ")) == {
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "frame-ancestors 'self'",
        "sandbox allow-top-navigation-by-user-activation",
    }
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-src 'self'" in ada.get(f"{LIST}invitation/").headers["Content-Security-Policy"]
    assert "frame-src" not in ada.get(LIST).headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["thanks_for_coming/", "thanks_for_coming/0/", "invitation/4/"])
def test_what_there_is_not_is_not_here(ada, address):
    assert ada.get(LIST + address).status_code == 404


def test_whoever_administers_one_partner_sees_them_as_their_system_sends_them(client, vale):
    partner = OrganisationFactory(system=vale)
    client.force_login(RoleGrantFactory(role="administrator", organisation=partner).person)
    assert "#5b2a86" in client.get(f"{LIST}invitation/0/").content.decode()
    client.force_login(PersonFactory(works_for=partner))
    assert [client.get(LIST + rest).status_code for rest in ("", "invitation/", "invitation/0/")] == [403] * 3


def test_a_list_of_kinds_asks_little(ada):
    with CaptureQueriesContext(connection) as queries:
        ada.get(LIST)
    assert len(queries) < 12
