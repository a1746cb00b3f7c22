"""All that is held about oneself: the page, the file, the command; and that none of them forgets a table."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.views import own
from members import holdings
from members.actions import audit
from members.models.audit import Opened
from members.registry import holdings as registered
from rounds.states import TeamPart
from rounds_site.kit.sight import seen_by
from tests.evaluation.whole_life import EMAIL, HOME, NAME, live
from tests.factories.rounds import BookingFactory, RoundFactory, TeamMemberFactory
from tests.rounds.pages import headings_of, words_of
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
PAGE, FILE = "/your-details/all-we-hold/", "/your-details/all-we-hold/file/"


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def quillon(world, client):
    person, *_ = live(world)
    client.force_login(person)
    return person


def report(*arguments):
    out = io.StringIO()
    call_command("subject_report", *arguments, stdout=out)
    return out.getvalue()


def test_every_holding_has_something_to_show_of_a_whole_life(client, quillon):
    file = client.get(FILE).json()
    assert {each["name"] for each in file["held"]} == {each.name for each in registered}
    assert headings_of(client.get(PAGE))[:-1] == [each["title"] for each in file["held"]]
    assert file["held"][0]["name"] == "account"


def test_the_file_says_what_it_is_and_until_when(client, quillon):
    answer = client.get(FILE)
    assert answer["Content-Disposition"] == 'attachment; filename="all-we-hold.json"'
    file = answer.json()
    assert (file["format"], file["made_at"]) == ("all-we-hold/1", "2027-03-03T12:00:00+00:00")
    [work] = [each for each in file["held"] if each["name"] == "work"]
    assert work["until"] == "while the person works there, and 12 months after"
    assert work["rows"][0]["says"] == (
        "Elmbridge Hospital NHS Trust, Nursing and midwifery, since 1 April 2020, from: staff list"
    )
    assert work["rows"][0]["fields"] | {"id": "", "created_at": ""} == {
        "id": "",
        "created_at": "",
        "person": "you",
        "organisation": "Elmbridge Hospital NHS Trust",
        "site": None,
        "staff_group": "nursing",
        "starts_on": "2020-04-01",
        "ends_on": None,
        "source": "list",
        "corrected": [],
    }


def test_page_file_and_command_say_the_same(client, quillon):
    """… and nothing of anybody else; nor what opens a way in."""
    told = report(EMAIL, "--json")
    file = json.loads(told)
    tables = file.pop("tables")
    assert file == client.get(FILE).json()
    page, printed = words_of(client.get(PAGE)), report(EMAIL)
    for holding in file["held"]:
        for row in holding["rows"]:
            assert " ".join(row["says"].split()) in page
            assert f"{row['what']}: {row['says']}" in printed
    everything = page + printed + told
    for other in ("Ada", "Ben Booker", "Cleo", "Ines", "new@quarry.example", "zebedees-secret"):
        assert other not in everything
    assert all(mine in everything for mine in (NAME, EMAIL, HOME))
    covered = {key for holding in registered for key in holding.covers}
    assert {f"{each['table']}.{each['field']}" for each in tables} == covered - {"members.RoleGrant.proposed_by"} - {
        "members.RoleProposal.person"
    }


@pytest.mark.postgres
def test_whoever_opened_a_list_sees_that_they_did_though_they_hold_no_role(world, as_web_role):
    helper = TeamMemberFactory(round=RoundFactory(system=world.system), part=TeamPart.HELPER)
    with seen_by(helper.person):
        audit.opened(Opened.REGISTER, by=helper.person, about=helper.round_id, where=world.system.pk, now=NOON)
    with as_web_role(), seen_by(helper.person):
        shown = [held.says for held in registered["care_log"].show(helper.person, NOON)]
    assert shown == ["You opened the register of the Round on 17 March 2027"]


def test_of_somebody_new_there_is_little(client, world):
    client.force_login(world.ben)
    assert [each["name"] for each in client.get(FILE).json()["held"]] == ["account", "ways_in", "work"]


def test_the_command_knows_addresses_however_written_and_says_when_it_knows_none(world):
    assert "Ben Booker" in report(world.ben.email.upper())
    with pytest.raises(CommandError, match="Nobody here has that address"):
        report("nobody@elmbridge.example")


@pytest.mark.parametrize("address", [PAGE, FILE, "/your-details/erase/"])
def test_only_for_oneself_and_freshly_proven(client, world, address, time_machine):
    assert client.get(address)["Location"] == f"/account/login/code/?next={address}"
    client.force_login(world.ben)
    time_machine.shift(11 * 60)
    client.get("/support/")
    answer = client.get(address)
    assert (answer.status_code, "Show that it is you" in words_of(answer)) == (200, True)
    assert "Elmbridge" not in answer.content.decode()


def queries(person):
    with seen_by(person), CaptureQueriesContext(connection) as asked:
        holdings.as_file(person, now=NOON)
    return len(asked)


def test_as_many_queries_for_three_places_as_for_one(world):
    system = world.system
    BookingFactory(person=world.ben, round=RoundFactory(system=system))
    one = queries(world.ben)
    for _ in range(2):
        BookingFactory(person=world.ben, round=RoundFactory(system=system))
    assert queries(world.ben) == one


def test_of_many_entries_the_page_shows_some_and_the_file_all(client, quillon, monkeypatch):
    monkeypatch.setattr(own, "MOST", 1)
    page = words_of(client.get(PAGE))
    many = [each for each in client.get(FILE).json()["held"] if len(each["rows"]) > 1]
    assert many
    for each in many:
        assert f"These are 1 of {len(each['rows'])}." in page
    assert page.count("All of them stand in the file") == len(many)
