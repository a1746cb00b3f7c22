from datetime import timedelta

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db import connections
from django.utils import timezone


class SiteConfig(AppConfig):
    name = "rounds_site"

    def ready(self):
        # Whoever posts a letter rings for this application, in a command without pages too; and checks register
        # themselves.
        from rounds_site import celery, database_roles, keys_beside  # noqa: F401

        if any(connection.vendor == "postgresql" for connection in connections.all()):
            from rounds_site.kit.keys import remember_keys

            remember_keys()
        user_logged_in.connect(end_the_session_in_time, dispatch_uid="end_the_session_in_time")


def end_the_session_in_time(sender, request, user, **kwargs):
    """A fixed end: Django would otherwise put it off whenever something is saved in the session.

    Counted from the full hour, as the end stands in the database and tells when somebody signed in.
    """
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    request.session.set_expiry(hour + timedelta(seconds=settings.SESSION_COOKIE_AGE))
