"""Many hands at the same moment, each with a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from django.db import connections

# With whose rights: the owner's of the tables, unless a test puts ``as_web_role`` here.
as_whom = nullcontext


def together(number, action):
    def and_let_go(n):
        try:
            return action(n)
        finally:
            connections.close_all()

    with as_whom(), ThreadPoolExecutor(max_workers=8) as people:
        return list(people.map(and_let_go, range(number)))
