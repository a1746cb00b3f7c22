"""Keys as PostgreSQL sends them: a page reads thousands, and many of them again and again."""

from functools import lru_cache
from uuid import UUID

from psycopg2 import extensions

UUIDS, ARRAYS_OF_UUIDS = (2950,), (2951,)


@lru_cache(maxsize=10_000)
def _made(text):
    return UUID(text)


def remember_keys():
    """From now on each text that says a key is read once, as long as it comes up again soon. To read it anew takes
    several times as long as everything else that Python does about a value of a row."""
    one = extensions.new_type(UUIDS, "UUID", lambda text, cursor: None if text is None else _made(text))
    extensions.register_type(one)
    extensions.register_type(extensions.new_array_type(ARRAYS_OF_UUIDS, "UUID[]", one))
