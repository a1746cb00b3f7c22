"""A facilitator plans a year ahead: a series by its rule, its later Rounds changed together, a date that clashes."""

import pytest

from rounds.models import Round
from tests.browser.visitor import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_series_is_planned_and_its_later_rounds_changed(scenery, visit):
    ada = visit(scenery.ada, width=PHONE).go("/organise/").follow("The year").is_right().press("Plan a Round")
    ada.choose("A series of Rounds").press("Continue").enter(title="Round in [month]").choose("A theme")
    ada.press("Continue").choose("Online").press("Continue").press("Continue").is_right()
    ada.choose("The second", "Tuesday").date("first_on", scenery.planned.starts_at.date())
    ada.enter(number=3, starts="12:30pm", ends="1:30pm").press("Continue")
    ada.enter(joining_details="https://meet.northvale.example/year").press("Continue").press("Continue")
    ada.enter(online_places=30).press("Continue").press("Continue").press("Continue").press("Go on with one")
    ada.reads("What becomes a Round", "Tuesday 13 April 2027", "Tuesday 8 June 2027").is_right()
    ada.press("Save these as planned").reads("3 Rounds are saved as planned. Nobody has been told yet.").is_right()
    ada.follow("The time of day").enter(starts="5pm", ends="6pm").press("Continue")
    ada.reads("No invitation has gone", "Tuesday 11 May 2027").is_right()
    ada.press("Change these Rounds").reads("3 Rounds are changed", "5pm to 6pm")
    assert Round.objects.filter(series__title="Round in [month]", title="Round in May", starts_at__hour=17).exists()


def test_a_date_that_clashes_is_asked_about_once(scenery, visit):
    ada = visit(scenery.ada, width=PHONE).go("/organise/plan/").press("Continue").enter(title="The last bus home")
    ada.choose("A theme").press("Continue").choose("In person").press("Continue")
    ada.enter(day_day=26, day_month=3, day_year=2027, starts="12:30pm", ends="1:30pm").press("Continue")
    ada.reads("Worth a second look", "It is a bank holiday: Good Friday.").is_right()
    ada.press("Go on with this date").reads("Where?")
