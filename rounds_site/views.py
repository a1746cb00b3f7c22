from django.db import connections
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.access import may, navigation_of, systems_where
from members.actions import guests
from members.models import System
from members.reports import is_set_up, retention
from members.roles import May
from rounds.models import Round, Storyteller
from rounds.reports import standing
from rounds.reports.standing import Standing
from rounds_site import celery, database_roles
from rounds_site.health import notes
from rounds_site.kit.sight import in_own_sight

# Enough to choose from; the rest stands under Find a Round.
ROUNDS_SHOWN = 3
WAITED_FOR = {Standing.WAITING, Standing.PLACE_FREE, Standing.LAPSED}
OPEN_TO_ALL = {Standing.OPEN, Standing.FULL, Standing.NOT_OPEN, Standing.JUST_COME}


@in_own_sight
@require_safe
def home(request):
    """Signed out: why come. Signed in: what concerns you next."""
    if not request.user.is_authenticated:
        return render(request, "welcome.html")
    if guests.is_newcomer(request.user, now=timezone.now()):
        return redirect("where_you_work")
    return render(request, "home.html", concerns(request.user, now=timezone.now()))


def concerns(person, *, now):
    ahead = standing.rounds_ahead(person, now=now)
    bar = navigation_of(person, now=now)
    return {
        "short_notice": standing.changed_at_short_notice(person, now=now),
        "next": next((each for each in ahead if each.standing == Standing.PLACE), None),
        "offers": [each for each in ahead if each.standing == Standing.OFFERED],
        "waiting": [each for each in ahead if each.standing in WAITED_FOR],
        "open": [each for each in standing.as_one(ahead) if each.standing in OPEN_TO_ALL][:ROUNDS_SHOWN],
        "asked": Storyteller.objects.shown(now).unanswered().filter(person=person).order_by("pk"),
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
    systems = System.objects.standing().order_by("name")
    return render(request, "privacy.html", {"systems": systems, "keepings": retention.to_read()})


@require_safe
def accessibility(request):
    return render(request, "accessibility.html", {"systems": System.objects.standing().order_by("name")})


@require_safe
@never_cache
def healthz(request):
    """The process lives. Asks nothing else, so that a database that is away restarts no web server."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request):
    """What a booking needs answers. Says which part does not, and nothing that tells who or how many. Letters that wait
    are told of, and make no web server less ready."""
    faults = [f"The {name} does not answer." for name, question in PARTS.items() if not answers(question)]
    if not faults and not answers(database_hides_what_it_should):
        faults = ["The database shows the web server more than it may see. See manage.py make_roles."]
    lines = faults or ["ready", *notes(timezone.now())]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain", status=503 if faults else 200)


def answers(question):
    try:
        return question()
    except Exception:  # noqa: BLE001 (every engine, broker and cache has errors of its own; all mean silence)
        return False


def database_answers(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM django_migrations")
        return cursor.fetchone()[0] > 0


def database_hides_what_it_should():
    return not database_roles.is_real() or not database_roles.fault_of_the_roles()


PARTS = {
    "database": lambda: database_answers("default"),
    "box database": lambda: database_answers("box"),
    "broker": celery.broker_answers,
    "clock": celery.clock_answers,
    "worker": celery.worker_answers,
    "worker of the box": celery.box_worker_answers,
}
