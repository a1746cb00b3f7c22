"""Sessions of people whom a test signs in without a page: as if they had entered their code, and shown the second step
where their role asks for one. Tests of signing in go through the pages instead."""

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test.client import ClientMixin

from members import current


def session_of(person, *, second_step=True):
    """The key of a session in which the person has just signed in."""
    request = HttpRequest()
    request.session = SessionStore()
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    if second_step:
        current.note_second_step(request, person)
    request.session.save()
    return request.session.session_key


def show_second_step(client, person):
    session = client.session
    session[current.SECOND_STEP] = str(person.pk)
    session.save()


def with_the_second_step(patch):
    """From now on `client.force_login` is that too."""
    sign_in = ClientMixin._login

    def signed_in(client, user, backend=None):
        sign_in(client, user, backend)
        show_second_step(client, user)

    patch.setattr(ClientMixin, "_login", signed_in)


def app_code(secret):
    """What the app on a phone shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
