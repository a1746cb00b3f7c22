"""The portal and a mail relay as real processes and sockets, for tests that must not pretend."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis
from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connections

from tests.row_security import BOX, FIGURES, WEB, WORKER, make_roles_here, url_as

ROOT = Path(__file__).resolve().parent.parent


def free_port():
    with closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


@dataclass(frozen=True)
class Letter:
    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def subject(self):
        return str(self.message["Subject"])

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content()


class MailRelay:
    def __init__(self):
        self.letters: list[Letter] = []
        self.port = free_port()
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append(Letter(envelope.mail_from, list(envelope.rcpt_tos), message))
        return "250 Message accepted for delivery"

    def to(self, address):
        return [letter for letter in self.letters if address in letter.recipients]

    def wait_for(self, count, *, seconds=30):
        """The letters, once there are at least `count` of them."""
        wait_until(lambda: len(self.letters) >= count, seconds=seconds, what=f"{count} letters")
        return self.letters

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *exception):
        self._server.stop()


class RunningPortal:
    """One portal with a folder and two databases of its own, on the engine that the tests run on.

    On PostgreSQL its processes run as the roles of production; `manage` and the ORM as the owner of the tables.

    As a context manager it makes and removes the databases; `start` and `stop` run `manage.py portal`.
    """

    def __init__(self, folder, *, relay=None, **extra):
        self.folder = folder
        self.relay = relay
        self.extra = extra
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "portal.log"
        self.process = None
        self.mark = uuid.uuid4().hex[:8]
        self.names = {alias: self.name_of(alias) for alias in ("default", "box")}

    def name_of(self, alias):
        if connections[alias].vendor == "sqlite":
            return str(self.folder / f"{alias}.sqlite3")
        return f"test_portal_{self.mark}_{alias}"

    @property
    def environment(self):
        kept = ("PATH", "HOME", "LANG", "TMPDIR", "REDIS_URL")
        return {name: os.environ[name] for name in kept if name in os.environ} | {
            "DJANGO_SETTINGS_MODULE": "rounds_site.settings",
            "DATABASE_URL": self.url_of("DATABASE_URL", "default"),
            "BOX_DATABASE_URL": self.url_of("BOX_DATABASE_URL", "box"),
            "REDIS_PREFIX": self.mark,
            "SECRET_KEY": settings.SECRET_KEY,
            "VAR_DIR": str(self.folder),
            "STATIC_ROOT": str(self.folder / "static"),
            "PORT": str(self.port),
            "EMAIL_URL": f"smtp://127.0.0.1:{self.relay.port}" if self.relay else "dummymail://",
            # Several Rounds of a test fall into one week.
            "BULK_DAYS_APART": "0",
            **self.extra,
        }

    @property
    def environment_of_its_processes(self):
        people, box = self.environment["DATABASE_URL"], self.environment["BOX_DATABASE_URL"]
        addresses = {"DATABASE_URL": url_as(WEB, people), "BOX_DATABASE_URL": url_as(BOX, box)}
        if connections["default"].vendor == "postgresql":
            addresses["FIGURES_DATABASE_URL"] = url_as(FIGURES, people)
        return self.environment | addresses | {"WORKER_DATABASE_URL": url_as(WORKER, people)}

    def url_of(self, variable, alias):
        if connections[alias].vendor == "sqlite":
            return f"sqlite:///{self.names[alias]}"
        server = os.environ.get(variable) or os.environ["DATABASE_URL"]
        return urlunsplit(urlsplit(server)._replace(path=f"/{self.names[alias]}"))

    def __enter__(self):
        try:
            return self._begin()
        except BaseException:
            self.__exit__()
            raise

    def _begin(self):
        for alias, name in self.names.items():
            if connections[alias].vendor == "postgresql":
                with connections[alias]._nodb_cursor() as cursor:
                    cursor.execute(f'CREATE DATABASE "{name}"')
        self.manage("prepare")
        if connections["default"].vendor == "postgresql":
            with self.databases_here():
                make_roles_here()
        return self

    def __exit__(self, *exception):
        self.stop()
        for alias, name in self.names.items():
            if connections[alias].vendor == "postgresql":
                with connections[alias]._nodb_cursor() as cursor:
                    cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if "REDIS_URL" in os.environ:
            with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
                for key in server.scan_iter(f"{self.mark}:*"):
                    server.delete(key)

    @contextmanager
    def databases_here(self):
        """Points the ORM of this process at the portal's databases."""
        before = {alias: connections[alias] for alias in self.names}
        for alias, name in self.names.items():
            connections[alias] = type(before[alias])(before[alias].settings_dict | {"NAME": name}, alias)
        try:
            yield
        finally:
            for alias, connection in before.items():
                connections[alias].close()
                connections[alias] = connection

    def manage(self, *arguments):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *, seconds=60):
        """Returns once /readyz says that all parts answer."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "portal"],
                cwd=ROOT,
                env=self.environment_of_its_processes,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(lambda: self.get("/readyz").status == 200, seconds=seconds, what="/readyz", also=self.alive)
        return self

    def alive(self):
        assert self.process.poll() is None, self.log.read_text()

    def stop(self, number=signal.SIGTERM, *, seconds=30):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout=seconds)
        return self.process and self.process.returncode

    def ring(self, task):
        """What the clock does every so often, at once."""
        subprocess.run(
            [sys.executable, "-m", "celery", "-A", "rounds_site.celery", "--quiet", "call", task],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
        )

    def get(self, path):
        """Status and text, whatever the status; 0 where nothing answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as response:
                return Answer(response.status, response.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode())
        except OSError:
            return Answer(0, "")


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


def wait_until(condition, *, seconds, what, also=lambda: None):
    deadline = time.monotonic() + seconds
    while not condition():
        also()
        assert time.monotonic() < deadline, f"waited {seconds} seconds for {what}"
        time.sleep(0.1)
