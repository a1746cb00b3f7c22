"""Noise for figures, exact to the last bit: whole numbers only, so that no rounding of a float gives anything away.

The discrete Laplace distribution gives k the probability (1 - a) / (1 + a) * a^|k| with a = e^-ε: it is the difference
of two geometric numbers. e^-ε is drawn after Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential
Privacy" (2020), algorithm 1.
"""

import math
import secrets
from fractions import Fraction

# Within so many standard deviations lie 95 of 100 sums.
DEVIATIONS = 1.96


def laplace(epsilon: Fraction, below=secrets.randbelow) -> int:
    """`epsilon` is at most 1; `below(n)` is any of 0 to n - 1, each as likely as the others."""
    return _geometric(epsilon, below) - _geometric(epsilon, below)


def _geometric(epsilon, below):
    number = 0
    while _happens(epsilon, below):
        number += 1
    return number


def _happens(epsilon, below) -> bool:
    """With the probability e^-ε: the first k at which a draw of ε/k fails is odd."""
    k = 1
    while below(epsilon.denominator * k) < epsilon.numerator:
        k += 1
    return k % 2 == 1


def likelihood(k: int, epsilon: Fraction) -> float:
    """
    >>> round(likelihood(0, Fraction(1)), 4), round(likelihood(-2, Fraction(1)), 4)
    (0.4621, 0.0625)
    """
    a = math.exp(-epsilon)
    return (1 - a) / (1 + a) * a ** abs(k)


def spread(epsilon: Fraction, cells: int) -> int:
    """How far the noise of so many cells together lies from 0 at most, 19 times out of 20.

    >>> spread(Fraction(1), 1), spread(Fraction(1, 2), 1), spread(Fraction(1), 6)
    (3, 6, 7)
    """
    a = math.exp(-epsilon)
    variance = 2 * a / (1 - a) ** 2
    return math.ceil(DEVIATIONS * math.sqrt(cells * variance))
