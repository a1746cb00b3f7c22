"""Somebody nobody has heard of, on a phone: from an unknown address to a place at a Round."""

import pytest
from django.core import mail

from members.models import JoinRequest, Membership
from tests.browser.visitor import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_unknown_address_becomes_a_place_at_a_round(scenery, visit):
    wren = visit(width=PHONE).go("/").press("Sign in").sign_in("wren.new@lantern.example")
    wren.reads("Where do you work?", "Lantern Hospice", "My organisation is not listed").is_right()
    wren.follow("Lantern Hospice").reads("Join as staff of Lantern Hospice").is_right()
    wren.press("Join").reads("There is a problem", "Enter your name", "Choose a staff group").is_right()
    wren.enter(name="Wren Newcomer").pick(site="The shop in Mill Lane").choose("Volunteer").press("Join")
    wren.reads("You have joined as staff of Lantern Hospice.", "The first shift alone").is_right()
    wren.follow("The first shift alone").press("Book my place").reads("You have a place").is_right()
    job = Membership.objects.get(person__email="wren.new@lantern.example")
    assert (job.site.name, job.staff_group, job.source) == ("The shop in Mill Lane", "volunteer", "domain")


def test_an_organisation_that_is_not_listed_is_asked_for_and_let_in(scenery, visit):
    kim = visit(width=PHONE).go("/").press("Sign in").sign_in("kim@elsewhere.example")
    kim.reads("Tell us where you work").is_right()
    kim.enter(name="Kim Newcomer", organisation_name="The café of the hospice").press("Send my request")
    kim.reads("Your request is with us").is_right()
    olu = visit(scenery.olu, width=DESKTOP).go("/manage/").reads("1 person asks to join").is_right()
    olu.follow("1 person asks to join").reads("Says they work for The café of the hospice").is_right()
    olu.follow("Kim Newcomer").choose("Yes, they work for one of our partners").press("Send")
    olu.reads("Choose the partner they work for").is_right()
    olu.pick(organisation="Lantern Hospice").press("Send").reads("is staff of Lantern Hospice from today")
    assert JoinRequest.objects.filter(person__email="kim@elsewhere.example").count() == 0
    kim.go("/").reads("The first shift alone").is_right()


def test_one_says_that_one_has_left_and_the_place_goes_on(scenery, visit):
    cleo = visit(scenery.cleo, width=PHONE).go("/your-details/").is_right().follow("I have left")
    cleo.reads("Your place at “A letter never sent”", "goes to the next in line").is_right()
    cleo.press("Yes, I have left").reads("From today you are not staff of Quarry Lane Care Homes here any more.")
    cleo.reads("No partner of this portal.").is_right()
    visit(scenery.ben, width=PHONE).go(f"/rounds/{scenery.full.pk}/").reads("A place is yours if you want it")
    assert [letter for letter in mail.outbox if scenery.cleo.email in letter.to] == []
