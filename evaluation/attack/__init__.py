"""Somebody who holds both databases while the portal stands still, and tries to say who wrote which words.

They know of no model. ``joins`` is told who wrote what, and counts how often an attack gets it right: the tests of
anonymity use it, and ``manage.py attack`` where a trial Round was held of which that is known. ``portal`` looks for
whatever could tell it, in any portal, where nobody knows. ``files`` reads bytes.

Nothing here writes.
"""
