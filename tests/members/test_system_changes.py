"""What becomes of a care system: the list that is shipped, the preview, the act, its pages and its command."""

import re
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from members.access import requests_to_decide, today
from members.actions.succession import mapping
from members.actions.succession.act import Stale
from members.actions.succession.systems import NextSystem, SystemPlan, change_system, preview_system
from members.models import (
    JoinRequest,
    Organisation,
    RoleGrant,
    RoleProposal,
    SecurityEvent,
    System,
    SystemEdge,
    SystemSuccession,
)
from members.models.succession import Kind
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    LONG_AGO,
    OrganisationFactory,
    PersonFactory,
    PlaceFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
DAY = date(2026, 4, 1)
NEW = NextSystem("T6Y0W", "Norfolk and Suffolk", "Norfolk and Suffolk")


@pytest.fixture
def waveney():
    return SystemFactory(code="QMM", name="Norfolk and Waveney", short_name="Norfolk and Waveney")


@pytest.fixture
def hospital(waveney):
    return OrganisationFactory(code="RVB1", name="Riverbank", system=waveney)


@pytest.fixture
def olu(client, waveney):
    return RoleGrantFactory(role="administrator", system=waveney, person__name="Olu Administrator").person


def do(plan, by=None):
    return change_system(plan, seen=preview_system(plan, by=by, now=NOON).seen, by=by, now=NOON)


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def spans(system):
    return sorted(SystemEdge.objects.filter(system=system).values_list("organisation__name", "starts_on", "ends_on"))


# --- The list ---------------------------------------------------------------------------------------


def test_the_list_that_is_shipped_is_whole_and_not_yet_checked():
    listed = mapping.read()
    assert (listed.checked, len(listed.changes)) == (False, 12)
    assert len({code for change in listed.changes.values() for code, _ in change.became}) == 7
    assert sum(len(change.became) for change in listed.changes.values()) == 16
    assert sorted(code for code, change in listed.changes.items() if change.is_split) == ["QJG", "QM7", "QNQ"]
    assert {change.on for change in listed.changes.values()} == {DAY}
    assert listed.changes["QMM"].became == (("T6Y0W", "NHS Norfolk and Suffolk Integrated Care Board"),)


@pytest.mark.parametrize("words", ["", "title = 1", "checked = [", 'title = "x"\nchecked = true\nwhole = {A = {}}'])
def test_no_other_file_is_taken_for_one(tmp_path, words):
    (tmp_path / "list.toml").write_text(words)
    if words:
        with pytest.raises(Refused, match="no file of changes"):
            mapping.read(tmp_path / "list.toml")
    with pytest.raises(Refused):
        mapping.read(tmp_path / "nowhere.toml")


# --- One that becomes part of another -----------------------------------------------------------------


def test_partners_places_roles_and_rounds_to_come_go_on(waveney, hospital, olu):
    place = PlaceFactory(system=waveney, code="norwich")
    held = RoundFactory(
        system=waveney,
        starts_at=NOON - timedelta(days=40),
        booking_opens_at=NOON - timedelta(days=60),
        state=RoundState.CLOSED,
    )
    coming = RoundFactory(system=waveney, partners=[hospital])
    (suffolk,) = do(SystemPlan(waveney, (NEW,), DAY), by=olu)
    assert spans(waveney) == [("Riverbank", LONG_AGO, DAY)]
    assert spans(suffolk) == [("Riverbank", DAY, None)]
    place.refresh_from_db()
    assert (place.system, place.code) == (suffolk, "norwich")
    assert dict(Round.objects.order_by().values_list("pk", "system")) == {held.pk: waveney.pk, coming.pk: suffolk.pk}
    roles = RoleGrant.objects.filter(person=olu).order_by("starts_on").values_list("system", "ends_on")
    assert list(roles) == [(waveney.pk, today(NOON)), (suffolk.pk, None)]
    assert (suffolk.code, suffolk.sender_address, suffolk.contact) == ("T6Y0W", waveney.sender_address, waveney.contact)
    step = SystemSuccession.objects.get()
    assert (step.predecessor, step.successor, step.kind, step.on) == (waveney, suffolk, Kind.MERGER, DAY)
    acts = SecurityEvent.objects.order_by("act").values_list("act", flat=True)
    assert list(acts) == ["organisations.systems_changed", "roles.ended", "roles.given"]
    assert list(System.objects.standing()) == [suffolk]


def test_what_is_still_undecided_waits_where_it_goes_on(waveney, hospital, olu):
    asked = JoinRequest.objects.create(person=PersonFactory(), system=waveney, organisation_name="X", changed_at=NOON)
    people = PersonFactory(name="Ben"), PersonFactory(name="Cleo")
    standing = SystemFactory(code=NEW.code)
    RoleGrantFactory(person=olu, role="administrator", system=standing)
    said = {"role": "ics_lead", "starts_on": NOON.date(), "proposed_by": olu, "created_at": NOON}
    for person in people:
        RoleProposal.objects.create(person=person, system=waveney, **said)
    RoleProposal.objects.create(person=people[0], system=standing, **said)
    plan = SystemPlan(waveney, (NEW,), DAY)
    part = preview_system(plan, by=olu, now=NOON).parts["undecided"]
    assert part.sentence == "3 undecided requests to join or proposed roles go on in Norfolk and Suffolk."
    do(plan, by=olu)
    assert list(requests_to_decide(olu, now=NOON)) == [asked]
    found = RoleProposal.objects.order_by("person__name").values_list("person__name", "system__code")
    assert list(found) == [("Ben", "T6Y0W"), ("Cleo", "T6Y0W")]


def test_what_is_asked_since_the_preview_is_seen_first(waveney, hospital):
    plan = SystemPlan(waveney, (NEW,), DAY)
    seen = preview_system(plan, by=None, now=NOON).seen
    JoinRequest.objects.create(person=PersonFactory(), system=waveney, organisation_name="X", changed_at=NOON)
    with pytest.raises(Stale, match="undecided"):
        change_system(plan, seen=seen, by=None, now=NOON)


def test_the_board_itself_becomes_the_new_board_as_a_partner(waveney, hospital):
    board = OrganisationFactory(code="QMM", name="NHS Norfolk and Waveney", sector="icb", system=waveney)
    nurse = PersonFactory(works_for=board)
    (suffolk,) = do(SystemPlan(waveney, (NEW,), DAY))
    new = Organisation.objects.get(code="T6Y0W")
    assert (new.sector, board.became.get().successor) == ("icb", new)
    assert nurse.memberships.get(ends_on=None).organisation == new
    in_force = Organisation.objects.in_system(suffolk, on=today(NOON)).order_by("name")
    assert list(in_force) == [new, hospital]


def test_two_become_one_by_two_acts(waveney, hospital):
    sussex = SystemFactory(code="QJG", name="Suffolk")
    OrganisationFactory(name="Lighthouse", system=sussex)
    SystemEdge.objects.create(system=sussex, organisation=hospital, starts_on=LONG_AGO)
    (first,) = do(SystemPlan(waveney, (NEW,), DAY))
    (second,) = do(SystemPlan(sussex, (NEW,), DAY))
    assert first == second
    assert spans(first) == [("Lighthouse", DAY, None), ("Riverbank", DAY, None)]


# --- One that is divided ------------------------------------------------------------------------------


def test_of_a_division_each_place_and_partner_is_asked_for(waveney, hospital, olu):
    other = OrganisationFactory(name="Lighthouse", system=waveney)
    place = PlaceFactory(system=waveney, name="Norwich")
    parts = (NEW, NextSystem("D7T5G", "Essex", "Essex"))
    with pytest.raises(Refused, match="Say where they go on: Lighthouse, Norwich"):
        do(SystemPlan(waveney, parts, DAY, to={hospital.pk: 0}))
    hosted = RoundFactory(system=waveney, partners=[hospital, other], host_organisation=other)
    open_to_one = RoundFactory(system=waveney, partners=[hospital])
    plan = SystemPlan(waveney, parts, DAY, to={hospital.pk: 0, other.pk: 1, place.pk: 1})
    assert preview_system(plan, by=olu, now=NOON).parts["partners"].lines == ("1 to Norfolk and Suffolk", "1 to Essex")
    suffolk, essex = do(plan, by=olu)
    assert (spans(suffolk), spans(essex)) == ([("Riverbank", DAY, None)], [("Lighthouse", DAY, None)])
    place.refresh_from_db()
    hosted.refresh_from_db()
    open_to_one.refresh_from_db()
    assert (place.system, hosted.system, open_to_one.system) == (essex, essex, suffolk)
    assert RoleGrant.objects.filter(person=olu, ends_on=None, system__in=[suffolk, essex]).count() == 2


# --- What is refused --------------------------------------------------------------------------------


def test_nothing_ends_twice_or_in_the_future_or_as_itself(waveney):
    with pytest.raises(Refused, match="a code of its own"):
        do(SystemPlan(waveney, (NextSystem("QMM", "x", "x"),), DAY))
    with pytest.raises(Refused, match="today or earlier"):
        do(SystemPlan(waveney, (NEW,), today(NOON) + timedelta(days=1)))
    do(SystemPlan(waveney, (NEW,), DAY))
    with pytest.raises(Refused, match="gone on under another name already"):
        do(SystemPlan(waveney, (NEW,), DAY))


def test_a_system_of_others_is_not_joined_without_them(waveney, olu):
    SystemFactory(code="T6Y0W", name="Norfolk and Suffolk")
    with pytest.raises(Refused, match="Norfolk and Suffolk is looked after by others"):
        do(SystemPlan(waveney, (NEW,), DAY), by=olu)


def test_a_stale_preview_is_refused(waveney, hospital):
    plan = SystemPlan(waveney, (NEW,), DAY)
    seen = preview_system(plan, by=None, now=NOON).seen
    OrganisationFactory(system=waveney)
    with pytest.raises(Stale, match="Something changed since you looked: partners"):
        change_system(plan, seen=seen, by=None, now=NOON)


# --- Pages and command ------------------------------------------------------------------------------


def typed(**more):
    day = {"day_day": 1, "day_month": 4, "day_year": 2026}
    return day | {"code_0": "T6Y0W", "name_0": "Norfolk and Suffolk ICS", "short_0": "Norfolk and Suffolk"} | more


def test_a_list_that_nobody_checked_says_what_to_do_about_it(client, waveney, olu):
    client.force_login(olu)
    assert "Before you change Norfolk and Waveney, look up the new codes" in text(client.get("/manage/systems/"))
    System.objects.update(code="QXV")
    assert "so there is nothing for you to do." in text(client.get("/manage/systems/"))


def test_the_pages_from_the_list_to_the_act(client, waveney, hospital, olu):
    client.force_login(olu)
    listed = text(client.get("/manage/systems/"))
    assert "<strong>To be checked.</strong>" in listed
    assert "NHS Norfolk and Waveney Integrated Care Board (QMM) became part of" in listed
    asked = client.get("/manage/systems/change/")
    assert 'value="T6Y0W"' in text(asked)
    told = client.post("/manage/systems/change/", typed(), follow=True)
    assert "1 partner belongs to Norfolk and Suffolk ICS from that day." in text(told)
    assert not SystemSuccession.objects.exists()
    again = client.post("/manage/systems/change/", typed(again="1"))
    assert "Show me what would change" in text(again)
    seen = re.search(r'name="seen" value="([^"]*)"', told.content.decode())[1].replace("&quot;", '"')
    assert client.post("/manage/systems/change/", typed(seen="{}")).status_code == 200
    assert client.post("/manage/systems/change/", typed(seen=seen)).url == "/manage/"
    assert SystemSuccession.objects.get().successor.name == "Norfolk and Suffolk ICS"
    assert "Norfolk and Waveney became part of it" in text(client.get("/manage/systems/"))
    assert client.get("/manage/systems/change/").status_code == 404


def test_a_division_asks_for_each_place_and_partner(client, olu, waveney):
    System.objects.filter(pk=waveney.pk).update(code="QJG")
    hospital = OrganisationFactory(system=waveney)
    client.force_login(olu)
    day = {"day_day": 1, "day_month": 4, "day_year": 2026}
    names = {f"{what}_{n}": f"AB{n}" for what in ("code", "name", "short") for n in range(2)}
    assert f"Choose where {hospital} goes on" in text(client.post("/manage/systems/change/", day | names))
    told = text(client.post("/manage/systems/change/", day | names | {hospital.pk.hex: "1"}, follow=True))
    assert "0 to AB0" in told


def test_who_may_open_them(client, waveney, hospital, olu):
    lead = RoleGrantFactory(role="ics_lead", system=waveney).person
    local = RoleGrantFactory(role="administrator", organisation=hospital).person
    for person, status in {lead: 200, local: 403, PersonFactory(works_for=hospital): 403}.items():
        client.force_login(person)
        statuses = [client.get(url).status_code for url in ("/manage/systems/", "/manage/systems/change/")]
        assert statuses == [status] * 2


def test_the_command_shows_before_it_does(waveney, hospital, capsys, tmp_path):
    call_command("change_system", icb="qmm")
    shown = capsys.readouterr().out
    assert "TO BE CHECKED" in shown
    assert "Nothing was changed. Add --accept to do this." in shown
    assert not SystemSuccession.objects.exists()
    call_command("change_system", icb="QMM", accept=True)
    assert capsys.readouterr().out.endswith("Done.\n")
    assert SystemSuccession.objects.get().successor.code == "T6Y0W"
    for code, words in {"QMM": "gone on under another name", "QXX": "no system QXX", "T6Y0W": "says nothing"}.items():
        with pytest.raises(CommandError, match=words):
            call_command("change_system", icb=code)


def test_the_command_takes_a_file_of_who_goes_where(hospital, waveney, tmp_path):
    System.objects.filter(pk=waveney.pk).update(code="QM7")
    PlaceFactory(system=waveney, code="harlow")
    where = tmp_path / "where.csv"
    where.write_text("RVB1,S1Y5D\nharlow,S1Y5D\nXR9,S1Y5D\n")
    with pytest.raises(CommandError, match=r"Line 3 of where\.csv must be the code"):
        call_command("change_system", icb="QM7", where=where)
    where.write_text("RVB1,S1Y5D\nharlow,D7T5G\n")
    call_command("change_system", icb="QM7", where=where, accept=True)
    assert Organisation.objects.in_system(System.objects.get(code="S1Y5D"), on=today(NOON)).get() == hospital
