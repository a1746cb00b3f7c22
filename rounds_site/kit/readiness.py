"""Whether the databases are as this code expects them."""

from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from .drawing import CONNECTIONS

NOT_PREPARED = "The databases are not ready. Run manage.py prepare first."


def prepared():
    """Every migration has reached both databases, and the cache has its table; raises where a database is away."""
    return not any(migrations_missing(alias) for alias in CONNECTIONS) and cache_has_its_table()


def migrations_missing(alias):
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def cache_has_its_table():
    cache = settings.CACHES["default"]
    if not cache["BACKEND"].endswith("DatabaseCache"):
        return True
    return cache["LOCATION"] in connections["default"].introspection.table_names()
