"""The settings of the tests: as in production, save what would make them slow or leave files about."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "for-tests-only-and-never-for-a-real-portal-0123456789")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="portal-tests-"))
os.environ.setdefault("EMAIL_URL", "memorymail://")

from rounds_site.settings import *  # noqa: E402, F403 (the environment comes first)
from rounds_site.settings import STORAGES  # noqa: E402

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
