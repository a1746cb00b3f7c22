"""A portal for the bench alone."""

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.row_security import drop_roles
from tests.running import RunningPortal

from .sink import sink


@contextmanager
def portal_and_relay(**environment):
    """With databases of its own, at which the ORM here points; what runs of it, each bench starts."""
    with without_roles_after(), a_portal_and_relay(**environment) as both:
        yield both


@contextmanager
def a_portal_and_relay(**environment):
    """One of several in a block ``without_roles_after``: they share their roles."""
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        sink() as relay,
        RunningPortal(Path(folder), relay=relay, **environment) as portal,
        portal.databases_here(),
    ):
        yield portal, relay


@contextmanager
def without_roles_after():
    try:
        yield
    finally:
        drop_roles()


def with_the_rights_of_the_worker(portal):
    environment = portal.environment_of_its_processes
    return environment | {"DATABASE_URL": environment["WORKER_DATABASE_URL"]}
