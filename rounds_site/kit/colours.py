"""Colours: whether white on one can be read, as the Web Content Accessibility Guidelines compute it."""

import re

# Text of ordinary size, level AA.
ENOUGH = 4.5
HEX = re.compile(r"#[0-9a-f]{6}")


def channels(colour):
    """(red, green, blue) of #rrggbb, 0 to 255 each."""
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def hex_of(red, green, blue):
    return f"#{red:02x}{green:02x}{blue:02x}"


def contrast_with_white(colour):
    """From 1 (white itself) to 21 (black).

    >>> contrast_with_white("#000000"), contrast_with_white("#ffffff")
    (21.0, 1.0)
    >>> f"{contrast_with_white('#17424f'):.1f}"
    '10.9'
    """
    red, green, blue = (_linear(part / 255) for part in channels(colour))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(part):
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def carries_white(colour):
    return contrast_with_white(colour) >= ENOUGH


def dark_enough(colour):
    """The colour itself, or the nearest darker shade of it that carries white.

    >>> dark_enough("#17424f"), dark_enough("#ffcc00")
    ('#17424f', '#907300')
    """
    red, green, blue = channels(colour)
    shades = (hex_of(*(part * share // 255 for part in (red, green, blue))) for share in range(255, -1, -1))
    return next(shade for shade in shades if carries_white(shade))


def lighter(colour, share=0.16):
    """Towards white, for a line on it.

    >>> lighter("#17424f")
    '#3c606b'
    """
    return hex_of(*(part + int((255 - part) * share) for part in channels(colour)))
