"""“My organisation is not listed”: three lines, an administrator's word, and being forgotten."""

from datetime import UTC, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from members.actions import correspondence, join_requests, retention
from members.models import Delivery, InvitationLink, JoinRequest, Membership, Person, SecurityEvent, System
from members.models.audit import Act
from members.models.joining import JoinRequestState
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.members.test_joining import text
from tests.worlds import NOON

pytestmark = pytest.mark.django_db

ASK = "/where-you-work/not-listed/"
MINE = "/where-you-work/request/"
# In UTC: the clocks change within the 30 days.
BEGUN = NOON.astimezone(UTC)
SAID = {"name": "Wren Newcomer", "organisation_name": "Lantern Hospice shop", "why": "Sundays at the till"}


@pytest.fixture
def system():
    return SystemFactory()


@pytest.fixture
def hospice(system):
    return OrganisationFactory(code="XH1", name="Lantern Hospice", system=system)


@pytest.fixture
def olu(system):
    return RoleGrantFactory(person=PersonFactory(name="Olu"), role="administrator", system=system).person


@pytest.fixture
def wren(system):
    return PersonFactory(email="wren@elsewhere.example", name="")


@pytest.fixture
def asked(client, wren):
    client.force_login(wren)
    client.post(ASK, SAID)
    return JoinRequest.objects.get()


def decide(client, asked, **said):
    return client.post(reverse("manage_request", args=[asked.pk]), said, follow=True)


def letters(now=None):
    mail.outbox.clear()
    correspondence.run(now=now)
    return [(letter.subject, letter.to[0], letter.body) for letter in mail.outbox]


# --- Asking -----------------------------------------------------------------------------------------


def test_three_lines_wait_for_an_administrator(client, wren):
    client.force_login(wren)
    assert "Your address does not tell us." in text(client.get(ASK))
    page = client.post(ASK, SAID, follow=True)
    assert page.redirect_chain == [(MINE, 302)]
    assert "Your request is with us" in text(page)
    asked = JoinRequest.objects.get()
    assert (asked.person.name, asked.organisation_name, asked.why) == tuple(SAID.values())
    assert asked.state == JoinRequestState.WAITING
    assert SecurityEvent.objects.count() == 0


def test_a_second_one_changes_nothing(client, wren, asked):
    assert client.get(ASK)["Location"] == MINE
    client.post(ASK, SAID | {"organisation_name": "Another"})
    assert JoinRequest.objects.get().organisation_name == "Lantern Hospice shop"
    with pytest.raises(Refused, match="You have asked already"):
        join_requests.ask(
            person=wren, system=System.objects.get(), name="", organisation_name="Another", why="", now=NOON
        )


@pytest.mark.parametrize("field", ["name", "organisation_name", "why"])
@pytest.mark.parametrize("sly", ["Wren\r\nBcc: all@x.example", "Wren\x00", "Wren\u2028Bcc: all@x.example", "x" * 201])
def test_nothing_typed_gets_into_the_head_of_a_letter(client, wren, olu, field, sly):
    client.force_login(wren)
    client.post(ASK, SAID | {field: sly})
    for asked in JoinRequest.objects.all():
        kept = (asked.person.name, asked.organisation_name, asked.why)
        assert [
            words for words in kept if "\n" in words or "\r" in words or "\u2028" in words or len(words) > 200
        ] == []
        join_requests.decline(request=asked, by=olu, now=NOON)
    for letter in mail.outbox:
        assert letter.message()["Bcc"] is None


def test_taking_it_back_leaves_nothing(client, asked):
    client.get("/where-you-work/request/withdraw/")
    assert JoinRequest.objects.count() == 1
    page = client.post("/where-you-work/request/withdraw/", follow=True)
    assert "Your request is taken back." in text(page)
    assert (JoinRequest.objects.count(), Delivery.objects.count()) == (0, 0)


# --- Deciding ---------------------------------------------------------------------------------------


def test_requests_stand_where_administrators_look(client, asked, olu):
    client.force_login(olu)
    assert "1 person asks to join" in text(client.get("/manage/"))
    page = text(client.get("/manage/people/"))
    assert "Who asks to join" in page
    assert "Says they work for Lantern Hospice shop" in page


def test_accepting_makes_them_staff_and_writes_to_them(client, wren, asked, hospice, olu):
    client.force_login(olu)
    page = decide(client, asked, decision="accept", organisation="XH1")
    assert "Wren Newcomer is staff of Lantern Hospice from today. We write to them." in text(page)
    job = Membership.objects.get(person=wren)
    assert (job.organisation, job.source, job.staff_group) == (hospice, "asked", "not_said")
    assert JoinRequest.objects.count() == 0
    ((subject, to, body),) = letters()
    assert (subject, to) == ("You have a message in the Rounds portal", wren.email)
    assert "You are with us now as staff of Lantern Hospice." in body
    row = SecurityEvent.objects.get(act=Act.REQUEST_ACCEPTED)
    assert (row.by, row.about, row.where) == (olu.pk, str(wren.pk), hospice.pk)


def test_a_question_goes_there_and_its_answer_comes_back(client, wren, asked, olu):
    client.force_login(olu)
    decide(client, asked, decision="ask", question="In which street is the shop?")
    assert "asks to join" not in text(client.get("/manage/"))
    ((_, to, body),) = letters()
    assert (to, "In which street" in body) == (wren.email, False)
    client.force_login(wren)
    assert "In which street is the shop?" in text(client.get(MINE))
    assert "Enter your answer" in text(client.post(MINE, {"answer": ""}))
    assert "Your answer is sent." in text(client.post(MINE, {"answer": "Mill Lane"}, follow=True))
    client.force_login(olu)
    assert "1 person asks to join" in text(client.get("/manage/"))
    assert "Mill Lane" in text(client.get(reverse("manage_request", args=[asked.pk])))


def test_a_question_answered_before_its_letter_went_sends_none(client, asked, olu):
    join_requests.ask_back(request=asked, question="Which street?", by=olu, now=NOON)
    join_requests.answer(request=asked, answer="Mill Lane", now=NOON)
    assert letters() == []


def test_declining_is_kind_and_gives_no_reason(client, wren, asked, olu):
    client.force_login(olu)
    decide(client, asked, decision="decline")
    ((subject, to, body),) = letters()
    assert (subject, to) == ("You have a message in the Rounds portal", wren.email)
    assert "That says nothing about you or your work." in body
    assert "unfortunately" not in body.lower()
    client.force_login(wren)
    assert "Not this time" in text(client.get(MINE))
    assert client.get(reverse("manage_request", args=[asked.pk])).status_code == 403


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "Say yes, ask, or say no"),
        ({"decision": "accept"}, "Choose the partner they work for"),
        ({"decision": "accept", "organisation": "ZZZ"}, "Choose a partner from the list"),
        ({"decision": "ask"}, "Enter your question"),
        ({"decision": "ask", "question": "x" * 201}, "must be 200 characters or fewer"),
    ],
)
def test_a_decision_that_lacks_something_is_said_so(client, asked, hospice, olu, said, sentence):
    client.force_login(olu)
    page = client.post(reverse("manage_request", args=[asked.pk]), said)
    assert (page.status_code, sentence in text(page)) == (200, True)


def test_of_two_who_decide_at_once_the_second_is_told(client, asked, hospice, olu):
    join_requests.accept(request=asked, organisation=hospice, by=olu, now=NOON)
    with pytest.raises(Refused, match="Somebody else has decided this request meanwhile"):
        join_requests.decline(request=asked, by=olu, now=NOON)
    assert Membership.objects.count() == 1


def test_doors(client, system, hospice, asked, wren):
    """Whose partner it will be nobody knows yet, so administrators of one partner do not decide."""
    of_one = RoleGrantFactory(person=PersonFactory(), role="administrator", organisation=hospice).person
    lead = RoleGrantFactory(person=PersonFactory(), role="ics_lead", system=system).person
    page, seen = reverse("manage_request", args=[asked.pk]), {}
    for name, person in {"of one partner": of_one, "lead": lead, "staff": PersonFactory(), "themself": wren}.items():
        client.force_login(person)
        seen[name] = client.get(page).status_code
    assert seen == {"of one partner": 403, "lead": 200, "staff": 403, "themself": 403}
    client.force_login(of_one)
    assert "Lantern Hospice shop" not in text(client.get("/manage/people/"))


# --- Forgetting -------------------------------------------------------------------------------------


def later(days):
    with time_machine.travel(BEGUN + timedelta(days=days), tick=False):
        retention.run(now=timezone.now())


def newcomers():
    return sorted(Person.objects.exclude(name="Olu").values_list("email", flat=True))


@pytest.fixture
def at_noon():
    with time_machine.travel(BEGUN, tick=False):
        yield


def test_nobody_answers_and_nothing_is_left(at_noon, client, olu, wren, asked):
    later(29)
    assert (newcomers(), JoinRequest.objects.count()) == (["wren@elsewhere.example"], 1)
    later(30)
    assert (newcomers(), JoinRequest.objects.count()) == ([], 0)


def test_who_was_declined_is_forgotten_with_the_letter(at_noon, client, olu, wren, asked):
    join_requests.decline(request=asked, by=olu, now=BEGUN + timedelta(days=5))
    later(34)
    assert newcomers() == ["wren@elsewhere.example"]
    later(35)
    assert (newcomers(), Delivery.objects.count()) == ([], 0)


def test_accounts_of_the_unproven_go_after_a_day_and_those_of_staff_never(at_noon, system, olu, hospice):
    PersonFactory(email="never@confirmed.example", verified=False)
    PersonFactory(email="chose@nothing.example")
    MembershipFactory(person=PersonFactory(email="staff@lantern.example"), organisation=hospice)
    MembershipFactory(person=PersonFactory(email="left@lantern.example"), organisation=hospice, ends_on="2027-01-01")
    MembershipFactory(person=PersonFactory(email="long@gone.example"), organisation=hospice, ends_on="2026-01-01")
    InvitationLink.objects.create(organisation=hospice, email="invited@x.example", created_at=BEGUN)
    later(2)
    assert newcomers() == [
        "chose@nothing.example",
        "left@lantern.example",
        "long@gone.example",
        "staff@lantern.example",
    ]
    assert InvitationLink.objects.count() == 1
    later(31)
    assert newcomers() == ["left@lantern.example", "staff@lantern.example"]
    assert InvitationLink.objects.count() == 0


def test_the_database_knows_the_states_one_request_each_and_no_empty_question(wren):
    asked = {"person": wren, "system": System.objects.get(), "changed_at": NOON}
    first = JoinRequest.objects.create(organisation_name="x", **asked)
    for wrong in ({"state": "lost"}, {"state": "asked", "question": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            JoinRequest.objects.filter(pk=first.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        JoinRequest.objects.create(organisation_name="y", **asked)


def test_of_several_systems_the_nearest_is_chosen_and_only_its_administrators_read(client, wren, olu):
    far = SystemFactory(code="QFAR", name="South Fell Integrated Care System")
    pat = RoleGrantFactory(person=PersonFactory(name="Pat"), role="administrator", system=far).person
    client.force_login(wren)
    assert "Select the one that is nearest to your work" in text(client.post(ASK, SAID))
    client.post(ASK, SAID | {"system": far.pk})
    asked = JoinRequest.objects.get()
    for administrator, status in ((olu, 404), (pat, 200)):
        client.force_login(administrator)
        assert client.get(reverse("manage_request", args=[asked.pk])).status_code == status
        assert ("Lantern Hospice shop" in text(client.get("/manage/people/"))) == (status == 200)
