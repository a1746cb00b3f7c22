"""The details of a Round, publishing it, and who may: rounds/views/details.py and the doors of change.py."""

import pytest
from django.urls import reverse

from members.roles import SECTORS
from rounds.models import Round
from rounds.states import Keeping, RoundState, Way
from tests.factories.rounds import BookingFactory

from .changing import MARKUP, WEDNESDAY, errors, make, moved, to, when, words

pytestmark = pytest.mark.django_db

PAGES = ["round_details", "round_change", "publish_round"]


class TestDetails:
    def details(self, client, round):
        return client.get(reverse("round_details", args=[round.pk]))

    def test_says_all_that_was_planned(self, ada, round):
        page = words(self.details(ada, round))
        for line in ("Thrown in", "Wednesday 4 August 2027", "12:30pm to 1:30pm", "60 in the room", "Ada Facilitator"):
            assert line in page

    def test_a_plan_is_published_by_one_press(self, ada, world):
        round = make(world, state=RoundState.PLANNED)
        assert "Publish and open booking" in words(self.details(ada, round))
        publish = reverse("publish_round", args=[round.pk])
        assert ada.get(publish).url == reverse("round_details", args=[round.pk])
        assert Round.objects.get().state == RoundState.PLANNED
        assert ada.post(publish).url == reverse("round_invitations", args=[round.pk])
        assert ada.post(publish).status_code == 302
        assert Round.objects.get().state == RoundState.PUBLISHED

    def test_what_cannot_be_published_is_refused_with_the_reason(self, ada, world, time_machine):
        round = make(world, state=RoundState.PLANNED)
        time_machine.move_to(WEDNESDAY)
        ada.force_login(world.ada)
        answer = ada.post(reverse("publish_round", args=[round.pk]))
        assert errors(answer) == ["The Round must start in the future."]

    def test_the_facilitators_read_what_is_reserved(self, client, world, round):
        for whom in ({"organisation": world.elmbridge}, {"sector": "hospice"}):
            round.kept_places.create(kind=Keeping.RESERVE, way=Way.IN_PERSON, places=5, days_before=7, **whom)
        said = f"Reserved 5 for {world.elmbridge} until 7 days before 5 for {SECTORS['hospice']} until 7 days before"
        for person, reads in ((world.ada, True), (world.admin, False)):
            client.force_login(person)
            assert (said in words(self.details(client, round))) is reads

    def test_history_in_its_order(self, ada, world, round):
        moved(ada, round, "when", when())
        moved(ada, round, "cancel", {"reason": MARKUP})
        page = self.details(ada, round)
        assert "Changed once Cancelled: " + MARKUP in words(page)
        assert MARKUP not in page.content.decode()

    def test_an_administrator_sees_neither_numbers_nor_the_way_to_bookings(self, client, world, round):
        BookingFactory.create_batch(3, round=round)
        client.force_login(world.admin)
        page = self.details(client, round).content.decode()
        assert reverse("round_bookings", args=[round.pk]) not in page
        assert reverse("round_change", args=[round.pk]) in page

    def test_as_many_queries_with_three_facilitators_and_partners(
        self, ada, world, round, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(13) as one:
            self.details(ada, round)
        team = [world.ada, world.ben, world.cleo]
        several = make(world, facilitators=team, partners=[world.elmbridge, world.quarry_lane])
        with django_assert_max_num_queries(len(one)):
            self.details(ada, several)


class TestDoors:
    @pytest.mark.parametrize("name", PAGES)
    def test_signed_out(self, client, round, name):
        assert client.get(reverse(name, args=[round.pk])).url.startswith("/account/login")

    @pytest.mark.parametrize("name", PAGES)
    def test_an_outsider_learns_nothing(self, client, world, round, name):
        client.force_login(world.cleo)
        assert client.get(reverse(name, args=[round.pk])).status_code == 404

    @pytest.mark.parametrize("name", PAGES)
    def test_an_insider_without_the_right(self, client, world, round, name):
        client.force_login(world.ben)
        assert client.get(reverse(name, args=[round.pk])).status_code == 403

    @pytest.mark.parametrize("what", ["when", "where", "cancel"])
    def test_of_the_changes(self, client, world, round, what):
        for person, status in ((world.cleo, 404), (world.ben, 403)):
            client.force_login(person)
            assert client.get(to(round, what)).status_code == status
            assert client.post(to(round, what), {}, follow=True).status_code == status
            assert client.post(to(round, what, "confirm_change"), {}).status_code == status

    def test_an_unknown_change(self, ada, round):
        assert ada.get(to(round, "burn")).status_code == 404
        assert ada.post(to(round, "burn", "confirm_change")).url == reverse("round_change", args=[round.pk])

    def test_a_get_confirms_nothing(self, ada, round):
        assert ada.get(to(round, "cancel", "confirm_change")).url == reverse("round_change", args=[round.pk])


class TestChoosing:
    def test_leads_to_the_values(self, ada, round):
        choose = reverse("round_change", args=[round.pk])
        assert ada.get(choose, {"what": "when"}).url == to(round, "when")
        assert errors(ada.get(choose, {"what": ""})) == ["Choose what is changing"]
        assert errors(ada.get(choose, {"what": "burn"})) == ["Select one of the choices"]

    def test_the_page_begins_with_what_is(self, ada, round):
        page = ada.get(to(round, "when")).content.decode()
        assert 'value="12:30pm"' in page
        page = ada.get(to(round, "where")).content.decode()
        assert 'value="60"' in page
