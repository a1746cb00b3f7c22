"""Whom the team rings when a Round changes at short notice: rounds/actions/short_notice.py, rounds.reports.team."""

import datetime as dt

import pytest
from django.urls import reverse

from rounds.models import Round, Venue
from rounds.reports.team import Call, whom_to_ring
from tests.factories.members import OrganisationFactory
from tests.factories.rounds import TeamMemberFactory, VenueFactory
from tests.worlds import NOON

from .changing import MARKUP, errors, make, moved, to, when, where, words

pytestmark = pytest.mark.django_db
PHONE, SHORT = "01632 960 123", "This is at short notice"
RING = "This changed at short notice: please ring"
SOON = NOON + dt.timedelta(hours=5)


@pytest.fixture
def soon(world):
    """Five hours ahead, in a room with a desk, with food, for a partner with a named contact and one without."""
    Venue.objects.filter(pk=world.room.pk).update(contact="Front desk", phone=PHONE)
    world.room.refresh_from_db()
    hospice = OrganisationFactory(
        name="Larch Hospice",
        system=world.system,
        has_staff_list=False,
        contact_name="Jo Contact",
        contact_phone="+44 1632 960 124 ext 7",
    )
    round = make(world, starts_at=SOON, booking_closes_at=SOON, partners=[world.elmbridge, hospice])
    Round.objects.filter(pk=round.pk).update(food="Soup", caterer="Soup & Co", caterer_phone="01632 960125")
    round.refresh_from_db()
    return round


def workspace(client, round):
    return words(client.get(reverse("round_workspace", args=[round.pk])))


def test_the_rooms_the_food_and_named_contacts_first_of_those_without_a_staff_list(world, soon):
    listed = OrganisationFactory(name="Ash Trust", system=world.system, has_staff_list=True, contact_name="Al Listed")
    soon.invited_partners.create(organisation=listed)
    chapel = VenueFactory(name="Chapel", address="")
    assert whom_to_ring(soon, also=chapel) == [
        Call(str(world.room), "Front desk", PHONE),
        Call("Chapel", "", ""),
        Call("Food", "Soup & Co", "01632 960125"),
        Call("Larch Hospice", "Jo Contact", "+44 1632 960 124 ext 7"),
        Call("Ash Trust", "Al Listed", ""),
    ]


def test_a_link_dials_the_number_without_its_extension():
    numbers = ["+44 1632 960 124 ext 7", "(01632) 960-124 x7", ""]
    assert [Call("", "", number).tel for number in numbers] == ["+441632960124", "01632960124", ""]


def test_it_stands_on_the_preview_and_in_the_workspace_afterwards(ada, world, soon, time_machine):
    chapel = VenueFactory(organisation=world.elmbridge, name="Chapel")
    preview = ada.post(to(soon, "where"), where(world, room=str(chapel.pk)), follow=True)
    for said in (
        SHORT,
        "Front desk 01632 960 123",
        "Soup & Co",
        "Jo Contact",
        "Chapel, Elmbridge Hospital No number yet",
    ):
        assert said in words(preview)
    assert 'href="tel:+441632960124"' in preview.content.decode()
    assert RING not in workspace(ada, soon)
    moved(ada, soon, "where", where(world, room=str(chapel.pk)))
    page = workspace(ada, soon)
    for said in (RING, "Chapel, Elmbridge Hospital", "Lecture theatre, Elmbridge Hospital Front desk 01632 960 123"):
        assert said in page
    time_machine.move_to(NOON + dt.timedelta(hours=12))
    ada.force_login(world.ada)
    assert RING not in workspace(ada, soon)


def test_also_when_it_is_called_off(ada, soon):
    assert SHORT in words(ada.post(to(soon, "cancel"), {}, follow=True))
    moved(ada, soon, "cancel", {})
    assert RING in workspace(ada, soon)


def test_not_in_good_time(ada, world, round):
    assert SHORT not in words(ada.post(to(round, "when"), when(), follow=True))
    assert SHORT not in words(ada.post(to(round, "cancel"), {}, follow=True))


def test_not_for_more_places_alone(ada, world, soon):
    assert SHORT not in words(ada.post(to(soon, "where"), where(world, places="61"), follow=True))


class TestSayingSo:
    def test_with_the_room_and_with_the_round_and_nobody_is_written_to(self, ada, world, soon):
        assert f'value="{PHONE}"' in ada.get(to(soon, "ring")).content.decode()
        typed = {"contact": "Porters", "phone": "01632 960 130", "caterer": MARKUP, "caterer_phone": ""}
        answer = ada.post(to(soon, "ring"), typed, follow=True)
        assert "It is changed. Nobody was written to." in words(answer)
        assert "Ring about the room Porters 01632 960 130" in words(answer)
        assert MARKUP not in answer.content.decode()
        assert Venue.objects.filter(contact="Porters", phone="01632 960 130").get() == world.room
        assert Round.objects.values_list("caterer", "caterer_phone", "version").get() == (MARKUP, "", 1)

    def test_of_a_room_only_where_there_is_one(self, ada, world):
        online = make(world, format="online", venue=None)
        page = ada.get(to(online, "ring")).content.decode()
        assert ('name="contact"' in page, 'name="caterer"' in page) == (False, True)
        ada.post(to(online, "ring"), {"caterer": "Soup & Co", "caterer_phone": PHONE})
        assert Round.objects.get(pk=online.pk).caterer_phone == PHONE

    def test_of_the_room_only_by_whoever_may_change_it(self, client, world, soon):
        """A facilitator of this Round without a role anywhere says whom to ring about the food."""
        TeamMemberFactory(round=soon, person=world.ben)
        client.force_login(world.ben)
        page = client.get(to(soon, "ring")).content.decode()
        assert ('name="contact"' in page, 'name="caterer"' in page) == (False, True)
        client.post(to(soon, "ring"), {"contact": "Me", "phone": "01632 960 131", "caterer": "Soup & Co"})
        world.room.refresh_from_db()
        assert (world.room.contact, world.room.phone) == ("Front desk", PHONE)

    @pytest.mark.parametrize("number", ["ring me", "1234", "01632 960 123; drop", "٠١٦٣٢٩٦٠١٢٣"])
    def test_what_is_no_number(self, ada, soon, number):
        answer = ada.post(to(soon, "ring"), {"phone": number})
        assert errors(answer) == ["Enter a phone number, like 01632 960 123"]

    def test_staff_see_none_of_it(self, client, world, soon):
        client.force_login(world.ben)
        page = words(client.get(reverse("round_page", args=[soon.pk])))
        assert [word for word in ("Front desk", "Soup & Co", "Jo Contact", PHONE) if word in page] == []
