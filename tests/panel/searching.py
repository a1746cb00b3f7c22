"""Looking for words wherever a portal keeps anything: as they are, in UTF-16, hexadecimal, base64, and packed by gzip;
and, as whoever holds the live machine would, in whatever opens with the keys that lie there."""

import base64
import gzip
import itertools
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import redis
from django.contrib.sessions.models import Session
from django.db import connections

from rounds import sealing
from tests.rounds.traces import rows_of

PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")


@cache
def forms_of(word) -> list[bytes]:
    """All that it may look like without having been packed."""
    plain = word.encode()
    wide = [word.encode("utf-16-le"), word.encode("utf-16-be")]
    return [plain, *wide, *(each.hex().encode() for each in (plain, *wide)), *_in_base64(plain, *wide)]


def _in_base64(*words):
    """What of it is the same wherever it begins in a longer text."""
    for word, shift in itertools.product(words, range(3)):
        whole = base64.b64encode(b"\0" * shift + word)
        inner = whole[4 * (shift > 0) : len(whole) - 4]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def unpacked(content: bytes, deep=2):
    """The content, and whatever was packed in it by gzip, zlib or base64."""
    yield content
    if not deep:
        return
    for found in PACKED.finditer(content):
        inner = _inflated(content[found.start() :])
        if inner:
            yield from unpacked(inner, deep - 1)
    for found in BASE64.finditer(content):
        run = found.group().rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        # Of a run that is one too long for it, what comes before.
        inner = base64.b64decode(run[: len(run) - (len(run) % 4 == 1)] + b"===")
        yield from unpacked(inner, deep - 1)


def _inflated(content):
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(content)
    except zlib.error:
        return b""


def words_in(content: bytes, words) -> set:
    return {word for text in unpacked(content) for word in words if any(each in text for each in forms_of(word))}


@dataclass
class Search:
    """`found`: {place: words}. `looked`: how many rows, files, letters and keys of the queue and cache were read."""

    words: list
    looked: Counter = field(default_factory=Counter)
    found: dict = field(default_factory=dict)

    @property
    def places(self):
        return self.looked.total()

    def look(self, what, place, content: bytes):
        self.looked[what] += 1
        if here := words_in(content, self.words):
            self.found.setdefault(place, set()).update(here)

    def in_databases(self):
        for alias in connections:
            for table, row in rows_of(alias):
                self.look("rows", f"{alias}.{table}", b"\0".join(as_bytes(cell) for cell in row))
        for session in Session.objects.all():
            self.look("rows", "an opened session", str(session.get_decoded()).encode())
        return self

    def in_files(self, folder):
        for path in folder.rglob("*"):
            if path.is_file() and "static" not in path.parts:
                self.look("files", f"file {path.relative_to(folder)}", path.read_bytes())
        return self

    def in_letters(self, letters):
        for letter in letters:
            place = f"a letter to {', '.join(letter.recipients)}"
            self.look("letters", place, letter.message.as_bytes())
            for part in letter.message.walk():
                self.look("letters", place, part.get_payload(decode=True) or b"")
        return self

    def in_redis(self, address):
        if address:
            with redis.Redis.from_url(address) as server:
                for key in server.scan_iter("*"):
                    self.look("redis", "redis", key + (server.dump(key) or b""))
        return self

    def with_the_keys(self, rows, folder):
        """Each row of a story, those of a copy too, tried with each key that lies there."""
        for row in rows:
            for path in folder.glob("*.key"):
                self.look("tries", "what opens", opened(row, path.read_bytes()))
        return self


def opened(row, key) -> bytes:
    try:
        return sealing.unseal(
            row["sealed"], key=key, story=row["id"], owner=row["storyteller__person"], version=row["version"]
        ).encode()
    except sealing.CannotOpen:
        return b""


def as_bytes(cell):
    return bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()


def every_form():
    """Whether what is planted is found, form by form."""
    word = "canary-planted here"
    text = f"before {word} after, and more that follows it".encode()
    wide = text.decode().encode("utf-16")
    planted = [text, wide, text.hex().encode(), gzip.compress(text), zlib.compress(text), gzip.compress(wide)]
    planted += [base64.b64encode(b"x" * shift + each) for shift in range(3) for each in planted]
    return [words_in(b"<<" + each + b">>", [word]) == {word} for each in planted]
