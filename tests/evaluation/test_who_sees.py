"""What the page says of who can see what is what the doors do, for everybody in a world with every role."""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation import access
from evaluation.actions import door_links
from evaluation.reports.who_sees import who_sees
from members.models import Person
from members.roles import ROLES, Scope
from rounds import access as doors
from rounds.states import RoundState, TeamPart
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory, TeamMemberFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db

OPENED_BY = {
    "page": doors.get_round_to_attend,
    "arrangements": doors.get_round_to_arrange,
    "bookings": doors.get_round_to_run,
    "register": access.get_round_at_the_door,
    "panel": doors.get_round_with_panel,
    "results": doors.get_round_to_run,
    "after": doors.get_round_to_run,
}


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        place = PlaceFactory(system=world.system)
        far = SystemFactory()
        world.round = RoundFactory(
            title="Under a title",
            system=world.system,
            host_organisation=world.elmbridge,
            partners=[world.elmbridge],
            facilitators=[world.ada],
        )
        world.booking = BookingFactory(round=world.round, person=PersonFactory(name="Bo Booked"))
        world.teller = StorytellerFactory(round=world.round, person=PersonFactory(name="Tess Teller"))
        world.helper = TeamMemberFactory(
            round=world.round, part=TeamPart.HELPER, person=PersonFactory(name="Hal Helper")
        )
        PersonFactory(works_for=OrganisationFactory(place=place))
        everywhere = [
            {Scope.ORGANISATION: world.elmbridge, Scope.PLACE: place, Scope.SYSTEM: world.system},
            {Scope.ORGANISATION: world.quarry_lane, Scope.PLACE: PlaceFactory(system=far), Scope.SYSTEM: far},
        ]
        for scopes in everywhere:
            for code, role in ROLES.items():
                for scope in role.scopes:
                    RoleGrantFactory(role=code, **{scope.value: scopes[scope]})
                    ended = {"ends_on": NOON.date(), scope.value: scopes[scope]}
                    RoleGrantFactory(role=code, **ended)
        yield world


def opens(door, person, *arguments):
    try:
        door(person, *arguments, now=NOON)
    except (Http404, PermissionDenied):
        return False
    return True


def told(round):
    return {
        fact.key: {key for sight in fact.sights for key in sight.people.values_list("pk", flat=True)}
        for fact in who_sees(round, now=NOON)
    }


@pytest.mark.parametrize("state", [RoundState.PLANNED, RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED])
@pytest.mark.parametrize("host", ["organisation", "place", "nobody"])
def test_the_page_says_what_the_doors_do(world, state, host):
    type(world.round).objects.update(state=state, published_at=None)
    if host != "organisation":
        place = PlaceFactory(system=world.system) if host == "place" else None
        type(world.round).objects.update(host_organisation=None, host_place=place)
    world.round.refresh_from_db()
    everybody = list(Person.objects.order_by("pk"))
    found = told(world.round)
    for key, door in OPENED_BY.items():
        assert found.pop(key) == {each.pk for each in everybody if opens(door, each, world.round.pk)}, key
    scope = access.scope_of(world.system)
    assert found.pop("figures") == {each.pk for each in everybody if opens(access.get_scope_to_see, each, scope)}
    assert found == {}


def page(client, world):
    return client.get(reverse("round_who_sees", args=[world.round.pk]))


def test_it_names_those_who_hold_a_role_and_nobody_who_tells_helps_or_comes(client, world, time_machine):
    time_machine.move_to(world.round.starts_at, tick=False)
    client.force_login(RoleGrantFactory(role="administrator", system=world.system).person)
    answer = page(client, world).content.decode()
    assert "<b>Ada Facilitator</b>, facilitates this Round" in answer
    assert "<b>Ines Lead</b>, ICS lead, North Vale Integrated Care System" in answer
    assert "<b>Staff of Elmbridge Hospital NHS Trust</b>, invited to this Round" in answer
    assert "<b>Those who help at its door</b>, named in its team" in answer
    for name in ("Bo Booked", "Tess Teller", "Hal Helper", "Ben Booker", "Cleo Carer"):
        assert name not in answer
    assert "A device at the door" not in answer
    door_links.make(round=world.round, by=world.ada, now=world.round.starts_at)
    assert "by the link that Ada Facilitator made" in page(client, world).content.decode()


def test_whether_somebody_tells_a_story_changes_nothing(client, world):
    client.force_login(world.ada)
    before = page(client, world).content
    world.round.panel.all().delete()
    world.round.bookings.all().delete()
    assert strip(page(client, world).content) == strip(before)


def strip(content):
    """Without the token of each page."""
    return b"".join(part for part in content.split(b'"') if len(part) != 64)


def test_it_is_open_to_those_who_arrange_the_round(client, world):
    for person, status in ((world.ada, 200), (world.ben, 403), (world.ines, 403), (world.cleo, 404)):
        client.force_login(person)
        assert page(client, world).status_code == status
    client.force_login(world.ada)
    details = client.get(reverse("round_details", args=[world.round.pk])).content.decode()
    assert reverse("round_who_sees", args=[world.round.pk]) in details


def test_it_asks_as_many_questions_for_three_as_for_one(client, world):
    client.force_login(world.ada)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            page(client, world)
        counts.append(len(asked))
        for _ in range(2):
            TeamMemberFactory(round=world.round)
            RoleGrantFactory(role="sponsor", system=world.system)
            RoleGrantFactory(role="administrator", organisation=world.elmbridge)
            world.round.partners.add(OrganisationFactory(system=world.system))
    assert counts[0] == counts[1]
