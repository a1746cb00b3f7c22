"""One's own details, stopping invitations, and the pages that everybody may read."""

import re
import uuid
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Membership
from rounds_site.kit.links import sign
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory, SystemFactory

pytestmark = pytest.mark.django_db


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def stop_page(person):
    return reverse("stop", args=[sign(person.pk, purpose="stop")])


# --- Your details -----------------------------------------------------------------------------------


@pytest.fixture
def ben(client):
    person = PersonFactory(name="Ben Booker", works_for=OrganisationFactory(name="Riverbank"))
    client.force_login(person)
    return person


def details_of(person, **said):
    group = {f"staff_group_{each.pk.hex}": "medical" for each in person.memberships.all()}
    return {"name": "Ben B. Booker"} | group | said


def test_ones_own_name_and_staff_group(client, ben):
    assert "Riverbank" in text(client.get("/your-details/"))
    response = client.post("/your-details/", details_of(ben), follow=True)
    ben.refresh_from_db()
    assert (ben.name, Membership.objects.get().staff_group) == ("Ben B. Booker", "medical")
    assert "Your details are saved." in text(response)


def test_a_staff_group_for_each_place_of_work(client, ben):
    MembershipFactory(person=ben, organisation__name="Quarry Lane")
    page = text(client.get("/your-details/"))
    assert "Your staff group at Quarry Lane" in page
    assert "Your staff group at Riverbank" in page


def test_ones_own_site_among_those_of_the_partner(client, ben):
    """Not one that has ended, nor another partner's; no list writes over it."""
    job = ben.memberships.get()
    here = job.organisation.sites.create(name="Riverbank East")
    job.organisation.sites.create(name="Riverbank Old", ended_on=date(2026, 4, 1))
    foreign = OrganisationFactory().sites.create(name="Elsewhere")
    page = text(client.get("/your-details/"))
    assert ("Riverbank East" in page, "Riverbank Old" in page, "Elsewhere" in page) == (True, False, False)
    field = f"site_{job.pk.hex}"
    assert "Choose a site from the list" in text(client.post("/your-details/", details_of(ben, **{field: foreign.pk})))
    client.post("/your-details/", details_of(ben, **{field: here.pk}))
    job.refresh_from_db()
    assert (job.site, job.corrected) == (here, ["site", "staff_group"])


def test_nobody_elses_membership_is_changed(client, ben):
    other = MembershipFactory(staff_group="nursing")
    client.post("/your-details/", details_of(ben, **{f"staff_group_{other.pk.hex}": "estates"}))
    other.refresh_from_db()
    assert other.staff_group == "nursing"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"name": "  "}, "Enter your name"),
        ({"name": "x" * 101}, "must be 100 characters or fewer"),
        ({"name": "Ben\x00"}, "Leave out characters that cannot be seen"),
    ],
)
def test_bad_details_are_answered_on_the_page(client, ben, said, sentence):
    response = client.post("/your-details/", details_of(ben, **said))
    assert (response.status_code, sentence in text(response)) == (200, True)
    ben.refresh_from_db()
    assert ben.name == "Ben Booker"


def test_invitations_are_stopped_and_had_again_by_a_button(client, ben):
    client.get("/your-details/invitations/")
    ben.refresh_from_db()
    assert ben.invitations_stopped_at is None
    assert "Invite me again" in text(client.post("/your-details/invitations/", {"stop": "1"}, follow=True))
    ben.refresh_from_db()
    assert ben.invitations_stopped_at is not None
    client.post("/your-details/invitations/", {})
    client.post("/your-details/invitations/", {"resume": "1"})
    ben.refresh_from_db()
    assert ben.invitations_stopped_at is None


def test_signed_out_one_is_asked_to_sign_in(client):
    assert client.get("/your-details/")["Location"] == "/account/login/code/?next=/your-details/"


# --- The link in every invitation -------------------------------------------------------------------


def test_opening_the_link_stops_nothing(client):
    person = PersonFactory()
    assert "Stop invitations?" in text(client.get(stop_page(person)))
    person.refresh_from_db()
    assert person.invitations_stopped_at is None


def test_one_press_stops_invitations_even_from_a_mail_program():
    """RFC 8058: one POST of List-Unsubscribe=One-Click, with no cookie, no token and no redirect."""
    person = PersonFactory()
    response = Client(enforce_csrf_checks=True).post(stop_page(person), {"List-Unsubscribe": "One-Click"})
    person.refresh_from_db()
    assert response.status_code == 200
    assert "Invitations are stopped" in text(response)
    assert person.invitations_stopped_at is not None


def test_the_link_gives_no_name_away_and_signs_nobody_in(client):
    person = PersonFactory(name="Ben Booker", email="ben@riverbank.example")
    for response in (client.get(stop_page(person)), client.post(stop_page(person))):
        assert "Ben" not in text(response)
        assert "ben@" not in text(response)
        assert not response.wsgi_request.user.is_authenticated


def test_only_our_own_links_work(client):
    person = PersonFactory()
    closed = PersonFactory(is_active=False)
    forged = ["nonsense", sign(uuid.uuid4(), purpose="stop"), sign(person.pk, purpose="join"), "%00", "ü:" + "a" * 43]
    for token in [*forged, sign(closed.pk, purpose="stop")]:
        assert client.post(f"/stop/{token}/").status_code == 404
    person.refresh_from_db()
    assert person.invitations_stopped_at is None


# --- For everybody ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/support/", "/privacy/", "/accessibility/"])
def test_pages_for_everybody(client, address):
    assert client.get(address).status_code == 200
    SystemFactory(contact="The Rounds office <script>", licensor_notice="A notice")
    page = text(client.get(address))
    assert "The Rounds office &lt;script&gt;" in page
    assert client.post(address).status_code == 405
    assert page.count("A notice") == 1


def test_the_privacy_notice_names_every_cookie_there_is(client, ben):
    client.get("/your-details/")
    client.post("/your-details/", details_of(ben))
    page = text(client.get("/privacy/"))
    assert set(client.cookies) == {"sessionid", "csrftoken"}
    assert all(f"<b>{name}</b>" in page for name in client.cookies)


def test_someone_to_talk_to(client):
    SystemFactory()
    page = text(client.get("/support/"))
    assert "If a story stays with you, you need not carry it alone." in page
    for words in ("116 123", "111, option 2", "999", "North Vale staff support: ", "01632 960 001</a>"):
        assert words in page


def test_one_signs_out_on_the_page_about_oneself_too(client):
    client.force_login(PersonFactory())
    page = client.get("/your-details/").content.decode().partition("<main")[2]
    assert page.count('action="/account/logout/"') == 1
