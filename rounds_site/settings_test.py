"""The settings of the tests: as in production, save what would make them slow or leave things behind."""

import atexit
import os
import shutil
import tempfile

if "VAR_DIR" not in os.environ:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="portal-tests-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
os.environ["STATIC_ROOT"] = tempfile.mkdtemp(prefix="static-", dir=os.environ["VAR_DIR"])
os.environ.setdefault("SECRET_KEY", "for-tests-only-and-never-for-a-real-portal-0123456789")
os.environ["EMAIL_URL"] = "memorymail://"

from rounds_site.settings import *  # noqa: F403 (all of them, save what follows)
from rounds_site.settings import MIDDLEWARE, STORAGES, VAR_DIR

TEST_PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "alone")
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
# A test begins with an empty database, which no clock has looked at.
MIDDLEWARE = [each for each in MIDDLEWARE if each != "rounds_site.opening.OpensWhenForgotten"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # In a folder that a test can hand to a web server of its own; one for each of several test processes.
    "clock": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": os.environ.get("CLOCK_DIR") or VAR_DIR / f"clock-{TEST_PROCESS}",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
# A clock destroys the keys of what is over or gone: in one folder it would take those of other test processes.
BOX_KEY_DIR, STORY_KEY_DIR = VAR_DIR / f"box_keys-{TEST_PROCESS}", VAR_DIR / f"story_keys-{TEST_PROCESS}"
# A ring in a test goes to a folder that nobody listens to; tests of real processes start those themselves.
REDIS_URL = None
# Most tests write to everybody about several Rounds at one moment; those of the pace of letters set their own.
BULK_PER_MINUTE = BULK_PER_DAY = BULK_DAYS_APART = 0
