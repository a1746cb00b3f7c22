"""The code of a place, which the door reads: of that Round alone, gone with the place, and it says nothing."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from evaluation.actions import attendance
from evaluation.models import Attendance
from rounds import codes
from rounds.states import BookingState, Format, Way
from tests.factories.evaluation import AttendanceFactory
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory, VenueFactory
from tests.worlds import small_world

pytestmark = pytest.mark.django_db
AS_THE_SCRIPT = {"accept": "application/json"}


@pytest.fixture
def world(client):
    world = small_world()
    world.round = RoundFactory(system=world.system, facilitators=[world.ada], partners=[world.elmbridge])
    world.tola = BookingFactory(round=world.round, person=PersonFactory(name="Tola Adeyemi"))
    client.force_login(world.ada)
    with time_machine.travel(world.round.starts_at, tick=False):
        client.force_login(world.ada)
        yield world


def show(client, world, code, **options):
    return client.post(reverse("tick_in_by_code", args=[world.round.pk]), {"code": code}, **options)


def test_a_code_ticks_in_its_owner_however_it_is_typed(client, world):
    code = world.tola.door_code.lower().replace("-", " ")
    answer = show(client, world, code, follow=True)
    assert answer.redirect_chain[0][0].endswith(f"#at-{world.tola.person_id}")
    assert Attendance.objects.get().person == world.tola.person
    assert "Ticked in." in answer.content.decode()
    assert "Already in." in show(client, world, code, follow=True).content.decode()
    assert Attendance.objects.count() == 1


def test_the_script_learns_whose_row_it_is_and_no_name_goes_into_the_session(client, world):
    answer = show(client, world, world.tola.door_code, headers=AS_THE_SCRIPT)
    assert answer.json() == {"person": str(world.tola.person_id)}
    show(client, world, world.tola.door_code)
    assert "Tola" not in str(dict(client.session))


def test_a_code_that_is_sent_again_says_whose_it_is_and_changes_nothing(client, world):
    url, said = reverse("tick_in_by_code", args=[world.round.pk]), {"code": world.tola.door_code, "tap": uuid.uuid4()}
    first = client.post(url, said, headers=AS_THE_SCRIPT)
    attendance.undo_tick(round=world.round, person=world.tola.person, now=world.round.starts_at)
    again = client.post(url, said, headers=AS_THE_SCRIPT)
    assert again.json() == first.json() == {"person": str(world.tola.person_id)}
    assert not Attendance.objects.exists()
    assert client.post(url, said).status_code == 302


def test_no_other_code_opens_anything(client, world):
    elsewhere = BookingFactory()
    waiting = BookingFactory(round=world.round, state=BookingState.WAITING)
    gone = BookingFactory(round=world.round, state=BookingState.CANCELLED)
    for code in ("nonsense", "<b>", elsewhere.door_code, waiting.door_code, gone.door_code, str(world.tola.pk)):
        answer = show(client, world, code, follow=True)
        assert "No place at this Round has that code" in answer.content.decode()
    assert not Attendance.objects.exists()


@pytest.mark.parametrize("code", ["", "  ", "-"])
def test_no_code_at_all_is_asked_for(client, world, code):
    said = show(client, world, code, follow=True).content.decode()
    assert "Enter the code that they show, or look for the name instead." in said
    assert "No place at this Round has that code" not in said


def test_booking_again_makes_another_code(world):
    again = BookingFactory(round=RoundFactory(), person=world.tola.person)
    assert again.door_code != world.tola.door_code
    assert re.fullmatch(f"[{codes.ALPHABET}]{{4}}-[{codes.ALPHABET}]{{4}}", again.door_code)
    assert len({codes.place_code(number) for number in range(500)}) == 500


def test_after_the_register_is_closed_no_code_counts(client, world):
    attendance.close_register(round=world.round, headcount=9, now=world.round.ends_at)
    answer = show(client, world, world.tola.door_code, follow=True)
    assert "The register is closed" in answer.content.decode()
    assert not Attendance.objects.exists()


def test_my_rounds_shows_the_own_code_alone(client, world):
    client.force_login(world.tola.person)
    other = BookingFactory(round=world.round)
    page = client.get(reverse("my_rounds")).content.decode()
    assert world.tola.door_code in page
    assert other.door_code not in page
    assert str(world.tola.pk) not in page


def test_the_camera_is_permitted_at_the_door_alone(client, world):
    door = client.get(reverse("round_door", args=[world.round.pk]))
    assert "camera=(self)" in door["Permissions-Policy"]
    assert "microphone=()" in door["Permissions-Policy"]
    for name in ("round_screen", "round_workspace"):
        assert "camera=()" in client.get(reverse(name, args=[world.round.pk]))["Permissions-Policy"]


# --- Heads beside what the room takes ---


def heads(client, world):
    page = client.get(reverse("round_door", args=[world.round.pk])).content.decode()
    said = re.search(r'data-rd-part="heads".*?</div>', page, re.DOTALL)[0]
    full = re.search(r"<p class=\"rd-door__full\"[^>]*>", said)
    return " ".join(re.sub(r"<[^>]+>", " ", said).split()), bool(full) and "hidden" not in full[0]


def test_heads_stand_beside_what_the_room_takes_and_nobody_is_refused(client, world):
    type(world.round).objects.update(venue=VenueFactory(room_limit=2))
    assert "0 in of 1 on the list . The room takes 2" in heads(client, world)[0].replace("list.", "list .")
    assert not heads(client, world)[1]
    for _ in range(3):
        attendance.add_walk_in(round=world.round, key=uuid.uuid4(), now=world.round.starts_at)
    words, full = heads(client, world)
    assert words.count("3 in")
    assert full
    assert "Nobody is turned away" in words


def test_whoever_joins_by_a_link_takes_no_chair(client, world):
    type(world.round).objects.update(format=Format.HYBRID, online_places=9, venue=VenueFactory(room_limit=2))
    for _ in range(2):
        joined = BookingFactory(round=world.round, way=Way.ONLINE)
        AttendanceFactory(round=world.round, person=joined.person)
    AttendanceFactory(round=world.round, person=world.tola.person)
    words, full = heads(client, world)
    assert "1 in the room, which takes 2" in words
    assert not full


def test_without_a_known_limit_nothing_is_said_of_it(client, world):
    type(world.round).objects.update(venue=VenueFactory(room_limit=None))
    assert "takes" not in heads(client, world)[0]


def test_a_code_is_sought_in_as_many_questions_for_many_places(client, world):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked():
        with CaptureQueriesContext(connection) as queries:
            show(client, world, "nobody's", headers=AS_THE_SCRIPT)
        return len(queries)

    asked()
    before = asked()
    for _ in range(3):
        BookingFactory(round=world.round)
    with time_machine.travel(world.round.starts_at + timedelta(minutes=1), tick=False):
        assert asked() == before
