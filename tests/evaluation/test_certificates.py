"""Certificates of attendance: who can make one, what it says, and that it proves itself."""

import datetime as dt
import doctest
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.apps import apps
from django.core import serializers
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation import certificates
from rounds.models import Round
from rounds.states import RoundState
from tests.factories.evaluation import AttendanceFactory
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
CHECK = "/certificates/check/"
SAID = {"name": "Ben Booker", "day": dt.date(2027, 3, 1), "minutes": 60}


@pytest.fixture
def world():
    """Ben had a place at a Round two days ago and was ticked in; Dee had one and was not."""
    world = small_world()
    world.round = RoundFactory(
        system=world.system, partners=[world.elmbridge], starts_at=NOON - 2 * DAY, state=RoundState.HELD
    )
    world.dee = PersonFactory(name="Dee Delayed", works_for=world.elmbridge)
    for person in (world.ben, world.dee):
        BookingFactory(round=world.round, person=person)
    AttendanceFactory(round=world.round, person=world.ben)
    with time_machine.travel(NOON, tick=False):
        yield world


def address(world):
    return reverse("certificate", args=[world.round.pk])


def asked_by(client, person, world, method="post"):
    client.force_login(person)
    return getattr(client, method)(address(world))


def everything_kept():
    rows = (model.objects.order_by("pk") for model in apps.get_models() if model._meta.label != "sessions.Session")
    return [serializers.serialize("json", found) for found in rows]


class TestMaking:
    def test_says_who_when_and_how_long_and_nothing_of_the_round(self, client, world):
        sheet = asked_by(client, world.ben, world).text
        for words in ("Ben Booker", "Monday 1 March 2027", "60 minutes", certificates.code_for(**SAID)):
            assert words in sheet
        assert world.round.title not in sheet
        assert "Ada" not in sheet

    def test_nothing_of_it_is_kept(self, client, world):
        client.force_login(world.ben)
        before = everything_kept()
        assert client.get(address(world)).status_code == client.post(address(world)).status_code == 200
        assert everything_kept() == before

    def test_who_was_not_ticked_in_is_told_whom_to_ask(self, client, world):
        for method in ("get", "post"):
            page = asked_by(client, world.dee, world, method).text
            assert "Your name is not ticked in" in page
            assert certificates.code_for(**SAID | {"name": "Dee Delayed"}) not in page

    def test_a_colleague_s_tick_makes_nobody_else_a_certificate(self, client, world):
        colleague = PersonFactory(works_for=world.elmbridge)
        assert "Your name is not ticked in" in asked_by(client, colleague, world).text
        assert asked_by(client, world.cleo, world).status_code == 404

    @pytest.mark.parametrize(("passed", "status"), [(dt.timedelta(days=27), 200), (dt.timedelta(days=29), 404)])
    def test_as_long_as_it_is_known_who_came(self, client, world, passed, status):
        with time_machine.travel(NOON + passed, tick=False):
            assert asked_by(client, world.ben, world, "get").status_code == status

    @pytest.mark.parametrize("change", [{"state": RoundState.CANCELLED}, {"ends_at": NOON + DAY}])
    def test_of_a_round_that_was_held(self, client, world, change):
        Round.objects.update(**change)
        assert asked_by(client, world.ben, world).status_code == 404

    def test_the_round_s_page_leads_there(self, client, world):
        client.force_login(world.ben)
        assert address(world) in client.get(reverse("round_page", args=[world.round.pk])).text

    @pytest.mark.postgres
    def test_the_web_server_s_own_role_sees_the_tick(self, client, world, as_web_role):
        client.force_login(world.ben)
        with as_web_role():
            assert certificates.code_for(**SAID) in client.post(address(world)).text


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(certificates).failed == 0


class TestChecking:
    def told(self, **changed):
        said = SAID | changed
        boxes = {f"day_{name}": getattr(said["day"], name) for name in ("day", "month", "year")}
        return boxes | {"name": said["name"], "minutes": said["minutes"], "code": said["code"]}

    @pytest.fixture
    def code(self):
        return certificates.code_for(**SAID)

    def test_the_sheet_s_own_code_fills_the_form_and_proves_itself(self, client, world):
        sheet = unescape(asked_by(client, world.ben, world).text)
        assert CHECK in sheet
        code = re.search(r"[B-Z2-9]{4}(?:-[B-Z2-9]{4}){3}", sheet)[0]
        assert "This certificate is genuine" in client.post(CHECK, self.told(code=code)).text

    @pytest.mark.parametrize("name", ["ben booker", " Ben  Booker "])
    def test_capitals_and_spaces_are_no_matter(self, client, code, name):
        answer = client.post(CHECK, self.told(name=name, code=code.lower().replace("-", " ")))
        assert "This certificate is genuine" in answer.text

    @pytest.mark.parametrize("typed", ["1,440", "1 440"])
    def test_the_thousands_of_its_minutes_may_stand_apart(self, client, typed):
        said = self.told(code=certificates.code_for(**SAID | {"minutes": 1440}))
        assert "This certificate is genuine" in client.post(CHECK, said | {"minutes": typed}).text

    @pytest.mark.parametrize(
        "changed",
        [
            {"name": "Ben Brooker"},
            {"day": dt.date(2027, 3, 2)},
            {"minutes": 61},
            {"code": "BBBB-BBBB-BBBB-BBBB"},
            {"code": "é" * 16},
        ],
    )
    def test_whatever_was_changed_is_found_and_what_was_typed_stays(self, client, code, changed):
        answer = client.post(CHECK, self.told(**{"code": code} | changed)).text
        assert "genuine" not in answer
        assert "These do not belong together" in answer
        assert str(changed.get("name", "Ben Booker")) in answer

    def test_what_is_left_out_is_asked_for(self, client):
        answer = client.post(CHECK, {}).text
        for words in ("Enter the name on", "Enter the date on", "Enter how many minutes", "Enter the code on"):
            assert words in answer

    def test_a_key_that_was_replaced_still_counts(self, client, code, settings):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
        assert "This certificate is genuine" in client.post(CHECK, self.told(code=code)).text
        settings.SECRET_KEY_FALLBACKS = []
        assert "These do not belong together" in client.post(CHECK, self.told(code=code)).text

    def test_sets_no_cookie_writes_no_line_and_asks_for_nothing_but_the_look(self, client, world, code, caplog):
        caplog.set_level("INFO")
        client.force_login(world.ben)
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(CHECK, self.told(code=code))
        assert (answer.cookies, caplog.text) == ({}, "")
        assert [re.search(r'FROM "(\w+)"', each["sql"])[1] for each in asked] == ["members_system"]

    def test_a_name_stands_in_no_address(self, client, world):
        sheet = unescape(asked_by(client, world.ben, world).text)
        for link in re.findall(r'(?:href|action)="([^"]*)"', sheet):
            assert "Ben" not in str(parse_qs(urlsplit(link).query))
