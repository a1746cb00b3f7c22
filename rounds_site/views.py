from django.db import connections
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rounds_site import celery


@require_safe
@never_cache
def healthz(request):
    """The process lives. Asks nothing else, so that a database that is away restarts no web server."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request):
    """What a booking needs answers. Says which part does not, and nothing that tells who or how many."""
    silent = [name for name, question in PARTS.items() if not answers(question)]
    lines = [f"The {name} does not answer." for name in silent] or ["ready"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain", status=503 if silent else 200)


def answers(question):
    try:
        return question()
    except Exception:  # noqa: BLE001 (every engine, broker and cache has errors of its own; all mean silence)
        return False


def database_answers(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM django_migrations")
        return cursor.fetchone()[0] > 0


PARTS = {
    "database": lambda: database_answers("default"),
    "box database": lambda: database_answers("box"),
    "broker": celery.broker_answers,
    "clock": celery.clock_answers,
    "worker": celery.worker_answers,
}
