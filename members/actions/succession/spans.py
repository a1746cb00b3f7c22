"""Spans of days: from a day until just before another, or for ever where that is None."""


def uncovered(taken, start, end):
    """The parts of a span that none of `taken` covers, in their order.

    >>> uncovered([(3, 5)], 1, 9)
    [(1, 3), (5, 9)]
    >>> uncovered([(0, 2), (4, None)], 1, None)
    [(2, 4)]
    >>> uncovered([(2, 2)], 1, None), uncovered([(0, None)], 1, 5), uncovered([], 4, 4)
    ([(1, None)], [], [])
    """
    parts = []
    for begins, ends in sorted((span for span in taken if span[0] != span[1]), key=lambda span: span[0]):
        if end is not None and begins >= end:
            break
        if ends is not None and ends <= start:
            continue
        if begins > start:
            parts.append((start, begins))
        if ends is None:
            return parts
        start = max(start, ends)
    return [*parts, (start, end)] if end is None or start < end else parts


class Cover:
    """What is taken already, by key: `fill` says which parts of a span are still free there, and takes them."""

    def __init__(self):
        self._taken = {}

    def take(self, key, start, end):
        self._taken.setdefault(key, []).append((start, end))

    def fill(self, key, start, end):
        parts = uncovered(self._taken.get(key, []), start, end)
        self._taken.setdefault(key, []).extend(parts)
        return parts
