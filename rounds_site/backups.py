"""Backing both databases up and bringing them back: ``manage.py backup`` and ``manage.py restore``.

Two files in two folders, since whoever has both sees more than whoever has one. No key of a box or of a story is in
either, so that what was destroyed with its key stays destroyed. PostgreSQL is read and written by its own programs, as
the role that owns the tables: row-level security would hide rows from any other.
"""

import datetime as dt
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

from django.db import DatabaseError, connections
from django.db.backends.postgresql.client import DatabaseClient

# People first: a box that is counted in between is then one that waits to be counted, and counting again does no harm.
ALIASES = ("default", "box")
SUFFIX = {"postgresql": "dump", "sqlite": "sqlite3"}
STAMP = "%Y-%m-%dT%H%M%SZ"
EMPTIED = b"BEGIN;\nDROP SCHEMA IF EXISTS public CASCADE;\nCREATE SCHEMA public;\n"


class Failed(Exception):
    """A program of the database has ended with a fault; what it said stands on standard error."""


def make(alias, folder: Path, *, now) -> Path:
    """A file for its owner alone, whole or not there at all."""
    connection = connections[alias]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{alias}-{now.strftime(STAMP)}.{SUFFIX[connection.vendor]}"
    unfinished = path.with_name(f"{path.name}.new")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        WRITE[connection.vendor](connection, unfinished)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def drop_old(alias, folder: Path, *, days, now) -> list[Path]:
    """Backups of this database that are older; what bears another name is not ours."""
    gone = []
    for path in sorted(folder.glob(f"{alias}-*")):
        made_at = _made_at(alias, path)
        if made_at and now - made_at > dt.timedelta(days=days):
            path.unlink()
            gone.append(path)
    return gone


def _made_at(alias, path):
    stamp, _, suffix = path.name.removeprefix(f"{alias}-").partition(".")
    try:
        return dt.datetime.strptime(stamp, STAMP).replace(tzinfo=dt.UTC) if suffix in SUFFIX.values() else None
    except ValueError:
        return None


def bring_back(alias, path: Path) -> None:
    """The database is then as the file says; where that fails, as it was."""
    READ[connections[alias].vendor](connections[alias], path)
    connections[alias].close()


def is_of(alias, path: Path) -> bool:
    """Whether the file is a backup of this database, of this engine."""
    return _made_at(alias, path) is not None and path.name.endswith(SUFFIX[connections[alias].vendor])


def are_on_postgresql() -> bool:
    return any(connections[alias].vendor == "postgresql" for alias in ALIASES)


# --- SQLite -------------------------------------------------------------------------------------
def _write_sqlite(connection, path):
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as here, closing(sqlite3.connect(path)) as there:
        here.backup(there)
    _refuse_what_is_damaged(connection, path)


def _read_sqlite(connection, path):
    file = Path(connection.settings_dict["NAME"])
    connection.close()
    unfinished = file.with_name(f"{file.name}.new")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    shutil.copyfile(path, unfinished)
    _refuse_what_is_damaged(connection, unfinished)
    # What stands in these is of the file that goes.
    for tail in ("-wal", "-shm"):
        file.with_name(f"{file.name}{tail}").unlink(missing_ok=True)
    os.replace(unfinished, file)


def _refuse_what_is_damaged(connection, path):
    """By a connection of Django's, since constraints use functions that it alone brings."""
    there = connection.copy()
    there.settings_dict = there.settings_dict | {"NAME": str(path)}
    try:
        with there.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            sound = cursor.fetchone() == ("ok",)
    except DatabaseError:
        sound = False
    finally:
        there.close()
    if not sound:
        path.unlink()
        raise Failed("the file of SQLite is damaged")


# --- PostgreSQL ---------------------------------------------------------------------------------
def _write_postgresql(connection, path):
    command, environment = _command(connection, "pg_dump", "--format=custom", "--no-owner", "--no-privileges")
    with path.open("wb") as file:
        done = subprocess.run(command, env=environment, stdout=file)  # noqa: S603 (no word of it is a stranger's)
    if done.returncode:
        raise Failed("pg_dump says above why")


def _read_postgresql(connection, path):
    """In one transaction, so that what was there goes when what comes is whole. Owners and rights are for make_roles
    to give."""
    connection.close()
    read = ["pg_restore", "--no-owner", "--no-privileges", "--file=-", path]
    options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    write, environment = _command(connection, "psql", *options)
    with (
        subprocess.Popen(read, stdout=subprocess.PIPE) as reading,  # noqa: S603 (whoever runs this names the file)
        subprocess.Popen(write, env=environment, stdin=subprocess.PIPE) as writing,  # noqa: S603 (the same)
        suppress(BrokenPipeError),
        writing.stdin as said,
    ):
        said.write(EMPTIED)
        shutil.copyfileobj(reading.stdout, said)
        said.write(b"COMMIT;\n" if reading.wait() == 0 else b"ROLLBACK;\n")
    if reading.returncode or writing.returncode:
        raise Failed("pg_restore or psql says above why")


def _command(connection, program, *options):
    """The password goes by the environment, which others cannot read as they can a command."""
    (_, *where), secret = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *where, name = where
    return [program, *where, *options, f"--dbname={name}"], os.environ | (secret or {})


WRITE = {"sqlite": _write_sqlite, "postgresql": _write_postgresql}
READ = {"sqlite": _read_sqlite, "postgresql": _read_postgresql}
