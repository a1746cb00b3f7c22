"""Telling one writing from another, where two people may have written meanwhile."""

from hashlib import sha256


def print_of(*texts):
    """The same for the same texts, and for no others.

    >>> print_of("One", "") == print_of("One", ""), print_of("One", "") == print_of("", "One")
    (True, False)
    """
    return sha256("\n\0".join(texts).encode()).hexdigest()[:16]
