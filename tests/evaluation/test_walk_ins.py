"""People who are not on the list, first Rounds, and two tablets at one door."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from evaluation.actions import attendance
from evaluation.models import Attendance, FirstRoundCounted
from members.models import Person
from rounds.models import TeamMember
from rounds.states import TeamPart
from rounds_site.kit.refusals import Refused
from tests.factories.evaluation import AttendanceFactory
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import small_world

pytestmark = pytest.mark.django_db
VERBS = ["add_walk_in", "remove_walk_in", "mark_first_round"]


@pytest.fixture
def world():
    world = small_world()
    world.round = RoundFactory(system=world.system, facilitators=[world.ada], partners=[world.elmbridge])
    with time_machine.travel(world.round.starts_at + timedelta(minutes=5), tick=False):
        yield world


@pytest.fixture
def door(client, world):
    client.force_login(world.ada)
    return client


def url(name, world):
    return reverse(name, args=[world.round.pk])


def add(client, world, **said):
    data = {"key": str(uuid.uuid4()), "agreed": "on"} | said
    return client.post(url("add_walk_in", world), data)


def page_of(client, world):
    return client.get(url("round_door", world)).content.decode()


def close(round, headcount=30):
    return attendance.close_register(round=round, headcount=headcount, now=round.ends_at)


# --- Walk-ins ---


def test_a_walk_in_is_a_row_of_the_register_and_no_account(door, world):
    people = Person.objects.count()
    said = {"name": "Wilma Walk-in", "organisation": world.elmbridge.pk, "staff_group": "estates", "first_round": "on"}
    assert add(door, world, **said).status_code == 302
    walk_in = Attendance.objects.get()
    assert (walk_in.name, walk_in.organisation, walk_in.staff_group) == ("Wilma Walk-in", world.elmbridge, "estates")
    assert (walk_in.person, walk_in.first_round) == (None, True)
    assert Person.objects.count() == people
    page = page_of(door, world)
    assert "Wilma Walk-in" in page
    assert "Elmbridge Hospital NHS Trust, Estates, facilities and catering" in page
    assert "<b>1 in</b> The list has 0 names; 1 came beside it" in page


def test_nobody_need_say_anything_of_themself(door, world):
    add(door, world)
    walk_in = Attendance.objects.get()
    said = (walk_in.name, walk_in.organisation, walk_in.staff_group, walk_in.first_round)
    assert said == ("", None, "", False)
    assert "Name not given" in page_of(door, world)


def test_nobody_is_refused_though_every_place_is_taken(door, world):
    world.round.places = 1
    world.round.save()
    BookingFactory(round=world.round)
    for _ in range(3):
        add(door, world)
    assert Attendance.objects.count() == 3


def test_agreement_is_part_of_signing_in(door, world):
    assert "Signing in is agreeing to them" in page_of(door, world)
    answer = door.post(url("add_walk_in", world), {"key": str(uuid.uuid4()), "name": "Wilma Walk-in"})
    page = answer.content.decode()
    assert "Ask whether they agree to the ground rules" in page
    assert "Wilma Walk-in" in page
    assert "<details" in page
    assert not Attendance.objects.exists()


def test_a_double_tap_adds_one_person(door, world):
    key = str(uuid.uuid4())
    for _ in range(2):
        assert add(door, world, key=key, name="Wilma").status_code == 302
    assert Attendance.objects.count() == 1


@pytest.mark.parametrize(
    "bad", [{"key": "nonsense"}, {"organisation": "x"}, {"staff_group": "<b>"}, {"name": "n" * 101}], ids=str
)
def test_bad_input_is_answered_with_the_page(door, world, bad):
    assert add(door, world, **bad).status_code == 200
    assert not Attendance.objects.exists()


def test_a_partner_that_was_not_invited_is_not_offered(door, world):
    assert add(door, world, organisation=world.quarry_lane.pk).status_code == 200
    assert "Quarry Lane" not in page_of(door, world)


def test_html_in_a_name_stays_a_name(door, world):
    add(door, world, name="<script>alert(1)</script>")
    page = page_of(door, world)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_a_walk_in_is_taken_off_again_and_nobody_else(door, world):
    booked = AttendanceFactory(round=world.round, person=BookingFactory(round=world.round).person)
    add(door, world)
    walk_in = Attendance.objects.walk_ins().get()
    door.post(url("remove_walk_in", world), {"attendance": str(walk_in.pk)})
    door.post(url("remove_walk_in", world), {"attendance": str(booked.pk)})
    assert list(Attendance.objects.order_by("id")) == [booked]


def test_a_key_of_another_door_adds_nobody(world):
    elsewhere = AttendanceFactory()
    with pytest.raises(Refused):
        attendance.add_walk_in(round=world.round, key=elsewhere.pk, now=world.round.starts_at)
    assert Attendance.objects.count() == 1


def test_after_closing_nobody_is_added(door, world):
    close(world.round)
    page = add(door, world, name="Wilma").content
    assert not Attendance.objects.exists()
    assert b"Wilma" not in page


def test_walk_ins_count_as_heads(door, world):
    for _ in range(3):
        add(door, world)
    with pytest.raises(Refused, match="3 people are ticked in"):
        close(world.round, headcount=2)


def test_walk_ins_stand_in_the_order_of_their_names(door, world):
    for name in ("Zoe Adams", "Ann Young", "Bea Baker"):
        add(door, world, name=name)
    assert re.findall(r"<span><b>([^<]+)</b>", page_of(door, world)) == ["Adams, Zoe", "Baker, Bea", "Young, Ann"]


# --- Who may ---


@pytest.mark.parametrize("name", VERBS)
def test_the_verbs_are_open_to_the_team_alone_and_a_get_changes_nothing(client, world, name):
    walk_in = Attendance.objects.create(round=world.round)
    data = {"key": str(uuid.uuid4()), "agreed": "on", "attendance": str(walk_in.pk), "first": "yes"}
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    for person, status in [(world.ben, 403), (administrator, 403), (world.cleo, 404), (world.ada, None)]:
        client.force_login(person)
        if status:
            assert client.post(url(name, world), data).status_code == status
        else:
            assert client.get(url(name, world), data).status_code == 302
    client.logout()
    assert client.post(url(name, world), data).status_code == 302
    assert list(Attendance.objects.values_list("pk", "first_round").order_by("pk")) == [(walk_in.pk, False)]


def test_a_helper_adds_and_marks(client, world):
    helper = PersonFactory()
    TeamMember.objects.create(round=world.round, person=helper, part=TeamPart.HELPER)
    client.force_login(helper)
    add(client, world)
    client.post(url("mark_first_round", world), {"attendance": str(Attendance.objects.get().pk), "first": "yes"})
    assert Attendance.objects.get().first_round is True


@pytest.mark.parametrize("name", ["remove_walk_in", "mark_first_round"])
@pytest.mark.parametrize("key", ["", "nonsense"])
def test_tapping_nobody_is_not_here(door, world, name, key):
    assert door.post(url(name, world), {"attendance": key, "first": "yes"}).status_code == 404


def test_nobody_reaches_another_rounds_register(door, world):
    elsewhere = AttendanceFactory()
    for name in ("remove_walk_in", "mark_first_round"):
        data = {"attendance": str(elsewhere.pk), "first": "yes"}
        assert door.post(url(name, world), data).status_code == 404


# --- Two tablets ---


def test_a_tick_on_another_tablet_says_so(door, world):
    booking = BookingFactory(round=world.round, person__name="Tola Adeyemi")
    data = {"person": booking.person_id}
    assert b"Already in." not in door.post(url("tick_in", world), data, follow=True).content
    assert b"Already in." in door.post(url("tick_in", world), data, follow=True).content
    assert Attendance.objects.count() == 1


@pytest.mark.parametrize("name", ["remove_walk_in", "mark_first_round"])
def test_what_was_taken_back_on_another_tablet_leads_back_to_the_list(door, world, name):
    add(door, world)
    data = {"attendance": str(Attendance.objects.get().pk), "first": "yes"}
    door.post(url("remove_walk_in", world), data)
    answer = door.post(url(name, world), data, follow=True)
    assert answer.redirect_chain == [(f"{url('round_door', world)}#at-list", 302)]
    assert b"They are not ticked in any more: somebody took that back." in answer.content


# --- What is sent again, because its answer was lost ---


def test_a_tick_that_comes_twice_does_not_undo_what_another_tablet_undid(door, world):
    person = {"person": BookingFactory(round=world.round).person_id}
    tap = person | {"tap": uuid.uuid4()}
    door.post(url("tick_in", world), tap)
    door.post(url("undo_tick", world), person)
    answer = door.post(url("tick_in", world), tap, follow=True)
    assert b"Already in." not in answer.content
    assert not Attendance.objects.exists()
    door.post(url("tick_in", world), person | {"tap": uuid.uuid4()})
    assert Attendance.objects.count() == 1


def test_a_walk_in_that_comes_twice_stays_taken_off(door, world):
    said = {"key": uuid.uuid4(), "agreed": "on", "tap": uuid.uuid4()}
    door.post(url("add_walk_in", world), said)
    door.post(url("remove_walk_in", world), {"attendance": said["key"]})
    door.post(url("add_walk_in", world), said)
    assert not Attendance.objects.exists()


def test_the_name_of_a_tap_at_one_round_says_nothing_at_another(door, world):
    tap = uuid.uuid4()
    other = RoundFactory(system=world.system, facilitators=[world.ada], starts_at=world.round.starts_at)
    for round in (world.round, other):
        booking = BookingFactory(round=round)
        door.post(reverse("tick_in", args=[round.pk]), {"person": booking.person_id, "tap": tap})
    assert Attendance.objects.count() == 2


def test_a_first_round_is_marked_by_the_person_too(door, world):
    """As of somebody who was ticked in without a connection: nobody has heard of the attendance's own key."""
    person = BookingFactory(round=world.round).person_id
    door.post(url("tick_in", world), {"person": person})
    door.post(url("mark_first_round", world), {"person": person, "attendance": "", "first": "yes"})
    assert Attendance.objects.get().first_round


# --- First Rounds ---


def mark(found, first=True):
    attendance.mark_first_round(round=found.round, key=found.pk, first=first, now=found.round.starts_at)


def at_a_round(person, **options):
    return AttendanceFactory(round=RoundFactory(**options), person=person)


def test_first_round_is_one_more_tap_and_can_be_taken_back(door, world):
    found = AttendanceFactory(round=world.round, person=BookingFactory(round=world.round).person)
    data = {"attendance": str(found.pk), "first": "yes"}
    answer = door.post(url("mark_first_round", world), data)
    assert answer["Location"].endswith(f"/door/#at-{found.person_id}")
    assert 'data-rd-guest="first"' in page_of(door, world)
    door.post(url("mark_first_round", world), data | {"first": "no"})
    assert 'data-rd-guest="first"' not in page_of(door, world)
    close(world.round)
    assert not FirstRoundCounted.objects.exists()


def test_a_person_is_counted_once_in_a_life():
    robin = PersonFactory()
    first, second = at_a_round(robin), at_a_round(robin)
    for found in (first, second):
        mark(found)
        close(found.round)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.first_round, second.first_round) == (True, False)
    assert FirstRoundCounted.objects.get().person == robin


def test_what_is_counted_outlives_the_register():
    robin = PersonFactory()
    found = at_a_round(robin)
    mark(found)
    close(found.round)
    found.round.register.delete()
    found.delete()
    again = at_a_round(robin)
    mark(again)
    close(again.round)
    again.refresh_from_db()
    assert again.first_round is False


def test_the_door_does_not_tell_who_has_been_before(door, world):
    robin, wren = BookingFactory.create_batch(2, round=world.round)
    FirstRoundCounted.objects.create(person=robin.person)
    found = [AttendanceFactory(round=world.round, person=each.person) for each in (robin, wren)]
    for each in found:
        data = {"attendance": str(each.pk), "first": "yes"}
        assert door.post(url("mark_first_round", world), data).status_code == 302
    assert page_of(door, world).count('data-rd-guest="first"') == 2
    close(world.round)
    assert set(FirstRoundCounted.objects.values_list("person", flat=True)) == {robin.person_id, wren.person_id}


def test_nothing_counts_before_the_register_is_closed_and_an_undo_leaves_nothing():
    found = AttendanceFactory(round=RoundFactory(), person=PersonFactory())
    mark(found)
    assert not FirstRoundCounted.objects.exists()
    attendance.undo_tick(round=found.round, person=found.person, now=found.round.starts_at)
    close(found.round)
    assert not FirstRoundCounted.objects.exists()


def test_walk_ins_count_as_they_say():
    walk_in = Attendance.objects.create(round=RoundFactory(), first_round=True)
    close(walk_in.round)
    walk_in.refresh_from_db()
    assert walk_in.first_round is True
    assert not FirstRoundCounted.objects.exists()


def test_after_closing_nobody_is_marked():
    found = at_a_round(PersonFactory())
    close(found.round)
    with pytest.raises(Refused, match="The register is closed"):
        mark(found)


def test_an_erased_account_is_counted_no_more():
    found = at_a_round(PersonFactory())
    mark(found)
    close(found.round)
    found.person.delete()
    assert not FirstRoundCounted.objects.exists()


def test_the_door_asks_as_many_questions_for_three_as_for_one(door, world):
    from tests.evaluation.test_day_pages import queries_of

    add(door, world, organisation=world.elmbridge.pk)
    BookingFactory(round=world.round)
    count = queries_of(door, url("round_door", world))
    for _ in range(2):
        add(door, world, organisation=world.elmbridge.pk)
        BookingFactory(round=world.round)
    assert queries_of(door, url("round_door", world)) == count


def test_a_walk_in_of_the_name_of_somebody_who_is_in_draws_a_hint(door, world):
    hint = "There is another Ann Baker in."
    booking = BookingFactory(round=world.round, person=PersonFactory(name="Ann Baker"))
    add(door, world, name="ann  baker")
    assert hint.lower() not in page_of(door, world).lower()
    door.post(url("tick_in", world), {"person": booking.person_id})
    assert page_of(door, world).lower().count(hint.lower()) == 1
    add(door, world, name="")
    add(door, world, name="")
    assert page_of(door, world).count("There is another") == 1
