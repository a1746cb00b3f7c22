"""What a browser fetches when somebody who is signed in opens a Round's page for the first time, and at the next."""

import os

from django.conf import settings
from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM, FLAGS


class Fetched:
    """As it came over the line, heads and all."""

    def __init__(self):
        self.requests, self.bytes = 0, 0

    def hear(self, line):
        line.on("Network.requestWillBeSent", self._asked)
        line.on("Network.loadingFinished", self._came)

    def _asked(self, told):
        self.requests += not told["request"]["url"].startswith("data:")

    def _came(self, told):
        self.bytes += told["encodedDataLength"]

    @property
    def kilobytes(self):
        return self.bytes / 1000


def first_and_next(url, path, session):
    """What was fetched at the first visit and at the second, in a browser that has never been there."""
    # Playwright keeps an event loop in this thread, at which Django's ORM would otherwise refuse to work.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser:
        context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
        return [visit(context, url + path) for _ in range(2)]


def visit(context, address):
    page, fetched = context.new_page(), Fetched()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    fetched.hear(line)
    answer = page.goto(address, wait_until="networkidle")
    if answer.status != 200:
        raise RuntimeError(f"{address} answers {answer.status}")
    page.close()
    return fetched
