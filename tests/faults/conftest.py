import pytest
from django.db import connections

from . import servers


@pytest.fixture(scope="module")
def broken_servers(django_db_blocker):
    """On PostgreSQL a cluster and a Redis of the suite's own; on SQLite there is nothing but files."""
    if connections["default"].vendor == "sqlite":
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("REDIS_URL", raising=False)
            yield {}
        return
    if wanted := servers.missing():
        pytest.skip(wanted)
    with servers.Cluster() as cluster, servers.RedisServer() as redis, pytest.MonkeyPatch.context() as patch:
        for variable in ("DATABASE_URL", "BOX_DATABASE_URL"):
            patch.setenv(variable, cluster.url)
        patch.setenv("REDIS_URL", redis.url)
        with django_db_blocker.unblock(), servers.at(cluster):
            yield {"cluster": cluster, "redis": redis}
