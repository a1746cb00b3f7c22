import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from rounds_site import database_roles
from rounds_site.environment import make_private
from rounds_site.keys_beside import said_of_keys
from rounds_site.kit.readiness import NOT_PREPARED, prepared

SECONDS_TO_STOP = 15
# What the worker knows by which name.
WORKERS_DATABASE = {f"WORKER_{name}": name for name in ("DATABASE_URL", "DATABASE_URL_FILE")}
PR_SET_PDEATHSIG = 1


# The same lines stand in compose.yaml and deploy/systemd, where they run apart.
WEB = ("gunicorn", "rounds_site.wsgi:application", "--config", "deploy/gunicorn.conf.py")
# On a file system gossip and mingle would only make files; with Redis they do no good.
WORKER = ("celery", "-A", "rounds_site.celery", "--quiet", "worker", "--pool", "threads", "--loglevel", "WARNING")
WORKER += ("--without-gossip", "--without-mingle")
BEAT = ("celery", "-A", "rounds_site.clock", "--quiet", "beat", "--loglevel", "WARNING", "--pidfile=")


class Command(BaseCommand):
    help = "Runs the whole portal: web server, worker and clock. If one of them ends, all end."

    def handle(self, **options):
        refuse_a_taken_port()
        make_private(settings.VAR_DIR)
        refuse_what_is_not_prepared()
        self.look_at_the_role()
        self.look_at_the_keys()
        self.forget_first()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)
        children = {}
        try:
            for name, command in commands().items():
                children[name] = start(command, environment_of(name))
            self.stdout.write(f"The portal is at {settings.PORTAL_URL}/ (Ctrl-C stops it)")
            self.stdout.flush()
            ended = first_to_end(children)
        except Stopped:
            ended = None
        finally:
            end_all(children.values())
        if ended:
            raise CommandError(f"The {ended} has ended, so the portal stops.")

    def forget_first(self):
        """No reason not to start: whether anybody may be let in then is for the web server to say (``opening``)."""
        if not forgotten():
            self.stderr.write("Not all that has had its time could be destroyed: manage.py forget says what is left.")

    def look_at_the_role(self):
        try:
            fault = database_roles.fault_of_the_roles()
            figures_have_a_role = database_roles.figures_have_a_role()
        finally:
            connections.close_all()
        if fault and database_roles.is_real():
            raise CommandError(fault)
        if fault:
            self.stderr.write(f"A real portal would not start like this. {fault}")
        elif not figures_have_a_role:
            self.stderr.write(database_roles.NO_ROLE_FOR_FIGURES)

    def look_at_the_keys(self):
        try:
            beside = said_of_keys() if database_roles.is_real() else []
        finally:
            connections.close_all()
        for said in beside:
            self.stderr.write(said)


class Stopped(BaseException):
    """Someone asked the portal to stop. Not an Exception: no handler on the way may swallow it."""


def stop(number, frame):
    signal.signal(number, signal.SIG_IGN)
    raise Stopped


def commands():
    """All on one host, so the worker has the keys of boxes too."""
    lines = {
        "web server": [*WEB, "--workers", "1"],
        "worker": [*WORKER, "--concurrency", "2", "--queues", "celery,box"],
        "clock": BEAT,
    }
    return {name: [sys.executable, "-m", *line] for name, line in lines.items()}


def environment_of(name):
    """The web server never holds the address by which the worker sees every row."""
    variables = {name: value for name, value in os.environ.items() if name not in WORKERS_DATABASE}
    workers = {own: os.environ[name] for name, own in WORKERS_DATABASE.items() if os.environ.get(name)}
    if not workers or name == "web server":
        return variables
    return {name: value for name, value in variables.items() if name not in WORKERS_DATABASE.values()} | workers


def refuse_a_taken_port():
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} of {settings.HOST} cannot be used ({error.strerror}). "
                f"Choose another: PORT={settings.PORT % 65535 + 1}"
            ) from None


def refuse_what_is_not_prepared():
    try:
        ready = prepared()
    except DatabaseError as error:
        raise CommandError(f"A database does not answer ({type(error).__name__}). Look at DATABASE_URL.") from None
    finally:
        connections.close_all()
    if not ready:
        raise CommandError(NOT_PREPARED)


def forgotten():
    """Whether what has had its time is gone: the databases may have been brought back from a backup."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "forget"]
    done = subprocess.run(  # noqa: S603 (no word of it comes from outside)
        command,
        cwd=settings.BASE_DIR,
        env=environment_of("worker"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return done.returncode == 0


def start(command, environment):
    """Its own session, so that Ctrl-C in a terminal reaches the portal alone, which then stops each in turn."""
    return subprocess.Popen(  # noqa: S603 (the commands are those below `commands`)
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with(os.getpid()),
    )


def die_with(parent):
    """Even SIGKILL of the portal leaves no child: Linux then sends each child TERM. Elsewhere this does nothing."""
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def ask():
        if libc:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return ask


def first_to_end(children):
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                return name
        time.sleep(0.2)


def end_all(children):
    """TERM lets the worker finish its letter and gunicorn its answers; who is not done in time is killed."""
    children = list(children)
    for child in children:
        child.terminate()
    deadline = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(0.0, deadline - time.monotonic()))
    for child in children:
        kill_group(child)


def kill_group(child):
    """What a child started itself (gunicorn's workers) goes with its session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
