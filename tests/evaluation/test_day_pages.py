"""The door and the screen, as the team of a Round meets them."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.actions import clock
from evaluation.models import Attendance, FeedbackBox, Register
from rounds.models import TeamMember
from rounds.states import BookingState, RoundState, TeamPart
from tests.factories.evaluation import AttendanceFactory, FeedbackBoxFactory, RegisterFactory
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import small_world

pytestmark = pytest.mark.django_db
FRAMING = re.compile("BEGIN|SAVEPOINT|RELEASE|COMMIT")


@pytest.fixture
def world():
    world = small_world()
    world.round = RoundFactory(system=world.system, facilitators=[world.ada], partners=[world.elmbridge])
    with time_machine.travel(world.round.starts_at + timedelta(minutes=5), tick=False):
        yield world


def url(name, world):
    return reverse(name, args=[world.round.pk])


def guest(world, name, **options):
    return BookingFactory(round=world.round, person=PersonFactory(name=name, works_for=world.elmbridge), **options)


def signed_in(client, person):
    client.force_login(person)
    return client


PAGES = ["round_door", "round_screen"]
VERBS = ["tick_in", "undo_tick", "close_register"]


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_open_to_the_team_alone(client, world, name):
    address = url(name, world)
    assert client.get(address).status_code == 302
    helper = PersonFactory()
    TeamMember.objects.create(round=world.round, person=helper, part=TeamPart.HELPER)
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    for person, status in [(world.ada, 200), (helper, 200), (world.ben, 403), (administrator, 403), (world.cleo, 404)]:
        assert signed_in(client, person).get(address).status_code == status


@pytest.mark.parametrize("name", VERBS)
def test_the_verbs_are_open_to_the_team_alone_and_a_get_changes_nothing(client, world, name):
    booking = guest(world, "Tola Adeyemi")
    data = {"person": booking.person_id, "headcount": "9"}
    for person, status in [(world.ben, 403), (world.cleo, 404)]:
        assert signed_in(client, person).post(url(name, world), data).status_code == status
    assert signed_in(client, world.ada).get(url(name, world), data).status_code == 302
    assert not Attendance.objects.exists()
    assert not Register.objects.filter(closed_at__isnull=False).exists()
    assert not FeedbackBox.objects.exists()


def test_a_helper_ticks_in_but_does_not_close_the_register(client, world):
    helper = PersonFactory()
    TeamMember.objects.create(round=world.round, person=helper, part=TeamPart.HELPER)
    booking = guest(world, "Tola Adeyemi")
    signed_in(client, helper).post(url("tick_in", world), {"person": booking.person_id})
    assert Attendance.objects.count() == 1
    assert client.post(url("close_register", world), {"headcount": "9"}).status_code == 403
    assert b"Close the register" not in client.get(url("round_door", world)).content


def test_the_list_names_those_with_a_place_and_shows_no_address(client, world):
    inside = guest(world, "Tola Adeyemi")
    guest(world, "Ann  Baker")
    guest(world, "Cher")
    guest(world, "Wanda Waiting", state=BookingState.WAITING)
    guest(world, "Carl Cancelled", state=BookingState.CANCELLED)
    unnamed = guest(world, "")
    AttendanceFactory(round=world.round, person=inside.person)
    page = signed_in(client, world.ada).get(url("round_door", world)).content.decode()
    assert re.findall(r"<span><b>([^<]+)</b>", page) == ["Adeyemi, Tola", "Baker, Ann", "Cher", "Name not given"]
    assert "<b>1 in</b> of 4 on the list" in page
    assert "Elmbridge Hospital NHS Trust" in page
    assert "@" not in page.split("<main")[1].split("</main>")[0]
    assert unnamed.person.email not in page


def test_after_a_tick_everyone_is_there_again_and_no_address_holds_a_name(client, world):
    booking = guest(world, "Tola Adeyemi")
    data = {"person": booking.person_id}
    signed_in(client, world.ada)
    answer = client.post(url("tick_in", world), data)
    assert answer["Location"] == f"{url('round_door', world)}#at-{booking.person_id}"
    assert Attendance.objects.get().person == booking.person
    client.post(url("undo_tick", world), data)
    assert not Attendance.objects.exists()


def test_the_search_looks_at_names_and_stands_in_no_address(client, world):
    guest(world, "Tola Adeyemi")
    guest(world, "Ann Baker")
    signed_in(client, world.ada)
    for search in ("BAK", "ann baker", "Baker, A", "baker ann"):
        page = client.post(url("round_door", world), {"look_for": search}).content.decode()
        assert re.findall(r"<span><b>([^<]+)</b>", page) == ["Baker, Ann"]
    page = client.post(url("round_door", world), {"look_for": "<b>nobody"}).content.decode()
    assert "Nobody on the list has that name" in page
    assert "&lt;b&gt;nobody" in page
    page = client.get(url("round_door", world), {"look_for": "Ann", "name": "Ann"}).content.decode()
    assert re.findall(r"<span><b>([^<]+)</b>", page) == ["Adeyemi, Tola", "Baker, Ann"]
    assert 'method="get"' not in page


@pytest.mark.parametrize("person", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_ticking_in_nobody_is_not_here(client, world, person):
    assert signed_in(client, world.ada).post(url("tick_in", world), {"person": person}).status_code == 404


def test_somebody_with_a_place_at_another_round_is_not_here(client, world):
    elsewhere = BookingFactory()
    data = {"person": elsewhere.person_id}
    assert signed_in(client, world.ada).post(url("tick_in", world), data).status_code == 404


SURE = {"headcount": "43", "asked": "43", "sure": "on"}


def test_the_register_is_closed_with_the_headcount(client, world):
    AttendanceFactory(round=world.round, person=guest(world, "Tola Adeyemi").person)
    signed_in(client, world.ada)
    answer = client.post(url("close_register", world), SURE, follow=True)
    assert answer.redirect_chain == [(url("round_workspace", world), 302)]
    assert b"The register is closed." in answer.content
    page = client.get(url("round_door", world)).content.decode()
    assert "43 people were there" in page
    assert "Tola Adeyemi" not in page


def asked(client, world, **said):
    """The page that came back, or None where the register is closed."""
    answer = client.post(url("close_register", world), said)
    return answer.content.decode() if answer.status_code == 200 else None


def test_before_the_end_the_headcount_is_asked_about_once(client, world):
    signed_in(client, world.ada)
    page = asked(client, world, headcount="43")
    assert "The Round has not ended yet, so somebody may still come. The headcount is entered once." in page
    assert "Yes, so many were there, and nobody else will come" in page
    assert 'name="asked" value="43"' in page
    other = asked(client, world, headcount="44", asked="43", sure="on")
    assert 'name="asked" value="44"' in other
    assert "checked" not in other
    assert "If it is right, say so here" in asked(client, world, headcount="43", asked="43")
    assert not Register.objects.filter(closed_at__isnull=False).exists()
    assert asked(client, world, headcount="43", asked="43", sure="on") is None
    assert Register.objects.get().headcount == 43


@pytest.mark.parametrize("typed", ["1,150", "1 150"])
def test_the_thousands_of_a_headcount_may_stand_apart(client, world, typed):
    assert 'name="asked" value="1150"' in asked(signed_in(client, world.ada), world, headcount=typed)
    assert asked(client, world, headcount=typed, asked="1150", sure="on") is None
    assert Register.objects.get().headcount == 1150


@pytest.mark.parametrize(("headcount", "asks"), [(48, False), (49, True), (400, True)])
def test_many_more_than_there_are_places_are_asked_about(client, world, headcount, asks):
    type(world.round).objects.update(places=40)
    with time_machine.travel(world.round.ends_at, tick=False):
        page = asked(signed_in(client, world.ada), world, headcount=headcount)
    assert (page is not None) == asks
    if asks:
        assert f"{headcount} is a good deal more than the 40 places." in page


@pytest.mark.parametrize(
    ("headcount", "sentence"),
    [
        ("", "Enter how many people were there"),
        ("many", "Enter the number of people, in numerals"),
        ("4.5", "Enter the number of people, in numerals"),
        ("0", "At least one person was there: you"),
        ("-3", "At least one person was there: you"),
        ("9" * 30, "Enter a number up to 2,000"),
        ("1", "2 people are ticked in, so at least 2 were there."),
    ],
)
def test_nonsense_is_refused_and_stays_in_the_page(client, world, headcount, sentence):
    for name in ("Tola Adeyemi", "Ann Baker"):
        AttendanceFactory(round=world.round, person=guest(world, name).person)
    page = (
        signed_in(client, world.ada)
        .post(url("close_register", world), {"headcount": headcount, "asked": headcount, "sure": "on"})
        .content.decode()
    )
    assert sentence in page
    assert "Error: " in page
    assert not Register.objects.filter(closed_at__isnull=False).exists()


def test_before_the_day_there_is_no_list(client, world):
    guest(world, "Tola Adeyemi")
    with time_machine.travel(world.round.starts_at - timedelta(days=1), tick=False):
        page = signed_in(client, world.ada).get(url("round_door", world)).content.decode()
    assert "Tola Adeyemi" not in page
    assert "The list opens here on the day of the Round" in page


def test_the_door_asks_as_many_questions_for_three_hundred_as_for_three_and_one(client, world):
    signed_in(client, world.ada)
    guest(world, "Tola Adeyemi")
    count = queries_of(client, url("round_door", world))
    for name in ("Ann Baker", "Bea Baker"):
        guest(world, name)
    assert queries_of(client, url("round_door", world)) == count
    for number in range(297):
        guest(world, f"Guest {number}")
    assert queries_of(client, url("round_door", world)) == count


def queries_of(client, address):
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["box"]) as other:
        assert client.get(address).status_code == 200
    return len(one) + len(other)


def test_the_screen_shows_one_thought_at_a_time(client, world):
    FeedbackBoxFactory(round=world.round, room_code="K7M3HT")
    signed_in(client, world.ada)
    starts_at, ends_at = world.round.starts_at, world.round.ends_at
    for moment, words in [
        (starts_at - timedelta(minutes=20), "Sit where you like. Nobody has to speak."),
        (starts_at - timedelta(minutes=10), "What is said here stays here"),
        (starts_at + timedelta(minutes=41), "20 minutes left"),
        (ends_at - timedelta(minutes=10), "K7M-3HT"),
        (ends_at + timedelta(hours=1), "K7M-3HT"),
        (ends_at + timedelta(hours=72), "The box is closed"),
    ]:
        with time_machine.travel(moment, tick=False):
            signed_in(client, world.ada)
            assert words in client.get(url("round_screen", world)).content.decode()


def test_the_screen_names_nobody(client, world):
    FeedbackBoxFactory(round=world.round)
    guest(world, "Tola Adeyemi")
    signed_in(client, world.ada)
    for thought in ("welcome", "rules", "time", "code", "<b>"):
        page = client.get(url("round_screen", world), {"show": thought}).content.decode()
        assert "Tola" not in page
        assert "Ada" not in page
        assert world.round.title not in page


def test_the_qr_code_leads_to_the_questions(client, world):
    FeedbackBoxFactory(round=world.round, room_code="K7M3HT")
    context = signed_in(client, world.ada).get(url("round_screen", world), {"show": "code"}).context
    assert context["feedback_url"].endswith("/feedback/?code=K7M3HT")


def test_until_the_clock_has_opened_the_box_the_screen_says_that_it_will(client, world):
    """No page opens it: its key is made where it is kept."""
    signed_in(client, world.ada)
    said = b"Its code stands here within a minute."
    assert said in client.get(url("round_screen", world), {"show": "code"}).content
    assert not FeedbackBox.objects.exists()
    clock.follow_boxes(now=world.round.starts_at)
    page = client.get(url("round_screen", world), {"show": "code"}).content
    assert said not in page
    assert FeedbackBox.objects.get().code_in_parts.encode() in page


AS_THE_SCRIPT = {"accept": "application/json"}


def test_the_script_of_the_page_is_answered_with_nothing_where_all_is_as_it_shows(client, world):
    booking = guest(world, "Tola Adeyemi")
    person, ada = {"person": booking.person_id}, signed_in(client, world.ada)
    for name, said in [("tick_in", {}), ("mark_first_round", {"first": "yes"}), ("undo_tick", {})]:
        answer = ada.post(url(name, world), person | said, headers=AS_THE_SCRIPT)
        assert (answer.status_code, answer.content) == (204, b"")
        assert Attendance.objects.filter(person=booking.person).exists() == (name != "undo_tick")


def test_what_the_page_does_not_show_yet_leads_the_script_to_the_list(client, world):
    """Somebody who is in already, who gave their place back or whose row only the server can draw."""
    booking, gone = guest(world, "Tola Adeyemi"), guest(world, "Ann Baker", state=BookingState.CANCELLED)
    AttendanceFactory(round=world.round, person=booking.person)
    ada, key = signed_in(client, world.ada), uuid.uuid4()
    for name, said, words in [
        ("tick_in", {"person": booking.person_id}, "Already in."),
        ("tick_in", {"person": gone.person_id}, "They have no place any more."),
        ("add_walk_in", {"key": key, "name": "Wilma Walker", "agreed": "on"}, "Walker, Wilma"),
        ("remove_walk_in", {"attendance": key}, "Nobody is turned away"),
    ]:
        answer = ada.post(url(name, world), said, headers=AS_THE_SCRIPT, follow=True)
        assert len(answer.redirect_chain) == 1
        assert words in answer.content.decode()


def test_the_script_is_let_in_no_further_than_anybody(client, world):
    booking = guest(world, "Tola Adeyemi")
    for person, status in [(world.ben, 403), (world.cleo, 404), (booking.person, 403)]:
        said = {"person": booking.person_id}
        answer = signed_in(client, person).post(url("tick_in", world), said, headers=AS_THE_SCRIPT)
        assert answer.status_code == status
    for nobody in ("", "nonsense", BookingFactory().person_id):
        answer = signed_in(client, world.ada).post(url("tick_in", world), {"person": nobody}, headers=AS_THE_SCRIPT)
        assert answer.status_code == 404
    assert not Attendance.objects.exists()


def test_a_tick_asks_little_however_many_are_on_the_list(client, world):
    """Session, person, door, register, booking, attendance. On PostgreSQL also on which Round it acts and, in a
    transaction such as this test's, that it does so no more."""
    people = [guest(world, f"Guest {n}").person_id for n in range(4)]
    ada = signed_in(client, world.ada)
    ada.post(url("tick_in", world), {"person": people[0]}, headers=AS_THE_SCRIPT)
    for person in people[1:]:
        with CaptureQueriesContext(connection) as asked:
            ada.post(url("tick_in", world), {"person": person}, headers=AS_THE_SCRIPT)
        said = [query["sql"] for query in asked if not FRAMING.match(query["sql"])]
        assert len(said) == {"postgresql": 8, "sqlite": 6}[connection.vendor], said


def test_a_cancelled_round_has_neither_list_nor_box(client, world):
    world.round.state = RoundState.CANCELLED
    world.round.save()
    booking = guest(world, "Tola Adeyemi")
    signed_in(client, world.ada)
    client.post(url("tick_in", world), {"person": booking.person_id})
    clock.follow_boxes(now=world.round.starts_at)
    assert not Attendance.objects.exists()
    assert not FeedbackBox.objects.exists()
    RegisterFactory(round=world.round)


def test_thirty_days_after_the_round_the_list_names_nobody(client, world):
    guest(world, "Tola Adeyemi")
    ada = signed_in(client, world.ada)
    assert "Tola Adeyemi" in ada.get(url("round_door", world)).content.decode()
    with time_machine.travel(world.round.ends_at + timedelta(days=30, hours=1), tick=False):
        assert "Tola Adeyemi" not in signed_in(client, world.ada).get(url("round_door", world)).content.decode()


def test_a_closed_round_whose_register_is_forgotten_offers_no_list(client, world):
    signed_in(client, world.ada)
    world.round.state = RoundState.CLOSED
    world.round.save(update_fields=["state"])
    page = client.get(url("round_door", world)).content.decode()
    assert "nobody sees any more who was there" in page
    assert "Add someone not on the list" not in page


def test_a_tick_is_undone_even_when_the_place_was_given_back(client, world):
    booking = guest(world, "Tola Adeyemi")
    ada, data = signed_in(client, world.ada), {"person": booking.person_id}
    ada.post(url("tick_in", world), data)
    booking.state = BookingState.CANCELLED
    booking.save()
    assert ada.post(url("undo_tick", world), data).status_code == 302
    assert not Attendance.objects.exists()


def test_who_gave_their_place_back_since_the_list_was_opened_is_not_turned_away(client, world):
    booking = guest(world, "Tola Adeyemi", state=BookingState.CANCELLED)
    answer = signed_in(client, world.ada).post(url("tick_in", world), {"person": booking.person_id}, follow=True)
    assert answer.redirect_chain == [(f"{url('round_door', world)}#at-{booking.person_id}", 302)]
    assert "They are welcome all the same: add them below." in answer.content.decode()
    assert not Attendance.objects.exists()


def test_who_booked_again_is_ticked_in(client, world):
    booking = guest(world, "Tola Adeyemi", state=BookingState.CANCELLED, queue_number=1)
    BookingFactory(round=world.round, person=booking.person, queue_number=2)
    signed_in(client, world.ada).post(url("tick_in", world), {"person": booking.person_id})
    assert Attendance.objects.get().person == booking.person
