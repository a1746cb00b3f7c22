"""Asking, steps and order: rounds/models/panel.py and rounds/actions/panel.py."""

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from members.models import Person
from rounds.actions import panel
from rounds.models import PreparationStep, Round, Storyteller
from rounds.states import RoundState, Step
from rounds_site.kit.refusals import Refused
from tests.factories.rounds import StorytellerFactory
from tests.worlds import NOON

from .asking import DAY, MESSAGE, TODAY, ask, delivered, order_of

pytestmark = pytest.mark.django_db


class TestWhatTheDatabaseHolds:
    def refused(self, make, name):
        told = name if connection.vendor == "postgresql" else None
        with pytest.raises(IntegrityError, match=told), transaction.atomic():
            make()

    def test_a_person_once_a_round(self, found):
        self.refused(lambda: Storyteller.objects.create(round=found.round, person=found.dev), "storyteller_once")

    def test_a_turn_of_ones_own_from_one_on(self, found):
        found.round.panel.filter(person=found.dev).update(position=1)
        self.refused(lambda: found.round.panel.update(position=1), "storyteller_own_turn")
        self.refused(lambda: found.round.panel.filter(person=found.dev).update(position=0), "turn_from_one|position")

    def test_known_steps_once_each(self, found):
        steps = PreparationStep.objects.filter(storyteller=found.devs, kind=Step.GROUP)
        self.refused(lambda: steps.update(kind="dance"), "preparation_step_known")
        self.refused(lambda: steps.update(kind=Step.AGREED), "preparation_step_once")


class TestAsking:
    def test_makes_every_step_and_notes_who_asked(self, found):
        asked = ask(found, found.world.cleo.email)
        steps = {step.kind: (step.owner, step.done_on) for step in asked.steps.select_related("owner")}
        assert steps == dict.fromkeys(Step.values, (None, None)) | {
            "approached": (found.world.ada, TODAY),
            "one_to_one": (found.world.ada, None),
        }
        assert (asked.position, asked.has_agreed) == (None, False)

    def test_one_letter_that_names_nothing(self, found):
        asked = ask(found, "new@elsewhere.example", "Nora New")
        assert delivered() == [("new@elsewhere.example", MESSAGE)]
        letter = mail.outbox[0].message()
        # Which may spell any short name.
        del letter["Message-ID"]
        letter = letter.as_string()
        body, page = mail.outbox[0].body, reverse("preparation", args=[asked.pk])
        letter = letter.replace(page, "")  # whose key may spell one too
        assert "A facilitator has a question for you. You find it in the portal." in body
        assert f"Read it: http://127.0.0.1:8000{page}\n" in body
        for word in ("Thrown in", "17 March", "story", "stories", "panel", "Ada", "Nora", str(found.round.pk)):
            assert word.lower() not in letter.lower()

    def test_twice_is_once(self, found):
        first = ask(found, found.world.cleo.email)
        assert ask(found, found.world.cleo.email.upper()).pk == first.pk
        assert delivered() == [(found.world.cleo.email, MESSAGE)]

    def test_no_letter_once_they_have_answered_are_gone_or_it_is_over(self, found):
        for person, then in (
            (found.world.cleo, lambda asked: panel.agree(storyteller=asked, now=NOON)),
            (found.world.ben, lambda asked: panel.step_back(storyteller=asked)),
            (found.fay, lambda asked: Person.objects.filter(pk=asked.person_id).update(is_active=False)),
        ):
            then(ask(found, person.email))
        assert delivered() == []
        ask(found, found.world.ines.email)
        assert delivered(found.round.ends_at) == []

    def test_not_whoever_facilitates_the_round(self, found):
        before = Storyteller.objects.count()
        with pytest.raises(Refused, match="They facilitate this Round"):
            ask(found, found.world.ada.email)
        assert Storyteller.objects.count() == before

    @pytest.mark.parametrize("state", [RoundState.CANCELLED, RoundState.HELD, RoundState.CLOSED])
    def test_not_for_a_round_that_is_over(self, found, state):
        Round.objects.update(state=state)
        with pytest.raises(Refused, match="This Round is over or was called off"):
            ask(found, found.world.cleo.email)
        with pytest.raises(Refused, match="This Round is over or was called off"):
            panel.set_order(round=found.round, order=[], now=NOON)

    def test_the_round_itself_is_not_touched(self, found):
        before = Round.objects.values().get()
        panel.step_back(storyteller=ask(found, found.world.cleo.email))
        assert Round.objects.values().get() == before


class TestSteps:
    def step(self, found, kind=Step.GROUP, **facts):
        return panel.set_step(storyteller=found.devs, kind=kind, now=NOON, **facts)

    def test_when_and_who(self, found):
        step = self.step(found, due_on=TODAY + 7 * DAY, owner=found.world.ada)
        step.refresh_from_db()
        assert (step.due_on, step.owner, step.done_on) == (TODAY + 7 * DAY, found.world.ada, None)

    def test_done_and_not_after_all(self, found):
        assert self.step(found, done=True).done_on == TODAY
        later = panel.set_step(storyteller=found.devs, kind=Step.GROUP, done=True, now=NOON + DAY)
        assert later.done_on == TODAY
        assert self.step(found, done=False).done_on is None

    def test_only_a_facilitator_of_the_round_sees_to_it(self, found):
        for owner in (found.ann, found.hal, found.fay, found.dev):
            with pytest.raises(Refused, match="Choose one of this Round’s facilitators"):
                self.step(found, owner=owner)

    def test_of_somebody_who_is_gone_nothing_happens(self, found):
        gone = found.devs
        panel.step_back(storyteller=gone)
        assert panel.set_step(storyteller=gone, kind=Step.GROUP, done=True, now=NOON) is None
        assert panel.agree(storyteller=gone, now=NOON) is None

    def test_asking_and_the_order_are_not_marked_by_hand(self, found):
        for kind in (Step.APPROACHED, Step.ORDER):
            with pytest.raises(ValueError, match="not set here"):
                self.step(found, kind=kind, done=True)

    def test_who_has_not_agreed_after_all_gives_up_their_turn(self, found):
        panel.set_order(round=found.round, order=[found.devs.pk, found.olgas.pk], now=NOON)
        self.step(found, kind=Step.AGREED, done=False)
        assert order_of(found.round) == [("Olga Outside", 1), ("Dev Storyteller", None)]
        assert found.devs.steps.get(kind=Step.ORDER).done_on is None


class TestOrder:
    def test_is_as_given_and_marks_the_step(self, found):
        panel.set_order(round=found.round, order=[found.olgas.pk, found.devs.pk], now=NOON)
        assert order_of(found.round) == [("Olga Outside", 1), ("Dev Storyteller", 2)]
        assert [each.steps.get(kind=Step.ORDER).done_on for each in (found.devs, found.olgas)] == [TODAY, TODAY]

    def test_can_be_turned_round(self, found):
        for order in ([found.olgas.pk, found.devs.pk], [found.devs.pk, found.olgas.pk]):
            panel.set_order(round=found.round, order=order, now=NOON)
        assert order_of(found.round) == [("Dev Storyteller", 1), ("Olga Outside", 2)]

    def test_closes_up_over_who_is_gone_has_not_agreed_or_is_of_another_round(self, found):
        stranger, asked = StorytellerFactory(done=[Step.AGREED]), ask(found, found.world.cleo.email)
        order = [stranger.pk, found.devs.pk, asked.pk, found.devs.pk, found.olgas.pk]
        assert panel.set_order(round=found.round, order=order, now=NOON) == [found.devs.pk, found.olgas.pk]
        assert order_of(found.round) == [("Dev Storyteller", 1), ("Olga Outside", 2), ("Cleo Carer", None)]
