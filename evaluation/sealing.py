"""How a form lies in the box: as text of one length, so that the size of a row says nothing. Pure."""

import json
import unicodedata
from dataclasses import dataclass, field
from typing import NamedTuple

from evaluation.states import BROAD_GROUPS

LENGTH = 8192
COMMENT_LIMIT = 1500
MOST_ITEMS = 20


class Said(NamedTuple):
    """What one form says. `answers`: item id → value; `group`: a key of BROAD_GROUPS, or "" where nothing was said."""

    answers: dict[str, int]
    comment: str
    group: str


NOTHING = Said({}, "", "")


def packed(*, answers: dict[str, int], comment: str, group: str = "") -> str:
    """JSON of `LENGTH` bytes in UTF-8.

    A comment within its limit always fits: at most four bytes a character once control characters are gone.
    """
    said = {"answers": answers, "comment": normalised(comment), "group": group}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    missing = LENGTH - len(text.encode())
    if missing < 0:
        raise ValueError("a form does not fit into its length")
    return text + " " * missing


def unpacked(content: str) -> Said:
    """A row that is no form says nothing."""
    try:
        form = json.loads(content)
        answers, comment, group = form["answers"], form["comment"], form.get("group", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return NOTHING
    if not isinstance(answers, dict) or not isinstance(comment, str):
        return NOTHING
    return Said(answers, normalised(comment), group if group in list(BROAD_GROUPS) else "")


def normalised(text: str) -> str:
    """One way of writing: habits with spaces, line ends or accents must not say whose comment it is."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(" " if each.isspace() and each != "\n" else each for each in text)
    kept = "".join(each for each in text if each == "\n" or unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    lines = [" ".join(line.split()) for line in kept.split("\n")]
    return "\n".join(line for line in lines if line)


@dataclass(frozen=True)
class Paper:
    """The paper forms of a Round, counted by its team. `counts`: item id → value → how many forms say so."""

    forms: int = 0
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    comments: tuple[str, ...] = ()


def packed_tally(paper: Paper) -> str:
    said = {item: {str(value): n for value, n in values.items() if n} for item, values in paper.counts.items()}
    counts = {item: values for item, values in said.items() if values}
    comments = [text for text in map(normalised, paper.comments) if text]
    return json.dumps({"forms": paper.forms, "counts": counts, "comments": comments}, ensure_ascii=False)


def unpacked_tally(content: str) -> Paper:
    tally = json.loads(content)
    counts = {item: {int(value): n for value, n in values.items()} for item, values in tally["counts"].items()}
    return Paper(tally["forms"], counts, tuple(tally["comments"]))
