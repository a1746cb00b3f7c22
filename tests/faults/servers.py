"""A PostgreSQL cluster and a Redis of the suite's own, to be broken without anybody else's noticing."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg2
import redis
from django.db import connections

from tests.bench.meter import tree
from tests.running import free_port, wait_until

DEBIAN = Path("/usr/lib/postgresql")
OWNER = "portal"


def missing():
    """What has to be installed, in words; "" where all is there."""
    if not binaries():
        return "no initdb: apt-get install postgresql"
    return "" if shutil.which("redis-server") else "no redis-server: apt-get install redis-server"


def binaries():
    """The folder with initdb, which Debian puts on nobody's path."""
    found = shutil.which("initdb")
    newest = max(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), default=None)
    return Path(found).resolve().parent if found else newest and newest.parent


class Cluster:
    """As a context manager: made, started, and removed afterwards. It refuses to run as root, so root lends it somebody
    else's name. Nothing is synced: this host loses no power, and what is killed is the server. `made_with`: words for
    initdb."""

    def __init__(self, *made_with):
        self.made_with = made_with

    def __enter__(self):
        self.port, self.bin = free_port(), binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-postgres-"))
        self._user = {}
        if os.geteuid() == 0:
            user = next(name for name in ("postgres", "nobody") if name in {each.pw_name for each in pwd.getpwall()})
            self._user = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
            shutil.chown(self.folder, user)
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        try:
            if (self.folder / "data" / "postmaster.pid").exists():
                self.stop()
        finally:
            shutil.rmtree(self.folder)

    def _make(self):
        made_with = ["--username=root", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", *self.made_with]
        self._run("initdb", *made_with)
        self.start()
        server = self.superuser()
        with contextlib.closing(server), server, server.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE")

    def superuser(self, database="postgres"):
        return psycopg2.connect(host="127.0.0.1", port=self.port, user="root", dbname=database)

    @property
    def url(self):
        return f"postgres://{OWNER}:x@127.0.0.1:{self.port}/postgres"

    @property
    def address(self):
        """For Django's settings of a database."""
        return {"HOST": "127.0.0.1", "PORT": self.port, "USER": OWNER, "PASSWORD": "x"}

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "start", "--wait", f"--options={options}", f"--log={self.folder / 'log'}")

    def stop(self):
        """As if it had been killed: it recovers when it is started again."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--wait")

    def stop_once_nobody_is_there(self):
        """Whoever comes is told that it is shutting down; whoever is there may stay."""
        self._run("pg_ctl", "stop", "--mode=smart", "--no-wait")

    def let_files_grow_to(self, size):
        """Of all its processes, those that it starts from now on too: "unlimited", or so many bytes."""
        for pid in tree(int((self.folder / "data" / "postmaster.pid").read_text().split()[0])):
            subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={size}:"], check=True, **self._user)

    def restart(self):
        self.stop()
        self.start()

    def _run(self, name, *arguments):
        """A started server would hold a pipe open, so what is said goes to a file."""
        with tempfile.TemporaryFile("w+") as said:
            ways = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said, "cwd": "/"}
            command = [self.bin / name, *arguments, f"--pgdata={self.folder / 'data'}"]
            done = subprocess.run(command, **ways, **self._user)
            said.seek(0)
            assert done.returncode == 0, said.read()


@contextlib.contextmanager
def at(cluster):
    """The ORM of this process signs in there."""
    before = {alias: connections[alias] for alias in connections}
    for alias, connection in before.items():
        there = connection.settings_dict | cluster.address | {"NAME": "postgres"}
        connections[alias] = type(connection)(there, alias)
    try:
        yield
    finally:
        for alias, connection in before.items():
            connections[alias].close()
            connections[alias] = connection


class RedisServer:
    """As a context manager; keeps nothing on disk, so that whatever is in it is lost when it stops."""

    def __enter__(self):
        self.port = free_port()
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            ["redis-server", *arguments], cwd=tempfile.gettempdir(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        wait_until(self._answers, seconds=30, what="Redis")

    def stop(self):
        self._process.kill()
        self._process.wait()

    def flush(self):
        with self._client() as client:
            client.flushall()

    def _client(self):
        return redis.Redis(port=self.port)

    def _answers(self):
        with contextlib.suppress(redis.RedisError), self._client() as client:
            return client.ping()
