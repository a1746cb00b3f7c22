"""What people type without a blank, such as an address, stays within the page."""

import pytest
from django.urls import reverse

from rounds.models import Round
from tests.browser.visitor import NARROWEST, scrolls_sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "w" * 120
PAGES = ["round_workspace", "round_details", "round_panel", "round_results", "round_door", "round_prints"]
PRINTS = ["round_run_sheet", "round_paper_form", "round_poster"]


def test_the_longest_title_in_one_word_moves_no_page_sideways(scenery, visit):
    Round.objects.filter(pk=scenery.today.pk).update(title=LONG)
    ada = visit(scenery.ada, width=NARROWEST)
    found = []
    for address in [reverse("organise"), *(reverse(name, args=[scenery.today.pk]) for name in PAGES + PRINTS)]:
        ada.go(address).reads(LONG)
        found += [f"{address}: {fault}" for fault in scrolls_sideways(ada.page)]
    assert found == []
