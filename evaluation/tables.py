"""What a half-year's release says of people: a closed list of tables, each with the noise that hides one attendance.

Noise is drawn once for each cell from the discrete Laplace distribution (``noise``) and stored with it. A table's
`sensitivity` is the most that all its cells together change when one attendance more or less was counted; whatever is
then released is at most e^ε times as likely as it would have been without that attendance, for anybody who knows all
others. Somebody with ten attendances is hidden by a tenth of that: e^10ε.
"""

from dataclasses import dataclass
from fractions import Fraction

ATTENDANCE, FIRST, TURNED_AWAY = "attendance", "first", "turned away"


@dataclass(frozen=True)
class Table:
    """`of` is what one row of a register adds to it; `once`: a cell of its tally stands for somebody or nobody."""

    key: str
    words: str
    epsilon: Fraction
    sensitivity: int = 1
    of: str = ATTENDANCE
    once: bool = False

    @property
    def noise(self) -> Fraction:
        """ε for each whole number by which a cell may differ."""
        return self.epsilon / self.sensitivity


ONE, HALF = Fraction(1), Fraction(1, 2)
WORK = Table("work", "How often people came, by sector and kind of work", ONE)
EMPLOYER = Table("employer", "How often people came from each large employer", ONE)
TIME = Table("time", "How often people came, by sector and time of day", HALF)
FORMAT = Table("format", "How often people came, by sector and how people met", HALF)
FIRST_TIMERS = Table("first", "Who came for the first time, by sector", ONE, of=FIRST)
PARTNERS = Table("partners", "Partners from whom anybody came, by sector", HALF, once=True)
WAITED = Table("waited", "Who waited for a place and got none, by Place", HALF, of=TURNED_AWAY)
MIXING = Table("mixing", "Employers that met in a Round, added up over all Rounds", HALF)
TABLES = {table.key: table for table in (WORK, EMPLOYER, TIME, FORMAT, FIRST_TIMERS, PARTNERS, WAITED, MIXING)}


def epsilon_of(*kinds) -> Fraction:
    """The sum over all tables that one person at one Round adds to.

    >>> epsilon_of(ATTENDANCE), epsilon_of(ATTENDANCE, FIRST), epsilon_of(TURNED_AWAY)
    (Fraction(4, 1), Fraction(5, 1), Fraction(1, 2))
    """
    return sum((table.epsilon for table in TABLES.values() if table.of in kinds), Fraction(0))
