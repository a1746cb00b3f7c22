"""The banner of a change at short notice, the same for everybody to whom the Round is shown."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from rounds.actions import scheduling
from rounds.models import Round
from rounds.states import Way
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory, VenueFactory
from tests.worlds import NOON, small_world

from .pages import words_of

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
BANNER = "Changed at short notice"
MARKUP = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def world():
    return small_world()


def begins(world, hours=5, **fields):
    usual = {"system": world.system, "partners": [world.elmbridge], "facilitators": [world.ada], "title": "Deep end"}
    start = NOON + hours * HOUR
    return RoundFactory(**usual | {"starts_at": start, "booking_closes_at": start - HOUR / 2} | fields)


def moves(round, by, hours, **changes):
    start = NOON + hours * HOUR
    changes |= {"starts_at": start, "ends_at": start + HOUR}
    return scheduling.move(round=round, changes=changes, seen_version=round.version, by=by, now=NOON)


def called_off(round, by):
    return scheduling.cancel_round(round=round, seen_version=round.version, by=by, now=NOON)


def banners(client, person, round):
    """What stands in it, on each page that has one."""
    client.force_login(person)
    addresses = {name: reverse(name) for name in ("home", "my_rounds")}
    addresses["round_page"] = reverse("round_page", args=[round.pk])
    return {name: banner for name, address in addresses.items() if (banner := banner_in(client.get(address)))}


def banner_in(answer):
    found = re.search(r'<section class="rd-band[^>]*short-notice.*?</section>', answer.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found.group()).split()) if found else ""


def test_moved_it_says_where_and_when_on_every_page(client, world):
    round = moves(begins(world), world.ada, 7, venue=VenueFactory(name="Chapel", address="Yew Lane"))
    said = f"{BANNER} Deep end is now on Wednesday 3 March 2027 , 7pm to 8pm. Chapel, Yew Lane."
    page = f"{BANNER} What stands here is right. Please look at the day, the time and the place once more."
    assert {name: words.replace(" ,", ",") for name, words in banners(client, world.ben, round).items()} == {
        "home": said.replace(" ,", ","),
        "my_rounds": said.replace(" ,", ","),
        "round_page": page,
    }


def test_called_off(client, world):
    round = called_off(begins(world), world.ada)
    found = banners(client, world.ben, round)
    assert "Wednesday 3 March 2027, does not take place." in found["home"]
    assert found["round_page"] == f"{BANNER} This Round does not take place."


def test_it_is_the_same_with_a_place_waiting_or_without(client, world):
    round = begins(world, format="hybrid")
    BookingFactory(round=round, person=world.ben, way=Way.ONLINE)
    BookingFactory(round=round, person=world.ines, state="waiting")
    moves(round, world.ada, 7)
    idle = PersonFactory(works_for=world.elmbridge)
    found = [banners(client, person, round) for person in (world.ben, world.ines, idle)]
    assert len(found[0]) == 3
    assert found[0] == found[1] == found[2]


def test_nobody_else_sees_it(client, world):
    moves(begins(world), world.ada, 7)
    client.force_login(world.cleo)
    for name in ("home", "my_rounds"):
        assert BANNER not in words_of(client.get(reverse(name)))


def test_it_goes_with_its_day_or_when_the_round_is_over(client, world, noon):
    later, today = moves(begins(world), world.ada, 200), moves(begins(world), world.ada, 2)
    assert banners(client, world.ben, later)["home"].count("is now on") == 2
    noon.move_to(today.ends_at)
    assert banners(client, world.ben, today)["home"].count("is now on") == 1
    assert "round_page" not in banners(client, world.ben, today)
    noon.move_to(NOON + 12 * HOUR)
    assert banners(client, world.ben, later) == {}
    assert "This Round has moved." in words_of(client.get(reverse("round_page", args=[later.pk])))


def test_a_change_in_good_time_has_none(client, world):
    assert banners(client, world.ben, moves(begins(world, 200), world.ada, 300)) == {}


def test_a_storyteller_from_elsewhere_reads_it_on_their_own_page(client, world):
    mine = StorytellerFactory(round=begins(world), person=world.cleo)
    client.force_login(world.cleo)
    page = reverse("preparation", args=[mine.pk])
    assert BANNER not in words_of(client.get(page))
    moves(mine.round, world.ada, 7)
    assert "What stands here is right." in words_of(client.get(page))
    called_off(Round.objects.get(), world.ada)
    assert f"{BANNER} This Round does not take place." in words_of(client.get(page))


def test_a_title_is_text_and_never_markup(client, world):
    moves(begins(world, title=MARKUP), world.ada, 7)
    client.force_login(world.ben)
    assert MARKUP not in client.get(reverse("home")).content.decode()


def test_three_cost_no_more_queries_than_one(client, world, django_assert_max_num_queries):
    moves(begins(world), world.ada, 7)
    client.force_login(world.ben)
    with django_assert_max_num_queries(15) as one:
        client.get(reverse("home"))
    for _ in range(2):
        moves(begins(world), world.ada, 7)
    with django_assert_max_num_queries(len(one)):
        client.get(reverse("home"))
