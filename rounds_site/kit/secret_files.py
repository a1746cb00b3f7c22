"""Keys that lie in no database and in no backup: a small file each, in a folder of their own.

Only their owner reads them, from the first byte on. A file is overwritten before it is removed; what a disk or a
snapshot keeps beneath it is out of our hands. A `CACHEDIR.TAG` tells backup programs to leave the folder out.
"""

import contextlib
import os
import secrets
from pathlib import Path

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# {}\n"


def made(folder: Path, *, warning: str) -> Path:
    """The folder, there and closed to others; `warning` is a line for whoever would back it up."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if not (folder / "CACHEDIR.TAG").exists():
        _write(folder / "CACHEDIR.TAG", TAG.format(warning).encode(), os.O_CREAT | os.O_TRUNC)
    return folder


def write(path: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk when this returns."""
    unfinished = path.with_suffix(".new")
    _write(unfinished, content, os.O_CREAT | os.O_TRUNC)
    os.replace(unfinished, path)
    _settle(path.parent)


def destroy(path: Path) -> bool:
    """Whether there was anything of it."""
    found = False
    for each in (path, path.with_suffix(".new")):
        with contextlib.suppress(FileNotFoundError):
            _write(each, secrets.token_bytes(each.stat().st_size), 0)
            each.unlink()
            found = True
    if found:
        _settle(path.parent)
    return found


def lies_apart(folder: Path, connection) -> bool:
    """Whether whoever takes the device of this database gets no key with it; False also where that cannot be told."""
    if connection.vendor == "sqlite":
        file = Path(str(connection.settings_dict["NAME"]))
        return file.is_file() and file.stat().st_dev != folder.stat().st_dev
    with connection.cursor() as cursor:
        # Both are null on a Unix socket, and the same where the server is this machine.
        cursor.execute("SELECT inet_server_addr() <> inet_client_addr()")
        return cursor.fetchone()[0] is True


def _write(path, content, flags):
    with open(os.open(path, os.O_WRONLY | flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder):
    """That a file came or went is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
