"""What a deployment is examined for by ``manage.py doctor``: each check says in a sentence that something is well, or
what to mend and how. It changes nothing, writes to nobody, and names nobody."""

import os
import shutil
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import connections
from django.utils import timezone

from members.actions.correspondence.steady import differs_from_the_database
from members.models import System
from rounds_site import database_roles, environment
from rounds_site.database_roles import QUIET, Server
from rounds_site.health import notes
from rounds_site.keys_beside import said_of_keys
from rounds_site.kit.drawing import CONNECTIONS
from rounds_site.kit.formats import thousands
from rounds_site.kit.readiness import NOT_PREPARED, prepared
from rounds_site.views import PARTS, answers


class Part(StrEnum):
    """What of the portal runs with this environment."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"
    BOX = "box"


@dataclass(frozen=True)
class Finding:
    """`verdict`: well, mend, or note for what cannot be seen from here."""

    verdict: str
    says: str


def well(says):
    return Finding("well", says)


def mend(says):
    return Finding("mend", says)


def note(says):
    return Finding("note", says)


def examine(part: Part) -> Iterator[Finding]:
    """A check that breaks off is something to mend too: most often because of what was found before."""
    for check, parts in CHECKS:
        if part not in parts:
            continue
        try:
            yield from check(part)
        except Exception as error:  # noqa: BLE001 (every server has errors of its own, and their words may name somebody)
            about = check.__name__.replace("_", " ")
            yield mend(
                f"Of {about} nothing can be said ({type(error).__name__}): mend what stands above, then ask again."
            )


# --- Settings -----------------------------------------------------------------------------------
IN_OUR_WORDS = {
    "security.W009": "SECRET_KEY can be guessed. Put 50 random characters there, and the one before into "
    "OLD_SECRET_KEYS unless somebody else may know it.",
    "security.W018": "DEBUG is on and shows strangers the inside of the portal. Take it out of the environment.",
}
# Roles and keys are examined below, for the part that is asked about; the rest of these follow from PORTAL_URL.
BELOW = {f"rounds_site.{number}" for number in ("E001", "W001", "W002")}
BELOW |= {f"security.W0{number}" for number in ("04", "08", "12", "16")}


def the_settings(part):
    found = checks.run_checks(include_deployment_checks=True)
    found = [each for each in found if not each.is_silenced() and each.id not in BELOW]
    if settings.DEMO:
        yield mend("DEMO is on and lets anybody sign in as anybody. Take it out of the environment.")
    for each in found:
        yield mend(IN_OUR_WORDS.get(each.id) or " ".join(filter(None, [each.msg, each.hint])))
    if not found and not settings.DEMO:
        yield well("The settings are those of a real portal.")


def the_address(part):
    if not settings.PORTAL_URL.startswith("https://"):
        yield mend(f"PORTAL_URL is {settings.PORTAL_URL}: set it to the https address that people open.")
    elif not settings.TRUSTED_PROXY_COUNT:
        yield mend(
            "TRUSTED_PROXY_COUNT is 0, so pages send everybody round in a circle. Set it to how many proxies of yours "
            "stand before the portal."
        )
    else:
        yield _seen_from_outside()


def _seen_from_outside():
    try:
        status, goes_to = _first_answer(f"{settings.PORTAL_URL}/")
    except OSError as error:
        why = getattr(error, "reason", error)
        if isinstance(why, ssl.SSLCertVerificationError):
            return mend(
                f"The certificate of {settings.PORTAL_URL} is not trusted ({why.verify_message}). Renew it, or have "
                "this host trust whoever signed it."
            )
        return note(f"{settings.PORTAL_URL} cannot be opened from this host: open it in a browser.")
    if 300 <= status < 400 and goes_to.rstrip("/") == settings.PORTAL_URL:
        return mend("Pages send everybody round in a circle: have the proxy pass Host and X-Forwarded-Proto.")
    if status != 200:
        return mend(f"{settings.PORTAL_URL} answers with {status}: look at the proxy, then at /readyz.")
    return well(f"{settings.PORTAL_URL} answers.")


class _StaysHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def _first_answer(url):
    try:
        with urllib.request.build_opener(_StaysHere).open(url, timeout=10) as answer:
            return answer.status, url
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, urljoin(url, answer.headers.get("Location"))


def static_files(part):
    try:
        names = [staticfiles_storage.stored_name(f"built/portal.{kind}") for kind in ("css", "js")]
    except ValueError:  # not in the manifest
        names = [""]
    if all(name and staticfiles_storage.exists(name) for name in names):
        yield well("The static files are there.")
    else:
        yield mend("Pages have no style: run bin/build-static (a release has it done), then manage.py prepare.")


# --- Servers ------------------------------------------------------------------------------------
WHAT_TO_START = {
    "database": "Look at DATABASE_URL and at the server.",
    "box database": "Look at BOX_DATABASE_URL and at the server.",
    "broker": "Look at REDIS_URL and at Redis.",
    "clock": "Start celery beat, and look at its log.",
    "worker": "Start a worker, and look at its log.",
    "worker of the box": "Start one with --queues box where BOX_KEY_DIR is.",
}


def what_must_run(part):
    for name, question in PARTS.items():
        yield (
            well(f"The {name} answers.")
            if answers(question)
            else mend(f"The {name} does not answer. {WHAT_TO_START[name]}")
        )


def migrations(part):
    yield well("All migrations have run.") if prepared() else mend(NOT_PREPARED)


def the_first_system(part):
    if System.objects.exists():
        yield well("The portal has begun.")
    else:
        yield mend("There is no system yet: run manage.py begin.")


def database_clock(part):
    if differs_from_the_database():
        yield mend(
            "This host's clock is more than 5 minutes from the database's, so it sends no letters: set its time."
        )
    else:
        yield well("The clock of this host is that of the database.")


def database_roles_in_use(part):
    if connections["default"].vendor != "postgresql":
        yield note(
            "SQLite has no roles: whoever reads its files reads everything. It is for one host and a small site."
        )
        return
    of_the_worker = part in {Part.WORKER, Part.BOX}
    yield from _role(connections["default"], worker=of_the_worker)
    if part == Part.ALL and settings.WORKER_DATABASE_URL:
        theirs = environment.database("WORKER_DATABASE_URL", settings.WORKER_DATABASE_URL)
        connection = connections["default"].copy()
        connection.settings_dict |= theirs
        try:
            yield from _role(connection, worker=True)
        finally:
            connection.close()
    elif part == Part.ALL:
        yield mend("Web server and worker share one database role: give the worker's address as WORKER_DATABASE_URL.")


def _role(connection, *, worker):
    (name,) = Server(connection).ask("SELECT CURRENT_USER")
    fault = database_roles.sees_past_row_security(connection, worker=worker)
    blind = worker and not database_roles.sees_every_row(connection)
    if blind and not fault:
        fault = (
            f"The database role “{name}” is not the worker's and sees no bookings: use the one that make_roles named."
        )
    yield mend(fault) if fault else well(f"The database role “{name}” sees what it should and no more.")


def database_role_for_figures(part):
    if not database_roles.figures_have_a_role():
        yield note(database_roles.NO_ROLE_FOR_FIGURES)
        return
    for home, own in CONNECTIONS.items():
        if own in connections:
            fault = database_roles.draws_on_more(connections[own], home)
            yield mend(fault) if fault else well(f"Figures are drawn by a role that sees no person ({home}).")


def database_role_of_the_box(part):
    if connections["box"].vendor != "postgresql":
        return
    server = Server(connections["box"])
    (name,) = server.ask("SELECT CURRENT_USER")
    (too_much,) = server.ask(
        "SELECT rolsuper OR rolbypassrls OR pg_has_role(relowner, 'MEMBER')"
        " FROM pg_roles, pg_class WHERE rolname = CURRENT_USER AND pg_class.oid = 'evaluation_form'::regclass"
    )
    if too_much:
        yield mend(f"The box's role “{name}” is a superuser or owns the tables: use the one that make_roles named.")
    if server.ask(f"SHOW {QUIET}") == ["panic"]:
        yield well("What fails in the box stays out of PostgreSQL's log.")
    else:
        yield mend(
            "PostgreSQL writes statements of the box that fail, with forms in them, to its log. As a superuser: "
            f"ALTER ROLE {name} SET {QUIET} = 'panic';"
        )


# What each must be, and what happens otherwise.
PARAMETERS = {
    "autovacuum": ({"on"}, "what was deleted stays in the files"),
    "fsync": ({"on"}, "a power cut loses what was promised"),
    "synchronous_commit": ({"on", "local", "remote_write", "remote_apply"}, "a power cut loses what was promised"),
    "log_statement": ({"none", "ddl"}, "bookings and forms stand in the server's log"),
    "log_min_duration_statement": ({"-1"}, "slow statements stand in the server's log, with what people wrote"),
}


def parameters_of_postgresql(part):
    for alias in CONNECTIONS:
        if connections[alias].vendor != "postgresql":
            return
        server, faulty = Server(connections[alias]), False
        for name, (good, otherwise) in PARAMETERS.items():
            (value,) = server.ask(f"SHOW {name}")
            if value not in good:
                faulty = True
                yield mend(f"PostgreSQL has {name} = {value} ({alias}), so that {otherwise}: set it to {min(good)}.")
        if not faulty:
            yield well(f"The parameters of PostgreSQL ({alias}) are in order.")


# --- Letters ------------------------------------------------------------------------------------
def the_mail_relay(part):
    relay = get_connection()
    if not isinstance(relay, EmailBackend):
        yield mend("EMAIL_URL names no mail relay, so letters reach nobody: set it to smtp+tls://…")
        return
    where = f"The mail relay {settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        relay.open()
    except (OSError, smtplib.SMTPException) as error:
        yield mend(f"{where} does not take us in ({type(error).__name__}): look at EMAIL_URL, and at its own log.")
    else:
        yield well(f"{where} takes us in.")
    finally:
        relay.close()


def letters_and_what_has_had_its_time(part):
    heeded = notes(timezone.now())
    if not heeded:
        yield well("Letters go, boxes open, and what has had its time is destroyed.")
    for each in heeded:
        yield mend(f"{each} See docs/operating.md, Is it well?")


# --- Files --------------------------------------------------------------------------------------
MEGA = 1_000_000
FREE, FREE_FOR_KEYS = 1000 * MEGA, 10 * MEGA


READ_BY = {"STORY_KEY_DIR": set(Part) - {Part.BOX}, "BOX_KEY_DIR": {Part.ALL, Part.BOX}}


def folders_of_keys(part):
    """Those of boxes are where their worker is, which reads no others."""
    folders = {"STORY_KEY_DIR": settings.STORY_KEY_DIR, "BOX_KEY_DIR": settings.BOX_KEY_DIR}
    folders = {name: folder for name, folder in folders.items() if part in READ_BY[name]}
    there = {name: folder for name, folder in folders.items() if folder.is_dir()}
    for name, folder in folders.items():
        yield (
            _folder_of_keys(name, folder)
            if name in there
            else note(f"{name} is not there yet: the portal makes it with its first key. Put it on a disk of its own.")
        )
    if there == folders and database_roles.is_real():
        yield from map(note, said_of_keys(*folders))
    kept = " and ".join(f"{name} ({folder})" for name, folder in folders.items())
    yield note(f"What backups and snapshots take cannot be seen from here: have them leave out {kept}.")


def _folder_of_keys(name, folder):
    found = [folder, *folder.iterdir()]
    if folder.stat().st_uid != os.geteuid() or any(each.stat().st_mode & 0o077 for each in found):
        return mend(f"Others may read {name}: chown and chmod -R go= {folder}")
    if found[1:] and not (folder / "CACHEDIR.TAG").exists():
        return mend(f"{name} has lost its CACHEDIR.TAG, so that backups may take it: the next key brings it back.")
    return well(f"{name} is readable by the portal alone.")


def secrets_on_this_host(part):
    files = [*settings.SECRET_FILES, settings.VAR_DIR / "secret_key"]
    files += [Path(each.settings_dict["NAME"]) for each in connections.all() if each.vendor == "sqlite"]
    open_ones = [path for path in files if path.is_file() and others_may_read(path)]
    for path in open_ones:
        yield mend(f"Everybody on this host may read {path}: chmod o= {path}")
    if not open_ones:
        yield well("Secrets in files are closed to others.")


# In a container nobody else is there, and its engine chooses who may read these.
OF_A_CONTAINER = Path("/run/secrets")


def others_may_read(path):
    """A file counts as closed where one of the folders above it is."""
    path = path.resolve()
    if OF_A_CONTAINER in path.parents:
        return False
    return bool(path.stat().st_mode & 0o004) and all(each.stat().st_mode & 0o001 for each in path.parents)


def disk(part):
    for name, (folder, least) in {
        "VAR_DIR": (settings.VAR_DIR, FREE),
        "STORY_KEY_DIR": (settings.STORY_KEY_DIR, FREE_FOR_KEYS),
        "BOX_KEY_DIR": (settings.BOX_KEY_DIR, FREE_FOR_KEYS),
    }.items():
        free = shutil.disk_usage(folder).free if folder.is_dir() else least
        if free < least:
            yield mend(f"Only {thousands(free // MEGA)} MB are free under {name} ({folder}): make room.")
        elif name == "VAR_DIR":
            yield well(f"{thousands(free // MEGA)} MB are free under {name}.")


def reports_as_pdf(part):
    try:
        from weasyprint import HTML  # needs libraries of the system

        HTML(string="<p>Well").write_pdf()
    except OSError:
        yield mend("Reports cannot be made as PDF: apt-get install libpango-1.0-0 libpangoft2-1.0-0 fonts-liberation")
    else:
        yield well("Reports can be made as PDF.")


EVERYWHERE = set(Part)
WEB = {Part.ALL, Part.WEB}
WORKERS = {Part.ALL, Part.WORKER, Part.BOX}
CHECKS: tuple[tuple[Callable[[Part], Iterator[Finding]], set[Part]], ...] = (
    (the_settings, EVERYWHERE),
    (the_address, WEB),
    (static_files, WEB),
    (what_must_run, EVERYWHERE),
    (migrations, EVERYWHERE),
    (the_first_system, EVERYWHERE),
    (database_clock, EVERYWHERE),
    (database_roles_in_use, EVERYWHERE),
    (database_role_for_figures, EVERYWHERE),
    (database_role_of_the_box, EVERYWHERE),
    (parameters_of_postgresql, EVERYWHERE),
    (the_mail_relay, EVERYWHERE),
    (letters_and_what_has_had_its_time, EVERYWHERE),
    (folders_of_keys, EVERYWHERE),
    (secrets_on_this_host, EVERYWHERE),
    (disk, EVERYWHERE),
    (reports_as_pdf, {Part.ALL, Part.WORKER}),
)
