"""What is known of the session of whoever asks: when they were last here, when they last showed that it is them, and
whether they showed a second step.

The times stand in the shared cache under a digest of the session's key, and no longer than they count: the database
never learns in which minutes somebody used the portal. A cache that is emptied signs everybody out; nothing is lost.
"""

import hashlib
import time

from allauth.account.internal.flows.login import clear_authentication_records
from django.core.cache import caches

from members.access import needs_second_factor

MINUTE = 60
IDLE = 30 * MINUTE
# Within so many seconds of the last request nothing is noted anew: a page, its button and what that leads to are one.
JUST_NOW = 10
PROVEN = 10 * MINUTE
SECOND_STEP = "second_step"


def _key(request, what):
    digest = hashlib.sha256(request.session.session_key.encode()).hexdigest()
    return f"{what}:{digest}"


def remember(request, what, value, *, seconds):
    caches["clock"].set(_key(request, what), value, seconds)


def recall(request, what):
    return caches["clock"].get(_key(request, what)) if request.session.session_key else None


def forget(request, what):
    """Whether it was still there: of several who forget it at once, for one of them."""
    return caches["clock"].delete(_key(request, what))


# --- Being there ----------------------------------------------------------------------------------


def begin(sender, request, user, **kwargs):
    """Somebody has just signed in: they are there, and have shown that it is them.

    What allauth noted on the way, to the microsecond, has served its purpose.
    """
    clear_authentication_records(request)
    go_on(request)
    note_proof(request)


def go_on(request):
    """After a change of the session's key, or with each request: the half-hour begins anew."""
    if not request.session.session_key:
        request.session.save()
    remember(request, "seen", int(time.time()), seconds=IDLE)


def was_here_just_now(left):
    """So that half an hour may end up to ten seconds early, and never late."""
    return left > IDLE - JUST_NOW


def seconds_left(request):
    """Until the session ends for want of a request; 0 where it has ended."""
    seen = recall(request, "seen")
    return max(0, seen + IDLE - int(time.time())) if seen else 0


# --- Being the one --------------------------------------------------------------------------------


def note_proof(request):
    remember(request, "proven", 1, seconds=PROVEN)


def has_proven(request):
    """Whether they showed within the last ten minutes that it is still them who sits there."""
    return recall(request, "proven") is not None


def note_second_step(request, person):
    """For this session. Bound to the person, so that it never passes to whoever signs in after them."""
    request.session[SECOND_STEP] = str(person.pk)


def has_shown_second_step(request):
    return request.session.get(SECOND_STEP) == str(request.user.pk)


def lacks_second_step(request, *, now):
    """Whether a role of theirs asks for a second step that this session has not seen."""
    return not has_shown_second_step(request) and needs_second_factor(request.user, now=now)
