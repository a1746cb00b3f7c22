"""How the letters do: for whoever watches the portal, as numbers that name nobody; and, in sentences, for whoever looks
after its letters."""

import datetime as dt
import hmac
import ipaddress
import time

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluation.reports.boxes import a_key_is_missed
from members.access import get_system_to_manage, letters_of
from members.models import Delivery, Pace
from members.reports import letters as reports
from members.reports import retention
from members.roles import May
from rounds_site import celery
from rounds_site.kit.formats import nhs_moment, thousands

STALE = dt.timedelta(days=1)
LATE = reports.LATE.total_seconds()
TELL = "Please tell whoever runs the portal."
LANES = {0: "personal", 1: "bulk"}


def notes(now):
    """In sentences, what a person should look at: no reason to take a web server away."""
    waited, stood = _waited(now), _stood(now)
    late = [f"The oldest letter that is due has waited for {waited // 60} minutes."] if waited > LATE else []
    late += [f"No letter to many has gone for {stood // 60} minutes, though some may."] if stood else []
    paused = Pace.objects.filter(paused_until__gt=now).order_by("lane_rank")
    missed = ["A box cannot be opened: its key is not in BOX_KEY_DIR."] if a_key_is_missed() else []
    return (
        late
        + missed
        + _not_forgotten(now)
        + [f"Letters stand still ({LANES[pace.lane_rank]}: {pace.reason})." for pace in paused]
    )


def _not_forgotten(now):
    """That the clock does not come to the end of it: one class may fail while all others go."""
    passed = retention.passed_at()
    late = passed is not None and now - passed >= STALE
    said = [f"What has had its time was last destroyed {nhs_moment(passed)}: the clock stands still."] if late else []
    if not retention.is_whole():
        said.append("Some of what has had its time could not be destroyed. The log of the worker says why.")
    return said


def to_heed(person, *, systems, now):
    """What somebody who looks after letters should see to, as sentences that say what to do: [(words, url, link)].
    Nothing for anybody else. What has fallen silent is read from what was last heard; nobody is asked. `systems`: all
    of them ``with_successors``."""
    try:
        system = get_system_to_manage(person, May.LOOK_AFTER_LETTERS, now=now)
    except PermissionDenied:
        return []
    letters, page = letters_of(system, systems), reverse("manage_letters")
    lanes, waiting = reports.standing(letters, system=system, systems=systems, now=now)
    said = [words for words in (_silence(), *map(_standing, lanes)) if words]
    if waiting:
        said.append((_uncertain(waiting), "Uncertain letters"))
    return [(words, page if link else "", link) for words, link in said]


def _silence():
    """A clock that does not ring makes the worker silent too, so that one of the two is named."""
    if not celery.heard_lately(celery.RANG_AT):
        silent = "The clock of the portal has been silent for more than a minute. Until it rings again"
        return f"{silent} letters go only by chance, and nothing that has its hour happens. {TELL}", ""
    if not celery.heard_lately(celery.HEARD_AT):
        return f"The part of the portal that sends letters does not answer. They wait, and none is lost. {TELL}", ""
    return None


def _standing(lane):
    which = "Letters to many" if lane.rank else "Personal letters"
    if lane.paused_until:
        until = nhs_moment(lane.paused_until)
        return f"{which} stand still {lane.why}. They go on by themselves at {until}. {TELL}", "See the letters"
    if lane.held_since:
        since = nhs_moment(lane.held_since)
        return (
            f"{which} wait since {since}: an administrator held them back. Let them go on when it is time.",
            "Letters",
        )
    if lane.late_since:
        return f"{which} are late: none has gone since {nhs_moment(lane.late_since)}. {TELL}", "See the letters"
    return None


def _uncertain(number):
    if number == 1:
        return "Of 1 letter nobody knows whether it arrived. Say whether to leave it or to send it again."
    return (
        f"Of {thousands(number)} letters nobody knows whether they arrived. Say whether to leave or to send them again."
    )


@require_safe
@never_cache
def metrics(request):
    """The text that Prometheus reads. Only for this machine, or for whoever has the token of METRICS_TOKEN_FILE."""
    if not (_is_of_this_machine(request) or _has_the_token(request)):
        raise Http404
    return HttpResponse("\n".join(_lines(timezone.now())) + "\n", content_type="text/plain; version=0.0.4")


def _is_of_this_machine(request):
    """Whatever came through a proxy did not begin here, and a Unix socket has a proxy at its other end."""
    came_from = request.META.get("REMOTE_ADDR")
    forwarded = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    return bool(came_from) and not forwarded and ipaddress.ip_address(came_from).is_loopback


def _has_the_token(request):
    if settings.METRICS_TOKEN_FILE is None:
        return False
    token = settings.METRICS_TOKEN_FILE.read_text().strip()
    said = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(said.encode(), token.encode())


def _lines(now):
    yield "# TYPE portal_letters gauge"
    yield from (f'portal_letters{{state="{state}"}} {number}' for state, number in Delivery.objects.by_state())
    yield "# TYPE portal_letters_oldest_due_seconds gauge"
    yield f"portal_letters_oldest_due_seconds {_waited(now)}"
    yield "# TYPE portal_letters_to_many_standing_seconds gauge"
    yield f"portal_letters_to_many_standing_seconds {_stood(now)}"
    yield "# TYPE portal_letters_paused gauge"
    paused = set(Pace.objects.filter(paused_until__gt=now).values_list("lane_rank", flat=True))
    yield from (f'portal_letters_paused{{lane="{name}"}} {int(rank in paused)}' for rank, name in LANES.items())
    yield "# TYPE portal_box_keys_missed gauge"
    yield f"portal_box_keys_missed {int(a_key_is_missed())}"
    if passed := retention.passed_at():
        yield "# TYPE portal_forgotten_age_seconds gauge"
        yield f"portal_forgotten_age_seconds {int((now - passed).total_seconds())}"
    yield "# TYPE portal_heartbeat_age_seconds gauge"
    for name, moment in [("clock", celery.RANG_AT), ("worker", celery.HEARD_AT), ("box", celery.BOX_HEARD_AT)]:
        at = cache.get(moment)
        if at is not None:
            yield f'portal_heartbeat_age_seconds{{part="{name}"}} {int(time.time() - at)}'


def _waited(now):
    """For how many seconds the oldest personal letter that may go now has been due; 0 where none is. The last of many
    that keep to a pace may rightly be due for hours."""
    due_at = Delivery.objects.oldest_due(now, lane_rank=reports.PERSONAL)
    return int((now - due_at).total_seconds()) if due_at else 0


def _stood(now):
    """For how many seconds no letter to many has gone, though some may; 0 where all is well."""
    pace = Pace.objects.filter(lane_rank=reports.BULK).first() or Pace()
    since = reports.standing_since(Delivery.objects.all(), pace, now)
    return int((now - since).total_seconds()) if since else 0
