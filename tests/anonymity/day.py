"""One Round of thirty people, through the real pages."""

import random
import re
from datetime import timedelta

import time_machine
from django.test import Client
from django.urls import reverse

from evaluation.actions import attendance, clock, counting
from evaluation.attack.joins import attack, attack_with_a_copy, copied
from evaluation.models import Attendance, FeedbackBox
from evaluation.models.box import Form
from evaluation.models.results import Comment
from tests.factories.members import PersonFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import small_world

PEOPLE = 30
MINUTE = timedelta(minutes=1)


def written(text):
    """By whom: the words of this suite say it."""
    found = re.search(r"words of number (\d+)", text)
    return int(found[1]) if found else None


class Day:
    """One Round through the pages. `beside(number)` is what a careless portal would do with each form."""

    def __init__(self, seed, beside=None):
        self.chance = random.Random(seed)
        self.lengths = self.chance.sample(range(PEOPLE), PEOPLE)
        self.mark = f"on day {seed}"
        # What stands first in the words, so that their alphabet is no order of the people.
        self.lots = [f"{self.chance.randrange(16**8):08x}" for _ in range(PEOPLE)]
        self.whose = {}
        self.beside = beside
        self.world = small_world()
        self.people = [PersonFactory(works_for=self.world.elmbridge) for _ in range(PEOPLE)]
        self.round = RoundFactory(
            system=self.world.system,
            facilitators=[self.world.ada],
            partners=[self.world.elmbridge],
            places=PEOPLE,
        )

    def shuffled(self):
        return self.chance.sample(range(PEOPLE), PEOPLE)

    def book(self):
        with time_machine.travel(self.round.booking_opens_at + MINUTE, tick=False):
            for number in self.shuffled():
                client = Client()
                client.force_login(self.people[number])
                assert client.post(reverse("book", args=[self.round.pk]), {"way": "in_person"}).status_code == 302

    def come_and_give_feedback(self):
        order = self.order = self.shuffled()
        with time_machine.travel(self.round.starts_at, tick=False):
            clock.follow(now=self.round.starts_at)
            ada = Client()
            ada.force_login(self.world.ada)
            for number in order:
                person = {"person": self.people[number].pk}
                assert ada.post(reverse("tick_in", args=[self.round.pk]), person).status_code == 302
        with time_machine.travel(self.round.ends_at - MINUTE, tick=False):
            code = FeedbackBox.objects.get().room_code
            for number in order:
                self.cast(number, code)
        assert (Attendance.objects.count(), Form.objects.count()) == (PEOPLE, PEOPLE)

    def words_of(self, number):
        """Of lengths that differ from person to person."""
        return f"{self.begins(number)} and so on" + " and so on" * self.lengths[number]

    def begins(self, number):
        """What stands in no other words, of this day or another."""
        return f"{self.lots[number]} words of number {number} {self.mark},"

    def cast(self, number, code):
        client = Client()
        page = client.get("/feedback/", {"code": code}).content.decode()
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        answers = {f"question_{each}": str(self.chance.randint(1, 5)) for each in range(1, 6)}
        group = self.chance.choice(["nursing", "care", ""])
        said = hidden | answers | {"comment": self.words_of(number), "group": group}
        assert client.post("/feedback/", said).status_code == 302
        self.whose[hidden["ballot"].replace("-", "")] = number
        assert not client.cookies
        if self.beside:
            self.beside(number, self.people[number])

    def end(self):
        now = self.round.ends_at + MINUTE
        clock.follow(now=now)
        attendance.close_register(round=self.round, headcount=PEOPLE, now=now)

    def count(self):
        box = FeedbackBox.objects.get()
        counting.count(box=box, now=box.closes_at)
        assert (Form.objects.count(), Comment.objects.count()) == (0, PEOPLE)

    def attacked(self):
        return attack([person.pk for person in self.people], written)

    def copied(self):
        """The box, before it is counted."""
        return copied("box", PEOPLE)

    def attacked_with(self, copy):
        return attack_with_a_copy(copy, self.whose, written)
