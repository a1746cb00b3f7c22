"""A page for a sponsor: what is shown anyway, and how the programme stands."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from members.models import Licence
from tests.evaluation.dashboard.reading import held
from tests.factories.members import RoleGrantFactory
from tests.rounds.pages import words_of
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db(databases=["default", "box"])


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        world.system.licensor_notice = "A registered mark."
        world.system.save()
        yield world


def brief(client, world, **query):
    return client.get(reverse("sponsor_brief", args=[f"ics-{world.system.code.lower()}"]), query)


def test_it_says_how_the_programme_stands_with_the_notice(client, world):
    Licence.objects.create(system=world.system, holder=world.elmbridge, number="1", starts_on=NOON.date())
    client.force_login(RoleGrantFactory(role="sponsor", system=world.system).person)
    words = words_of(brief(client, world))
    for said in (
        "What happened",
        "Facilitators: 1",
        "Elmbridge Hospital NHS Trust holds the licence.",
        "A registered mark.",
    ):
        assert said in words
    assert [told for told in ("Ada", "a refresher or a break") if told in words] == []


@pytest.mark.parametrize(
    ("days", "told", "silent"),
    [
        (400, ["Elmbridge Hospital NHS Trust holds the licence; its last day is 6 April 2028."], ["The licence ends"]),
        (30, ["The licence ends on 2 April 2027", "Elmbridge Hospital NHS Trust holds the licence."], ["last day"]),
        (-1, ["The licence ended on 2 March 2027"], ["last day", "holds"]),
    ],
)
def test_it_says_once_when_the_licence_ends_and_of_none_that_has_ended_who_holds_it(client, world, days, told, silent):
    today = NOON.date()
    first, last = today - timedelta(days=100), today + timedelta(days=days)
    Licence.objects.create(system=world.system, holder=world.elmbridge, number="1", starts_on=first, last_on=last)
    client.force_login(world.ines)
    words = words_of(brief(client, world))
    assert [said for said in told if said not in words] == []
    assert [said for said in silent if said in words] == []


def test_what_it_says_of_today_bears_the_day_whichever_half_year_is_above_it(client, world):
    held(world, 6, year=2026, headcount=20)
    client.force_login(world.ines)
    words = words_of(brief(client, world, half_year="2026-04"))
    assert "April to September 2026" in words
    assert "How the programme stands today, 3 March 2027" in words


def test_it_has_three_parts_of_the_board_report(client, world):
    client.force_login(world.ines)
    titles = [part.title for part in brief(client, world).context["report"].parts]
    assert titles == ["What happened", "Who was reached, and who was not", "What people said"]


def test_staff_do_not_read_it(client, world):
    client.force_login(world.ben)
    assert brief(client, world).status_code == 403
