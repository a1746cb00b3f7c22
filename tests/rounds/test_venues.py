"""Rooms: what is known of them, for whom, and what a Round makes of it. rounds/actions/venues.py and its pages."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Site
from rounds.actions import scheduling, venues
from rounds.models import Venue
from rounds.states import Format, RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory, TeamMemberFactory, VenueFactory
from tests.worlds import NOON

from .pages import buttons_of, headings_of, page_of, words_of

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def room(world):
    return VenueFactory(organisation=world.elmbridge, name="Lecture theatre", room_limit=80)


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client


def of(room, name="venue"):
    return reverse(name, args=[room.pk])


def typed(**changes):
    return {
        "name": "Chapel",
        "address": "Mill Lane",
        "room_limit": "40",
        "step_free": "no",
        "hearing_loop": "yes",
        "quiet_space": "",
        "parking": "Two accessible spaces",
        "travel": "",
        "getting_in": "Ring at the garden door.",
        "contact": "Chaplaincy",
        "phone": "01632 960 123",
    } | changes


# --- What people read ---------------------------------------------------------------------------


class TestOnTheRound:
    def test_what_there_is_what_there_is_not_and_nothing_of_what_nobody_said(self, client, ben, make_round, world):
        venue = VenueFactory(
            organisation=world.elmbridge,
            name="Lecture theatre",
            getting_in="Ring at the side door.",
            step_free="no",
            hearing_loop="yes",
            quiet_space="",
            parking="Behind the house",
        )
        page = client.get(page_of(make_round(venue=venue)))
        assert "Getting there and access" in headings_of(page)
        assert (
            "Lecture theatre Elmbridge Hospital Ring at the side door. "
            "Not step-free Hearing loop Parking: Behind the house" in words_of(page)
        )
        assert "uiet space" not in words_of(page)

    def test_not_to_whoever_comes_online(self, client, ben, make_round):
        page = client.get(page_of(make_round(format=Format.ONLINE)))
        assert "Getting there and access" not in headings_of(page)


# --- The pages ----------------------------------------------------------------------------------


class TestList:
    def test_by_partner_with_what_each_takes_and_has(self, ada, world, room):
        site = Site.objects.create(organisation=world.elmbridge, name="North wing")
        Venue.objects.filter(pk=room.pk).update(site=site, quiet_space="no")
        VenueFactory(
            organisation=world.quarry_lane,
            name="Day room",
            room_limit=None,
            step_free="",
            hearing_loop="",
            quiet_space="",
        )
        page = ada.get(reverse("venues"))
        assert headings_of(page) == ["Elmbridge Hospital NHS Trust", "Quarry Lane Care Homes"]
        assert "Lecture theatre North wing. Takes 80. Step-free, Hearing loop." in words_of(page)
        assert "Day room Nobody has said yet who can get in." in words_of(page)

    def test_none_yet(self, ada):
        assert "No room is known yet." in words_of(ada.get(reverse("venues")))

    def test_those_that_have_ended_stand_apart(self, ada, room):
        Venue.objects.update(ended_on=NOON.date())
        page = words_of(ada.get(reverse("venues")))
        assert "Rooms that have ended Lecture theatre Elmbridge Hospital NHS Trust, until 3 March 2027" in page
        assert "Takes 80" not in page

    def test_none_of_another_system(self, ada, room):
        far = VenueFactory(organisation=OrganisationFactory(system=SystemFactory()), name="Far hall")
        assert "Far hall" not in words_of(ada.get(reverse("venues")))
        assert ada.get(of(far)).status_code == 404

    def test_whoever_runs_one_round_sees_its_room_and_changes_nothing(self, client, world, make_round, room):
        VenueFactory(organisation=world.quarry_lane, name="Day room")
        member = TeamMemberFactory(round=make_round(venue=room), person=PersonFactory())
        client.force_login(member.person)
        page = client.get(reverse("venues"))
        assert "Lecture theatre" in words_of(page)
        assert "Day room" not in words_of(page)
        assert "Add a room" not in words_of(page)
        assert buttons_of(client.get(of(room))) == []
        assert client.post(of(room, "change_venue"), typed()).status_code == 403

    def test_a_role_in_one_partner_changes_no_room_of_another(self, client, world, room):
        carer = PersonFactory(works_for=world.quarry_lane)
        RoleGrantFactory(person=carer, role="administrator", organisation=world.quarry_lane)
        client.force_login(carer)
        assert client.get(of(room)).status_code == 200
        assert client.post(of(room, "change_venue"), typed()).status_code == 403
        assert client.post(of(room, "end_venue")).status_code == 403
        assert "Elmbridge" not in words_of(client.get(reverse("add_venue")))

    def test_as_many_queries_with_three_rooms_as_with_one(self, ada, world):
        counts = []
        for rooms in (1, 2):
            VenueFactory.create_batch(rooms, organisation=world.elmbridge)
            with CaptureQueriesContext(connection) as queries:
                ada.get(reverse("venues"))
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestAdding:
    def test_first_whose_it_is_then_what_is_known(self, ada, world):
        add = reverse("add_venue")
        whose = ada.post(add, {"partner": world.quarry_lane.code})
        assert whose.url == f"{add}?partner={world.quarry_lane.code}"
        saved = ada.post(whose.url, typed())
        room = Venue.objects.get()
        assert saved.url == of(room)
        assert (room.organisation, room.name, room.room_limit) == (world.quarry_lane, "Chapel", 40)
        assert (room.step_free, room.hearing_loop, room.quiet_space) == ("no", "yes", "")
        assert "Quiet space: nobody has said yet" in words_of(ada.get(saved.url))

    def test_a_partner_must_be_chosen(self, ada):
        page = ada.post(reverse("add_venue"), {"partner": ""})
        assert "Choose whose room it is" in words_of(page)

    def test_a_site_of_another_partner_is_none_to_choose(self, ada, world):
        Site.objects.create(organisation=world.quarry_lane, name="Own house")
        other = Site.objects.create(organisation=world.elmbridge, name="North wing")
        page = ada.post(f"{reverse('add_venue')}?partner={world.quarry_lane.code}", typed(site=str(other.pk)))
        assert page.status_code == 200
        assert Venue.objects.count() == 0

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"name": ""}, "Enter the name of the room"),
            ({"name": "lecture THEATRE"}, "has, or had, a room of that name. Choose another name"),
            ({"room_limit": "many"}, "How many it takes must be a whole number, like 60"),
            ({"room_limit": "0"}, "How many it takes must be 1 or more"),
            ({"step_free": "perhaps"}, "Select one of the choices"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, ada, world, room, wrong, sentence):
        page = ada.post(f"{reverse('add_venue')}?partner={world.elmbridge.code}", typed(**wrong))
        assert sentence in words_of(page)
        assert "Two accessible spaces" in page.content.decode()
        assert Venue.objects.count() == 1

    def test_markup_is_words(self, ada, world):
        ada.post(f"{reverse('add_venue')}?partner={world.elmbridge.code}", typed(getting_in="<b>Left</b>"))
        html = ada.get(of(Venue.objects.get())).content.decode()
        assert "&lt;b&gt;Left&lt;/b&gt;" in html


class TestChanging:
    def test_what_is_known_now(self, ada, room):
        assert 'value="Lecture theatre"' in ada.get(of(room, "change_venue")).content.decode()
        assert ada.post(of(room, "change_venue"), typed()).url == of(room)
        room.refresh_from_db()
        assert (room.name, room.step_free, room.getting_in) == ("Chapel", "no", "Ring at the garden door.")
        assert (room.contact, room.phone) == ("Chaplaincy", "01632 960 123")

    def test_two_of_one_name_are_refused_by_the_database_too(self, world, room):
        other = VenueFactory(organisation=world.elmbridge, name="Chapel")
        with pytest.raises(venues.NameTaken):
            venues.change(venue=other, facts={"name": "Lecture theatre"})

    def test_an_answer_that_is_none_is_refused_by_the_database(self, room):
        with pytest.raises(IntegrityError), transaction.atomic():
            Venue.objects.update(step_free="eh")


class TestEnding:
    def test_nobody_can_choose_it_any_more(self, ada, room, world):
        ada.post(of(room, "end_venue"))
        room.refresh_from_db()
        assert room.ended_on == NOON.date()
        assert list(Venue.objects.in_use(NOON.date())) == []
        assert buttons_of(ada.get(of(room))) == ["Take it up again"]

    def test_it_can_be_taken_up_again(self, ada, room):
        ada.post(of(room, "end_venue"))
        ada.post(of(room, "reopen_venue"))
        assert list(Venue.objects.in_use(NOON.date())) == [room]

    @pytest.mark.parametrize("state", [RoundState.PLANNED, RoundState.PUBLISHED, RoundState.POSTPONED])
    def test_not_while_a_round_is_to_meet_there(self, ada, room, make_round, state):
        make_round(venue=room, state=state)
        page = ada.post(of(room, "end_venue"))
        assert "A Round is still to meet here. Choose another room for it first." in words_of(page)
        room.refresh_from_db()
        assert room.ended_on is None

    def test_rounds_that_were_held_hold_nothing_up(self, room):
        RoundFactory(venue=room, starts_at=NOON - 9 * DAY, booking_opens_at=NOON - 20 * DAY, state=RoundState.HELD)
        assert venues.end(venue=room, now=NOON).ended_on == NOON.date()

    def test_a_get_ends_nothing(self, ada, room):
        ada.get(of(room, "end_venue"))
        room.refresh_from_db()
        assert room.ended_on is None


# --- In planning --------------------------------------------------------------------------------


class TestPlanning:
    def test_a_room_says_what_it_takes_and_has(self, ada, world, make_round, room):
        VenueFactory(organisation=world.elmbridge, name="Attic", room_limit=None, step_free="", hearing_loop="no")
        VenueFactory(organisation=world.elmbridge, name="Cellar", ended_on=NOON.date())
        round = make_round(venue=room, facilitators=[world.ada])
        page = words_of(ada.get(reverse("round_change_to", args=[round.pk, "where"])))
        assert "Takes 80. Step-free, Hearing loop, Quiet space" in page
        assert "Attic, Elmbridge Hospital Quiet space. Nobody has said whether it is step-free" in page
        assert "Cellar" not in page

    def test_a_room_that_takes_fewer_than_was_thought_moves_no_other_date(self, world, make_round, room):
        round = make_round(venue=room, places=60, facilitators=[world.ada])
        Venue.objects.update(room_limit=30)
        changes = {"starts_at": round.starts_at + DAY, "ends_at": round.ends_at + DAY}
        moved = scheduling.move(round=round, changes=changes, seen_version=1, by=world.ada, now=NOON)
        assert moved.starts_at == changes["starts_at"]
        with pytest.raises(
            Refused, match=r"The room takes 30\. Enter that many places or fewer, or choose another room\."
        ):
            scheduling.move(round=round, changes={"places": 40}, seen_version=2, by=world.ada, now=NOON)
