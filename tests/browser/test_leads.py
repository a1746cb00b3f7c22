"""What the ICS lead reads, and what an administrator looks after."""

import pytest

from members.models import Membership, Organisation, Person, RoleGrant
from tests.browser.visitor import DESKTOP, PHONE
from tests.running import ROOT
from tests.worlds import NOON

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("width", [DESKTOP, PHONE]),
]

ODS_LIST = ROOT / "tests" / "data" / "ods_list.csv"


def test_the_ics_lead_reads_the_figures(scenery, visit, width):
    ines = visit(scenery.ines, width=width).go("/figures/").reads("Rounds in North Vale", "1 Round was held").is_right()
    drawn = ines.page.locator("svg.rd-chart:visible")
    assert drawn.count() == ines.page.locator("figure:has(.rd-chart)").count() > 0
    with ines.page.expect_download() as download:
        ines.page.get_by_role("link", name="CSV").first.click()
    assert "\ufeff" in download.value.path().read_text(encoding="utf-8")
    ines.follow("How to read these figures").reads("Fewer than 8").is_right()


def test_an_administrator_adds_partners(scenery, visit, width):
    olu = visit(scenery.olu, width=width).go("/manage/").is_right().follow("Imports").is_right()
    olu.follow("Partners from an ODS list").is_right().press("Show").reads("There is a problem").is_right()
    olu.page.locator("input[type=file]").set_input_files(ODS_LIST)
    olu.press("Show").reads("Nothing has been imported yet", "2 faulty lines").is_right()
    before = Organisation.objects.count()
    olu.press("Import").reads("Imported").is_right()
    assert Organisation.objects.count() > before
    olu.follow("Lantern Hospice").reads("Noor Contact").is_right()


def test_an_administrator_imports_a_staff_list(scenery, visit, width, tmp_path):
    """Half of the staff are not on it, so that it asks."""
    code, left = scenery.elmbridge.code, Membership.objects.in_force(NOON.date()).filter(organisation=scenery.elmbridge)
    file = tmp_path / "staff.csv"
    file.write_text(f"Staff group;E-mail;Org code\nHCA;ada.new@elmbridge.example;{code}\n;ben.new@;{code}\n")
    olu = visit(scenery.olu, width=width).go("/manage/imports/").follow("A staff list").is_right()
    olu.page.locator("input[type=file]").set_input_files(file)
    olu.press("Show").reads("1 new", "“ben.new@” is not an email address", "Is the list whole?").is_right()
    olu.press("Import").reads("This would end half the staff list").is_right()
    olu.choose(f"Yes, these {left.count()} people have left {scenery.elmbridge}").press("Import").reads(
        "Imported: 1 new"
    ).is_right()
    assert Person.objects.filter(email="ada.new@elmbridge.example").exists()


def test_an_administrator_adds_somebody_and_gives_them_a_role(scenery, visit, width):
    olu = visit(scenery.olu, width=width).go("/manage/people/").follow("Add a person").press("Add")
    olu.reads("There is a problem", "Enter their name").is_right()
    olu.enter(name="Wren Newcomer", email="wren@elmbridge.example").pick(organisation="Elmbridge Hospital NHS Trust")
    olu.choose("Nursing and midwifery").press("Add").reads("Wren Newcomer can sign in now").is_right()
    olu.enter(q="wren@elmbridge").press("Search").follow("Wren Newcomer")
    olu.press("Give a role").press("Give").reads("There is a problem", "Choose a role").is_right()
    olu.choose("Facilitator").pick(where="North Vale Integrated Care System (all of it)").press("Give")
    olu.reads("Wren Newcomer has the role Facilitator from today").is_right()
    wren = Person.objects.get(email="wren@elmbridge.example")
    assert RoleGrant.objects.get(person=wren).role == "facilitator"
    olu.press("End").reads("no longer has the role Facilitator").is_right()
