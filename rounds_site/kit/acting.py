"""Seeing, and changing, rows of other people: within one action, of one Round or of one person.

Only actions import this (a contract in pyproject.toml).
"""

from functools import wraps

from django.db import transaction

from .sight import frame, reading, say


def acting(action):
    """All of the action or nothing, as ``transaction.atomic``; and what it opened to itself is closed after it."""

    @wraps(action)
    def acted(*args, **kwargs):
        with frame(transaction.atomic()):
            return action(*args, **kwargs)

    return acted


def counting(question):
    """As ``acting``, for what only reads, so that a page on SQLite locks nothing."""

    @wraps(question)
    def answered(*args, **kwargs):
        with frame(reading(savepoint=False)):
            return question(*args, **kwargs)

    return answered


def on_round(key):
    """From here to the end of the action: every booking, attendance and storyteller of this Round. The caller holds
    its lock, or only counts."""
    say(round=key)


def for_person(key):
    """From here to the end of the action: every row about this person, who leaves or whose account may go."""
    say(subject=key)


def on_system(key):
    """From here to the end of the action: everybody who offered to tell a story in this system, or was asked to."""
    say(system=key)
