"""A text as rules can read it, and the way back to what was written."""

import re
import unicodedata
from functools import lru_cache

# Letters that Unicode does not take apart, and marks that people and word processors write in many ways.
ALIKE = {
    "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ı": "i", "ß": "ss", "ẞ": "SS",
    "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th",
    "’": "'", "‘": "'", "ʼ": "'", "′": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "⁃": "-",
}  # fmt: skip
UNSEEN = {"Cf", "Mn", "Me", "Cc"}


class Plain:
    """`text` has no accents, wide digits, blanks without a break or characters of no width; `low` is the same in small
    letters, of the same length; ``written(start, end)`` is where a part of it stands in what was written."""

    def __init__(self, written):
        self.starts = range(len(written) + 1)
        self.text = written
        if not written.isascii():
            self.text, self.starts = _folded(written)
        self.low = self.text.lower()

    def written(self, start, end):
        return self.starts[start], max(self.starts[end], self.starts[end - 1] + 1)


def _folded(written):
    alike = {character: _alike(character) for character in set(written) if not character.isascii()}
    read = written.translate({ord(character): other for character, other in alike.items()})
    longer = "".join(character for character, other in alike.items() if len(other) != 1)
    if not longer:
        return read, range(len(written) + 1)
    starts, done = [], 0
    for found in re.finditer(f"[{re.escape(longer)}]", written):
        starts.extend(range(done, found.start()))
        starts.extend([found.start()] * len(alike[found[0]]))
        done = found.end()
    starts.extend(range(done, len(written) + 1))
    return read, starts


@lru_cache(maxsize=4096)
def _alike(character):
    if character in ALIKE:
        return ALIKE[character]
    if character.isspace():
        return " "
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    taken_apart = unicodedata.normalize("NFKD", character)
    seen = "".join(ALIKE.get(each, each) for each in taken_apart if unicodedata.category(each) not in UNSEEN)
    return seen if len(seen.lower()) == len(seen) else ""
