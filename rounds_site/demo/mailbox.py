"""The demo's post: every letter that would leave the portal is a file in MAIL_DIR, to be read at /demo/mail/."""

import os
import re
import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

NAME = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{8}")
# A line for each letter, name and address: thousands of letters are searched without opening one.
ADDRESSES = "addresses.txt"
# Headers stand at the start, and a list of letters reads nothing else of them.
HEADERS_WITHIN = 8192


_past = ContextVar("past", default=None)


@contextmanager
def letters_of(moment):
    """Letters kept meanwhile bear that date: those of the demo's past."""
    before = _past.set(moment)
    try:
        yield
    finally:
        _past.reset(before)


class EmailBackend(BaseEmailBackend):
    """Keeps each letter in a file of its own, named by when it was sent."""

    def __init__(self, file_path=None, **options):
        super().__init__(**options)
        self.folder = Path(file_path) if file_path else _folder()

    def send_messages(self, messages):
        self.folder.mkdir(parents=True, exist_ok=True)
        for each in messages:
            self._keep(each.message())
        return len(messages)

    def _keep(self, message):
        sent_at = _past.get() or datetime.now(UTC)
        del message["Date"]
        message["Date"] = format_datetime(sent_at)
        name = _name_at(sent_at)
        path = self.folder / f"{name}.eml"
        # Renamed once it is whole: whoever looks into the mailbox meanwhile never sees half a letter.
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(message.as_bytes(linesep="\n"))
        os.replace(unfinished, path)
        with (self.folder / ADDRESSES).open("a") as addresses:
            addresses.write(f"{name} {' '.join(str(message['To']).split())}\n")


@dataclass(frozen=True)
class Heading:
    """What the list shows of one letter."""

    name: str
    to: str
    subject: str

    @property
    def sent_at(self):
        return datetime.strptime(self.name[:21], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


@dataclass(frozen=True)
class Enclosure:
    """A part of a letter that can be kept: a diary entry, say. `number` counts the parts of the letter."""

    number: int
    filename: str
    content_type: str
    content: bytes


def names():
    """Of all letters, the newest first."""
    try:
        found = [entry.name.removesuffix(".eml") for entry in os.scandir(_folder())]
    except FileNotFoundError:
        return []
    return sorted(filter(NAME.fullmatch, found), reverse=True)


def names_to(words):
    """Of the letters whose address holds these words, the newest first."""
    try:
        lines = (_folder() / ADDRESSES).read_text().splitlines()
    except FileNotFoundError:
        return []
    kept = (line.partition(" ") for line in lines)
    return sorted((name for name, _, address in kept if words.lower() in address.lower()), reverse=True)


def heading(name):
    with _path(name).open("rb") as file:
        headers = BytesHeaderParser(policy=policy.default).parsebytes(file.read(HEADERS_WITHIN))
    return Heading(name=name, to=str(headers["To"] or ""), subject=str(headers["Subject"] or ""))


def letter(name) -> EmailMessage | None:
    """None where there is no such letter."""
    if not NAME.fullmatch(name) or not _path(name).exists():
        return None
    return message_from_bytes(_path(name).read_bytes(), policy=policy.default)


def words_of(message, kind):
    """The letter as `plain` or `html`; an empty text where it has no such part."""
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part else ""


def gist(message):
    """How the letter begins, after its greeting: many have one subject, since employers' mail systems see that."""
    paragraphs = [" ".join(each.split()) for each in words_of(message, "plain").split("\n\n")]
    return next((each for each in paragraphs if each and not each.endswith(",")), "")


def enclosures(message):
    """All that is neither the text nor the HTML of the letter."""
    said = [message.get_body(preferencelist=(kind,)) for kind in ("plain", "html")]
    parts = [part for part in message.walk() if not part.is_multipart() and not any(part is each for each in said)]
    return [_enclosure(number, part) for number, part in enumerate(parts, start=1)]


def _enclosure(number, part):
    endings = {"text/calendar": "ics", "text/plain": "txt", "text/html": "html"}
    kind = part.get_content_type()
    filename = part.get_filename() or f"enclosure-{number}.{endings.get(kind, 'bin')}"
    return Enclosure(number, filename, kind, part.get_payload(decode=True))


def _folder():
    return Path(getattr(settings, "EMAIL_FILE_PATH", None) or settings.MAIL_DIR)


def _path(name):
    return _folder() / f"{name}.eml"


def _name_at(moment):
    # The demo's past has whole minutes only; the rest of the name is the order in which letters were kept.
    clock = datetime.now(UTC).microsecond
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%S}{clock:06}-{secrets.token_hex(4)}"
