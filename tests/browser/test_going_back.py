"""Whoever goes back in the browser to a preview finds a page of ours, before and after what it previews is done."""

import pytest

from tests.browser.visitor import NARROWEST

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_back_to_who_will_be_told(scenery, visit):
    ada = visit(scenery.ada, width=NARROWEST).go(f"/organise/rounds/{scenery.coming.pk}/change/cancel/")
    ada.page.get_by_role("textbox").fill("The room is flooded")
    ada.press("Continue").reads("Who will be told", "The room is flooded")
    ada.follow("Leave it as it is")
    ada.page.go_back()
    ada.reads("Who will be told", "The room is flooded").is_right()
    ada.press("Cancel the Round and write to them").reads("The Round is cancelled")
    ada.page.go_back()
    ada.misses("The room is flooded").is_right()
