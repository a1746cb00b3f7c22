"""The private halves of the keys of boxes: a file each in BOX_KEY_DIR, in no database, gone a day after counting.
Beside them the keys of pools of small Rounds, gone when their pool is shown (``actions.pools``).

Only the worker of the queue `box` comes here. Whoever holds such a file and a copy of the box can read its forms, so
the folder belongs into no backup (``kit.secret_files``).
"""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import connections

from evaluation.sealing import KeyPair, fits, new_keys, new_pool_key, public_half, read_key
from rounds_site.kit import secret_files

WARNING = "Keys of feedback boxes. A backup of them breaks what people are promised."


def keep(round_id, pair: KeyPair | None = None) -> str:
    """The public half of the key of this Round's box, made if there is none. Called under the lock of the Round's row,
    so that no two workers make one; a worker that was killed over it finds its own work."""
    path = _path(round_id)
    if not path.exists():
        _folder()
        secret_files.write(path, (pair or new_keys()).private)
    return public_half(read_key(path.read_bytes()))


def find(box):
    """The private half; None where it is not there, or does not open this box."""
    try:
        key = read_key(_path(box.round_id).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return key if fits(key, box.public_key) else None


def destroy(round_id) -> None:
    secret_files.destroy(_path(round_id))


def of_pool(system_id, half_year) -> bytes:
    """Its key, made if there is none. Called under the lock of the system's row."""
    path = _path_of_pool(system_id, half_year)
    if not path.exists():
        _folder()
        secret_files.write(path, new_pool_key())
    return path.read_bytes()


def pools() -> list[tuple]:
    """(system, half-year) of those that there is a key of."""
    named = [path.stem.split("_") for path in sorted(settings.BOX_KEY_DIR.glob("pool_*.key"))]
    return [(uuid.UUID(system_id), half_year) for _, system_id, half_year in named]


def destroy_pool(system_id, half_year) -> None:
    secret_files.destroy(_path_of_pool(system_id, half_year))


def are_apart() -> bool:
    """Whether whoever takes the device of a database gets no key with it; False also where that cannot be told."""
    return all(secret_files.lies_apart(_folder(), connections[alias]) for alias in ("default", "box"))


def _folder() -> Path:
    return secret_files.made(settings.BOX_KEY_DIR, warning=WARNING)


def _path_of_pool(system_id, half_year) -> Path:
    return settings.BOX_KEY_DIR / f"pool_{system_id}_{half_year}.key"


def _path(round_id) -> Path:
    return settings.BOX_KEY_DIR / f"{round_id}.pem"
