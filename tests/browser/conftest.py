"""A portal at noon on 3 March 2027, and people at browsers who are signed in there."""

from pathlib import Path

import pytest
import time_machine
from axe_playwright_python.base import AXE_FILE_PATH
from django.conf import settings

from tests.browser.scenery import make_scenery
from tests.browser.visitor import DESKTOP, Visitor
from tests.conftest import listen
from tests.sessions import session_of
from tests.worlds import NOON


@pytest.fixture(autouse=True)
def noon():
    """For this process, in whose threads the portal runs; the browser keeps its own clock, which nothing asks.

    `noon.move_to(moment)` lets time pass. Whoever was signed in half an hour before has to visit anew.
    """
    with time_machine.travel(NOON, tick=True) as travelling:
        yield travelling


@pytest.fixture(scope="session")
def pictures(request):
    """The folder into which bin/screenshots wants a picture of each page; or None."""
    folder = request.config.getoption("pictures")
    return folder and Path(folder)


@pytest.fixture
def scenery(noon, live_server):
    return make_scenery()


@pytest.fixture
def visit(live_server, new_context):
    """visit(person, width=…) is somebody at a browser of their own; without a person, a stranger.

    At the end of the test no browser may have heard anything from the console, or asked anything of another host.
    """
    heard = []

    def visitor(person=None, *, width=DESKTOP, **options):
        context = new_context(**options)
        context.set_default_timeout(30_000)
        context.add_init_script(path=AXE_FILE_PATH)
        if person:
            context.add_cookies([session_cookie(person, live_server.url)])
        page = context.new_page()
        listen(page, heard)
        return Visitor(page, live_server.url, width=width)

    yield visitor
    assert heard == []


def session_cookie(person, url, **options):
    return {"name": settings.SESSION_COOKIE_NAME, "value": session_of(person, **options), "url": url}
