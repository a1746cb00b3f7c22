"""How letters do, for administrators of a whole system: what the page says, what it never says, and its buttons."""

import datetime as dt
import re
import uuid

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import correspondence
from members.models import Delivery, Pace, Person, SecurityEvent, Suppression, System, SystemSuccession
from members.models.audit import Act
from members.models.succession import Kind as Step
from members.reports.letters import MANY
from rounds.actions import registration
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.rounds.pages import buttons_of, words_of
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
PAGE = "/manage/letters/"
LEAVE, AGAIN = "Leave it: it may well have arrived", "Send the same letter again"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def vale():
    return SystemFactory(short_name="North Vale")


@pytest.fixture
def ada(client, vale):
    person = PersonFactory(name="Ada Example")
    client.force_login(person)
    RoleGrantFactory(person=person, role="administrator", system=vale)
    return client


@pytest.fixture
def round(vale):
    return RoundFactory(system=vale)


def letter(kind="place_confirmed", *, system, state="uncertain", **row):
    key = str(uuid.uuid4())
    moments = {"created_at": NOON - DAY, "due_at": NOON - DAY, "handed_at": NOON - DAY, "finished_at": NOON - DAY}
    row = moments | {"message_id": f"<{key}@x.example>", "address": "canary@quarrylane.example"} | row
    return Delivery.objects.create(
        kind=kind, dedupe_key=key, system=system.pk if system else None, state=state, token=uuid.uuid4(), **row
    )


def rows_of(answer):
    """{first cell: the others} of the table."""
    rows = re.findall(r"<tr>(.*?)</tr>", answer.content.decode(), re.S)
    cells = [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows
    ]
    return {first: rest for first, *rest in cells}


# --- What it says -----------------------------------------------------------------------------------


def test_says_how_many_are_in_which_state(ada, vale):
    for state, number in [("pending", 3), ("claimed", 1), ("sent", 4), ("failed", 2), ("cancelled", 1)]:
        for _ in range(number):
            letter("invitation", system=vale, state=state, lane_rank=1)
    letter("invitation", system=vale, state="pending", lane_rank=1, due_at=NOON + DAY)
    for _ in range(74):
        letter("reminder", system=vale, state="sent")
    letter("reminder", system=vale, state="failed")
    letter("reminder", system=vale)
    assert rows_of(ada.get(PAGE)) == {
        "State": ["To many", "Personal"],
        "Wait for their day or their turn": ["1", "Not shown"],
        "Due": ["3", "Not shown"],
        "Leaving now": ["1", "Not shown"],
        "Sent": ["4", "About 50"],
        "Refused by the mail relay": ["2", "Fewer than 50"],
        "Dropped, because nobody needed them any more": ["1", "None"],
        "Uncertain": ["0", "1"],
    }


def test_of_thousands_it_is_said_that_they_are_more_and_no_more_of_them_are_read(ada, vale):
    one = letter("invitation", system=vale, state="sent", lane_rank=1)
    kept = {field.attname: getattr(one, field.attname) for field in Delivery._meta.concrete_fields}
    for lane in (0, 1):
        Delivery.objects.bulk_create(
            Delivery(**kept | {"id": uuid.uuid4(), "dedupe_key": f"{lane}:{each}", "lane_rank": lane})
            for each in range(MANY + 1)
        )
    assert rows_of(ada.get(PAGE))["Sent"] == ["More than 5,000", "More than 5,000"]


def test_all_is_well(ada, vale):
    words = words_of(ada.get(PAGE))
    assert "Personal letters They go as they should, at any hour." in words
    assert "Letters to many They go as they should, at the pace that was agreed" in words
    assert "Uncertain letters None. Of every letter the portal knows whether the mail relay took it." in words


def test_a_personal_letter_that_is_late_is_told_of_and_one_to_many_is_not(ada, vale):
    letter("invitation", system=vale, state="pending", lane_rank=1, due_at=NOON - HOUR)
    assert "has waited since" not in words_of(ada.get(PAGE))
    letter("reminder", system=vale, state="pending", due_at=NOON - 16 * MINUTE)
    assert "The oldest that is due has waited since 11:44am on Wednesday 3 March 2027." in words_of(ada.get(PAGE))


def test_a_lane_that_stands_still_says_why_until_when_and_can_be_let_go_on(ada, vale):
    Pace.objects.create(lane_rank=0, paused_until=NOON + HOUR, reason="clock")
    Pace.objects.create(lane_rank=1, paused_until=NOON + 2 * HOUR, reason="relay")
    words = words_of(ada.get(PAGE))
    assert "because the clock of the computer that sends them has jumped. They go on by themselves at 1pm on" in words
    assert "because the mail relay asked us to come more slowly. They go on by themselves at 2pm on" in words
    ada.post(reverse("set_pace"), {"end_pause": "many"})
    assert list(Pace.objects.order_by("lane_rank").values_list("reason", "paused_until")) == [
        ("clock", NOON + HOUR),
        ("", None),
    ]
    ada.post(reverse("set_pace"), {"end_pause": "personal"})
    ada.post(reverse("set_pace"), {"end_pause": "personal"})
    ada.post(reverse("set_pace"), {"end_pause": "sideways"})
    assert "stand still" not in words_of(ada.get(PAGE))
    said = [(event.act, event.said) for event in SecurityEvent.objects.order_by("pk")]
    assert sorted(said, key=str) == [
        (Act.LETTERS_LET_GO, {"what": "letters to many"}),
        (Act.LETTERS_LET_GO, {"what": "personal letters"}),
    ]


def test_those_to_many_are_held_back_and_let_go_by_hand(ada, vale):
    fell = SystemFactory()
    assert "Hold back letters to many" in buttons_of(ada.get(PAGE))
    ada.post(reverse("set_pace"), {"hold": "1"})
    ada.post(reverse("set_pace"), {"hold": "1"})
    answer = ada.get(PAGE)
    assert "They wait since midday on Wednesday 3 March 2027, because an administrator held them back." in words_of(
        answer
    )
    assert "Hold back letters to many" not in buttons_of(answer)
    assert System.objects.get(pk=fell.pk).letters_held_at is None
    ada.post(reverse("set_pace"), {"let_go": "1"})
    ada.post(reverse("set_pace"), {"let_go": "1"})
    assert "Hold back letters to many" in buttons_of(ada.get(PAGE))
    acts = [(event.act, event.where) for event in SecurityEvent.objects.order_by("pk")]
    assert sorted(acts) == sorted([(Act.LETTERS_HELD, vale.pk), (Act.LETTERS_LET_GO, vale.pk)])


def test_a_day_that_is_full_is_told_of(ada, vale, settings):
    settings.BULK_PER_DAY = 4
    Pace.objects.create(lane_rank=1, day=NOON.date(), handed=4)
    assert "As many have gone today as may in a day. They go on tomorrow." in words_of(ada.get(PAGE))


# --- Uncertain ones ---------------------------------------------------------------------------------


def test_an_uncertain_one_says_its_kind_and_hour_and_where_all_had_the_same_words_its_round(ada, vale, round):
    invited = letter("invitation", system=vale, about=round.pk, lane_rank=1, handed_at=NOON - 10 * MINUTE)
    booked = letter("place_confirmed", system=vale, about=round.pk, handed_at=NOON - DAY)
    words = words_of(ada.get(PAGE))
    assert (
        "Invitations to Rounds 1 uncertain. About the Round on 17 March 2027. "
        "Handed over between 11am and midday on Wednesday 3 March 2027." in words
    )
    assert "Places confirmed 1 uncertain. Handed over between midday and 1pm on Tuesday 2 March 2027." in words
    assert {str(each.pk) for each in (invited, booked)} <= set(
        re.findall(r"/manage/letters/uncertain/([0-9a-f-]{36})/", ada.get(PAGE).content.decode())
    )


def test_nobody_is_named_and_no_round_of_a_personal_letter(ada, vale):
    round = RoundFactory(system=vale, title="Titlecanary", starts_at=NOON + 9 * DAY)
    person = PersonFactory(name="Robin Canary", email="robin.canary@x.example")
    personal = ("place_confirmed", "place_freed", "on_waiting_list", "reminder", "question", "news", "feedback")
    for kind in personal:
        letter(kind, system=vale, about=round.pk, person=person, address="")
    letter("pass_on", system=vale, about=uuid.uuid4(), address="rota.canary@x.example")
    page = ada.get(PAGE).content.decode()
    assert len(re.findall("/manage/letters/uncertain/[0-9a-f]", page)) == len(personal) + 1
    assert "anary" not in page
    assert "12 March" not in page


def test_leaving_one(ada, vale):
    one, other = letter(system=vale), letter(system=vale)
    answer = ada.post(reverse("settle_letter", args=[one.pk]), {"choice": "leave"}, follow=True)
    assert "1 letter is left as it is. Nobody is written to." in words_of(answer)
    assert dict(Delivery.objects.values_list("pk", "settled")) == {one.pk: "left", other.pk: ""}
    assert "Places confirmed 1 uncertain." in words_of(answer)


def test_sending_one_again(ada, vale):
    one = letter(system=vale)
    answer = ada.post(reverse("settle_letter", args=[one.pk]), {"choice": "again"}, follow=True)
    words = words_of(answer)
    assert "1 letter goes again in the next minutes, if it would still say the same." in words
    assert "1 waits to go again. Look again in a few minutes." in words
    assert (LEAVE in buttons_of(answer), AGAIN in buttons_of(answer)) == (False, False)
    again = ada.post(reverse("settle_letter", args=[one.pk]), {"choice": "again"}, follow=True)
    assert "Somebody has said so already, or the answer came after all. Nothing was done." in words_of(again)
    correspondence.run(now=NOON + MINUTE)
    assert (
        "1 did not go again: it would not say the same any more, something newer has gone since, or the relay would "
        "not take it. There is nothing to do." in words_of(ada.get(PAGE))
    )


def test_one_that_went_again_can_only_be_left(ada, vale):
    letter(system=vale, settled="gone")
    answer = ada.get(PAGE)
    assert "It went again once, and nobody knows of that either." in words_of(answer)
    assert (LEAVE in buttons_of(answer), AGAIN in buttons_of(answer)) == (True, False)


def test_all_of_a_kind_together(ada, vale):
    for kind in ("reminder", "reminder", "reminder", "place_confirmed"):
        letter(kind, system=vale)
    assert "Leave all 3: they may well have arrived" in buttons_of(ada.get(PAGE))
    answer = ada.post(reverse("settle_letters"), {"kind": "reminder", "choice": "leave"}, follow=True)
    assert "3 letters are left as they are. Nobody is written to." in words_of(answer)
    assert Delivery.objects.filter(kind="place_confirmed", settled="").count() == 1
    for _ in range(2):
        letter("reminder", system=vale)
    answer = ada.post(reverse("settle_letters"), {"kind": "reminder", "choice": "again"}, follow=True)
    assert "2 letters go again in the next minutes, those that would still say the same." in words_of(answer)


def test_looking_does_nothing(ada, vale):
    one = letter(system=vale)
    for address in [reverse("settle_letter", args=[one.pk]), reverse("settle_letters"), reverse("set_pace")]:
        assert ada.get(address).url == PAGE
    assert ada.get(reverse("set_address")).url == PAGE
    one.refresh_from_db()
    assert (one.settled, SecurityEvent.objects.count(), Suppression.objects.count()) == ("", 0, 0)


def test_of_many_the_latest_are_shown_and_the_rest_counted(ada, vale):
    for number in range(53):
        letter("reminder", system=vale, handed_at=NOON - number * MINUTE)
    words = words_of(ada.get(PAGE))
    assert "Reminders 53 uncertain." in words
    assert "And 3 more, handed over before these." in words


def test_rows_that_left_in_one_message_are_one(ada, vale, round):
    other = RoundFactory(system=vale, starts_at=round.starts_at + DAY)
    for about in (round, other):
        letter("invitation", system=vale, about=about.pk, lane_rank=1, message_id="<1@x.example>")
    words = words_of(ada.get(PAGE))
    assert "1 uncertain. About the Round on 17 March 2027, and the Round on 18 March 2027." in words


# --- Whose letters ----------------------------------------------------------------------------------


def test_only_those_of_the_own_system_are_seen_and_settled(ada, vale):
    fell = SystemFactory()
    theirs = letter(system=fell)
    assert "Uncertain letters None." in words_of(ada.get(PAGE))
    assert ada.post(reverse("settle_letter", args=[theirs.pk]), {"choice": "again"}).status_code == 404
    ada.post(reverse("settle_letters"), {"kind": theirs.kind, "choice": "leave"})
    theirs.refresh_from_db()
    assert theirs.settled == ""


def test_the_portals_own_letters_are_those_of_its_own_system(client, ada, vale):
    fell = SystemFactory(created_at=NOON + DAY)
    letter("account_erased", system=None)
    assert "Accounts erased 1 uncertain." in words_of(ada.get(PAGE))
    client.force_login(RoleGrantFactory(role="administrator", system=fell).person)
    assert "Uncertain letters None." in words_of(client.get(PAGE))


def test_those_of_a_system_that_went_into_this_one_are_seen_too(ada, vale):
    before = SystemFactory()
    SystemSuccession.objects.create(predecessor=before, successor=vale, kind=Step.MERGER, on=NOON.date())
    letter(system=before)
    assert "Places confirmed 1 uncertain." in words_of(ada.get(PAGE))


def test_who_administers_one_partner_or_leads_the_system_is_refused(client, vale):
    riverbank = OrganisationFactory(system=vale)
    for role, where in [("administrator", {"organisation": riverbank}), ("ics_lead", {"system": vale})]:
        client.force_login(RoleGrantFactory(role=role, **where).person)
        assert client.get(PAGE).status_code == 403
        for name in ("settle_letters", "set_pace", "set_address"):
            assert client.post(reverse(name), {"stop": "1", "address": "a@b.example"}).status_code == 403
    assert not Suppression.objects.exists()


# --- Addresses --------------------------------------------------------------------------------------


def test_an_address_is_stopped_and_written_to_again(ada, vale):
    Suppression.objects.create(print="x" * 64, why="refused")
    person = PersonFactory(works_for=OrganisationFactory(system=vale), invitations_stopped_at=NOON)
    words = words_of(ada.get(PAGE))
    assert (
        "there is no such mailbox 1 Stopped by an administrator 0 "
        "People who stopped invitations themselves Fewer than 8" in words
    )
    answer = ada.post(reverse("set_address"), {"stop": "1", "address": f" {person.email.upper()} "}, follow=True)
    assert "No letter goes to that address any more. Codes for signing in still do." in words_of(answer)
    assert "Stopped by an administrator 1" in words_of(answer)
    assert Suppression.objects.of(person.email).get().system == vale
    answer = ada.post(reverse("set_address"), {"allow": "1", "address": person.email}, follow=True)
    assert "Letters go to that address, if there are any." in words_of(answer)
    assert "Stopped by an administrator 0" in words_of(answer)
    assert person.email not in str(list(SecurityEvent.objects.values()))


def test_the_answer_does_not_tell_whether_anything_was_stopped(ada, vale):
    known = PersonFactory().email
    Suppression.objects.create(print="x" * 64, why="refused")
    said = []
    for address in (known, "nobody@nowhere.example"):
        for what in ("allow", "stop", "stop", "allow"):
            said.append(words_of(ada.post(reverse("set_address"), {what: "1", "address": address}, follow=True)))
    assert said[:4] == said[4:]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter the email address"),
        ("robin", "Enter an email address in the correct format, like name@example.com"),
        ("robin@\x00x.example", "Enter an email address in the correct format"),
    ],
)
def test_what_is_no_address_is_answered_on_the_page(ada, vale, typed, sentence):
    answer = ada.post(reverse("set_address"), {"stop": "1", "address": typed})
    assert (answer.status_code, sentence in words_of(answer)) == (200, True)
    assert not Suppression.objects.exists()


# --- Who books stays unknown ------------------------------------------------------------------------


def test_whoever_looks_today_sees_nothing_of_what_is_booked_today(ada, vale, round):
    """Not even by stopping an address, and looking whether a letter there was dropped."""
    person = PersonFactory()
    ada.post(reverse("set_address"), {"stop": "1", "address": person.email}, follow=True)
    before = words_of(ada.get(PAGE))
    registration.book(round=round, person=person, way="in_person", now=NOON)
    written = words_of(ada.get(PAGE))
    assert correspondence.run(now=NOON) == {"cancelled": 1}
    registration.book(round=round, person=PersonFactory(), way="in_person", now=NOON)
    assert correspondence.run(now=NOON) == {"sent": 1}
    assert len(mail.outbox) == 1
    assert before == written == words_of(ada.get(PAGE))


def test_nor_on_the_next_day_below_the_step(ada, vale, round, time_machine):
    """Of the worlds in which one person books and in which they do not the page is the same."""
    for _ in range(20):
        letter("reminder", system=vale, state="sent")
    time_machine.move_to(NOON + DAY, tick=False)
    ada.force_login(Person.objects.get(name="Ada Example"))
    before = words_of(ada.get(PAGE))
    registration.book(round=round, person=PersonFactory(), way="in_person", now=NOON)
    assert correspondence.run(now=NOON) == {"sent": 1}
    assert words_of(ada.get(PAGE)) == before


# --- Statements -------------------------------------------------------------------------------------


def test_statements_are_as_many_for_one_as_for_three(ada, vale):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            assert ada.get(PAGE).status_code == 200
        return len(queries)

    def some():
        other = RoundFactory(system=vale)
        for kind in ("invitation", "reminder", "pass_on", "round_moved"):
            letter(kind, system=vale, about=other.pk)

    some()
    statements()
    one = statements()
    some()
    some()
    assert statements() == one < 25


def test_manage_leads_there(ada, client, vale):
    assert 'href="/manage/letters/"' in ada.get("/manage/").content.decode()
    client.force_login(RoleGrantFactory(role="administrator", organisation=OrganisationFactory(system=vale)).person)
    page = client.get("/manage/").content.decode()
    assert ('href="/manage/letters/"' in page, 'href="/manage/letters/kinds/"' in page) == (False, True)
    assert Person.objects.count() > 1
