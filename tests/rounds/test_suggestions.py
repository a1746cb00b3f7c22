"""What Rounds made people wish for: handed on without a name, answered, and shown where whoever answers says so."""

import datetime as dt
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import retention
from members.models import CareEntry, Delivery, SecurityEvent
from members.models.audit import Act
from members.roles import ROLES, May
from rounds.actions import successions, suggestions
from rounds.models import Suggestion
from rounds.models.suggestion import Suggestion as Model
from rounds_site.kit.prints import print_of
from tests.factories.members import OrganisationFactory, PersonFactory, PlaceFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.rounds.pages import buttons_of, words_of
from tests.worlds import LONDON, NOON, small_world

pytestmark = pytest.mark.django_db
WINTER = dt.date(2026, 10, 1)
TEXT = "Somewhere to sit down after a death."


@pytest.fixture
def world():
    """Amy looks after Elmbridge; Pia leads the Place Beech; Gus facilitates a Round here without a role."""
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        world.beech = PlaceFactory(system=world.system, name="Beech")
        world.amy, world.pia = PersonFactory(works_for=world.elmbridge), PersonFactory()
        RoleGrantFactory(person=world.amy, role="administrator", system=None, organisation=world.elmbridge)
        RoleGrantFactory(person=world.pia, role="place_lead", system=None, place=world.beech)
        world.gus = PersonFactory()
        RoundFactory(system=world.system, facilitators=[world.gus])
        yield world


def signed_in(client, person):
    client.force_login(person)
    return client


def hand_on(client, person, **said):
    return signed_in(client, person).post(
        reverse("hand_on_suggestion"), {"text": TEXT, "key": uuid4()} | said, follow=True
    )


def one(world, **said):
    return Suggestion.objects.create(**{"organisation": world.elmbridge, "half_year": WINTER, "text": TEXT} | said)


def answer(client, person, row, **said):
    row.refresh_from_db()
    said = {"seen": print_of(row.answer)} | said
    return signed_in(client, person).post(reverse("answer_suggestion", args=[row.pk]), said, follow=True)


def read(client, person, name="suggestions"):
    return words_of(signed_in(client, person).get(reverse(name)))


class TestHandingOn:
    def test_it_keeps_the_words_the_half_year_and_to_whom_and_nothing_else(self, client, world):
        hand_on(client, world.ada, to=f"partner-{world.elmbridge.code}")
        row = Suggestion.objects.get()
        assert (row.organisation, row.text, row.half_year) == (world.elmbridge, TEXT, WINTER)
        assert {field.name for field in Model._meta.get_fields()} == {
            *("id", "organisation", "place", "half_year", "text", "answer", "shared")
        }

    def test_a_double_press_hands_on_one(self, client, world):
        key = signed_in(client, world.ada).get(reverse("hand_on_suggestion")).context["form"].initial["key"]
        for _ in range(2):
            hand_on(client, world.ada, to=f"partner-{world.elmbridge.code}", key=key)
        assert Suggestion.objects.get().pk == key

    def test_nothing_is_logged_and_nobody_is_written_to(self, client, world):
        hand_on(client, world.ada, to=f"partner-{world.elmbridge.code}")
        answer(client, world.amy, Suggestion.objects.get(), answer="Done.", shared="on")
        assert set(SecurityEvent.objects.values_list("act", flat=True)) == {Act.SIGNED_IN}
        assert (CareEntry.objects.count(), Delivery.objects.count()) == (0, 0)

    def test_whoever_facilitates_a_round_here_may_and_staff_may_not(self, client, world):
        hand_on(client, world.gus, to=f"place-{world.beech.pk}")
        assert Suggestion.objects.get().place == world.beech
        for person in (world.ben, world.amy, world.pia):
            assert signed_in(client, person).get(reverse("hand_on_suggestion")).status_code == 403

    def test_to_a_partner_of_another_system_none_can_be_handed(self, client, world):
        far = OrganisationFactory(name="Far Trust", system=SystemFactory())
        answer = hand_on(client, world.ada, to=f"partner-{far.code}")
        assert "Choose one from the list" in words_of(answer)
        assert "Far Trust" not in words_of(answer)
        assert Suggestion.objects.count() == 0

    def test_what_is_missing_is_said_in_a_sentence(self, client, world):
        words = words_of(hand_on(client, world.ada, to="", text=" "))
        assert "Choose who could see to it" in words
        assert "Write what would help" in words

    def test_names_are_pointed_at_first_and_a_second_press_is_believed(self, client, world):
        said = {"to": f"partner-{world.elmbridge.code}", "text": "Ben Booker should sit down."}
        page = hand_on(client, world.ada, **said)
        assert "“Ben Booker” is the name of somebody who works here" in words_of(page)
        assert "Hand it on as it is" in buttons_of(page)
        assert Suggestion.objects.count() == 0
        hand_on(client, world.ada, **said, looked_at=page.context["form"]["looked_at"].value())
        assert Suggestion.objects.count() == 1


class TestAnswering:
    def test_the_answer_is_shown_to_those_who_facilitate_and_not_to_staff_unless_it_is_said(self, client, world):
        row = one(world)
        answer(client, world.amy, row, answer="A bench stands in the corridor.")
        assert "A bench stands in the corridor." in read(client, world.ada)
        assert "A bench" not in read(client, world.ben, "you_said")
        answer(client, world.amy, row, answer="A bench stands in the corridor.", shared="on")
        assert "A bench stands in the corridor." in read(client, world.ben, "you_said")
        answer(client, world.amy, row, answer="")
        assert TEXT not in read(client, world.ben, "you_said")

    def test_only_whoever_looks_after_it_answers(self, client, world):
        far = PersonFactory()
        RoleGrantFactory(person=far, role="administrator", system=SystemFactory())
        to_beech, to_elmbridge = one(world, organisation=None, place=world.beech), one(world)
        met = {
            person: [
                signed_in(client, person).get(reverse("answer_suggestion", args=[row.pk])).status_code
                for row in (to_elmbridge, to_beech)
            ]
            for person in (world.amy, world.pia, world.ines, world.ada, world.ben, far)
        }
        assert list(met.values()) == [[200, 404], [404, 200], [200, 200], [403, 403], [403, 403], [404, 404]]
        for person in (world.ada, world.ben, far, world.pia):
            signed_in(client, person).post(reverse("remove_suggestion", args=[to_elmbridge.pk]))
        assert Suggestion.objects.count() == 2

    def test_it_is_a_right_of_its_own(self):
        assert {code for code, role in ROLES.items() if May.ANSWER_SUGGESTIONS in role.may} == {
            *("ics_lead", "place_lead", "administrator"),
        }

    def test_the_desk_says_how_many_wait_to_whoever_answers(self, client, world):
        one(world)
        one(world, answer="Done.")
        waits = "1 waits for your answer"
        assert [waits in read(client, person, "organise") for person in (world.amy, world.ada)] == [True, False]

    def test_one_that_names_somebody_is_taken_out(self, client, world):
        signed_in(client, world.amy).post(reverse("remove_suggestion", args=[one(world).pk]))
        assert Suggestion.objects.count() == 0

    def test_an_answer_that_names_somebody_is_pointed_at_first(self, client, world):
        row = one(world)
        assert "“Ben Booker”" in words_of(answer(client, world.amy, row, answer="Ben Booker built a bench."))
        row.refresh_from_db()
        assert row.answer == ""

    def test_nobody_writes_over_an_answer_that_they_have_not_seen(self, client, world):
        row, before = one(world), print_of("")
        answer(client, world.amy, row, answer="A bench stands there.", shared="on")
        words = words_of(answer(client, world.ines, row, answer="There is no room for one.", seen=before))
        assert "Somebody else has answered this meanwhile." in words
        assert "There is no room for one." in words
        row.refresh_from_db()
        assert (row.answer, row.shared) == ("A bench stands there.", True)

    def test_an_empty_answer_is_not_said_to_be_shared(self, client, world):
        row = one(world)
        words = words_of(answer(client, world.amy, row, answer=" ", shared="on"))
        assert "Write an answer, or take out the tick" in words
        assert "It is saved" not in words
        assert "waits for one" in words_of(answer(client, world.amy, row, answer=""))

    def test_what_is_shared_is_answered(self, world):
        for fields in ({"shared": True}, {"half_year": dt.date(2027, 1, 1)}, {"organisation": None}):
            with pytest.raises(IntegrityError), transaction.atomic():
                one(world, **fields)


def test_no_page_says_more_of_when_than_the_half_year(client, world):
    """Where there is one Round a month, the month would say which."""
    with time_machine.travel(dt.datetime(2027, 5, 12, 12, tzinfo=LONDON), tick=False):
        hand_on(client, world.ada, to=f"partner-{world.elmbridge.code}")
    row = one(world, answer="Done.", shared=True)
    pages = [read(client, world.ines), read(client, world.ben, "you_said")]
    signed_in(client, world.amy)
    pages.append(words_of(client.get(reverse("answer_suggestion", args=[row.pk]))))
    assert ["April to September 2027" in pages[0], "May" in pages[0]] == [True, False]
    assert all("October 2026 to March 2027" in words for words in pages)


def test_two_of_one_half_year_stand_in_an_order_that_says_nothing(world):
    keys = [one(world).pk for _ in range(5)]
    assert [row.pk for row in Suggestion.objects.in_order()] == sorted(keys)


def test_staff_elsewhere_read_none(client, world):
    one(world, answer="Done.", shared=True)
    far = PersonFactory(works_for=OrganisationFactory(system=SystemFactory()))
    assert TEXT not in read(client, far, "you_said")


def test_it_is_gone_24_months_after_its_half_year_began_and_not_sooner(world):
    one(world)
    retention.run(now=dt.datetime(2028, 9, 30, 23, 59, tzinfo=LONDON))
    assert Suggestion.objects.count() == 1
    retention.run(now=dt.datetime(2028, 10, 1, tzinfo=LONDON))
    assert Suggestion.objects.count() == 0


def test_a_merger_hands_it_to_the_first_successor(world):
    row = one(world)
    successions.move_rounds(world.elmbridge, [world.quarry_lane], NOON)
    row.refresh_from_db()
    assert row.organisation == world.quarry_lane


def test_the_page_asks_as_often_with_three_as_with_one(client, world):
    counts = []
    for number in (1, 2):
        for _ in range(number):
            one(world)
        signed_in(client, world.ines).get(reverse("suggestions"))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("suggestions"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_answering_locks_the_row_and_not_its_partner(world):
    row = one(world)
    assert suggestions.answer(suggestion=row, answer="Done.", shared=True, seen=print_of("")).shared
