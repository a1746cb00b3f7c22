"""A first booking on a phone, at every tap: where we may write, then a place's three ways into a diary."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from members.models import Delivery, Person
from members.postbox import address_for_places
from rounds.models import Booking, DiaryFeed
from tests.browser.visitor import CODE, NARROWEST, PHONE
from tests.factories.members import PersonFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUESTION = "Where may we write about your places?"
HOME = "nia@home.example"


@pytest.fixture
def nia(scenery):
    """Has never booked."""
    return PersonFactory(name="Nia Newcomer", works_for=scenery.elmbridge)


def booked(scenery, nia, visit, **options):
    there = visit(nia, width=PHONE, **options).go(f"/rounds/{scenery.coming.pk}/").misses(QUESTION)
    return there.press("Book my place").reads("You have a place", QUESTION, "Add to my diary")


def fetched(visitor, words):
    """(status, kind) of what the link leads to: the browser itself would keep it as a file."""
    link = visitor.page.get_by_role("main").get_by_role("link", name=words).first
    answer = visitor.page.request.get(visitor.url + link.get_attribute("href"))
    return answer.status, answer.headers["content-type"]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_first_booking_and_a_tap_for_each_way_into_a_diary(scenery, nia, visit, scripts):
    there = booked(scenery, nia, visit, java_script_enabled=scripts)
    if scripts:
        there.is_right().resize(NARROWEST).is_right().resize(PHONE)
    there.choose(nia.email).press("Save").reads("We have noted where we may write", "Add to my diary")
    there.misses(QUESTION)

    assert fetched(there, "Download a file") == (200, "text/calendar; charset=utf-8")
    there.press("Send me an entry").reads("We have sent you the diary entry", "Take the entry out of my diary")
    assert Booking.objects.get(person=nia, round=scenery.coming).open_entry.address == nia.email
    there.press("Make my diary address").reads("We show it now and never again")
    if scripts:
        there.is_right().resize(NARROWEST).is_right().resize(PHONE)
    address = there.page.locator("code").inner_text()
    fetching = visit().page.request.get(there.url + address[address.index("/diary/") :])
    assert (fetching.status, fetching.text().count("BEGIN:VEVENT")) == (200, 1)

    there.follow("My Rounds", within="header").reads("You have a diary address")
    if scripts:
        there.is_right().resize(NARROWEST).is_right().resize(PHONE)
    there.press("Take the entry out of my diary for The first shift alone").reads("Your place stays yours")
    there.press("Send me a diary entry for The first shift alone").reads("We have sent you the diary entry")
    there.press("End my diary address").reads("Your diary address has ended")
    assert DiaryFeed.objects.count() == 0
    there.go(f"/rounds/{scenery.both_ways.pk}/").choose("Online").press("Book my place").reads("You have a place")
    there.misses(QUESTION)


def test_a_first_booking_whose_letters_go_home(scenery, nia, visit):
    there = booked(scenery, nia, visit)
    there.choose("A personal address").press("Save").reads("Add the address here").is_right()
    there.page.get_by_role("textbox", name="Email address").fill(HOME)
    there.press("Add it")
    code = CODE.search(next(letter for letter in mail.outbox if letter.to == [HOME]).body)[1]
    there.enter(code=code).press("Continue")
    assert EmailAddress.objects.get(email=HOME).verified
    assert address_for_places(Person.objects.get(pk=nia.pk)) == HOME
    there.go(f"/rounds/{scenery.coming.pk}/").misses(QUESTION).reads(f"By a letter to {HOME}")


def test_a_first_booking_without_any_letter(scenery, nia, visit):
    there = booked(scenery, nia, visit)
    there.choose("Nowhere, I look here").press("Save").misses(QUESTION, "Send me an entry").is_right()
    there.reads("Download a file", "Make my diary address", "We write nothing to you about it")
    assert not Delivery.objects.filter(kind="diary_entry").exists()
    there.follow("Change that").choose(nia.email).press("Save")
    there.go(f"/rounds/{scenery.coming.pk}/").reads("Send me an entry")
