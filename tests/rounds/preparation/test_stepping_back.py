"""Nothing is left of a storyteller who steps back: rounds/views/preparation.py."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse

from members.actions import correspondence
from members.models import Delivery, Person
from rounds.actions import panel, scheduling
from rounds.models import PreparationStep, Storyteller
from rounds.states import Step
from tests.factories.rounds import BookingFactory, StorytellerFactory
from tests.rounds.pages import buttons_of, words_of
from tests.rounds.traces import places_naming
from tests.worlds import NOON

from .asked import hand_over, press_not_this_time, press_step_back, to

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOON.date()
STEPPED_BACK = "You have stepped back You owe no one a reason, and we keep none. If you had an account here"
SAID = {
    press_step_back: STEPPED_BACK,
    press_not_this_time: STEPPED_BACK.replace("You have stepped back", "Not this time"),
}


class TestSteppingBack:
    def test_asks_once_and_wants_no_reason(self, dev, found):
        page = dev.get(to(found.devs, "step_back"))
        assert "Step back from this Round? You need not say why." in words_of(page)
        assert buttons_of(page) == ["Yes, step back"]
        done = dev.post(to(found.devs, "step_back"))
        assert words_of(done).startswith(STEPPED_BACK)
        assert buttons_of(done) == []
        assert done["Cache-Control"].startswith("max-age=0, no-cache, no-store")

    def test_a_second_press_says_the_same_and_the_page_is_gone(self, dev, found):
        address, page = to(found.devs, "step_back"), to(found.devs)
        first = words_of(dev.post(address))
        assert words_of(dev.post(address)) == first
        assert [dev.get(each).status_code for each in (address, page)] == [404, 404]

    def test_closes_the_order_up(self, dev, found):
        third = StorytellerFactory(round=found.round, done=[Step.AGREED])
        panel.set_order(round=found.round, order=[third.pk, found.devs.pk, found.olgas.pk], now=NOON)
        dev.post(to(found.devs, "step_back"))
        assert list(found.round.panel.in_order().values_list("pk", "position")) == [(third.pk, 1), (found.olgas.pk, 2)]

    @pytest.mark.parametrize("minutes", [-1, 0, 30, 3 * 24 * 60])
    def test_until_the_last_minute_and_after_it(self, client, found, time_machine, minutes):
        time_machine.move_to(found.round.starts_at + dt.timedelta(minutes=minutes))
        client.force_login(found.dev)
        assert words_of(client.post(to(found.devs, "step_back"))).startswith(STEPPED_BACK)
        assert found.round.panel.filter(person=found.dev).count() == 0

    def test_can_be_asked_again(self, dev, found):
        dev.post(to(found.devs, "step_back"))
        asked = panel.ask(round=found.round, email=found.dev.email, by=found.world.ada, now=NOON)
        assert dev.get(to(asked)).status_code == 200

    def test_a_letter_that_is_just_leaving_leaves_no_row(self, found, settings):
        Storyteller.objects.all().delete()
        panel.ask(round=found.round, email=found.dev.email, by=found.world.ada, now=NOON)
        settings.EMAIL_BACKEND = "tests.rounds.leaving.StepsBackMeanwhile"
        assert correspondence.dispatch(now=NOON)["lost"] == 1
        assert ([letter.to for letter in mail.outbox], Delivery.objects.count()) == ([[found.dev.email]], 0)


@pytest.mark.parametrize("press", [press_step_back, press_not_this_time])
class TestWithoutTrace:
    """All that can happen to a storyteller happens; then they step back."""

    def everything(self, client, found, email, name=""):
        """Asked over HTTP, written to, agreed, prepared, in the order, moved; and the facilitator looks at it all."""
        client.force_login(found.world.ada)
        page = reverse("round_panel", args=[found.round.pk])
        client.post(page, {"email": email, "called": name or "As on the rota"})
        hand_over()
        storyteller = found.round.panel.get(person__email=email)
        panel.agree(storyteller=storyteller, now=NOON)
        for kind in (Step.ONE_TO_ONE, Step.GROUP):
            facts = {"due_on": TODAY, "owner": found.world.ada, "done": True}
            panel.set_step(storyteller=storyteller, kind=kind, now=NOON, **facts)
        panel.set_order(round=found.round, order=[found.olgas.pk, storyteller.pk, found.devs.pk], now=NOON)
        changes = {"starts_at": found.round.starts_at + DAY, "ends_at": found.round.ends_at + DAY}
        scheduling.move(round=found.round, changes=changes, seen_version=1, by=found.world.ada, now=NOON)
        hand_over()
        scheduling.move(
            round=found.round,
            changes={"starts_at": found.round.starts_at, "ends_at": found.round.ends_at},
            seen_version=2,
            by=found.world.ada,
            now=NOON,
        )
        for address in (page, reverse("round_storyteller", args=[found.round.pk, storyteller.pk])):
            assert client.get(address).status_code == 200
        return storyteller

    def test_of_staff_nothing_is_left_that_was_not_there_before(self, client, found, press):
        cleo = found.world.cleo
        for person in (cleo, found.world.ben):
            BookingFactory(round=found.round, person=person)
        client.force_login(cleo)
        hers = client.session.session_key
        before = places_naming(cleo.pk, cleo.name, cleo.email)
        ada = type(client)()
        storyteller = self.everything(ada, found, cleo.email)
        needles = storyteller.pk, cleo.pk, cleo.name, cleo.email
        during = places_naming(*needles)
        assert {table for _, table in during - before} == {
            "members_delivery",
            "rounds_approach",
            "rounds_preparationstep",
            "rounds_storyteller",
        }
        client.get(to(storyteller))
        assert words_of(press(client, storyteller)).startswith(SAID[press])
        hers_and_bens = [
            sorted(Delivery.objects.filter(person=person).values_list("kind", "about", "state"))
            for person in (cleo, found.world.ben)
        ]
        assert hers_and_bens[0] == hers_and_bens[1]
        assert places_naming(*needles) - before == {("default", "members_delivery"): len(hers_and_bens[0])}
        assert client.session.session_key == hers
        assert places_naming(storyteller.pk) == {}

    def test_of_an_outsider_nothing_is_left_at_all(self, client, found, press):
        email, name = "nora@elsewhere.example", "Nora Newcomer"
        storyteller = self.everything(type(client)(), found, email, name)
        nora = Person.objects.get(email=email)
        needles = storyteller.pk, nora.pk, name, email
        client.force_login(nora)
        client.get(to(storyteller))
        during = places_naming(*needles)
        assert set(during) == {
            ("default", "account_emailaddress"),
            ("default", "an opened session"),
            ("default", "members_delivery"),
            ("default", "members_person"),
            ("default", "rounds_approach"),
            ("default", "rounds_preparationstep"),
            ("default", "rounds_storyteller"),
        }
        assert words_of(press(client, storyteller)).startswith(SAID[press])
        assert places_naming(*needles) == {}
        assert client.get(reverse("my_rounds")).status_code == 302

    def test_an_outsider_with_a_place_keeps_their_account(self, client, found, press):
        storyteller = self.everything(type(client)(), found, "nora@elsewhere.example", "Nora Newcomer")
        BookingFactory(round=found.round, person=storyteller.person)
        client.force_login(storyteller.person)
        press(client, storyteller)
        assert client.get(reverse("my_rounds")).status_code == 200
        assert places_naming(storyteller.pk) == {}

    def test_the_pages_of_the_round_never_show_that_it_happened(self, client, found, press):
        panel.set_order(round=found.round, order=[found.olgas.pk, found.devs.pk], now=NOON)
        ada = type(client)()
        ada.force_login(found.world.ada)
        addresses = [
            reverse("organise"),
            *(
                reverse(name, args=[found.round.pk])
                for name in ("round_workspace", "round_details", "round_panel", "round_team", "round_bookings")
            ),
        ]
        before = [words_of(ada.get(address)) for address in addresses]
        asked = panel.ask(round=found.round, email=found.world.cleo.email, by=found.world.ada, now=NOON)
        panel.agree(storyteller=asked, now=NOON)
        panel.set_order(round=found.round, order=[found.olgas.pk, asked.pk, found.devs.pk], now=NOON)
        during = [words_of(ada.get(address)) for address in addresses]
        client.force_login(found.world.cleo)
        press(client, asked)
        assert [words_of(ada.get(address)) for address in addresses] == before
        assert during != before


def test_taken_off_by_a_facilitator_is_the_same_act(client, found):
    nora = panel.ask(round=found.round, email="nora@elsewhere.example", called="Nora New", by=found.world.ada, now=NOON)
    hand_over()
    needles = nora.pk, nora.person_id, "Nora New", "nora@elsewhere.example"
    client.force_login(found.world.ada)
    client.get(reverse("round_storyteller", args=[found.round.pk, nora.pk]))
    client.post(reverse("take_off_panel", args=[found.round.pk, nora.pk]))
    assert places_naming(*needles) == {}


def test_steps_go_with_their_storyteller(found):
    panel.step_back(storyteller=found.devs)
    panel.step_back(storyteller=found.olgas)
    assert (Storyteller.objects.count(), PreparationStep.objects.count()) == (0, 0)
