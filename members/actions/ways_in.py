"""What becomes of somebody's ways in: by their own word, or at their request when they have lost them."""

from contextlib import suppress
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends.filebased import FileBasedCache
from django.db import transaction
from django.db.models import F

from members.access import widest_scope
from members.models import Person
from members.models.audit import Act

from . import audit


def sign_out_everywhere(*, person):
    """No session of theirs is believed any more, on whatever device."""
    Person.objects.filter(pk=person.pk).update(sessions_ended=F("sessions_ended") + 1)
    person.refresh_from_db(fields=["sessions_ended"])
    return person


@transaction.atomic
def end_second_step(*, person, by, now):
    """For somebody who has lost phone and paper: app, passkeys and codes go, every session ends, and whoever holds a
    role is led to set up a new one. It stands in the log, as nothing opens more than this. Returns which kinds went."""
    theirs = Authenticator.objects.filter(user=person)
    kinds = sorted(set(theirs.values_list("type", flat=True)))
    theirs.delete()
    sign_out_everywhere(person=person)
    where = widest_scope(person, now=now)
    for kind in kinds:
        audit.record(Act.SECOND_FACTOR_REMOVED, by=by, about=person.pk, where=where, now=now, kind=kind)
    return kinds


def forget_sessions(*, now):
    """Those that have ended: each still says who signed in, and in which hour. And what their clocks said."""
    sweep(caches["clock"])
    return Session.objects.filter(expire_date__lte=now).delete()


def sweep(clock):
    """Where there is no Redis, what has lapsed stays as a file, and Django takes none away until there are a great
    many: then it takes any, and signs out whoever they were of."""
    if isinstance(clock, FileBasedCache):
        for path in clock._list_cache_files():
            with suppress(FileNotFoundError), Path(path).open("rb") as file:
                clock._is_expired(file)
