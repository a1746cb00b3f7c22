"""A helper's device at the door of one Round: let in by a link, without an account, and to nothing else."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils.timezone import localtime

from evaluation.actions import attendance, door_links
from evaluation.models import Attendance, DoorLink, Register
from members.models import CareEntry, Person
from members.models.audit import Opened
from rounds.models import Round, TeamMember
from rounds.states import RoundState, TeamPart
from rounds_site.kit.links import sign
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import small_world

pytestmark = pytest.mark.django_db
VERBS = [f"device_{verb}" for verb in ("tick_in", "undo_tick", "add_walk_in", "remove_walk_in", "mark_first_round")]


@pytest.fixture
def world():
    world = small_world()
    world.round = RoundFactory(
        title="Under a title", system=world.system, facilitators=[world.ada], partners=[world.elmbridge]
    )
    with time_machine.travel(world.round.starts_at + timedelta(minutes=5), tick=False):
        world.now = world.round.starts_at + timedelta(minutes=5)
        world.booking = BookingFactory(
            round=world.round, person=PersonFactory(name="Tola Adeyemi", works_for=world.elmbridge)
        )
        world.link = door_links.make(round=world.round, by=world.ada, now=world.now)
        yield world


def address(link):
    return reverse("door_link", args=[sign(link.pk, purpose="door")])


@pytest.fixture
def tablet(world):
    """A device that has pressed the button."""
    tablet = Client()
    assert tablet.post(address(world.link)).headers["Location"] == "/at-the-door/"
    return tablet


def names(answer):
    return re.findall(r"<span><b>([^<]+)</b>", answer.content.decode())


def test_looking_at_the_address_opens_nothing(world):
    stranger = Client()
    page = stranger.get(address(world.link))
    assert "Open the list on this device" in page.content.decode()
    assert "Under a title" not in page.content.decode()
    assert stranger.get("/at-the-door/").status_code == 404
    assert not stranger.cookies.get("sessionid")
    assert not CareEntry.objects.exists()


def test_the_button_opens_the_list_of_that_round(world, tablet):
    page = tablet.get("/at-the-door/")
    assert names(page) == ["Adeyemi, Tola"]
    assert page.headers["Cache-Control"] == "no-store, private"
    assert "Close the register" not in page.content.decode()
    assert "Sign out" not in page.content.decode()


def test_the_care_log_knows_whose_link_it_was(world, tablet):
    Client().post(address(world.link))
    entry = CareEntry.objects.get()
    assert (entry.what, entry.by, entry.about) == (Opened.DOOR_LINK, world.ada.pk, world.round.pk)


def test_ticks_walk_ins_and_first_rounds(world, tablet):
    data = {"person": world.booking.person_id}
    assert tablet.post("/at-the-door/tick-in/", data).headers["Location"] == (
        f"/at-the-door/#at-{world.booking.person_id}"
    )
    ticked = Attendance.objects.get()
    tablet.post("/at-the-door/first-round/", {"attendance": ticked.pk, "first": "yes"})
    ticked.refresh_from_db()
    assert ticked.first_round is True
    tablet.post("/at-the-door/undo/", data)
    key = uuid.uuid4()
    assert "Ask whether they agree" in tablet.post("/at-the-door/add/", {"key": key}).content.decode()
    tablet.post("/at-the-door/add/", {"key": key, "name": "Wim Walker", "agreed": "on"})
    assert Attendance.objects.get().name == "Wim Walker"
    assert names(tablet.post("/at-the-door/", {"look_for": "wim"})) == ["Walker, Wim"]
    tablet.post("/at-the-door/remove/", {"attendance": key})
    assert not Attendance.objects.exists()


def test_it_is_nobody_and_opens_no_other_page(world, tablet):
    here = {"pk": world.round.pk}
    for name in ("round_door", "round_workspace", "round_bookings", "round_screen", "round_page", "round_panel"):
        assert tablet.get(reverse(name, kwargs=here)).status_code == 302
    before = Register.objects.filter(closed_at=None).count()
    assert tablet.post(reverse("close_register", kwargs=here), {"headcount": 9}).status_code == 302
    assert tablet.post(reverse("tick_in", kwargs=here), {"person": world.booking.person_id}).status_code == 302
    assert Register.objects.filter(closed_at=None).count() == before
    assert not Attendance.objects.exists()
    assert "_auth_user_id" not in tablet.session
    assert Person.objects.count() == 5


def test_the_list_of_another_round_is_not_here(world, tablet):
    other = RoundFactory(system=world.system, facilitators=[world.ada], starts_at=world.round.starts_at)
    elsewhere = BookingFactory(round=other)
    there = Attendance.objects.create(round=other, name="Wim")
    for verb, data in (
        ("tick-in", {"person": elsewhere.person_id}),
        ("undo", {"person": elsewhere.person_id}),
        ("remove", {"attendance": there.pk}),
        ("first-round", {"attendance": there.pk}),
    ):
        assert tablet.post(f"/at-the-door/{verb}/", data).status_code == 404
    assert list(Attendance.objects.all()) == [there]


def is_out(tablet, link):
    assert tablet.get("/at-the-door/").status_code == 404
    for name in VERBS:
        assert tablet.post(reverse(name), {}).status_code == 404
    assert Client().get(address(link)).status_code == 404
    assert Client().post(address(link)).status_code == 404


def test_withdrawn_every_device_is_out_at_once(world, tablet):
    client = Client()
    client.force_login(world.ada)
    assert address(world.link) in client.get(reverse("round_door", args=[world.round.pk])).content.decode()
    client.post(reverse("end_door_link", args=[world.round.pk]))
    is_out(tablet, world.link)


def test_a_new_link_ends_the_one_before(world, tablet):
    again = door_links.make(round=world.round, by=world.ada, now=world.now)
    is_out(tablet, world.link)
    assert Client().get(address(again)).status_code == 200


def test_it_ends_with_the_register_and_whoever_helped_is_thanked(world, tablet):
    attendance.close_register(round=world.round, headcount=9, now=world.now)
    for device, page in ((tablet, "/at-the-door/"), (Client(), address(world.link))):
        answer = device.get(page)
        assert (names(answer), "Thank you for helping" in answer.content.decode()) == ([], True)
    tablet.post("/at-the-door/tick-in/", {"person": world.booking.person_id})
    assert not Attendance.objects.exists()
    with time_machine.travel(world.round.ends_at + timedelta(hours=12), tick=False):
        is_out(Client(), world.link)
    with pytest.raises(Refused, match="The register is closed"):
        door_links.make(round=world.round, by=world.ada, now=world.now)


def test_where_the_round_is_moved_it_waits_for_the_new_day(world):
    later = {name: getattr(world.round, name) + timedelta(days=2) for name in ("starts_at", "ends_at")}
    Round.objects.update(**later)
    is_out(Client(), world.link)
    midnight = localtime(later["starts_at"]).replace(hour=0, minute=0, second=0)
    assert list(DoorLink.objects.open(midnight - timedelta(seconds=1))) == []
    assert list(DoorLink.objects.open(midnight)) == [world.link]


def test_it_ends_twelve_hours_after_the_round(world):
    # The session of a device lasts as long as any; what ends the link is the Round.
    over = world.round.ends_at + timedelta(hours=12)
    assert list(DoorLink.objects.open(over - timedelta(seconds=1))) == [world.link]
    with time_machine.travel(over, tick=False):
        is_out(Client(), world.link)


def test_it_ends_with_the_part_of_whoever_made_it(world, tablet):
    TeamMember.objects.create(round=world.round, person=world.cleo, part=TeamPart.FACILITATOR)
    TeamMember.objects.filter(person=world.ada).delete()
    is_out(tablet, world.link)


@pytest.mark.parametrize("state", [RoundState.CANCELLED, RoundState.PLANNED, RoundState.CLOSED])
def test_it_ends_with_the_round(world, tablet, state):
    type(world.round).objects.update(state=state)
    is_out(tablet, world.link)


@pytest.mark.parametrize("token", ["nonsense", "0" * 32, "{key}:forged", "{stop}"])
def test_an_address_that_was_not_made_here(world, token):
    token = token.format(key=world.link.pk.hex, stop=sign(world.link.pk, purpose="stop"))
    for ask in (Client().get, Client().post):
        assert ask(reverse("door_link", args=[token])).status_code == 404


def test_a_token_of_csrf_is_asked_for(world, tablet):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(world.link)).status_code == 403
    strict.cookies = tablet.cookies
    assert strict.post("/at-the-door/tick-in/", {"person": world.booking.person_id}).status_code == 403
    assert not Attendance.objects.exists()


def test_whoever_gives_the_device_back_leaves_no_list_on_it(world, tablet):
    assert "Thank you for helping" in tablet.post("/at-the-door/leave/").content.decode()
    assert tablet.get("/at-the-door/").status_code == 404
    assert tablet.get("/at-the-door/leave/").status_code == 405


def test_verbs_take_a_post_alone(world, tablet):
    for name in VERBS:
        assert tablet.get(reverse(name)).status_code == 405
    assert {f"at-the-door/{name}" for name in ("", "leave/")} <= {
        str(each.pattern) for each in get_resolver("evaluation.urls").url_patterns
    }


@pytest.mark.parametrize("name", ["make_door_link", "end_door_link"])
def test_facilitators_alone_make_and_end_it(client, world, name):
    helper = PersonFactory()
    TeamMember.objects.create(round=world.round, person=helper, part=TeamPart.HELPER)
    there = reverse(name, args=[world.round.pk])
    for person, status in ((world.ada, 302), (helper, 403), (world.ben, 403), (world.cleo, 404)):
        client.force_login(person)
        assert client.post(there).status_code == status
    page = client.get(there)
    assert (page.status_code, DoorLink.objects.count()) == (302, 2 if name == "make_door_link" else 1)
    client.force_login(helper)
    assert b"Another device" not in client.get(reverse("round_door", args=[world.round.pk])).content


def test_it_is_made_on_the_day(world):
    with pytest.raises(Refused, match="on the day of the Round"):
        door_links.make(round=world.round, by=world.ada, now=world.now - timedelta(days=1))
    with pytest.raises(Refused, match="Only its facilitators"):
        door_links.make(round=world.round, by=world.ben, now=world.now)


@pytest.mark.postgres
def test_under_row_security_it_sees_its_round_alone(world, as_web_role):
    other = RoundFactory(system=world.system, starts_at=world.round.starts_at)
    BookingFactory(round=other, person=PersonFactory(name="Olga Other"))
    tablet = Client()
    with as_web_role():
        assert tablet.post(address(world.link)).status_code == 302
        tablet.post("/at-the-door/tick-in/", {"person": world.booking.person_id})
        tablet.post("/at-the-door/add/", {"key": uuid.uuid4(), "name": "Wim", "agreed": "on"})
        page = tablet.get("/at-the-door/")
    assert names(page) == ["Adeyemi, Tola", "Wim"]
    assert Attendance.objects.filter(round=world.round).count() == 2
    assert CareEntry.objects.get().what == Opened.DOOR_LINK
