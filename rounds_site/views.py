from django.db import connections
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.access import may, navigation_of, systems_where
from members.models import System
from members.reports import is_set_up
from members.roles import May
from rounds import reports
from rounds.models import Round
from rounds.reports import Standing
from rounds_site import celery

# Enough to choose from; the rest stands under Find a Round.
ROUNDS_SHOWN = 3
OPEN_TO_ALL = {Standing.OPEN, Standing.FULL, Standing.NOT_OPEN}


@require_safe
def home(request):
    """Signed out: why come. Signed in: what concerns you next."""
    if not request.user.is_authenticated:
        return render(request, "welcome.html")
    return render(request, "home.html", concerns(request.user, now=timezone.now()))


def concerns(person, *, now):
    ahead = reports.rounds_ahead(person, now=now)
    bar = navigation_of(person, now=now)
    return {
        "next": next((each for each in ahead if each.standing == Standing.PLACE), None),
        "waiting": [each for each in ahead if each.standing in (Standing.WAITING, Standing.PLACE_FREE)],
        "open": [each for each in ahead if each.standing in OPEN_TO_ALL][:ROUNDS_SHOWN],
        "helps_at": Round.objects.helped_by(person).at_whose_door(now),
        "sets_up": bar == "administrator" and sets_up(person, now=now),
        "organises": bar in ("organiser", "administrator", "lead") or Round.objects.run_by(person).exists(),
        # The ICS lead's bar has no room for it.
        "lacks_my_rounds": bar == "lead",
    }


def sets_up(person, *, now):
    """Whether there is a whole system in this person's care whose setting-up has not come to its end."""
    systems = systems_where(person, May.MANAGE_PEOPLE, now=now)
    return any(may(person, May.MANAGE_PEOPLE, each, now=now) and not is_set_up(each, now=now) for each in systems)


@require_safe
def privacy(request):
    return render(request, "privacy.html", {"systems": System.objects.order_by("name")})


@require_safe
def accessibility(request):
    return render(request, "accessibility.html", {"systems": System.objects.order_by("name")})


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
