"""Hours of cover: asked for before the Round, approved, invoiced, paid. Money, and nothing about people."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from evaluation.models import Attendance
from members.actions import correspondence, retention
from members.models import SecurityEvent
from rounds.actions import backfill
from rounds.models import Backfill, Round
from rounds.states import BACKFILL, BackfillState, RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.evaluation import AttendanceFactory
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import BackfillFactory, RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
ASKED, APPROVED, DECLINED = BackfillState.ASKED, BackfillState.APPROVED, BackfillState.DECLINED
WITHDRAWN, INVOICED, PAID = BackfillState.WITHDRAWN, BackfillState.INVOICED, BackfillState.PAID


@pytest.fixture
def world():
    world = small_world()
    world.round = RoundFactory(
        system=world.system, partners=[world.quarry_lane], facilitators=[world.ada], starts_at=NOON + timedelta(days=9)
    )
    world.cara = RoleGrantFactory(
        person=PersonFactory(name="Cara Asks", works_for=world.quarry_lane),
        role="administrator",
        system=None,
        organisation=world.quarry_lane,
    ).person
    with time_machine.travel(NOON, tick=False):
        yield world


def ask(world, **said):
    said = {"staff_group": "social_care", "hours": Decimal("4.5"), "rate": Decimal("14.50")} | said
    about = {"round": world.round, "organisation": world.quarry_lane, "by": world.cara, "now": NOON}
    return backfill.ask(**about | said)


def move(row, to, *, pays, now=NOON, **said):
    return backfill.move(backfill=row, to=to, pays=pays, by=PersonFactory(), now=now, **said)


def signed_in(client, person):
    client.force_login(person)
    return client


def page(client, name, *args, **query):
    return client.get(reverse(name, args=args), query).content.decode()


# --- The table of states ---


def test_the_way_from_asking_to_paid(world):
    row = ask(world)
    assert row.amount == Decimal("65.25")
    row = move(row, APPROVED, pays=True)
    row = move(row, INVOICED, pays=False, invoice="QL 17", now=world.round.ends_at)
    row = move(row, PAID, pays=True, now=world.round.ends_at)
    assert (row.state, row.invoice) == (PAID, "QL 17")
    acts = SecurityEvent.objects.filter(act__startswith="backfill").values_list("act", "about", "where")
    assert sorted(acts) == sorted(
        (f"backfill.{step}", str(row.pk), world.quarry_lane.pk) for step in ("asked", "approved", "invoiced", "paid")
    )


@pytest.mark.parametrize("state", BackfillState)
@pytest.mark.parametrize("to", BackfillState)
@pytest.mark.parametrize("pays", [True, False])
def test_no_other_step_is_taken_and_none_by_the_other_side(world, state, to, pays):
    row = BackfillFactory(round=world.round, organisation=world.quarry_lane, state=state, invoice="1")
    now = world.round.ends_at if to == INVOICED else NOON
    if BACKFILL[state].get(to) is pays:
        assert move(row, to, pays=pays, now=now).state == to
    else:
        with pytest.raises(Refused):
            move(row, to, pays=pays, now=now)
        assert Backfill.objects.get().state == state


def test_a_staff_group_is_asked_for_once_and_again_after_it_was_declined(world):
    row = ask(world)
    with pytest.raises(Refused, match="already"):
        ask(world)
    move(row, DECLINED, pays=True, reason="Too late in the year")
    ask(world)
    assert Backfill.objects.standing().count() == 1


# --- Nothing about who came ---


def test_nobody_asks_once_the_round_has_begun_or_is_called_off(world):
    with pytest.raises(Refused, match="before a Round"):
        ask(world, now=world.round.starts_at)
    world.round.state = RoundState.CANCELLED
    world.round.save()
    with pytest.raises(Refused, match="take place"):
        ask(world)


def test_a_plan_is_not_offered_and_its_title_reaches_nobody(client, world):
    row = ask(world)
    title = "A plan of its team"
    world.round.title, world.round.state, world.round.published_at = title, RoundState.PLANNED, None
    world.round.save()
    with pytest.raises(Refused, match="once it is published"):
        ask(world, staff_group="nursing")
    for person in (world.cara, world.ines):
        text = page(signed_in(client, person), "backfill_case", row.pk)
        assert title not in text
        assert f"A Round of {world.round.host}" in text
    text = page(signed_in(client, world.cara), "ask_backfill")
    assert title not in text
    said = {"organisation": world.quarry_lane.code, "round": world.round.pk, "staff_group": "nursing"}
    answer = client.post(reverse("ask_backfill"), said | {"hours": "2", "rate": "14"})
    assert title not in answer.content.decode()
    assert Backfill.objects.count() == 1
    world.round.state = RoundState.PUBLISHED
    world.round.save()
    assert title in page(client, "ask_backfill")
    assert title in page(client, "backfill_case", row.pk)


def test_hours_are_not_withdrawn_because_nobody_came(world):
    row = move(ask(world), APPROVED, pays=True)
    with pytest.raises(Refused, match="what was approved stands"):
        move(row, WITHDRAWN, pays=False, now=world.round.ends_at)
    world.round.state = RoundState.CANCELLED
    world.round.save()
    assert move(row, WITHDRAWN, pays=False, now=world.round.ends_at).state == WITHDRAWN


def test_an_invoice_waits_for_the_end_and_a_round_that_takes_place(world):
    row = move(ask(world), APPROVED, pays=True)
    with pytest.raises(Refused, match="once the Round is over"):
        move(row, INVOICED, pays=False, invoice="1")
    world.round.state = RoundState.POSTPONED
    world.round.save()
    with pytest.raises(Refused, match="does not take place"):
        move(row, INVOICED, pays=False, invoice="1", now=world.round.ends_at)


def test_two_worlds_that_differ_in_who_came_read_the_same(client, world):
    row = move(ask(world), APPROVED, pays=True)
    signed_in(client, world.cara)
    with time_machine.travel(world.round.ends_at + timedelta(hours=1), tick=False):
        signed_in(client, world.cara)
        before = page(client, "backfill_case", row.pk), page(client, "backfill")
        AttendanceFactory(round=world.round, person=PersonFactory(works_for=world.quarry_lane))
        after = page(client, "backfill_case", row.pk), page(client, "backfill")
    assert Attendance.objects.exists()
    strip = [text.split("<main")[1].split("csrfmiddlewaretoken")[0] for text in (*before, *after)]
    assert strip[:2] == strip[2:]


def test_a_row_ties_no_person_to_anything():
    assert not [field.name for field in Backfill._meta.fields if field.related_model and "person" in field.name]
    assert {field.related_model._meta.label for field in Backfill._meta.fields if field.related_model} == {
        "rounds.Round",
        "members.Organisation",
    }


def test_whose_work_it_was_is_forgotten_with_the_lists_and_the_money_stays(client, world):
    one, two = (move(ask(world, staff_group=group), APPROVED, pays=True) for group in ("nursing", "medical"))
    gone = Round.objects.get().ends_at + timedelta(days=30)
    before = sorted(Backfill.objects.values_list("pk", "hours", "rate", "state"))
    with time_machine.travel(gone - timedelta(seconds=1), tick=False):
        retention.run(now=timezone.now())
        assert set(Backfill.objects.values_list("staff_group", flat=True)) == {"nursing", "medical"}
    with time_machine.travel(gone, tick=False):
        retention.run(now=timezone.now())
        assert set(Backfill.objects.values_list("staff_group", flat=True)) == {""}
        signed_in(client, world.cara)
        pages = [page(client, "backfill"), page(client, "backfill_case", one.pk)]
        pages.append(client.post(reverse("backfill_file")).content.decode())
        assert not [text for text in pages if "ursing" in text or "Whose work" in text]
        assert move(two, INVOICED, pays=False, invoice="QL 1", now=gone).invoice == "QL 1"
        assert retention.forget("cover", now=gone) == 0
    after = Backfill.objects.exclude(pk=two.pk).values_list("pk", "hours", "rate", "state")
    assert list(after) == [row for row in before if row[0] == one.pk]


# --- Who may ---


def test_who_asks_and_who_pays(client, world):
    stranger = RoleGrantFactory(role="administrator", system=None, organisation=world.elmbridge).person
    row = ask(world)
    for person, status in [(world.cara, 200), (world.ines, 200), (stranger, 404), (world.ada, 403), (world.ben, 403)]:
        assert signed_in(client, person).get(reverse("backfill_case", args=[row.pk])).status_code == status
    asks = [signed_in(client, each).get(reverse("ask_backfill")).status_code for each in (world.cara, world.ines)]
    assert asks == [200, 403]


@pytest.mark.parametrize(("who", "to"), [("cara", APPROVED), ("cara", DECLINED), ("ines", WITHDRAWN)])
def test_neither_side_takes_a_step_of_the_other(client, world, who, to):
    row = ask(world)
    said = {"to": to, "reason": "No"}
    answer = signed_in(client, getattr(world, who)).post(reverse("move_backfill", args=[row.pk]), said)
    assert "for the other side" in answer.content.decode()
    assert Backfill.objects.get().state == ASKED


def both_sides(world):
    person = PersonFactory(name="Bea Both")
    RoleGrantFactory(person=person, role="administrator", system=world.system)
    return person


def test_nobody_approves_what_they_asked_for_or_pays_what_they_invoiced(client, world):
    bea = both_sides(world)
    row, after = ask(world, by=bea), world.round.ends_at
    said = {"backfill": row, "by": bea, "pays": True}
    with pytest.raises(Refused, match="asked for these hours yourself"):
        backfill.move(**said, to=APPROVED, now=NOON)
    signed_in(client, bea)
    text = page(client, "backfill_case", row.pk)
    assert "Somebody else who pays" in text
    assert 'value="approved"' not in text
    answer = client.post(reverse("move_backfill", args=[row.pk]), {"to": APPROVED}).content.decode()
    assert "asked for these hours yourself" in answer
    backfill.move(**said | {"by": world.ines}, to=APPROVED, now=NOON)
    backfill.move(**said | {"pays": False}, to=INVOICED, invoice="B 1", now=after)
    with pytest.raises(Refused, match="invoiced these hours yourself"):
        backfill.move(**said, to=PAID, now=after)
    assert backfill.move(**said | {"by": world.ines}, to=PAID, now=after).state == PAID


def test_two_people_on_both_sides_do_not_share_one_case_out_crosswise(client, world):
    """The first would ask and pay, the second approve and invoice: each looks at nobody's work but their own."""
    first, second, after = both_sides(world), both_sides(world), world.round.ends_at
    row = ask(world, by=first)
    backfill.move(backfill=row, by=second, pays=True, to=APPROVED, now=NOON + timedelta(days=1))
    invoiced = {"backfill": row, "pays": False, "to": INVOICED, "invoice": "B 1", "now": after}
    with pytest.raises(Refused, match="approved these hours yourself"):
        backfill.move(**invoiced, by=second)
    assert "Somebody else at the partner invoices them" in page(signed_in(client, second), "backfill_case", row.pk)
    backfill.move(**invoiced, by=world.cara)
    with pytest.raises(Refused, match="asked for these hours yourself"):
        backfill.move(backfill=row, by=first, pays=True, to=PAID, now=after)
    assert backfill.move(backfill=row, by=second, pays=True, to=PAID, now=after).state == PAID


def test_who_is_both_sides_is_promised_no_letter_to_the_other(client, world):
    row = ask(world)
    signed_in(client, both_sides(world))
    answer = client.post(reverse("move_backfill", args=[row.pk]), {"to": APPROVED}, follow=True).content.decode()
    assert "Approved." in answer
    assert "The other side" not in answer


def test_a_partner_that_the_round_does_not_invite(world):
    with pytest.raises(Refused, match="does not invite"):
        ask(world, organisation=world.elmbridge)


# --- The pages ---


def test_asking_over_the_page(client, world):
    signed_in(client, world.cara)
    said = {"organisation": world.quarry_lane.code, "round": world.round.pk, "staff_group": "social_care"}
    answer = client.post(reverse("ask_backfill"), said | {"hours": "4,5", "rate": ""})
    text = answer.content.decode()
    assert "How many hours must be a number, like 2.5" in text
    assert "Enter pounds an hour" in text
    assert 'value="4,5"' in text
    answer = client.post(reverse("ask_backfill"), said | {"hours": "4.5", "rate": "14.5"}, follow=True)
    assert "It is asked for." in answer.content.decode()
    assert "4.5 hours at £14.50: £65.25" in answer.content.decode()
    twice = client.post(reverse("ask_backfill"), said | {"hours": "4.5", "rate": "14.5"}).content.decode()
    assert "were asked for at this Round already" in twice


@pytest.mark.parametrize(
    ("rate", "said"), [("£13", None), ("£ 13.50", None), ("1e1", "like 14.50"), ("£", "Enter pounds"), ("-3", "0.25")]
)
def test_pounds_as_people_write_them(client, world, rate, said):
    signed_in(client, world.cara)
    asked = {"organisation": world.quarry_lane.code, "round": world.round.pk, "staff_group": "social_care"}
    text = client.post(reverse("ask_backfill"), asked | {"hours": "2", "rate": rate}).content.decode()
    assert Backfill.objects.count() == (0 if said else 1)
    assert said is None or said in text


def test_whoever_looks_after_several_partners_says_first_for_which(client, world):
    """And is then offered the Rounds that invite that one alone."""
    RoleGrantFactory(person=world.cara, role="administrator", system=None, organisation=world.elmbridge)
    other = RoundFactory(
        system=world.system, partners=[world.elmbridge], title="For Elmbridge", starts_at=NOON + timedelta(days=10)
    )
    signed_in(client, world.cara)
    assert "For Elmbridge" not in page(client, "ask_backfill")
    text = page(client, "ask_backfill", organisation=world.elmbridge.code)
    assert "For Elmbridge" in text
    assert world.round.title not in text
    asked = {"organisation": world.quarry_lane.code, "round": other.pk, "staff_group": "nursing", "hours": 2, "rate": 9}
    assert "Choose a Round that invites this partner" in client.post(reverse("ask_backfill"), asked).content.decode()
    assert "Choose a partner from the list" in page(client, "ask_backfill", organisation="NOBODY")


def test_a_step_that_needs_a_word_asks_for_it(client, world):
    row = ask(world)
    signed_in(client, world.ines)
    address = reverse("move_backfill", args=[row.pk])
    assert "Say why, so that they can ask anew" in client.post(address, {"to": DECLINED}).content.decode()
    client.post(address, {"to": DECLINED, "reason": "Not this year"})
    assert "Not this year" in page(signed_in(client, world.cara), "backfill_case", row.pk)
    assert client.post(address, {"to": "nonsense"}).status_code == 404


def test_leads_read_totals_by_partner_and_year(client, world):
    spring = RoundFactory(system=world.system, partners=[world.quarry_lane], starts_at=NOON + timedelta(days=60))
    for round, state in [(world.round, PAID), (spring, APPROVED), (spring, DECLINED)]:
        BackfillFactory(round=round, organisation=world.quarry_lane, state=state, invoice="1")
    text = " ".join(page(signed_in(client, world.ines), "backfill").split())
    assert "<td>2026 to 2027</td><td>6</td><td>£87</td><td>£87</td>" in text
    assert "<td>2027 to 2028</td><td>6</td><td>£87</td><td>£0</td>" in text
    assert "By partner and year" not in page(signed_in(client, world.cara), "backfill")


def test_the_totals_are_of_three_years_and_the_file_has_all(client, world):
    for years, hours in [(0, 5), (2, 6), (3, 7)]:
        starts_at = NOON - timedelta(days=366 * years)
        opens_at = starts_at - timedelta(days=30)
        held = RoundFactory(system=world.system, starts_at=starts_at, booking_opens_at=opens_at)
        BackfillFactory(round=held, organisation=world.quarry_lane, state=APPROVED, hours=hours)
    text = page(signed_in(client, world.ines), "backfill")
    years = ["2026 to 2027", "2025 to 2026", "2024 to 2025", "2023 to 2024"]
    assert [f"<td>{each}</td>" in text for each in years] == [True, False, True, False]
    assert client.post(reverse("backfill_file")).content.decode().count("\n") == 4


def test_what_was_asked_for_last_comes_first(client, world):
    for day, hours in [(1, 3), (3, 5), (2, 4)]:
        row = BackfillFactory(round=world.round, organisation=world.quarry_lane, staff_group="", hours=hours)
        Backfill.objects.filter(pk=row.pk).update(created_at=NOON + timedelta(days=day))
    for person in (world.ines, world.cara):
        text = page(signed_in(client, person), "backfill")
        assert re.findall(r"(\d) hours, ", text) == ["5", "4", "3"]


def test_the_file_is_safe_from_formulas_and_in_the_log(client, world):
    BackfillFactory(round=world.round, organisation=world.quarry_lane, state=INVOICED, invoice="=HYPERLINK(1)")
    text = signed_in(client, world.ines).post(reverse("backfill_file")).content.decode()
    assert ",=HYPERLINK" not in text
    assert "HYPERLINK" in text
    assert SecurityEvent.objects.filter(act="exports.downloaded").count() == 1


def test_the_list_asks_as_many_questions_for_three_as_for_one(client, world):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked():
        with CaptureQueriesContext(connection) as queries:
            page(signed_in(client, world.ines), "backfill")
        return len(queries)

    BackfillFactory(round=world.round, organisation=world.quarry_lane)
    asked()
    before = asked()
    for _ in range(2):
        BackfillFactory(round=RoundFactory(system=world.system), organisation=world.elmbridge)
    assert asked() == before


# --- Letters ---


def sent():
    mail.outbox.clear()
    correspondence.dispatch(now=NOON)
    return {letter.to[0]: letter for letter in mail.outbox}


def test_each_step_is_told_to_the_other_side_alone(world):
    row = ask(world)
    letters = sent()
    assert list(letters) == [world.ines.email]
    body = letters[world.ines.email].body
    assert "Quarry Lane Care Homes asks for 4.5 hours of cover, £65.25 in all." in body
    assert world.round.title not in body
    assert letters[world.ines.email].subject == "You have a message in the Rounds portal"
    move(row, APPROVED, pays=True)
    assert list(sent()) == [world.cara.email]


def test_what_has_gone_on_meanwhile_is_told_once(world):
    row = ask(world)
    move(row, APPROVED, pays=True)
    assert list(sent()) == [world.cara.email]
