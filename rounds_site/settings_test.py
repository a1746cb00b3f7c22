"""The settings of the tests: as in production, save what would make them slow or leave things behind."""

import atexit
import os
import shutil
import tempfile

if "VAR_DIR" not in os.environ:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="portal-tests-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
os.environ["STATIC_ROOT"] = os.environ["VAR_DIR"]
os.environ.setdefault("SECRET_KEY", "for-tests-only-and-never-for-a-real-portal-0123456789")
os.environ["EMAIL_URL"] = "memorymail://"

from rounds_site.settings import *  # noqa: F403 (all of them, save what follows)
from rounds_site.settings import STORAGES

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# A ring in a test goes to a folder that nobody listens to; tests of real processes start those themselves.
REDIS_URL = None
