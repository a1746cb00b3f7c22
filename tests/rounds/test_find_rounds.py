"""Rounds open to a person, as cards: rounds/views/find.py."""

import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Site
from rounds.states import BookingState, Format, Kind, RoundState
from rounds.views import find
from tests.factories.members import OrganisationFactory, PersonFactory, PlaceFactory
from tests.factories.rounds import LONDON, BookingFactory, RoundFactory, VenueFactory
from tests.worlds import NOON

from .pages import buttons_of, main_of, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def make_round(world):
    def made(title, day=17, hour=12, **fields):
        starts_at = dt.datetime(2027, 3, day, hour, tzinfo=LONDON)
        partners = fields.pop("partners", [world.elmbridge])
        return RoundFactory(system=world.system, partners=partners, title=title, starts_at=starts_at, **fields)

    return made


def found(client, **chosen):
    """The titles of the cards, in their order."""
    page = client.get(reverse("find_rounds"), chosen)
    return re.findall(r'<h2><a href="/rounds/[^"]+">(.*?)</a></h2>', main_of(page))


def test_cards_stand_by_date_with_place_and_state(client, ben, make_round):
    make_round("Later", day=20)
    sooner = make_round("Sooner", day=9, venue=VenueFactory(name="Lecture theatre", address="Elmbridge Hospital"))
    BookingFactory(round=sooner, person=ben)
    page = client.get(reverse("find_rounds"))
    assert found(client) == ["Sooner", "Later"]
    assert "Tuesday 9 March, midday to 1pm Sooner Lecture theatre, Elmbridge Hospital You have a place" in words_of(
        page
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Places available"),
        ({"availability": "some"}, "Some places left"),
        ({"availability": "full"}, "Full: join the waiting list"),
        ({"format": Format.HYBRID, "availability": "full", "online_availability": "some"}, "Some places left"),
        ({"booking_opens_at": NOON + dt.timedelta(days=1)}, "Booking opens on Thursday 4 March at midday"),
        ({"booking_closes_at": NOON}, "Booking has closed"),
    ],
)
def test_a_card_says_how_it_stands(client, ben, make_round, fields, words):
    make_round("Deep end", **fields)
    assert words in words_of(client.get(reverse("find_rounds")))


def test_a_card_and_the_page_of_a_round_of_one_team_say_whom_it_is_for(client, ben, make_round):
    theirs = make_round("Deep end", kind=Kind.TEAM_TIME)
    words = "Team Time: one team of 8 to 30 people, for 30 to 45 minutes"
    for page in (reverse("find_rounds"), reverse("round_page", args=[theirs.pk])):
        assert words in words_of(client.get(page))


@pytest.mark.parametrize(
    ("state", "words"),
    [(BookingState.WAITING, "You are on the waiting list"), (BookingState.CANCELLED, "Places available")],
)
def test_a_card_says_how_one_stands_to_it(client, ben, make_round, state, words):
    BookingFactory(round=make_round("Deep end"), person=ben, state=state)
    assert words in words_of(client.get(reverse("find_rounds")))


def test_shows_only_what_one_may_come_to(client, ben, world, make_round):
    make_round("Invited")
    make_round("Not invited", partners=[world.quarry_lane])
    make_round("Planned", state=RoundState.PLANNED, published_at=None)
    make_round("Cancelled", state=RoundState.CANCELLED)
    make_round("Held", state=RoundState.HELD)
    make_round("Yesterday", day=2, booking_opens_at=NOON - dt.timedelta(days=60))
    BookingFactory(round=make_round("Booked", partners=[world.quarry_lane], day=18), person=ben)
    assert found(client) == ["Invited", "Booked"]


# --- Narrowing ----------------------------------------------------------------------------------


def test_by_place(client, ben, world, make_round):
    alder, birch = (PlaceFactory(system=world.system) for _ in range(2))
    there = OrganisationFactory(place=alder)
    far = OrganisationFactory(place=birch)
    make_round("Online, of the Place", day=9, host_place=alder, format=Format.ONLINE, venue=None)
    make_round("Online, of a partner there", day=10, host_organisation=there, format=Format.ONLINE, venue=None)
    make_round("In a room there", day=11, venue=VenueFactory(organisation=there), host_organisation=far)
    make_round("Held from there, in a room far off", day=12, host_place=alder, venue=VenueFactory(organisation=far))
    make_round("Elsewhere", day=13)
    there_or_online = ["Online, of the Place", "Online, of a partner there", "In a room there"]
    assert found(client, place=alder.pk) == there_or_online
    assert found(client, place=birch.pk) == ["Held from there, in a room far off"]
    assert "Where it is" in main_of(client.get(reverse("find_rounds"), {"place": alder.pk}))


def test_by_site(client, ben, world, make_round):
    mill, hill = (Site.objects.create(organisation=world.elmbridge, name=name) for name in ("Mill Lane", "Hill Road"))
    make_round("In Mill Lane", day=9, venue=VenueFactory(organisation=world.elmbridge, site=mill))
    make_round("On the hill", day=10, venue=VenueFactory(organisation=world.elmbridge, site=hill))
    make_round("By a link", day=11, format=Format.ONLINE)
    assert found(client, site=mill.pk) == ["In Mill Lane"]
    assert found(client, site=hill.pk, way="online") == []
    assert "another site" in words_of(client.get(reverse("find_rounds"), {"site": hill.pk, "way": "online"}))


def test_only_sites_at_which_a_round_is_open_are_offered(client, ben, world, make_round):
    """Sites of two partners bear one name: each says whose it is."""
    assert "Any site" not in main_of(client.get(reverse("find_rounds")))
    for organisation in (world.elmbridge, world.quarry_lane):
        site = Site.objects.create(organisation=organisation, name="Main building")
        invited = [world.elmbridge] if organisation == world.elmbridge else [world.quarry_lane]
        make_round("There", partners=invited, venue=VenueFactory(organisation=organisation, site=site))
    page = words_of(client.get(reverse("find_rounds")))
    assert "Any site Main building, Elmbridge Hospital NHS Trust" in page
    assert "Quarry Lane" not in page


def test_by_the_way_one_comes(client, ben, make_round):
    make_round("Room", day=9)
    make_round("Link", day=10, format=Format.ONLINE)
    make_round("Both", day=11, format=Format.HYBRID)
    assert found(client, way="in_person") == ["Room", "Both"]
    assert found(client, way="online") == ["Link", "Both"]


def test_by_time_of_day_on_the_clocks_here(client, ben, make_round):
    """29 March is after the clocks went forward: 9am there is 8am in UTC."""
    for title, day, hour in [("7am", 9, 7), ("9am", 30, 9), ("Midday", 11, 12), ("5pm", 12, 17)]:
        make_round(title, day=day, hour=hour)
    assert found(client, time="early") == ["7am"]
    assert found(client, time="morning") == ["9am"]
    assert found(client, time="afternoon") == ["Midday"]
    assert found(client, time="evening") == ["5pm"]


def test_by_several_at_once(client, ben, make_round):
    make_round("Early room", day=9, hour=7)
    make_round("Early link", day=10, hour=7, format=Format.ONLINE)
    make_round("Late link", day=11, hour=18, format=Format.ONLINE)
    assert found(client, time="early", way="online") == ["Early link"]


def test_where_nothing_fits_it_says_what_to_do(client, ben, make_round):
    make_round("Deep end")
    page = client.get(reverse("find_rounds"), {"time": "early"})
    assert (
        "No Round fits all of that. Try another time of day, or joining online. Show every Round open to you"
        in words_of(page)
    )
    assert '<option value="early" selected>' in main_of(page)


@pytest.mark.parametrize(
    "chosen",
    [
        {"time": "tea time"},
        {"way": "by_boat"},
        {"place": "not-a-place"},
        {"place": "00000000-0000-0000-0000-000000000000"},
        {"time": "<script>"},
        {"way": "x" * 3000},
        {"unknown": "1"},
    ],
)
def test_what_is_not_understood_narrows_nothing(client, ben, make_round, chosen):
    make_round("Deep end")
    assert found(client, **chosen) == ["Deep end"]
    assert "<script>" not in main_of(client.get(reverse("find_rounds"), chosen))


def test_asks_by_address_and_sends_nothing(client, ben, make_round):
    make_round("Deep end")
    page = client.get(reverse("find_rounds"))
    assert '<form method="get" novalidate' in re.sub(r"\s+", " ", main_of(page)).replace("<form  ", "<form ")
    assert "csrfmiddlewaretoken" not in main_of(page)
    assert buttons_of(page) == ["Show Rounds"]


# --- Nothing open -------------------------------------------------------------------------------


def test_where_nothing_is_open_it_says_what_will_happen(client, ben):
    assert (
        "No Round is open to you just now. When one is announced for staff of your organisation, it stands here"
        in words_of(client.get(reverse("find_rounds")))
    )


def test_who_works_nowhere_here_is_told_how_to_join(client):
    client.force_login(PersonFactory())
    page = client.get(reverse("find_rounds"))
    assert (
        "We do not know yet where you work, so no Round is open to you. Tell us where you work "
        "Or ask for the join link of your organisation" in words_of(page)
    )
    assert f'<a href="{reverse("where_you_work")}">' in page.content.decode()


def test_signed_out_one_signs_in_first(client):
    assert client.get(reverse("find_rounds")).url == f"{reverse('account_request_login_code')}?next=/rounds/"


def test_as_many_queries_for_three_rounds_as_for_one(client, ben, make_round):
    counts = []
    for day in (9, 10, 11):
        BookingFactory(round=make_round("Deep end", day=day), person=ben)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("find_rounds"))
        counts.append(len(queries))
    assert counts[0] == counts[2]
    assert counts[0] <= 12


def test_of_many_rounds_the_next_stand_first_and_the_later_a_link_further(client, world, make_round, monkeypatch):
    monkeypatch.setattr(find, "AT_ONCE", 2)
    for day in (17, 18, 19):
        make_round(f"Of the {day}th", day)
    make_round("In the morning", 20, hour=8)
    client.force_login(world.ben)
    assert found(client) == ["Of the 17th", "Of the 18th"]
    page = client.get(reverse("find_rounds"), {"time": "afternoon"})
    (further,) = re.findall(r'<a href="([^"]+)" rel="next">Later Rounds</a>', main_of(page))
    assert "time=afternoon" in further
    later = main_of(client.get(reverse("find_rounds") + further.replace("&amp;", "&")))
    assert "Of the 19th" in later
    assert "In the morning" not in later
    assert ">The next Rounds</a>" in later


def test_sittings_are_one_card_wherever_a_stretch_ends(client, world, make_round, monkeypatch):
    monkeypatch.setattr(find, "AT_ONCE", 1)
    repeat = uuid.uuid4()
    make_round("Twice", 17, hour=9, repeat=repeat)
    late = make_round("Twice", 17, hour=15, repeat=repeat)
    make_round("Once", 18)
    BookingFactory(round=late, person=world.ben, state=BookingState.PLACE)
    client.force_login(world.ben)
    assert found(client) == ["Twice"]
    page = main_of(client.get(reverse("find_rounds")))
    assert "3pm: you have a place" in words_of(client.get(reverse("find_rounds")))
    (further,) = re.findall(r'<a href="([^"]+)" rel="next">', page)
    later = main_of(client.get(reverse("find_rounds") + further))
    assert "Once" in later
    assert "Twice" not in later
