"""Invitations, bulletin text and poster: rounds/views/{invitations,poster}.py and rounds/templatetags/qr.py."""

import datetime as dt
import html
import re

import pytest
from django.template import Context, Template
from django.urls import reverse

from members.models import Delivery
from rounds import tasks
from rounds.models import Round
from rounds.states import BookingState, Format, RoundState, Way
from tests.factories.members import (
    JoinLinkFactory,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
)
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
MARKUP = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def world():
    world = small_world()
    world.hospice = OrganisationFactory(
        name="Larch Hospice",
        system=world.system,
        has_staff_list=False,
        contact_name="Jo Contact",
        contact_email="jo@larch.example",
    )
    return world


@pytest.fixture
def round(world):
    return make(world)


def make(world, **fields):
    partners = [world.elmbridge, world.quarry_lane, world.hospice]
    usual = {"system": world.system, "facilitators": [world.ada], "partners": partners, "title": "Thrown in"}
    return RoundFactory(**usual | fields)


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client


def page(client, round, name="round_invitations", **query):
    return client.get(reverse(name, args=[round.pk]), query)


def release(client, round, expected):
    return client.post(reverse("release_invitations", args=[round.pk]), {"expected": expected})


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_says_how_many_letters_go_and_to_whom(ada, round):
    said = words(page(ada, round))
    assert "4 letters, ready to go" in said
    assert "Release 4 letters" in said
    assert "Elmbridge Hospital NHS Trust 3 Quarry Lane Care Homes 1" in said


def test_says_for_how_many_places_and_to_its_facilitators_how_many_are_free(client, ada, world):
    round = make(world, format=Format.HYBRID, places=1, online_places=2)
    assert "4 letters, ready to go For 3 places, of which 3 are free." in words(page(ada, round))
    BookingFactory(round=round, way=Way.IN_PERSON)
    BookingFactory(round=round, way=Way.ONLINE, state=BookingState.OFFERED, offer_ends_at=NOON + DAY)
    assert "For 3 places, of which 1 is free." in words(page(ada, round))
    ann = PersonFactory()
    RoleGrantFactory(person=ann, role="administrator", system=world.system)
    client.force_login(ann)
    assert "ready to go For 3 places. One to everybody" in words(page(client, round))


def test_says_before_they_go_that_every_place_is_taken(ada, world):
    full = make(world, places=1, availability="full")
    assert "Every place is taken: whoever books now waits for one." in words(page(ada, full))
    Round.objects.update(availability="some")
    assert "Every place is taken" not in words(page(ada, full))


def test_of_places_nothing_is_said_where_nobody_books(ada, world):
    said = words(page(ada, make(world, needs_booking=False)))
    assert "4 letters, ready to go One to everybody" in said


@pytest.mark.parametrize(
    ("kind", "is_urged"), [("ordinary", True), ("student", True), ("unit", False), ("team_time", False)]
)
def test_of_one_for_a_team_it_says_that_letters_go_to_all_and_urges_nobody(ada, world, kind, is_urged):
    for partners, said in (
        ([world.elmbridge], "This goes to all 3 of Elmbridge Hospital NHS Trust, not to one team."),
        ([world.elmbridge, world.quarry_lane], "This goes to all 4 of 2 partners, not to one team."),
    ):
        answer = page(ada, make(world, kind=kind, partners=partners))
        assert (said in words(answer)) is not is_urged
        assert ("rd-band--needs" in answer.content.decode()) is is_urged
        assert ("nhsuk-button--secondary" in answer.content.decode()) is not is_urged


def test_whoever_works_for_two_partners_gets_one_letter(ada, world, round):
    MembershipFactory(person=world.cleo, organisation=world.elmbridge)
    said = words(page(ada, round))
    assert "4 letters, ready to go" in said
    assert "Elmbridge Hospital NHS Trust 4 Quarry Lane Care Homes 1" in said


def test_whoever_joined_a_partner_without_a_staff_list_is_counted_with_it(ada, world, round):
    PersonFactory(works_for=world.hospice)
    said = words(page(ada, round))
    assert "5 letters, ready to go" in said
    assert "Elmbridge Hospital NHS Trust 3 Larch Hospice 1 Quarry Lane Care Homes 1" in said


def test_whoever_stopped_invitations_is_left_out(ada, world, round):
    world.cleo.invitations_stopped_at = NOON
    world.cleo.save()
    assert "Elmbridge Hospital NHS Trust 3 Quarry Lane Care Homes 0" in words(page(ada, round))


def test_releasing_them_and_their_progress(ada, world, round):
    assert release(ada, round, 4).url == reverse("round_invitations", args=[round.pk])
    said = words(page(ada, round))
    assert "The invitations are released." in said
    assert "0 letters sent, 4 still to go." in said
    assert "Release 4 letters" not in said
    tasks.fan_out(str(round.pk))
    letters = Delivery.objects.filter(kind="invitation")
    letters.filter(person=world.ben).update(state="sent")
    letters.filter(person=world.cleo).update(state="failed")
    said = words(page(ada, round))
    assert "1 letter sent, 2 still to go." in said
    assert "1 could not be delivered." in said
    Delivery.objects.filter(kind="invitation").update(state="sent")
    assert "All written 4 letters sent, 0 still to go." in words(page(ada, round))


def test_more_people_than_were_seen_are_not_written_to(ada, world, round):
    MembershipFactory(person=PersonFactory(), organisation=world.quarry_lane)
    answer = release(ada, round, 4)
    assert "5 people would get the letter now, 1 more than you saw. Look again." in words(answer)
    assert "Release 5 letters" in words(answer)
    assert Round.objects.get().invitations_released_at is None


@pytest.mark.parametrize("expected", ["", "-1", "many", "9" * 40, "4.5"])
def test_a_number_that_is_none_releases_nothing(ada, round, expected):
    release(ada, round, expected)
    released = Round.objects.get().invitations_released_at
    assert released is None or int(expected) > 4


def test_a_get_releases_nothing(ada, round):
    assert ada.get(reverse("release_invitations", args=[round.pk]), {"expected": 4}).status_code == 302
    assert Round.objects.get().invitations_released_at is None


def test_the_letter_is_read_before_it_goes(ada, world):
    round = make(world, title=f"Thrown in {MARKUP}")
    answer = page(ada, round)
    said = words(answer)
    assert "Schwartz Round on 17 March: booking is open" in said
    assert "You are invited to a Schwartz Round" in said
    assert f"Thrown in {MARKUP}" in html.unescape(answer.content.decode())
    assert MARKUP not in answer.content.decode()


def test_says_whose_week_is_not_over_before_they_go(ada, world, settings):
    settings.BULK_DAYS_APART = 7
    earlier = make(world)
    letters = [(world.ben, 2), (world.cleo, 5), (world.ines, 8)]
    for person, days in letters:
        handed = {"state": "sent", "handed_at": NOON - days * DAY, "lane_rank": 1}
        row = {"dedupe_key": str(person.pk), "created_at": NOON, "due_at": NOON, "about": earlier.pk}
        Delivery.objects.create(kind="invitation", person=person, **row, **handed)
    said = words(page(ada, make(world, booking_closes_at=NOON + 3 * DAY)))
    assert "2 of them had an invitation within the last week." in said
    assert "1 get none, because booking closes before that." in said


def test_stopping_them_and_going_on(ada, world, round):
    release(ada, round, 4)
    tasks.fan_out(str(round.pk))
    Delivery.objects.filter(kind="invitation", person=world.ben).update(state="sent", handed_at=NOON)
    stop = reverse("stop_invitations", args=[round.pk])
    assert ada.get(stop).status_code == 302
    assert "Stop the letters that have not gone" in words(page(ada, round))
    said = words(ada.post(stop, follow=True))
    assert "The letters that had not gone are stopped." in said
    assert "1 letter sent, 3 not. Stopped at midday on Wednesday 3 March 2027" in said
    assert "Release 3 letters" in said
    assert "On their way 1 letter sent, 3 still to go." in words(follow(ada, release(ada, round, 3)))


def follow(client, answer):
    return client.get(answer.url)


def test_a_plan_has_no_letters_yet(ada, world):
    round = make(world, state=RoundState.PLANNED)
    assert "Publish the Round first" in words(page(ada, round))
    assert "Publish the Round first: the letter leads to its page." in words(release(ada, round, 9))


def test_of_a_cancelled_round_it_says_only_how_many_had_gone(ada, world):
    round = make(world, state=RoundState.CANCELLED, invitations_released_at=NOON, invitations_sent=3)
    said = words(page(ada, round))
    assert "This Round was cancelled, so no invitations go any more. 3 letters had gone." in said
    assert not any(each in said for each in ("Booking has closed", "All written", "Letters by partner", "Bulletin"))
    assert "None had gone." in words(page(ada, make(world, state=RoundState.CANCELLED)))


def test_after_booking_has_closed_none_go(ada, world, round, time_machine):
    time_machine.move_to(round.booking_closes_at)
    ada.force_login(world.ada)
    assert "Booking has closed, so no letters go any more." in words(page(ada, round))


def test_partners_without_a_staff_list_have_contact_link_and_poster(ada, world, round):
    said = words(page(ada, round))
    assert "Larch Hospice Letter to pass on To Jo Contact" in said
    assert "None yet." in said
    link = JoinLinkFactory(organisation=world.hospice)
    assert f"/join/{link.token}/" in words(page(ada, round))
    assert "jo@larch.example" not in words(page(ada, round))


@pytest.mark.parametrize("name", ["round_invitations", "round_poster"])
def test_text_and_poster_of_one_for_a_team_welcome_nobody_else(ada, world, name):
    said = words(page(ada, make(world, kind="team_time"), name))
    assert "Team Time: one team of 8 to 30 people, for 30 to 45 minutes. Nobody has to speak." in said
    assert "An hour to hear" not in said
    said = words(page(ada, make(world, kind="team_time", unit="Ward 7"), name))
    assert "Team Time: for Ward 7. Nobody has to speak." in said


@pytest.mark.parametrize("name", ["round_invitations", "round_poster"])
@pytest.mark.parametrize(
    ("kind", "welcome"),
    [
        ("ordinary", "An hour to hear how work feels. Everyone who works here is welcome, whatever their job."),
        ("responsive", "After a hard event, at short notice. Everyone who works here is welcome, whatever their job."),
        ("student", "A university or college hosts it. Everyone who studies or works here is welcome."),
    ],
)
def test_of_any_other_kind_all_are_welcome(ada, world, name, kind, welcome):
    said = words(page(ada, make(world, kind=kind), name))
    assert f"{welcome} Nobody has to speak.".lower() in said.lower()


def test_where_no_letter_would_go_none_goes_further_than_the_team(ada, world):
    said = words(page(ada, make(world, kind="team_time", partners=[world.hospice])))
    assert "0 letters, ready to go" in said
    assert "not to one team" not in said


def test_the_bulletin_text_can_be_copied_whole(ada, world):
    round = make(world, title=f"Thrown in {MARKUP}", about=MARKUP)
    text = page(ada, round).content.decode()
    bulletin = html.unescape(re.search(r'<textarea[^>]*id="bulletin"[^>]*>(.*?)</textarea>', text, re.DOTALL).group(1))
    assert bulletin.startswith(f"Schwartz Round: Thrown in {MARKUP}\nWednesday 17 March 2027, 12:30pm to 1:30pm\n")
    assert f"/rounds/{round.pk}/" in bulletin
    assert MARKUP not in text


def test_as_many_queries_for_three_partners_as_for_one(ada, world, round, django_assert_max_num_queries):
    one = make(world, partners=[world.hospice])
    with django_assert_max_num_queries(18) as asked:
        page(ada, one)
    JoinLinkFactory(organisation=world.hospice)
    with django_assert_max_num_queries(len(asked)):
        page(ada, round)


class TestPoster:
    def test_leads_to_the_round(self, ada, round):
        answer = page(ada, round, "round_poster")
        assert answer.context["address"].endswith(f"/rounds/{round.pk}/")
        assert "Thrown in" in words(answer)
        assert "style=" not in answer.content.decode()

    def test_says_in_words_only_what_can_be_typed(self, ada, round, settings):
        settings.PORTAL_URL = "https://rounds.northvale.example"
        said = words(page(ada, round, "round_poster"))
        assert "or look for it at rounds.northvale.example" in said
        assert str(round.pk) not in said
        assert "//" not in said

    def test_for_a_partner_without_a_staff_list_to_their_join_link(self, ada, world, round):
        link = JoinLinkFactory(organisation=world.hospice)
        answer = page(ada, round, "round_poster", **{"for": world.hospice.code})
        assert answer.context["address"].endswith(f"/join/{link.token}/")
        assert "for everyone at Larch Hospice" in words(answer)

    def test_of_one_for_a_team_at_a_partner_says_where_and_not_that_all_are_meant(self, ada, world):
        said = words(page(ada, make(world, kind="unit"), "round_poster", **{"for": world.hospice.code}))
        assert "Schwartz Round at Larch Hospice" in said
        assert "everyone" not in said

    def test_for_a_partner_with_one_or_without_a_link_to_the_round(self, ada, world, round):
        JoinLinkFactory(organisation=world.elmbridge)
        for partner in (world.elmbridge, world.hospice):
            answer = page(ada, round, "round_poster", **{"for": partner.code})
            assert answer.context["address"].endswith(f"/rounds/{round.pk}/")

    @pytest.mark.parametrize("code", ["NOBODY", MARKUP, "\x00"])
    def test_for_nobody_else(self, ada, round, code):
        assert page(ada, round, "round_poster", **{"for": code}).status_code == 404

    def test_the_code_is_drawn_without_styles(self):
        drawn = Template("{% load qr %}{% qr address %}").render(
            Context({"address": "https://portal.example/rounds/1/"})
        )
        assert drawn.startswith('<svg role="img" aria-label="Code that leads to the page" viewBox="0 0 ')
        assert drawn.count("h1v1h-1z") > 200
        assert "style" not in drawn


@pytest.mark.parametrize("name", ["round_invitations", "release_invitations", "round_poster"])
def test_doors(client, world, round, name):
    address = reverse(name, args=[round.pk])
    assert client.get(address).url.startswith("/account/login")
    for person, status in ((PersonFactory(), 404), (world.ben, 403)):
        client.force_login(person)
        assert client.get(address).status_code == status
        assert client.post(address, {"expected": 9}).status_code in (status, 405)
    assert Round.objects.get().invitations_released_at is None
