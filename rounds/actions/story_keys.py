"""The keys of stories: a file each in STORY_KEY_DIR, in no database, one for each version of a story.

Whoever holds such a file and the row of its version can read a story, so the folder belongs into no backup
(``kit.secret_files``). With a backup of the database alone nobody reads anything, then or later.
"""

import contextlib
import datetime as dt
import logging
import uuid
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connections, transaction

from rounds.sealing import KEY, CannotOpen, new_key
from rounds_site.kit import secret_files

logger = logging.getLogger(__name__)
WARNING = "Keys of stories. A backup of them breaks what people are promised."
# A key is made before the row that it opens is there for others to see.
UNSEEN_FOR = dt.timedelta(hours=1)


def make() -> tuple[uuid.UUID, bytes]:
    """The name of a new key, and the key."""
    name, key = uuid.uuid4(), new_key()
    _folder()
    secret_files.write(_path(name), key)
    return name, key


def find(name) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        key = _path(name).read_bytes()
        if len(key) == KEY:
            return key
    raise CannotOpen


def destroy_at_commit(names) -> None:
    """Not before: what is undone must still be read."""
    for name in names:
        transaction.on_commit(partial(_destroy, name))


def destroy_unless(wanted, *, now) -> int:
    """What was left by whoever was killed between a row and its key: every key that opens no row any more."""
    gone = [path for path in settings.STORY_KEY_DIR.glob("*.*") if _is_left(path, wanted, now)]
    for path in gone:
        secret_files.destroy(path)
    return len(gone)


def _is_left(path, wanted, now):
    if path.suffix not in {".key", ".new"} or path.stem in wanted:
        return False
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime <= (now - UNSEEN_FOR).timestamp()
    return False


def are_apart() -> bool:
    """Whether whoever takes the device of the database gets no key with it; False also where that cannot be told."""
    return secret_files.lies_apart(_folder(), connections["default"])


def _destroy(name):
    if not secret_files.destroy(_path(name)):
        logger.error("The key of a story was not in STORY_KEY_DIR when it was to be destroyed")


def _folder() -> Path:
    return secret_files.made(settings.STORY_KEY_DIR, warning=WARNING)


def _path(name) -> Path:
    return settings.STORY_KEY_DIR / f"{name}.key"
