"""What facilitators have learnt, who is in practice, and who may read it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members import reports
from members.actions import training
from members.models import Person, RoleGrant, Training
from rounds.states import RoundState, TeamPart
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import RoundFactory, TeamMemberFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SAID = {"course": "Two-day course", "held_on": date(2025, 5, 6), "mentor": None, "first_round_on": None}


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        world.olu = RoleGrantFactory(role="administrator", system=world.system).person
        yield world


def note(person, **said):
    return training.note(person=person, **SAID | {"refresh_due": None} | said)


def facilitated(person, days_ago, part=TeamPart.FACILITATOR, state=RoundState.CLOSED):
    starts_at = NOON - days_ago * DAY
    opens, closes = starts_at - 30 * DAY, starts_at - DAY
    round = RoundFactory(starts_at=starts_at, state=state, booking_opens_at=opens, booking_closes_at=closes)
    return TeamMemberFactory(round=round, person=person, part=part)


EVERYBODY = Person.objects.all(), RoleGrant.objects.all()


def worries(world):
    found = reports.facilitators_of(*EVERYBODY, [world.system], now=NOON)
    [found] = [each for each in found if each.person == world.ada]
    return found.worries


def test_in_practice(world):
    note(world.ada, refresh_due=NOON.date() + 60 * DAY)
    facilitated(world.ada, 30)
    facilitated(world.ada, 300)
    assert worries(world) == []
    assert reports.practice_of(world.ada, now=NOON, sight=None).last == (NOON - 30 * DAY).date()


def test_out_of_practice(world):
    assert worries(world) == ["No training is entered", "Has not facilitated a Round here yet"]
    note(world.ada, refresh_due=NOON.date())
    facilitated(world.ada, 183)
    assert worries(world) == ["A refresher was due on 3 March 2027", "Has not facilitated since 1 September 2026"]


def test_only_rounds_that_took_place_and_that_they_facilitated_count(world):
    note(world.ada)
    facilitated(world.ada, 5, part=TeamPart.HELPER)
    facilitated(world.ada, 4, state=RoundState.CANCELLED)
    facilitated(world.ada, -3, state=RoundState.PUBLISHED)
    facilitated(world.ben, 2)
    assert worries(world) == ["Has not facilitated a Round here yet"]


def test_nobody_is_their_own_mentor(world):
    with pytest.raises(IntegrityError, match="training_mentor_is_somebody_else"), transaction.atomic():
        Training.objects.create(person=world.ada, mentor=world.ada)


def test_the_list(client, world):
    client.force_login(world.olu)
    note(world.ada)
    facilitated(world.ada, 10)
    RoleGrantFactory(role="facilitator", system=world.system, person__name="Kim Idle")
    page = client.get(reverse("manage_facilitators")).content.decode()
    risk, active = page.split("You may want to talk to")[1].split("<h2", 1)
    assert ("Kim Idle" in risk, "Ada Facilitator" in risk) == (True, False)
    assert ("Ada Facilitator" in active, "Kim Idle" in active) == (True, False)
    assert "Last facilitated: 21 February 2027" in active


def test_a_record_is_entered_changed_and_read_by_its_owner(client, world):
    client.force_login(world.olu)
    mentor = RoleGrantFactory(role="mentor", system=world.system, person__name="Mo Mentor").person
    address = reverse("manage_training", args=[world.ada.pk])
    said = {
        "course": "Two-day course",
        "mentor": str(mentor.pk),
        "held_on_day": 6,
        "held_on_month": "May",
        "held_on_year": 2025,
    }
    page = client.post(address, said, follow=True).content.decode()
    assert "The training record is saved." in page
    assert "Two-day course, 6 May 2025" in page
    assert "Mo Mentor" in page
    client.post(address, said | {"course": "Refresher"})
    record = Training.objects.get()
    assert (record.course, record.mentor, record.held_on, record.refresh_due) == (
        "Refresher",
        mentor,
        date(2025, 5, 6),
        None,
    )
    client.force_login(world.ada)
    own = client.get(reverse("your_details")).content.decode()
    assert "You as a facilitator" in own
    assert "Refresher, 6 May 2025" in own
    client.force_login(world.ben)
    assert "You as a facilitator" not in client.get(reverse("your_details")).content.decode()


def test_a_mentor_is_somebody_who_knows(client, world):
    client.force_login(world.olu)
    address = reverse("manage_training", args=[world.ada.pk])
    for person in (world.ada, world.ben, PersonFactory()):
        page = client.post(address, {"mentor": str(person.pk)}).content.decode()
        assert "Choose somebody from the list" in page
    assert not Training.objects.exists()


def test_it_is_open_to_those_who_manage_people(client, world):
    pages = [reverse("manage_facilitators"), reverse("manage_training", args=[world.ada.pk])]
    for person, expected in ((world.olu, [200, 200]), (world.ines, [200, 200]), (world.ada, [403, 403])):
        client.force_login(person)
        assert [client.get(page).status_code for page in pages] == expected
    far = RoleGrantFactory(role="administrator", organisation=world.quarry_lane).person
    client.force_login(far)
    assert [client.get(page).status_code for page in pages] == [200, 404]
    assert "Ada" not in client.get(pages[0]).content.decode()
    client.force_login(world.olu)
    assert client.get(reverse("manage_training", args=[world.ben.pk])).status_code == 404
    assert "As a facilitator" not in client.get(reverse("manage_person", args=[world.ben.pk])).content.decode()


def test_the_list_asks_as_many_questions_for_three_as_for_one(client, world):
    client.force_login(world.olu)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("manage_facilitators"))
        counts.append(len(asked))
        for _ in range(2):
            note(RoleGrantFactory(role="facilitator", system=world.system).person, mentor=world.ada)
    assert counts[0] == counts[1]
