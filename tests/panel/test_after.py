"""What is said of a Round afterwards, by its committee and its panel: rounds/actions/after.py and its page."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import retention
from members.models import CareEntry, SecurityEvent
from rounds.actions import after
from rounds.models import CareOwed, Debrief
from rounds.states import RoundState
from rounds_site.kit.prints import print_of
from rounds_site.kit.refusals import Refused
from tests.rounds.pages import buttons_of, words_of
from tests.rounds.panels import around
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
NOTHING = print_of("", "")
KIND = {"went_well": "The room was warm.", "to_change": "More chairs."}


@pytest.fixture
def found():
    """A Round of yesterday, with a panel."""
    with time_machine.travel(NOON, tick=False):
        found = around(starts_at=NOON - DAY, booking_opens_at=NOON - 9 * DAY, state=RoundState.HELD)
        # As the database has its times: a year is not an hour shorter where the clocks change.
        found.round.refresh_from_db()
        yield found


def to(found, of="committee"):
    return reverse("round_debrief", args=[found.round.pk, of])


def say(client, found, of="committee", **said):
    if "_auth_user_id" not in client.session:
        client.force_login(found.world.ada)
    return client.post(to(found, of), {"seen": NOTHING} | KIND | said)


def test_what_was_said_is_kept_and_shown_to_its_facilitators(client, found):
    say(client, found)
    assert Debrief.objects.values_list("of", "went_well", "to_change").get() == ("committee", *KIND.values())
    page = client.get(reverse("round_after", args=[found.round.pk]))
    assert "The committee Done The panel To do" in words_of(page)
    assert "The room was warm." in words_of(client.get(to(found)))
    assert "The room was warm." not in words_of(client.get(to(found, "panel")))


def test_doors(client, found):
    Debrief.objects.create(round=found.round, of="panel", went_well="canary-of-the-debrief")
    met = {}
    for who, person in found.everyone().items():
        client.logout()
        if person:
            client.force_login(person)
        answers = [client.get(reverse("round_after", args=[found.round.pk])), client.get(to(found, "panel"))]
        assert who == "facilitator" or not any("canary-of" in each.content.decode() for each in answers)
        met[who] = {each.status_code for each in answers}
    assert met == {
        "facilitator": {200},
        "another facilitator": {403},
        "clinical lead": {403},
        "administrator": {403},
        "ICS lead": {403},
        "invited staff": {403},
        "other staff": {404},
        "helper": {403},
        "storyteller": {403},
        "another storyteller": {404},
        "nobody": {302},
    }


def test_names_are_pointed_at_before_anything_is_saved_and_a_second_press_is_believed(client, found):
    """Names of people who work in the system, and of the panel, from wherever they come."""
    said = "Ben Booker stayed to the end, and Olga Outside cried."
    answer = say(client, found, went_well=said)
    assert Debrief.objects.count() == 0
    words = words_of(answer)
    assert "Could this give somebody away?" in words
    assert "“Ben Booker” is the name of somebody who works here" in words
    assert "“Olga Outside”" in words
    assert "Save it as it is" in buttons_of(answer)
    looked_at = answer.context["form"]["looked_at"].value()
    again = say(client, found, went_well=said + " So did Dr Patel.", looked_at=looked_at)
    assert "“Dr Patel”" in words_of(again)
    assert Debrief.objects.count() == 0
    say(client, found, went_well=said, looked_at=looked_at)
    assert Debrief.objects.get().went_well == said


def test_nobody_writes_over_what_they_have_not_seen(client, found):
    say(client, found)
    answer = say(client, found, went_well="Something else.")
    assert "Somebody else of the team has saved this meanwhile." in words_of(answer)
    assert "Something else." in words_of(answer)
    assert Debrief.objects.get().went_well == "The room was warm."
    say(client, found, went_well="Something else.", seen=print_of(*KIND.values()))
    assert Debrief.objects.get().went_well == "Something else."


def test_no_words_are_no_debrief(client, found):
    say(client, found)
    say(client, found, went_well="", to_change=" ", seen=print_of(*KIND.values()))
    assert Debrief.objects.count() == 0


def test_too_long_is_said_in_a_sentence_and_what_was_typed_stays(client, found):
    words = words_of(say(client, found, went_well="x" * 2001))
    assert "Make it shorter: 2,000 characters at most" in words
    assert "x" * 2001 in words
    assert Debrief.objects.count() == 0


@pytest.mark.parametrize("of", ["nobody", "committee"])
def test_before_the_round_is_over_nothing_can_be_said(client, found, of):
    type(found.round).objects.update(starts_at=NOON + DAY, ends_at=NOON + 2 * DAY, state=RoundState.PUBLISHED)
    answer = say(client, found, of)
    assert answer.status_code == {"nobody": 404, "committee": 302}[of]
    assert Debrief.objects.count() == 0
    page = client.get(reverse("round_after", args=[found.round.pk]))
    assert "This opens once the Round is over." in words_of(page)
    assert "Done" not in words_of(page)


@pytest.mark.parametrize("state", [RoundState.POSTPONED, RoundState.CANCELLED, RoundState.PLANNED])
def test_of_a_round_that_did_not_take_place_there_is_nothing_to_say(found, state):
    type(found.round).objects.update(state=state)
    with pytest.raises(Refused, match="once the Round is over"):
        after.debrief(round=found.round, of="panel", **KIND, seen=NOTHING, now=NOON)


def test_it_is_gone_twelve_months_after_the_round_and_not_sooner(client, found):
    say(client, found)
    until = found.round.ends_at + dt.timedelta(days=365)
    retention.run(now=until - dt.timedelta(seconds=1))
    assert Debrief.objects.count() == 1
    retention.run(now=until)
    assert Debrief.objects.count() == 0
    with pytest.raises(Refused, match="too long ago"):
        after.debrief(round=found.round, of="panel", **KIND, seen=NOTHING, now=until)


def test_nothing_is_logged_and_no_row_says_who_wrote_it(client, found):
    client.force_login(found.world.ada)
    logged = SecurityEvent.objects.count(), CareEntry.objects.count()
    say(client, found)
    assert (SecurityEvent.objects.count(), CareEntry.objects.count()) == logged
    assert not [field.name for field in Debrief._meta.get_fields() if field.related_model is type(found.dev)]


class TestTasks:
    """On the desk of the team it is in hand and never urgent; to others it says nothing."""

    def tasks(self, client, found, person):
        client.force_login(person)
        answer = client.get(reverse("round_workspace", args=[found.round.pk]), {"phase": "after"})
        phase = next(phase for phase in answer.context["phases"] if phase["title"] == "After")
        return {task["title"]: (task["word"], task["note"]) for task in phase["tasks"]}

    def test_one_of_two_both_and_a_round_that_is_closed(self, client, found):
        ada = found.world.ada
        assert self.tasks(client, found, ada)["Write down how it went"][0] == "In hand"
        say(client, found)
        assert self.tasks(client, found, ada)["Write down how it went"] == ("In hand", "One of two is written down.")
        say(client, found, "panel")
        assert self.tasks(client, found, ada)["How it went"] == ("Done", "")
        Debrief.objects.all().delete()
        type(found.round).objects.update(state=RoundState.CLOSED)
        assert self.tasks(client, found, ada)["Write down how it went"] == ("Not needed", "")

    def test_an_administrator_reads_the_same_whatever_was_written_or_owed(self, client, found):
        before = self.tasks(client, found, found.ann)
        Debrief.objects.create(round=found.round, of="panel", went_well="It was.")
        CareOwed.objects.create(round=found.round, owner=None, due_on=NOON.date())
        assert self.tasks(client, found, found.ann) == before
        assert not [title for title in before if "how it went" in title or "owed" in title]


def test_the_page_asks_as_often_with_three_words_owed_as_with_one(client, found):
    client.force_login(found.world.ada)
    counts = []
    for number in (1, 2):
        for _ in range(number):
            CareOwed.objects.create(round=found.round, owner=found.world.ada, due_on=NOON.date())
        client.get(reverse("round_after", args=[found.round.pk]))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(reverse("round_after", args=[found.round.pk]))
        counts.append(len(asked))
    assert counts[0] == counts[1]
