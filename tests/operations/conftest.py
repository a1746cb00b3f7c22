import importlib

import pytest
from django.urls import clear_url_caches

import rounds_site.urls


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
