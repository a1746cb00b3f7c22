from functools import lru_cache

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db.models import CharField, DateTimeField, TextField
from django.utils import timezone

from rounds_site.kit.prepared import First, Slot, Update


class SessionStore(db.SessionStore):
    """Django's, save that a session which is there is read and written by statements that are put together once, and
    written by one instead of three."""

    def _get_session_from_db(self):
        found = _standing(self.model).run(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found

    def save(self, must_create=False):
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        row = self.create_model_instance(self._get_session())
        said = {"session_data": row.session_data, "expire_date": row.expire_date}
        if not _writing(self.model).run(key=row.session_key, **said):
            raise UpdateError


@lru_cache(maxsize=1)
def _standing(model):
    key, now = Slot("key", CharField()), Slot("now", DateTimeField())
    return First(model.objects.filter(session_key=key, expire_date__gt=now))


@lru_cache(maxsize=1)
def _writing(model):
    row = model.objects.filter(session_key=Slot("key", CharField()))
    said = {"session_data": Slot("session_data", TextField()), "expire_date": Slot("expire_date", DateTimeField())}
    return Update(row, **said)
