"""A mail relay with a bad day, and the ledger of all that it accepted: the truth that the rows are held against."""

import hashlib
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy

from tests.hostile_relay import ACCEPT_AND_DROP, DROP, HANG, Relay

from .mailbox import told

BUSY, LATER, GREY = "421 4.3.2 too busy", "451 4.7.1 not now", "432 4.2.1 come again"
NO_SUCH_BOX, NOT_FROM_YOU = "550 5.1.1 no such box", "550 5.7.1 not from you"
# What happens to one letter in so many; those from the body on leave it open whether it was accepted.
BEFORE_THE_BODY = [
    *({"MAIL": answer} for answer in (BUSY, LATER, GREY, DROP)),
    *({"RCPT": answer} for answer in (BUSY, LATER, GREY, NO_SUCH_BOX)),
    *({"DATA": answer} for answer in (LATER, DROP)),
]
FROM_THE_BODY_ON = [
    {"body": DROP},
    # Whoever has said 421 hangs up, also where the dot was on its way already.
    {"body": BUSY, ".": DROP},
    *({".": answer} for answer in (LATER, BUSY, NOT_FROM_YOU, DROP, ACCEPT_AND_DROP)),
    {".": HANG},
    {".": ACCEPT_AND_DROP, "slow": 0.5},
    {"late": 0.5},
]


@dataclass(frozen=True)
class Accepted:
    """`digest` is of all that a reader sees: the moment at which a letter left stands in it too, and may differ."""

    message_id: str
    recipient: str
    digest: str
    tells: tuple
    moment: float


class Sink(Relay):
    """`hostile`: one letter in how many meets a fault; 0 for none. `always` is a plan for all others."""

    def __init__(self, *, hostile=0, always=None, seed=0):
        super().__init__()
        self.hostile, self.always = hostile, always or {}
        self.faults = Counter()
        self._chance, self._lock = random.Random(seed), threading.Lock()

    def next_plan(self):
        with self._lock:
            if not self.hostile or self._chance.random() > 1 / self.hostile:
                return self.always
            late = self._chance.random() < 0.5
            self.faults["from the body on" if late else "before the body"] += 1
            return self._chance.choice(FROM_THE_BODY_ON if late else BEFORE_THE_BODY)

    def accept(self, content):
        letter = message_from_bytes(content, policy=policy.default)
        parts = [part.get_content() for part in letter.walk() if not part.is_multipart()]
        digest = hashlib.sha256("\0".join([letter["To"], letter["Subject"], *map(str, parts)]).encode()).hexdigest()
        tells = tuple(told(letter["To"], letter["Subject"], parts[0]))
        entry = Accepted(letter["Message-ID"], letter["To"], digest, tells, time.time())
        with self._lock:
            self.accepted.append(entry)

    @property
    def ledger(self):
        return [entry.message_id for entry in self.accepted]

    def doubled(self):
        """Message-IDs that were accepted more than once."""
        return [name for name, times in Counter(self.ledger).items() if times > 1]
