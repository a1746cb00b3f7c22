from functools import cached_property

from django.core.cache.backends import redis


class Client(redis.RedisCacheClient):
    """Django's, with one client for good, of one server: a new one for each question costs more than the question."""

    @cached_property
    def _kept(self):
        return super().get_client(write=True)

    def get_client(self, key=None, *, write=False):
        return self._kept


class RedisCache(redis.RedisCache):
    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = Client
