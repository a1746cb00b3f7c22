"""Handing letters over: each goes once, as its rows say at that moment, or stands where a person can see it.

``pending → claimed → handing → sent | failed | uncertain | cancelled``. A dispatcher claims letters with a token of its
own; token and state are the fence, so any number of dispatchers may run, and one that lost its claim can do nothing.
*Handing* is committed before a letter may have been accepted: just before its final dot where the mail backend knows of
it (``kit.smtp``), else before the backend is called. Whoever dies after that leaves a letter which the sweeper calls
*uncertain*, and nobody sends it again by themselves. Times decide only when a claim has lapsed, and these are the
database's, so that hosts whose clocks differ agree.
"""

from .dispatching import BATCH, LEASE, STORM, dispatch, run, sweep
from .forgetting import due, forget
from .pace import waiting
from .relay import verdict
from .steady import Watch

__all__ = ["BATCH", "LEASE", "STORM", "Watch", "dispatch", "due", "forget", "run", "sweep", "verdict", "waiting"]
