"""A Round of the demo so long ago that of its people nothing is left: what it was, and what was counted."""

import uuid

from evaluation.models import Attendance, Register
from rounds import emails
from rounds.actions import inviting

from .story import Story

BEFORE = {"planned": 40, "published": 30, "released": 26, "affirmed": ["senior", "own"]}


class Remembered(Story):
    """`words` is one table of past.toml.

    Its letters and bookings were forgotten 30 days after it and leave no count, so none is written. Who came leaves
    tallies: the register is entered in one statement, and then closed, folded and forgotten as any other. Its box, its
    figures and its comments come about as at every Round.
    """

    def __post_init__(self):
        self.words = BEFORE | {"remind": []} | self.words
        super().__post_init__()

    def release(self, now):
        number = emails.invitation_audience(self.round, now=now).count()
        inviting.release_invitations(round=self.round, expected=number, by=self.facilitator, now=now)

    def tick_in(self, now):
        people = self.chance.sample(self.it.people_who_come(self.words["partners"]), self.words["came"])
        Register.objects.get_or_create(round_id=self.key)
        came = [Attendance(round_id=self.key, person=each, first_round=self.is_first(each)) for each in people]
        came += [Attendance(pk=uuid.uuid4(), round_id=self.key, **said) for said in self.walk_ins()]
        Attendance.objects.bulk_create(came)
