"""Asking a route of the realm as somebody, and what came back."""

from django.conf import settings
from django.db import transaction
from django.shortcuts import resolve_url
from django.test import Client
from django.test.client import ClientHandler
from django.urls import URLPattern, reverse

from evaluation.access import DOOR
from tests.architecture import realm as world
from tests.architecture.expected import FAR, IN, NOT_ALLOWED, ROUTES, SIGN_IN, STRANGERS

METHODS = ("GET", "POST", "PUT")
HANDLER = ClientHandler(enforce_csrf_checks=False)


def routes_of(resolver):
    """(name, names of its arguments) of every address."""
    for pattern in resolver.url_patterns:
        if not isinstance(pattern, URLPattern):
            yield from routes_of(pattern)
        elif pattern.name:
            yield pattern.name, frozenset(pattern.pattern.converters or pattern.pattern.regex.groupindex)


def clients_of(realm):
    """One each, at an address of their own, so that no limit for one is met by another."""
    clients = {
        name: client_of(person, address=f"127.0.1.{number}")
        for number, (name, person) in enumerate(realm.askers.items())
    }
    session = clients["device"].session
    session[DOOR] = str(realm.door_link.pk)
    session.save()
    return clients


def client_of(person, *, address="127.0.0.1"):
    client = Client(raise_request_exception=False, REMOTE_ADDR=address)
    client.handler = HANDLER  # one for all: each would put the middleware together anew
    if person:
        client.force_login(person)
    return client


def address_of(key, realm):
    route = ROUTES[key]
    return reverse(key.partition(":")[0], kwargs=route.args(realm)) + route.query.format(comment=realm.comment.pk)


def faults_of(key, realm, clients):
    """[(what is wrong with the answer, which words of others stand in it)] for every asker and method."""
    return [
        fault
        for asker, client in clients.items()
        for method in METHODS
        for fault in [_fault(key, asker, method, ask(client, method, address_of(key, realm), ROUTES[key].data(realm)))]
    ]


def ask(client, method, address, data=None):
    """Whatever it changes is taken back, so that the next one finds the same world."""
    with transaction.atomic(), transaction.atomic(using="box"):
        response = client.post(address, data or {}) if method == "POST" else client.generic(method, address)
        for alias in ("default", "box"):
            transaction.set_rollback(True, using=alias)
    return response


def _fault(key, asker, method, response):
    met, allowed = kind_of(response), _allowed(ROUTES[key], asker, method)
    wrong = "" if met in allowed else f"{method} {key} by {asker}: {met}, not {allowed}"
    return wrong, leak(response, key, asker, method)


def _allowed(route, asker, method):
    """No method but these two does more than they do. A page that is only read may ask a stranger to sign in first."""
    met = {"GET": {route.get[asker]}, "POST": {route.post[asker]}}
    met["PUT"] = {NOT_ALLOWED} | met["GET"] | met["POST"]
    return met[method] | ({SIGN_IN} if asker in STRANGERS and NOT_ALLOWED in met[method] else set())


def kind_of(response):
    status = response.status_code
    if status == 302 and response.headers["Location"].partition("?")[0] == resolve_url(settings.LOGIN_URL):
        return SIGN_IN
    return IN if status in (200, 302, 400, 409, 422) else status


def leak(response, key, asker, method):
    """Words that the asker must not read there: in the page, its headers or its file."""
    route = ROUTES[key]
    hidden = [
        *(world.HOUSE if asker not in route.shows else ()),
        *(world.PEOPLE if asker not in route.names else ()),
        *(world.WORDS if asker not in route.words else ()),
        *(world.FAR_AWAY if asker not in FAR else ()),
    ]
    content = b"".join(response) if response.streaming else response.content
    text = content.decode("utf-8", "replace") + str(dict(response.headers))
    found = [word for word in hidden if word in text]
    return f"{method} {key} shows {found} to {asker}" if found else ""
