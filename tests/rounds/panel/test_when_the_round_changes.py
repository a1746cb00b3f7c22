"""What a panel is told when its Round moves or is called off."""

import pytest
from django.core import mail
from django.urls import reverse

from members.models import Delivery
from rounds.actions import panel, scheduling
from rounds.models import Round, Storyteller
from rounds.states import RoundState
from tests.rounds.pages import words_of
from tests.worlds import NOON

from .asking import DAY, MESSAGE, ask, delivered

pytestmark = pytest.mark.django_db


class TestWhenTheRoundChanges:
    def move(self, found):
        changes = {"starts_at": found.round.starts_at + 7 * DAY, "ends_at": found.round.ends_at + 7 * DAY}
        version = Round.objects.get(pk=found.round.pk).version
        return scheduling.move(round=found.round, changes=changes, seen_version=version, by=found.world.ada, now=NOON)

    def call_off(self, found):
        version = Round.objects.get(pk=found.round.pk).version
        return scheduling.cancel_round(round=found.round, seen_version=version, by=found.world.ada, now=NOON)

    @pytest.mark.parametrize("state", [RoundState.PLANNED, RoundState.PUBLISHED])
    def test_the_panel_gets_a_letter_that_names_nothing(self, found, state):
        Round.objects.update(state=state)
        for change in (self.move, self.call_off):
            change(found)
            assert delivered() == sorted((each.email, MESSAGE) for each in (found.dev, found.olga))
            for letter in mail.outbox:
                assert "A facilitator has news for you." in letter.body
                for word in ("Thrown in", "March", "cancel", "story", "panel", "moved", str(found.round.pk)):
                    assert word.lower() not in letter.message().as_string().lower()

    def test_no_row_about_the_round_says_who_is_on_its_panel(self, found):
        self.move(found)
        assert Delivery.objects.filter(about=found.round.pk).count() == 0
        assert Delivery.objects.filter(kind="news").count() == 2

    def test_only_the_latest_news(self, found):
        self.move(found)
        self.call_off(found)
        assert len(delivered()) == 2

    def test_nobody_who_stepped_back(self, found):
        self.move(found)
        panel.step_back(storyteller=found.devs)
        assert delivered() == [(found.olga.email, MESSAGE)]
        self.call_off(found)
        assert delivered() == [(found.olga.email, MESSAGE)]

    def preview(self, client, found, what="cancel"):
        return words_of(
            client.post(reverse("round_change_to", args=[found.round.pk, what]), {"reason": ""}, follow=True)
        )

    def test_the_preview_says_so_and_never_how_many(self, ada, found):
        one = self.preview(ada, found)
        assert "Nobody but the panel has to be told by a letter yet." in one
        assert "The panel: a neutral letter, which says only that there is news." in one
        ask(found, found.world.cleo.email)
        assert self.preview(ada, found) == one

    def test_of_a_plan_only_the_panel_is_told(self, ada, found):
        Round.objects.update(state=RoundState.PLANNED, published_at=None)
        assert "The panel: a neutral letter. Nobody else, because this Round was not published." in self.preview(
            ada, found
        )
        Storyteller.objects.all().delete()
        assert "Nobody. This Round was not published, so nobody knows of it yet." in self.preview(ada, found)

    @pytest.mark.parametrize("published_at", [None, NOON - DAY])
    def test_an_administrator_reads_the_same_whether_there_is_a_panel_or_not(self, client, found, published_at):
        Round.objects.update(published_at=published_at)
        client.force_login(found.ann)
        before = self.preview(client, found)
        Storyteller.objects.all().delete()
        assert self.preview(client, found) == before
        assert "panel, where there is one" in before or "panel where there is one" in before
