"""Guides have their pictures, in words too, and together they stay small."""

import re

import pytest

from tests.browser.guides import HERE, PICTURES
from tests.running import ROOT

GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
PICTURE = re.compile(r'<img src="\.\./images/guides/([\w-]+)\.png" alt="([^"]+)" width="\d+">')
MOST_BYTES = 1_500_000


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_each_guide_shows_three_pages_or_more_and_says_what_is_on_them(guide):
    text = guide.read_text()
    found = PICTURE.findall(text)
    assert len(found) == text.count("<img") + text.count("![") >= 3
    assert all(len(alt.split()) >= 6 for _, alt in found)


def test_each_picture_is_in_one_guide_and_can_be_made_again():
    shown = sorted(name for guide in GUIDES for name, _ in PICTURE.findall(guide.read_text()))
    assert shown == sorted(PICTURES) == sorted(path.stem for path in HERE.iterdir())


def test_they_are_small():
    assert 0 < sum(path.stat().st_size for path in HERE.iterdir()) < MOST_BYTES
