"""Numbers of people, made blunt before anybody reads them who was not there: one rule for the whole portal."""

THRESHOLD = 8
STEP = 5


def rounded(number: int) -> int | None:
    """The nearest 5 from 8 on; None below.

    >>> rounded(7), rounded(8), rounded(12), rounded(13), rounded(43)
    (None, 10, 10, 15, 45)
    """
    return STEP * ((number + STEP // 2) // STEP) if number >= THRESHOLD else None
