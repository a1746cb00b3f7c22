import importlib

import pytest
from django.urls import clear_url_caches

import rounds_site.urls
from rounds_site import celery
from tests.running import free_port


@pytest.fixture
def routed(settings):
    """The addresses of a portal that was started with DEMO=1."""
    settings.DEMO = True
    importlib.reload(rounds_site.urls)
    clear_url_caches()
    yield
    settings.DEMO = False
    importlib.reload(rounds_site.urls)
    clear_url_caches()


@pytest.fixture
def broker_is_away(monkeypatch):
    """As an item: as an attribute it would be put back to what Celery makes of the other settings by then."""
    monkeypatch.setitem(celery.app.conf, "broker_write_url", f"redis://127.0.0.1:{free_port()}/0")
