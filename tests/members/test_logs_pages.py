"""The two logs as the information-governance lead reads them: members/views/logs.py and members/logbook.py."""

import csv
import datetime as dt
import io
import re
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import audit, chain, join_requests
from members.actions.succession.systems import NextSystem, SystemPlan, change_system, preview_system
from members.models import JoinRequest, SecurityEvent, SystemEdge
from members.models.audit import Act, Opened
from members.roles import ROLES
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine, settings, tmp_path):
    settings.AUDIT_HEADS_DIR = tmp_path
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def lead(client, world):
    """Signed in before the log is looked at, without a row of it."""
    person = PersonFactory(name="Gia Governance")
    client.force_login(person)
    RoleGrantFactory(person=person, role="governance_lead", system=world.system)
    return client


def happened(act=Act.ROLE_GIVEN, *, by=None, at=NOON, **said):
    with transaction.atomic():
        return audit.record(act, by=by, now=at, **said)


def page(client, **chosen):
    return client.get(reverse("manage_audit"), chosen)


def items(answer):
    """[(sentence, when)]"""
    main = answer.content.decode().split("<main")[1].split("</main>")[0]
    found = re.findall(r"<li>([^<]+)<span>([^<]+)</span></li>", main)
    return [(sentence.strip(), when) for sentence, when in found]


def sentences(answer):
    return [sentence for sentence, _ in items(answer)]


def test_an_act_in_a_plain_sentence(lead, world):
    happened(by=world.ines, about=world.ben.pk, where=world.elmbridge, role="facilitator")
    assert items(page(lead)) == [
        (
            "Ines Lead gave a role: Facilitator, Ben Booker, Elmbridge Hospital NHS Trust",
            "midday on Wednesday 3 March 2027",
        )
    ]


@pytest.mark.parametrize(
    ("act", "said", "sentence"),
    [
        (Act.ROLE_LAPSED, {"about": "0" * 32, "role": "mentor"}, "The portal let a role lapse: Mentor"),
        (Act.DOMAIN_ADDED, {"about": "riverbank.example"}, "The portal approved an e-mail domain: riverbank.example"),
        (
            Act.IMPORT_ACCEPTED,
            {"what": "a staff list", "rows": 1},
            "The portal accepted an import: a staff list, 1 row",
        ),
        (Act.INVITATIONS_STOPPED, {"letters": 4312}, "The portal stopped invitations: 4,312 letters"),
        (Act.ORGANISATIONS_MERGED, {"became": ["XR1", "XR2"]}, "The portal merged organisations: became XR1, XR2"),
        (
            Act.SETTINGS_CHANGED,
            {"changes": [["short_name", "Old", "New"]]},
            "The portal changed the settings: its short name from “Old” to “New”",
        ),
    ],
)
def test_what_was_said_in_words(lead, act, said, sentence):
    happened(act, **said)
    assert sentences(page(lead)) == [sentence]


def test_who_asked_to_join_is_not_named(lead, world):
    happened(Act.REQUEST_DECLINED, by=world.ines, about=world.ben.pk)
    assert sentences(page(lead)) == ["Ines Lead declined a request to join"]


def test_whoever_is_gone_has_no_name(lead, world):
    gone = PersonFactory()
    happened(by=gone)
    gone.delete()
    assert sentences(page(lead)) == ["Somebody whose account is gone gave a role"]


def test_who_opened_what_by_the_hour_and_later_without_the_round(lead, world):
    round = RoundFactory(system=world.system, host_organisation=world.elmbridge)
    audit.opened(Opened.REGISTER, by=world.ada, about=round.pk, now=NOON, where=world.elmbridge.pk)
    audit.opened(
        Opened.PANEL, by=world.ada, about=world.ada.pk, now=NOON - dt.timedelta(hours=1), where=world.system.pk
    )
    assert items(page(lead, log="care")) == [
        (
            "Ada Facilitator opened the register of the Round on 17 March 2027",
            "midday to 1pm on Wednesday 3 March 2027",
        ),
        (
            "Ada Facilitator opened the panel of a Round whose lists are gone",
            "11am to midday on Wednesday 3 March 2027",
        ),
    ]


def test_by_kind_and_month(lead):
    happened(Act.SIGNED_IN, at=NOON)
    happened(Act.ROLE_ENDED, at=NOON)
    happened(Act.ROLE_GIVEN, at=dt.datetime(2027, 2, 28, 23, 59, tzinfo=NOON.tzinfo))
    assert sentences(page(lead, kind="roles")) == ["The portal ended a role", "The portal gave a role"]
    assert sentences(page(lead, kind="roles", month="2027-02")) == ["The portal gave a role"]
    assert sentences(page(lead, month="2027-01")) == []
    assert "Nothing of that kind was logged in that month." in page(lead, month="2027-01").content.decode()


@pytest.mark.parametrize(
    "nonsense",
    [{"kind": "x"}, {"month": "2027-13"}, {"month": "²027-01"}, {"month": "x"}, {"log": "x"}, {"after": "x"}],
)
def test_what_is_not_understood_is_not_chosen(lead, nonsense):
    happened()
    assert sentences(page(lead, **nonsense)) == ["The portal gave a role"]


def test_pages_by_key_stay_whole_while_more_is_written(lead, monkeypatch):
    monkeypatch.setattr("rounds_site.kit.stretches.AT_ONCE", 3)
    for hours in range(7):
        happened(at=NOON - dt.timedelta(hours=hours // 2), about=f"number {hours}")
    seen, query = [], {}
    for _ in range(3):
        answer = page(lead, **query)
        seen += sentences(answer)
        happened(Act.SIGNED_IN)
        older = re.search(r'after=([0-9a-f-]{36})" rel="next"', answer.content.decode())
        query = {"after": older[1]} if older else None
    assert query is None
    assert sorted(seen) == [f"The portal gave a role: number {hours}" for hours in range(7)]


def test_the_file_holds_all_of_it_safely_and_stands_in_the_log(lead, world):
    happened(about="=cmd()")
    chain.seal_all()
    answer = lead.post(reverse("manage_audit_file"), {"log": "security", "kind": "", "month": "2027-03"})
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    sealed = SecurityEvent.objects.sealed().get()
    assert head == ["When", "Who", "What", "Row", "Digest"]
    assert row == ["2027-03-03 12:00", "The portal", "gave a role: =cmd()", "1", sealed.digest]
    assert sentences(page(lead, kind="exports")) == [
        "Gia Governance downloaded an export: the security log, 1 row, month 2027-03"
    ]


def test_a_get_of_the_file_does_nothing(lead):
    assert lead.get(reverse("manage_audit_file")).url == reverse("manage_audit")
    assert SecurityEvent.objects.count() == 0


def test_a_name_that_is_a_formula_is_no_formula_in_the_file(lead):
    happened(by=PersonFactory(name="=HYPERLINK()"))
    answer = lead.post(reverse("manage_audit_file"), {"log": "security"})
    assert "'=HYPERLINK()" in answer.content.decode()


def test_the_state_of_the_chain_and_of_the_heads(lead):
    assert "No head has left the portal for two days" in page(lead).content.decode()
    happened()
    chain.seal_all()
    chain.export_head(now=NOON)
    happened()
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(lead).content.decode()))
    assert "Sealed Up to row 1 Waiting to be sealed 1, within a minute" in said
    assert "Last head outside the portal Row 1, midday on Wednesday 3 March 2027" in said
    assert "No head has left" not in said


# --- Who reads what ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"governance_lead"}))
def test_no_other_role_reads_a_log(client, world, role):
    scope = sorted(ROLES[role].scopes)[-1]
    where = {"system": world.system, "organisation": world.elmbridge}.get(scope, world.system)
    client.force_login(
        RoleGrantFactory(role=role, **{("system" if where is world.system else "organisation"): where}).person
    )
    assert page(client).status_code == 403
    assert client.post(reverse("manage_audit_file"), {}).status_code == 403


def test_staff_and_strangers_read_no_log(client, world):
    assert page(client).status_code == 302
    client.force_login(world.ben)
    assert page(client).status_code == 403


def test_each_lead_reads_what_is_theirs(client, world):
    foreign = OrganisationFactory(system=SystemFactory())
    for number, where in enumerate([world.system, world.elmbridge, world.quarry_lane, foreign, None]):
        happened(about=f"number {number}", where=where)
        if where:
            audit.opened(
                Opened.REGISTER, by=world.ada, about=world.ada.pk, now=NOON + dt.timedelta(hours=number), where=where.pk
            )
    for scope, numbers in [({"system": world.system}, [0, 1, 2, 4]), ({"organisation": world.elmbridge}, [1])]:
        person = PersonFactory()
        client.force_login(person)
        RoleGrantFactory(person=person, role="governance_lead", **scope)
        read = sorted(re.search(r"number (\d)", each)[1] for each in sentences(page(client)))
        assert read == [str(number) for number in numbers]
        assert len(sentences(page(client, log="care"))) == len([each for each in numbers if each < 4])


LEFT = dt.date(2027, 3, 1)


def moved_on(organisation, *systems):
    """It left the first system on that day, and each further one a day later, for the next."""
    SystemEdge.objects.filter(organisation=organisation).update(ends_on=LEFT)
    for number, system in enumerate(systems):
        since, until = (LEFT + dt.timedelta(days=days) for days in (number, number + 1))
        ends_on = until if number < len(systems) - 1 else None
        SystemEdge.objects.create(system=system, organisation=organisation, starts_on=since, ends_on=ends_on)


def each_day(where, days=4):
    """One row in each log at ten to midnight of each day: on 28 February, and on the first days of March."""
    for number in range(days):
        at = dt.datetime(2027, 3, 1, 23, 50, tzinfo=NOON.tzinfo) + dt.timedelta(days=number - 1)
        happened(about=f"day {number}", where=where, at=at)
        audit.opened(Opened.REGISTER, by=PersonFactory(), about=where.pk, now=at, where=where.pk)


def days_read(client, system):
    """The days of which the lead of a system reads, the same in both logs."""
    client.force_login(RoleGrantFactory(role="governance_lead", system=system).person)
    days = sorted(int(re.search(r"day (\d)", each)[1]) for each in sentences(page(client, kind="roles")))
    assert len(sentences(page(client, log="care"))) == len(days)
    return days


def test_what_happens_at_a_partner_is_read_in_the_system_of_that_day(client, world):
    second, third = SystemFactory(), SystemFactory()
    moved_on(world.elmbridge, second, third)
    each_day(world.elmbridge)
    assert [days_read(client, each) for each in (world.system, second, third)] == [[0], [1], [2, 3]]


def test_what_is_done_to_a_partner_that_has_ended_is_read_where_it_was_last(client, world):
    """As that it was merged, from a day that lay behind."""
    second = SystemFactory()
    moved_on(world.elmbridge, second)
    SystemEdge.objects.filter(system=second).update(ends_on=LEFT + dt.timedelta(days=1))
    each_day(world.elmbridge)
    assert [days_read(client, each) for each in (world.system, second)] == [[0], [1, 2, 3]]


def test_what_was_done_in_a_system_that_went_on_as_another_is_read_there(client, world):
    olu = RoleGrantFactory(role="administrator", system=world.system, person__name="Olu").person
    gia = RoleGrantFactory(role="governance_lead", system=world.system).person
    happened(Act.SETTINGS_CHANGED, by=olu, where=world.system, about="before")
    happened(Act.ORGANISATION_CHANGED, by=olu, where=world.elmbridge, about="XR1", at=NOON - dt.timedelta(days=9))
    plan = SystemPlan(world.system, (NextSystem("T6Y0W", "New System", "New"),), NOON.date())
    change_system(plan, seen=preview_system(plan, by=olu, now=NOON).seen, by=olu, now=NOON)
    client.force_login(gia)
    read = " ".join(sentences(page(client, kind="settings")) + sentences(page(client, kind="organisations")))
    assert [words in read for words in ("Olu changed the settings", "Olu changed a partner", "T6Y0W")] == [True] * 3
    client.force_login(RoleGrantFactory(role="governance_lead", system=SystemFactory()).person)
    assert sentences(page(client, kind="settings")) + sentences(page(client, kind="organisations")) == []


@pytest.mark.parametrize("decide", [partial(join_requests.ask_back, question="Where?"), join_requests.decline])
def test_who_was_asked_back_or_declined_is_read_in_that_system_alone(client, world, decide):
    request = JoinRequest.objects.create(
        person=PersonFactory(), system=world.system, organisation_name="A charity", changed_at=NOON
    )
    decide(request=request, by=world.ines, now=NOON)
    for system, count in ((world.system, 1), (SystemFactory(), 0)):
        client.force_login(RoleGrantFactory(role="governance_lead", system=system).person)
        assert len(sentences(page(client, kind="people"))) == count


def test_an_ended_lead_reads_nothing(client, world):
    grant = RoleGrantFactory(role="governance_lead", system=world.system)
    client.force_login(grant.person)
    grant.ends_on = NOON.date()
    grant.save()
    assert page(client).status_code == 403


@pytest.mark.parametrize("log", ["security", "care"])
def test_queries_do_not_grow(lead, world, log):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            page(lead, log=log)
        return len(captured)

    def one_more(number):
        round = RoundFactory(system=world.system)
        happened(by=PersonFactory(), about=PersonFactory().pk, where=OrganisationFactory(system=world.system))
        audit.opened(Opened.REGISTER, by=PersonFactory(), about=round.pk, now=NOON, where=world.system.pk)

    one_more(1)
    with_one = queries()
    one_more(2)
    one_more(3)
    assert queries() == with_one


# --- Signing in -------------------------------------------------------------------------------------


def test_only_holders_of_roles_are_seen_signing_in(client, world):
    client.force_login(world.ben)
    assert SecurityEvent.objects.count() == 0
    client.force_login(world.ada)
    event = SecurityEvent.objects.get()
    assert (event.act, event.by, event.where, event.said) == (Act.SIGNED_IN, world.ada.pk, world.system.pk, {})
