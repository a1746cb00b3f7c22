"""What can be found in files, byte by byte: in a database's own, its write-ahead log, logs, queues and letters."""

import re
from pathlib import Path

from evaluation.attack.portal import Found

# A sealed form is thousands of letters without a space; a page of a database file parts it.
SEALED = re.compile(rb"[A-Za-z0-9_-]{1500,}")
# Of SQLite and of PostgreSQL.
PAGES = (4096, 8192)
CHUNK = 1 << 24
OVERLAP = 1 << 14


def below(paths) -> list[Path]:
    found = [each for path in paths for each in ([path] if path.is_file() else sorted(path.rglob("*")))]
    return [each for each in found if each.is_file() and not each.is_symlink()]


def chunks(path):
    """Each begins with the end of the one before, so that nothing is cut in two."""
    try:
        with path.open("rb") as file:
            kept = b""
            while read := file.read(CHUNK):
                yield kept + read
                kept = read[-OVERLAP:].rjust(OVERLAP, b"\0")
    except OSError:
        # Gone between the list and the look, or not ours to read.
        return


def files_with(needles, paths) -> dict[Path, set]:
    """The files in which any of these texts stands, in UTF-8, and which."""
    wanted = {needle: needle.encode() for needle in needles}
    found = {}
    for path in below(paths):
        for chunk in chunks(path):
            here = {needle for needle, sought in wanted.items() if sought in chunk}
            if here:
                found.setdefault(path, set()).update(here)
    return found


def orders_in(needles, paths) -> dict[str, list[str]]:
    """In which order these texts stand in a file, or in several that follow each other (a write-ahead log): by where
    each stands first, by where last, and as databases fill their pages, from the end of each. Only where all of them
    stand: {name of the order: the texts}."""
    places = {}
    for path in below(paths):
        content = b"".join(piece[OVERLAP:] if number else piece for number, piece in enumerate(chunks(path)))
        for needle in needles:
            first, last = content.find(needle.encode()), content.rfind(needle.encode())
            if first >= 0:
                _note(places, path, needle, first, last)
    return {name: sorted(at, key=at.get) for name, at in places.items() if len(at) == len(needles)}


def _note(places, path, needle, first, last):
    for where in (path.name, path.parent.name):
        places.setdefault(f"first in {where}", {}).setdefault(needle, (path.name, first))
        places.setdefault(f"last in {where}", {})[needle] = (path.name, last)
        for size in PAGES:
            filled = (path.name, last // size, -(last % size))
            places.setdefault(f"by pages of {size} in {where}", {})[needle] = filled


def sealed_in(paths) -> int:
    """How many pieces of sealed forms there are."""
    return sum(len(SEALED.findall(chunk)) for path in below(paths) for chunk in chunks(path))


def words_in(needles, paths) -> Found:
    found = files_with(needles, paths)
    where = tuple(str(path) for path in found)
    return Found("Words of comments in these files", len(below(paths)), len(found), where=where)
