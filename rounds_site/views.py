import time

from django.core.cache import cache
from django.db import DatabaseError, connections
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rounds_site import celery

# Three rings of the clock: one may be late behind a long task.
HEARTBEAT_AT_MOST = 95


@require_safe
@never_cache
def healthz(request):
    """The process lives. Asks nothing else, so that a database that is away restarts no web server."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request):
    """What a booking needs answers. Says which part does not, and nothing that tells who or how many."""
    silent = [name for name, answers in PARTS.items() if not answers()]
    lines = [f"The {name} does not answer." for name in silent] or ["ready"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain", status=503 if silent else 200)


def database_answers(alias):
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations")
    except DatabaseError:
        return False
    return True


def broker_answers():
    try:
        with celery.app.connection_for_write(connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except (OSError, *celery.app.connection_for_write().connection_errors):
        return False
    return True


def clock_answers():
    """Beat rang and a worker heard it: if either is away, the heartbeat grows old."""
    try:
        heard_at = cache.get(celery.HEARTBEAT, 0)
    except Exception:  # noqa: BLE001 (each cache backend has its own errors, and all mean silence)
        return False
    return time.time() - heard_at < HEARTBEAT_AT_MOST


PARTS = {
    "database": lambda: database_answers("default"),
    "box database": lambda: database_answers("box"),
    "broker": broker_answers,
    "worker or beat": clock_answers,
}
