"""A partner merges, one is divided, a care system goes on as another: told as an administrator lives them."""

import os
from pathlib import Path

import pytest

from members.models import Membership, Organisation, Site, System
from tests.browser.visitor import DESKTOP, PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("width", [DESKTOP, PHONE]),
]


def shot(visitor, name):
    folder = os.environ.get("SHOTS")
    if folder:
        visitor.page.screenshot(path=Path(folder) / f"{name}-{visitor.width}.png", full_page=True)
    return visitor


def test_two_partners_become_one(scenery, visit, width):
    olu = visit(scenery.olu, width=width).go(f"/manage/organisations/{scenery.hospice.code}/").is_right()
    shot(olu, "partner").follow("It merges, is divided").is_right()
    olu.press("Continue").reads("There is a problem", "Choose what becomes of it").is_right()
    olu.choose("It becomes one with other partners, under a new name").press("Continue").is_right()
    olu.choose("Quarry Lane Care Homes").press("Continue").is_right()
    shot(olu.enter(name="Lantern and Quarry", code="XLQ"), "name").press("Continue").is_right()
    shot(olu, "day").press("Continue").is_right()
    olu.reads("will be shown under Lantern and Quarry", "Rounds that were held keep the names they were held under")
    shot(olu, "check").press("Carry this out").is_right()
    olu.reads("It is done", "Lantern Hospice", "became part of Lantern and Quarry")
    shot(olu, "after").follow("Lantern Hospice").reads("It is no partner any more").is_right()
    shot(olu, "ended").follow("Partners and Places").search("lantern hospice").reads("No partner any more").is_right()
    assert Organisation.objects.get(code="XLQ").sector == "hospice"
    cleo = visit(scenery.cleo, width=width).go("/your-details/").reads("Lantern and Quarry").is_right()
    cleo.follow("My Rounds", within="header").reads("Thrown in at the deep end")


def test_a_partner_is_divided_by_site_and_by_hand(scenery, visit, width):
    wards = Site.objects.create(organisation=scenery.elmbridge, name="Wards")
    Membership.objects.filter(organisation=scenery.elmbridge, person__in=[scenery.ada, scenery.ben]).update(site=wards)
    olu = visit(scenery.olu, width=width).go(f"/manage/organisations/{scenery.elmbridge.code}/merge/")
    olu.choose("It is divided into several").press("Continue").is_right()
    shot(olu.enter(name_1="North Trust", name_2="South Trust"), "parts").press("Continue").press("Continue").is_right()
    olu.page.get_by_role("group", name="Wards").get_by_label("North Trust").check(force=True)
    olu.page.get_by_role("group", name="No site").get_by_label("I say it for each person").check(force=True)
    shot(olu, "sites").press("Continue").is_right()
    for group in olu.page.locator("main").get_by_role("group").all():
        group.get_by_label("South Trust").check(force=True)
    shot(olu, "people").press("Continue").is_right()
    shot(olu.choose("North Trust"), "heir").press("Continue").is_right()
    olu.reads("will be shown under their new names", "Two people to North Trust")
    shot(olu, "check-division").press("Carry this out").reads("It is done").is_right()
    assert Membership.objects.get(person=scenery.ben, ends_on=None).organisation.name == "North Trust"


def test_a_care_system_goes_on_as_another(scenery, visit, width):
    System.objects.filter(pk=scenery.system.pk).update(code="QMM")
    olu = visit(scenery.olu, width=width).go("/manage/systems/").reads("To be checked").is_right()
    shot(olu, "systems").press("Check it and see what would change").is_right()
    shot(olu, "system").press("Show me what would change").is_right()
    shot(olu, "check-system").press("Carry this out").reads(
        "It is done", "goes on as NHS Norfolk and Suffolk"
    ).is_right()
