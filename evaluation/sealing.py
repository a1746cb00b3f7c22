"""How a form lies in the box: as text of one length, so that the size of a row says nothing. Pure."""

import json
import unicodedata

LENGTH = 8192
COMMENT_LIMIT = 1500
MOST_ITEMS = 20


def packed(*, answers: dict[str, int], comment: str) -> str:
    """JSON of `LENGTH` bytes in UTF-8. `answers`: item id → value.

    A comment within its limit always fits: at most four bytes a character once control characters are gone.
    """
    text = json.dumps({"answers": answers, "comment": normalised(comment)}, ensure_ascii=False, sort_keys=True)
    missing = LENGTH - len(text.encode())
    if missing < 0:
        raise ValueError("a form does not fit into its length")
    return text + " " * missing


def unpacked(content: str) -> tuple[dict[str, int], str]:
    """Answers and comment; a row that is no form has neither."""
    try:
        form = json.loads(content)
        answers, comment = form["answers"], form["comment"]
    except (ValueError, KeyError, TypeError):
        return {}, ""
    if not isinstance(answers, dict) or not isinstance(comment, str):
        return {}, ""
    return answers, normalised(comment)


def normalised(text: str) -> str:
    """One way of writing: habits with spaces, line ends or accents must not say whose comment it is."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(" " if each.isspace() and each != "\n" else each for each in text)
    kept = "".join(each for each in text if each == "\n" or unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    lines = [" ".join(line.split()) for line in kept.split("\n")]
    return "\n".join(line for line in lines if line)
