"""``python -m tests.browser.guides FOLDER``: the pictures of docs/guides, cut out of those that ``bin/screenshots`` put
into FOLDER, in few colours so that they stay small."""

import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parents[2] / "docs" / "images" / "guides"
COLOURS = 48
# Name of the picture: (whose page, which page, how wide, which of several, from where on, how high).
PICTURES = {
    "staff-find": ("staff", "find_rounds", 375, 0, 0, 780),
    "staff-book": ("staff", "round_page", 375, 0, 0, 620),
    "staff-mine": ("staff", "my_rounds", 375, 0, 0, 620),
    "staff-support": ("staff", "support", 375, 0, 0, 640),
    "facilitator-workspace": ("facilitator", "round_workspace", 1280, 0, 0, 1120),
    "facilitator-invitations": ("facilitator", "round_invitations", 1280, 0, 0, 900),
    "facilitator-door": ("facilitator", "round_door", 375, 0, 0, 860),
    "facilitator-results": ("facilitator", "round_results", 1280, 1, 0, 1000),
    "lead-figures": ("ICS lead", "dashboard", 1280, 0, 0, 1100),
    "lead-who-could-come": ("ICS lead", "equity", 1280, 0, 0, 1000),
    "lead-board-report": ("ICS lead", "board_report", 375, 0, 0, 900),
    "administrator-partners": ("administrator", "manage_organisations", 1280, 0, 0, 1000),
    "administrator-staff-list": ("administrator", "preview_staff", 1280, 0, 0, 940),
    "administrator-letters": ("administrator", "manage_letters", 1280, 0, 0, 1000),
}


def main():
    taken = Path(sys.argv[1])
    HERE.mkdir(parents=True, exist_ok=True)
    for name, (whose, page, width, which, top, height) in PICTURES.items():
        found = sorted((taken / whose).glob(f"[0-9]*-{page}-{width}.png"))
        with Image.open(found[which]) as picture:
            cut = picture.convert("RGB").crop((0, top, width, min(top + height, picture.height)))
            cut.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
