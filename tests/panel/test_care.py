"""That somebody is owed a word after a Round: by whom and by when, and never to whom. rounds/actions/after.py."""

import datetime as dt
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from members.actions import erasure, retention
from members.models import Delivery
from rounds.actions import after, team
from rounds.models import CareOwed
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory
from tests.factories.rounds import TeamMemberFactory
from tests.rounds.letters.sending import delivered
from tests.rounds.pages import words_of
from tests.rounds.panels import around
from tests.worlds import LONDON, NOON

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
FRIDAY = NOON.date() + 2 * DAY
MORNING = dt.datetime(2027, 3, 5, 9, tzinfo=LONDON)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def found():
    """A Round of yesterday that Ada and Ed facilitate."""
    with time_machine.travel(NOON, tick=False):
        found = around(starts_at=NOON - DAY, booking_opens_at=NOON - 9 * DAY, state=RoundState.HELD)
        found.round.refresh_from_db()
        found.ed = PersonFactory(name="Ed Facilitator", works_for=found.world.elmbridge)
        TeamMemberFactory(round=found.round, person=found.ed)
        yield found


def owe(found, **said):
    return after.owe(
        **{"round": found.round, "key": uuid4(), "owner": found.world.ada, "due_on": FRIDAY, "now": NOON} | said
    )


def post(client, person, name, *args, **data):
    client.force_login(person)
    return client.post(reverse(name, args=args), data, follow=True)


def due(day, owner=""):
    said = {"due_on_day": day.day, "due_on_month": day.month, "due_on_year": day.year}
    return said | {"owner": getattr(owner, "pk", owner), "key": uuid4()}


def test_a_row_says_who_sees_to_it_and_leads_to_nobody_else(found):
    names = {field.name for field in CareOwed._meta.get_fields()}
    assert names == {"id", "created_at", "round", "owner", "due_on", "done_on"}
    assert not [each for each in CareOwed._meta.get_fields() if each.get_internal_type() in ("TextField", "CharField")]


def test_it_is_noted_and_stands_on_the_page(client, found):
    answer = post(client, found.world.ada, "owe_care", found.round.pk, **due(FRIDAY, found.ed))
    assert CareOwed.objects.values_list("owner", "due_on", "done_on").get() == (found.ed.pk, FRIDAY, None)
    assert "Ed Facilitator By 5 March" in words_of(answer)


def test_a_double_press_notes_one(client, found):
    client.force_login(found.world.ada)
    page = client.get(reverse("round_after", args=[found.round.pk]))
    key = page.context["form"].initial["key"]
    assert str(key) in page.content.decode()
    for _ in range(2):
        post(client, found.world.ada, "owe_care", found.round.pk, **due(FRIDAY, found.ed) | {"key": key})
    assert CareOwed.objects.get().pk == key
    assert Delivery.objects.filter(kind="care_due").count() == 1


def test_a_key_that_stands_with_another_round_is_refused(found):
    other = around(starts_at=NOON - DAY, booking_opens_at=NOON - 9 * DAY, state=RoundState.HELD)
    key = owe(found).pk
    with pytest.raises(Refused, match="Open the page again"):
        after.owe(round=other.round, key=key, owner=other.world.ada, due_on=FRIDAY, now=NOON)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (lambda found: due(FRIDAY), "Choose who will get in touch"),
        (lambda found: due(FRIDAY, found.hal), "Select one of the choices"),
        (lambda found: due(NOON.date() - DAY, found.ed), "The date must be from today on, and before 31 May 2027"),
        (lambda found: due(NOON.date() + 90 * DAY, found.ed), "The date must be from today on"),
        (lambda found: {"owner": found.ed.pk, "key": uuid4()}, "Enter the date"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_noted(client, found, said, sentence):
    assert sentence in words_of(post(client, found.world.ada, "owe_care", found.round.pk, **said(found)))
    assert CareOwed.objects.count() == 0


def test_before_the_round_is_over_nothing_is_owed(found):
    type(found.round).objects.update(starts_at=NOON, ends_at=NOON + DAY)
    with pytest.raises(Refused, match="once the Round is over"):
        owe(found)


def test_only_its_facilitators_see_to_it(found):
    with pytest.raises(Refused, match="Choose one of this Round’s facilitators"):
        owe(found, owner=found.hal)


class TestDesk:
    """The owner alone needs to do something, from its day on."""

    @pytest.fixture(autouse=True)
    def nothing_else_is_to_do(self, found):
        found.round.panel.all().delete()

    def task(self, client, person):
        client.force_login(person)
        answer = client.get(reverse("organise"))
        first = answer.context["first"]
        return first and first["task"]["title"]

    def test_on_its_day_it_needs_its_owner_even_once_the_round_is_closed(self, client, found):
        owe(found)
        type(found.round).objects.update(state=RoundState.CLOSED)
        assert self.task(client, found.world.ada) is None
        with time_machine.travel(NOON + 2 * DAY, tick=False):
            assert self.task(client, found.world.ada) == "Get in touch, as you wanted to"
            assert self.task(client, found.ed) is None
            assert self.task(client, found.ann) is None

    def test_once_it_is_done_it_needs_nobody(self, client, found):
        care = owe(found, due_on=NOON.date())
        type(found.round).objects.update(state=RoundState.CLOSED)
        assert self.task(client, found.world.ada) is not None
        post(client, found.world.ada, "set_care", found.round.pk, care.pk, done="1")
        assert self.task(client, found.world.ada) is None
        post(client, found.world.ada, "set_care", found.round.pk, care.pk, undo="1")
        assert self.task(client, found.world.ada) is not None

    def test_whose_owner_has_left_the_team_needs_those_who_stay(self, client, found):
        owe(found, owner=found.ed)
        type(found.round).objects.update(state=RoundState.CLOSED)
        member = found.round.team.get(person=found.ed)
        team.take_off(round=found.round, member_id=member.pk, by=found.world.ada, now=NOON)
        assert CareOwed.objects.get().owner is None
        assert self.task(client, found.world.ada) == "Somebody is owed a word"
        post(client, found.world.ada, "set_care", found.round.pk, CareOwed.objects.get().pk, mine="1")
        assert CareOwed.objects.get().owner == found.world.ada


class TestLetter:
    def sent(self, now=MORNING):
        delivered(now)
        return [(letter.to, letter.body) for letter in mail.outbox]

    def test_goes_to_its_owner_on_the_morning_of_its_day_and_says_nothing(self, found):
        owe(found)
        assert self.sent(MORNING - SECOND) == []
        [(to, body)] = self.sent()
        assert to == [found.world.ada.email]
        assert "Something waits for you today." in body
        assert not [word for word in (found.round.title, "Round you", "owed", "story", "Dev") if word in body]
        assert mail.outbox[0].subject == "You have a message in the Rounds portal"

    def test_does_not_go_once_it_is_done_or_taken_back(self, found):
        first, second = owe(found), owe(found)
        after.settle(round=found.round, care_id=first.pk, done=True, now=NOON)
        after.take_back(round=found.round, care_id=second.pk)
        assert self.sent() == []
        assert not Delivery.objects.filter(about=second.pk).exists()

    def test_goes_to_whoever_took_it_on(self, found):
        care = owe(found)
        after.take_on(round=found.round, care_id=care.pk, by=found.ed, now=NOON)
        assert [to for to, _ in self.sent()] == [[found.ed.email]]

    def test_does_not_go_to_somebody_whose_part_rests(self, found):
        owe(found)
        found.round.team.filter(person=found.world.ada).update(suspended_at=NOON)
        assert self.sent() == []

    def test_of_today_there_is_none(self, found):
        owe(found, due_on=NOON.date())
        assert not Delivery.objects.filter(kind="care_due").exists()


def test_it_is_gone_ninety_days_after_the_round_with_its_letters_and_not_sooner(found):
    owe(found)
    until = found.round.ends_at + dt.timedelta(days=90)
    retention.run(now=until - SECOND)
    assert CareOwed.objects.count() == 1
    retention.run(now=until)
    assert (CareOwed.objects.count(), Delivery.objects.filter(kind="care_due").count()) == (0, 0)


def test_whoever_erases_their_account_leaves_it_to_the_others(found):
    owe(found, owner=found.ed)
    erasure.erase(person=found.ed, by=found.ed, now=NOON)
    assert CareOwed.objects.get().owner is None


def test_one_of_another_round_is_not_touched(client, found):
    other = around(starts_at=NOON - DAY, booking_opens_at=NOON - 9 * DAY, state=RoundState.HELD, title="Other")
    care = after.owe(round=other.round, key=uuid4(), owner=other.world.ada, due_on=FRIDAY, now=NOON)
    for verb in ("done", "mine", "mistake"):
        post(client, found.world.ada, "set_care", found.round.pk, care.pk, **{verb: "1"})
    care.refresh_from_db()
    assert (care.owner, care.done_on) == (other.world.ada, None)
