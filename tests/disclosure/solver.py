"""What follows about whole numbers from what is known of their sums, exactly: no number that fits is missed.

An attacker's tool. `within` is {unknown: (least, most)}; each of `sums` is (its unknowns, the least and the most that
they come to).
"""


def bounds(within, sums):
    """{unknown: (least, most)} over all that fits; None where nothing does."""
    within = _narrowed(within, sums)
    if within is None:
        return None
    found = dict(within)
    for key in within:
        low, high = within[key]
        while low < high and not fits(within | {key: (low, low)}, sums):
            low += 1
        while high > low and not fits(within | {key: (high, high)}, sums):
            high -= 1
        found[key] = (low, high)
    return found


def known(within, sums):
    """{unknown: number} of those that can be one number only."""
    return {key: low for key, (low, high) in bounds(within, sums).items() if low == high}


def fits(within, sums) -> bool:
    """Whether there is any solution: narrow, then try one unknown after the other."""
    within = _narrowed(within, sums)
    if within is None:
        return False
    open_ones = [key for key, (low, high) in within.items() if low < high]
    if not open_ones:
        return True
    key = min(open_ones, key=lambda key: within[key][1] - within[key][0])
    low, high = within[key]
    return any(fits(within | {key: (number, number)}, sums) for number in range(low, high + 1))


def _narrowed(within, sums):
    """What each sum leaves to each of its unknowns, again and again until it leaves no less."""
    within, changed = dict(within), True
    while changed:
        changed = False
        for keys, least, most in sums:
            lows, highs = (sum(within[key][end] for key in keys) for end in (0, 1))
            if lows > most or highs < least:
                return None
            for key in keys:
                low, high = within[key]
                new = max(low, least - (highs - high)), min(high, most - (lows - low))
                if new[0] > new[1]:
                    return None
                if new != (low, high):
                    within[key], changed = new, True
                    lows, highs = lows + new[0] - low, highs + new[1] - high
    return within
