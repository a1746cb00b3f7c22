"""The licence of a system: who keeps it, whom it covers, and that its end is seen in time."""

import datetime as dt
import re

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from members.actions import correspondence, licences
from members.models import Coverage, Delivery, Licence, SecurityEvent, System
from tests.factories.members import MembershipFactory, OrganisationFactory, RoleGrantFactory, SystemFactory
from tests.rounds.pages import words_of
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
PAGE = "/manage/licence/QXV/"
TODAY = NOON.date()
FACTS = {"number": "SR 104", "starts_on": TODAY - dt.timedelta(days=300)}
DAY = dt.timedelta(days=1)
BOXES = ("day", "month", "year")


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def system():
    return SystemFactory(code="QXV")


@pytest.fixture
def acute(system):
    return OrganisationFactory(name="Acute", code="XR1", system=system)


@pytest.fixture
def olu(client, system):
    person = RoleGrantFactory(role="administrator", system=system, person__email="olu@northvale.example").person
    client.force_login(person)
    return person


def licence_of(system, *, days=None, holder=None):
    return Licence.objects.create(system=system, holder=holder, last_on=days and TODAY + days * DAY, **FACTS)


def in_boxes(name, day):
    return {f"{name}_{part}": getattr(day, part) for part in BOXES} if day else {}


def typed(*, last=None, first=TODAY, **fields):
    return {"number": "SR 104"} | in_boxes("starts_on", first) | in_boxes("last_on", last) | fields


# --- The page -----------------------------------------------------------------------------------------


def test_it_is_entered_renewed_and_stands_in_the_log_each_time(client, olu, system, acute):
    assert "Nothing is entered yet" in words_of(client.get(PAGE))
    client.post(f"{PAGE}change/", typed(holder=acute.pk, last=TODAY + 400 * DAY))
    page = words_of(client.post(f"{PAGE}change/", typed(holder=acute.pk, last=TODAY + 765 * DAY), follow=True))
    assert "The licence is saved." in page
    assert "Held by Acute Number SR 104" in page
    licence = Licence.objects.get(system=system)
    assert (licence.holder, licence.last_on) == (acute, TODAY + 765 * DAY)
    first, second = SecurityEvent.objects.filter(act="settings.licence_changed").order_by("at")
    assert [each[0] for each in first.said["changes"]] == ["holder", "number", "starts_on", "last_on"]
    assert second.said == {"changes": [["last_on", "6 April 2028", "6 April 2029"]]}
    client.post(f"{PAGE}change/", typed(holder=acute.pk, last=TODAY + 765 * DAY))
    assert SecurityEvent.objects.filter(act="settings.licence_changed").count() == 2


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"last": TODAY - DAY}, "The last day must not be before the first"),
        ({"last": TODAY.replace(year=2072)}, "The last day must be within 10 years of the first"),
        (in_boxes("last_on", TODAY.replace(year=1208)), "Its last day must have a year from 2000 to 2099"),
        ({"number": ""}, "Enter its number"),
        ({"first": None}, "Enter its first day"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_kept(client, olu, said, refusal):
    said = typed(**said)
    answer = client.post(f"{PAGE}change/", said)
    assert refusal in words_of(answer)
    assert not Licence.objects.exists()
    assert [each or "" for each in answer.context["form"]["last_on"].value()] == [
        str(said.get(f"last_on_{box}", "")) for box in BOXES
    ]


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        (TODAY.replace(year=2072), "must not be more than a year ahead"),
        (TODAY.replace(year=1927), "must have a year from 2000 to 2099"),
    ],
)
def test_a_memorandum_of_a_day_that_cannot_be_is_not_noted_and_what_was_typed_stays(
    client, olu, system, acute, day, refusal
):
    licence = licence_of(system)
    said = {"organisation": acute.pk} | in_boxes("memorandum_on", day)
    answer = client.post(f"{PAGE}covered/", said)
    assert f"The day of the memorandum {refusal}" in words_of(answer)
    form = answer.context["coverage_form"]
    assert form["memorandum_on"].value() == [str(day.day), str(day.month), str(day.year)]
    assert form["organisation"].value() == str(acute.pk)
    assert not licence.coverages.exists()


def test_a_partner_of_another_system_neither_holds_it_nor_is_covered(client, olu, system):
    far = OrganisationFactory(name="Far", system=SystemFactory(name="South Moor"))
    assert "Choose a partner from the list" in words_of(client.post(f"{PAGE}change/", typed(holder=far.pk)))
    licence_of(system)
    client.post(f"{PAGE}covered/", {"organisation": far.pk} | in_boxes("memorandum_on", TODAY))
    assert (Licence.objects.get().holder, Coverage.objects.count()) == (None, 0)


def test_a_memorandum_is_noted_once_and_taken_out(client, olu, system, acute):
    licence = licence_of(system)
    said = {"organisation": acute.pk} | in_boxes("memorandum_on", TODAY)
    page = words_of(client.post(f"{PAGE}covered/", said, follow=True))
    assert "The memorandum with Acute is noted. " in page
    assert "Acute, 3 March 2027" in page
    client.post(f"{PAGE}covered/", said)
    row = licence.coverages.get()
    assert licence.covers(acute)
    for _ in range(2):
        assert client.post(f"{PAGE}covered/{row.pk}/end/").url == PAGE
    licences.take_out(coverage=row, by=olu, now=NOON)
    assert not Licence.objects.get().covers(acute)
    acts = SecurityEvent.objects.filter(act__startswith="settings.coverage").order_by("at", "act")
    assert sorted((each.act, each.about) for each in acts) == [
        ("settings.coverage_ended", "XR1"),
        ("settings.coverage_noted", "XR1"),
    ]


def test_whoever_holds_it_needs_no_memorandum(system, acute, client, olu):
    licence = licence_of(system, holder=acute)
    assert licence.covers(acute)
    page = client.get(PAGE)
    assert acute not in page.context["coverage_form"].fields["organisation"].queryset


def test_a_memorandum_of_another_system_is_not_there(client, olu, system, acute):
    licence_of(system)
    far = Coverage.objects.create(licence=licence_of(SystemFactory()), organisation=acute, memorandum_on=TODAY)
    client.post(f"{PAGE}covered/{far.pk}/end/")
    assert Coverage.objects.count() == 1


@pytest.mark.parametrize("role", ["sponsor", "facilitator", "governance_lead", "steering_group"])
def test_nobody_else_keeps_it(client, system, role):
    client.force_login(RoleGrantFactory(role=role, system=system).person)
    answers = [client.get(PAGE), client.get(f"{PAGE}change/"), client.post(f"{PAGE}covered/")]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_of_two_systems_each_has_its_own_pages_and_letter(client, olu, system):
    second = SystemFactory(code="QXW")
    RoleGrantFactory(role="administrator", system=second, person=olu)
    for each, number in ((system, "SR 1"), (second, "SR 2")):
        licence_of(each, days=90)
        Licence.objects.filter(system=each).update(number=number)
        page = words_of(client.get(f"/manage/licence/{each.code}/"))
        assert [told for told in ("SR 1", "SR 2") if told in page] == [number]
        assert str(each) in page
    client.post("/manage/licence/QXW/change/", typed(number="SR 3", last=TODAY + 90 * DAY))
    assert dict(Licence.objects.values_list("system__code", "number")) == {"QXV": "SR 1", "QXW": "SR 3"}
    programme = client.get("/organise/programme/").content.decode()
    assert [programme.count(f'href="/manage/licence/{each}/"') for each in ("QXV", "QXW")] == [1, 1]
    reminded(NOON)
    correspondence.dispatch(now=NOON, limit=10)
    assert sorted("QXW" if "/manage/licence/QXW/" in each.body else "QXV" for each in mail.outbox) == ["QXV", "QXW"]


def test_of_a_system_that_is_not_theirs_there_is_no_page(client, olu):
    SystemFactory(code="QXW")
    assert client.get("/manage/licence/QXW/").status_code == 404


@pytest.mark.parametrize(("days", "words"), [(-1, "It has ended"), (0, "It ends soon"), (90, "It ends soon")])
def test_the_page_says_when_it_ends(client, olu, system, days, words):
    licence = licence_of(system, days=None)
    licence.last_on = TODAY + days * DAY
    licence.save()
    assert words in words_of(client.get(PAGE))


def test_and_nothing_while_it_is_long(client, olu, system):
    licence_of(system, days=91)
    page = words_of(client.get(PAGE))
    assert ("It has ended" in page, "It ends soon" in page) == (False, False)


def test_the_page_asks_no_more_the_more_there_are(client, olu, system):
    licence = licence_of(system)

    def asked(partners):
        for _ in range(partners):
            partner = OrganisationFactory(system=system)
            Coverage.objects.create(licence=licence, organisation=partner, memorandum_on=TODAY)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return len(queries)

    assert asked(1) == asked(2)


# --- Reminders ----------------------------------------------------------------------------------------


def reminded(now):
    licences.remind(now=now)
    return Delivery.objects.filter(kind="licence_ending").count()


def test_administrators_hear_of_it_90_and_30_days_before_and_once_each(olu, system):
    RoleGrantFactory(role="ics_lead", system=system)
    RoleGrantFactory(role="administrator", organisation=OrganisationFactory(system=system))
    licence_of(system, days=120)
    told = [reminded(NOON + days * DAY) for days in (29, 30, 31, 36, 37, 89, 90, 90, 96, 97, 120, 121)]
    assert told == [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]


def test_the_letter_says_when_it_ends_and_where_to_renew_it(olu, system):
    licence_of(system, days=90)
    reminded(NOON)
    correspondence.dispatch(now=NOON, limit=10)
    (letter,) = mail.outbox
    assert letter.to == ["olu@northvale.example"]
    assert letter.subject == "The licence for Rounds ends on Tuesday 1 June 2027"
    assert "number SR 104, ends on Tuesday 1 June 2027" in letter.body
    assert PAGE in letter.body


@pytest.mark.parametrize("what", ["renewed", "without an end", "left", "gone"])
def test_what_is_no_longer_so_is_not_written(olu, system, what):
    licence = licence_of(system, days=90)
    reminded(NOON)
    if what in ("renewed", "without an end"):
        last = TODAY + 455 * DAY if what == "renewed" else None
        licences.keep(system=system, facts=FACTS | {"holder": None, "last_on": last}, by=olu, now=NOON)
    elif what == "left":
        olu.role_grants.update(ends_on=TODAY)
    else:
        licence.delete()
    correspondence.dispatch(now=NOON, limit=10)
    assert mail.outbox == []


def test_one_without_an_end_reminds_nobody(olu, system):
    licence_of(system)
    assert reminded(NOON) == 0


# --- The database, and mergers ------------------------------------------------------------------------


def test_the_database_keeps_one_licence_that_ends_after_it_begins(system, acute):
    licence = licence_of(system)
    for attempt in (
        lambda: licence_of(system),
        lambda: Licence.objects.filter(pk=licence.pk).update(last_on=licence.starts_on - DAY),
        lambda: [Coverage.objects.create(licence=licence, organisation=acute, memorandum_on=TODAY) for _ in range(2)],
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_in_a_merger_what_was_agreed_goes_to_who_follows_and_once(system, acute):
    other, heir = (OrganisationFactory(system=system) for _ in range(2))
    licence = licence_of(system, holder=acute)
    for partner in (other, heir):
        Coverage.objects.create(licence=licence, organisation=partner, memorandum_on=TODAY)
    assert licences.licences_of([acute], NOON) == licences.licences_of([other, heir], NOON) == [licence.pk]
    licences.move_licences(other, [heir], NOON)
    assert [each.organisation for each in licence.coverages.all()] == [heir]
    new = OrganisationFactory(system=system)
    licences.move_licences(heir, [new], NOON)
    licences.move_licences(acute, [new], NOON)
    licence = Licence.objects.get()
    assert licence.holder == new
    assert [each.organisation for each in licence.coverages.all()] == [new]


def test_a_system_that_goes_on_as_another_takes_its_licence_along(system):
    heir = SystemFactory()
    licence = licence_of(system)
    licences.move_to_system(system, lambda key: heir, NOON)
    assert Licence.objects.get(pk=licence.pk).system == heir
    later = SystemFactory()
    of_its_own = licence_of(later)
    licences.move_to_system(heir, lambda key: later, NOON)
    assert Licence.objects.get(system=later) == of_its_own


# --- The notice ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/", "/what-happens/", "/promises/", "/feedback/", "/certificates/check/", "/join/x/"]
)
def test_the_notice_of_the_licensor_stands_once_at_the_foot_of_public_pages(client, address):
    SystemFactory(licensor_notice="Schwartz Rounds is a registered mark <b>.")
    page = client.get(address)
    foot = page.content.decode().partition("<footer")[2]
    assert "Schwartz Rounds is a registered mark &lt;b&gt;." in foot
    assert page.content.decode().count("registered mark") == 1


@pytest.mark.parametrize("same", [False, True])
def test_who_works_in_two_systems_reads_the_notice_of_each_once(client, system, same):
    System.objects.filter(pk=system.pk).update(licensor_notice="Mark of the first.")
    second = SystemFactory(licensor_notice="Mark of the first." if same else "Mark of the second.")
    person = MembershipFactory(organisation=OrganisationFactory(system=second)).person
    client.force_login(person)
    assert notices_on(client.get("/promises/")) == ["Mark of the first." if same else "Mark of the second."]
    MembershipFactory(person=person, organisation=OrganisationFactory(system=system))
    both = ["Mark of the first."] if same else ["Mark of the first.", "Mark of the second."]
    assert sorted(notices_on(client.get("/promises/"))) == both


def notices_on(page):
    return re.findall(r"<p>(Mark of [^<]*)</p>", page.content.decode().partition("<footer")[2])
