"""Strict readers for the environment: a value that is not understood stops the start.

django-environ reads DEBUG=flase as False and an unknown database scheme as itself; a portal
that guesses at its own configuration is worse than one that does not start.
"""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from rounds_site.variables import SECRETS

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# One file a letter, so that the demo can show each; Django's own backend puts all of a connection into one.
MAILBOX = "rounds_site.demo.mailbox.EmailBackend"
# Knows from when on a letter may have been accepted; Django's own does not.
SMTP = "rounds_site.kit.smtp.EmailBackend"
SQLITE_OPTIONS = {
    # Without IMMEDIATE two writers that both began by reading fail at once, whatever the timeout.
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    # FULL: a letter counted as handed over must still be so after a power cut. What is deleted is overwritten: nobody
    # shall read a form that was counted, or who came, from the file's free pages.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
}
POSTGRES_OPTIONS = {"connect_timeout": 10}


def or_stop(*, status=2):
    """Read the settings; a value that is not understood ends this process with one sentence, not with a traceback."""
    try:
        _ = settings.INSTALLED_APPS
    except ImproperlyConfigured as error:
        sys.stderr.write(f"The portal does not start: {error}\n")
        sys.exit(status)


class Reader:
    """`asked`: (default, lowest, highest) of each variable that was read, by name; `files`: where secrets came from."""

    def __init__(self, values):
        self.values, self.asked, self.files = values, {}, []

    def text(self, name, default=""):
        self.asked.setdefault(name, (default, None, None))
        value = self.values.get(name, "").strip()
        if name in SECRETS:
            value = self._secret(name, value)
        return value or default

    def _secret(self, name, value):
        """Of a secret what stands in the file counts too, since an environment is read by more than a file is."""
        variable = f"{name}_FILE"
        if not self.values.get(variable, "").strip():
            return value
        if value:
            raise ImproperlyConfigured(f"{name} and {variable} are both set: keep one of them.")
        path = self.folder(variable, "/")
        try:
            found = path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(
                f"{variable} names a file that cannot be read ({type(error).__name__})."
            ) from None
        if not found:
            raise ImproperlyConfigured(f"{variable} names an empty file.")
        self.files.append(path)
        return found

    def flag(self, name):
        self.asked[name] = (0, 0, 1)
        value = self.text(name).lower()
        if value in TRUE:
            return True
        if value in FALSE:
            return False
        raise ImproperlyConfigured(f"{name} must be 1 or 0.")

    def number(self, name, default, *, low, high):
        self.asked[name] = (default, low, high)
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}.")
        return int(value)

    def listed(self, name):
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def folder(self, name, default):
        path = Path(self.text(name, str(default)))
        if not path.is_absolute():
            raise ImproperlyConfigured(f"{name} must be an absolute path.")
        return path

    def address(self, name, default, *, plain_http):
        """The portal's own address, without a path; https unless `plain_http` or on this machine."""
        value = self.text(name, default).rstrip("/")
        parts = read_url(name, value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise ImproperlyConfigured(f"{name} must look like https://rounds.example.nhs.uk")
        if parts.scheme == "http" and not plain_http and parts.hostname not in LOOPBACK:
            raise ImproperlyConfigured(
                f"{name} must begin with https:// (http is for a demo or for this machine alone)."
            )
        return value

    def hook(self, name):
        """Where something is reported to; "" for nowhere."""
        value = self.text(name)
        parts = read_url(name, value)
        near = parts.scheme == "http" and parts.hostname in LOOPBACK
        if value and not (near or (parts.scheme == "https" and parts.hostname)):
            raise ImproperlyConfigured(f"{name} must begin with https:// (http is for this machine alone).")
        return value

    def one_of(self, name, *known):
        """The first where nothing is said."""
        value = self.text(name, known[0]).lower()
        if value not in known:
            raise ImproperlyConfigured(f"{name} must be one of: {', '.join(known)}.")
        return value

    def redis(self, name):
        """None where no Redis is named: then the portal runs embedded."""
        value = self.text(name)
        if value and read_url(name, value).scheme not in {"redis", "rediss"}:
            raise ImproperlyConfigured(f"{name} must begin with redis:// or rediss://")
        return value or None

    def email(self, name, default):
        value = self.text(name, default)
        if read_url(name, value).scheme not in environ.Env.EMAIL_SCHEMES:
            known = ", ".join(sorted(environ.Env.EMAIL_SCHEMES))
            raise ImproperlyConfigured(f"{name} must begin with one of: {known}")
        config = environ.Env.email_url_config(value)
        ours = {"filemail": MAILBOX} | dict.fromkeys(("smtp", "smtps", "smtp+tls", "smtp+ssl"), SMTP)
        return config | {"EMAIL_BACKEND": ours.get(read_url(name, value).scheme, config["EMAIL_BACKEND"])}

    def databases(self, folder):
        """`default` knows people, `box` knows sealed forms: never one and the same database."""
        url = self.text("DATABASE_URL", f"sqlite:///{folder / 'portal.sqlite3'}")
        box = folder / "box.sqlite3"
        beside = url_beside(url) if self.text("DATABASE_URL") else f"sqlite:///{box}"
        found = {
            "default": database("DATABASE_URL", url),
            "box": database("BOX_DATABASE_URL", self.text("BOX_DATABASE_URL", beside)),
        }
        places = {(each["HOST"], str(each["PORT"]), each["NAME"]) for each in found.values()}
        if len(places) == 1:
            raise ImproperlyConfigured("DATABASE_URL and BOX_DATABASE_URL must differ.")
        return found | self.databases_of_figures(found["box"])

    def databases_of_figures(self, box):
        """The role that draws figures reads the counts of the box too, by the same name and password. None of it where
        no such role is named: then figures are read over the connections that there are."""
        url = self.text("FIGURES_DATABASE_URL")
        if not url:
            return {}
        people = database("FIGURES_DATABASE_URL", url)
        return {"figures": people, "figures_box": box | {name: people[name] for name in ("USER", "PASSWORD")}}

    def database_url(self, name):
        """An address that is passed on as it is; "" where there is none."""
        value = self.text(name)
        if value:
            database(name, value)
        return value

    def secret_key(self, name, *, keep_in):
        """`keep_in`: a file for an embedded portal's own key, made at first need; None demands the variable."""
        value = self.text(name)
        if value:
            return value
        if keep_in is None:
            raise ImproperlyConfigured(
                f"{name} must be set (50 random characters) when the portal runs on a database server."
            )
        return kept_key(keep_in)


def read_url(name, value):
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not an address that can be read.") from None
    return parts


def url_beside(url):
    """The same server or folder, with `_box` after the name."""
    address, mark, query = url.partition("?")
    if address.startswith("sqlite:") and address.endswith(".sqlite3"):
        return f"{address.removesuffix('.sqlite3')}_box.sqlite3{mark}{query}"
    return f"{address}_box{mark}{query}"


def database(name, url):
    scheme = read_url(name, url).scheme
    if scheme == "sqlite":
        config = environ.Env.db_url_config(url)
        if not Path(config["NAME"]).is_absolute():
            raise ImproperlyConfigured(f"{name} must name an absolute path: sqlite:////folder/file.sqlite3")
        return config | {"OPTIONS": SQLITE_OPTIONS}
    if scheme in {"postgres", "postgresql"}:
        config = environ.Env.db_url_config(url)
        if not config["NAME"]:
            raise ImproperlyConfigured(f"{name} must end in the name of a database.")
        return config | {
            "OPTIONS": POSTGRES_OPTIONS | config.get("OPTIONS", {}),
            # A pooler that hands out a connection per transaction cannot keep a cursor open between two.
            "DISABLE_SERVER_SIDE_CURSORS": True,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(f"{name} must begin with postgres:// or sqlite:///")


def make_private(folder):
    """Make it for the portal alone, with all that will lie in it. One that is there stays as its operator made it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def kept_key(path):
    """The key in `path`, made there (0600) if the file is not there; two processes may start at once."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    make_private(path.parent)
    own = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
    return path.read_text().strip()
