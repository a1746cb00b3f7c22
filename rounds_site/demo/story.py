"""One Round of the demo, from its plan to the last comment read: what each person did, and when."""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from evaluation.actions import attendance, comments, feedback
from evaluation.models import FeedbackBox
from evaluation.reports.round import comments as comments_of
from rounds import emails
from rounds.actions import registration, scheduling
from rounds.models import Booking, Round
from rounds.states import WAYS, Format, Way

from . import data
from .partnership import Partnership, scope, stripped

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLANNED_AT, PUBLISHED_AT, RELEASED_AT = time(15, 20), time(9, 30), time(10, 0)
# So many hours after its letters people answer, and so many for each who answers last.
ANSWERED_AFTER = [(2, 6), (5, 5), (25, 4), (48, 3), (96, 3), (216, 2), (360, 1)]
CANCELLED_BEFORE = [6 * DAY, 4 * DAY, 2 * DAY + 3 * HOUR, 26 * HOUR]
IN_DIARY = 0.3
REMINDER_DAYS = [7, 1]
# A facilitator reads the comments some days after the hour; of the newest a few are left for whoever tries it.
READ_AFTER = 5 * DAY
WITHHELD = 3
TURN_OF_THE_YEAR = {*((12, day) for day in range(24, 32)), (1, 1)}
ROUND_FIELDS = "title about format places online_places food joining_details".split()


@dataclass
class Story:
    """`words` is one table of rounds.toml. What happens by chance is the same in every demo."""

    it: Partnership
    words: dict
    starts_at: datetime
    remarks: list[str]

    def __post_init__(self):
        self.key = uuid.uuid4()
        self.chance = random.Random(self.words["key"])  # noqa: S311 (chooses who does what, guards nothing)
        self.facilitator = self.it.cast[self.words["facilitators"][0]]
        self.ends_at = self.starts_at + HOUR
        self.reminder_days = self.words.get("remind", REMINDER_DAYS)

    @property
    def round(self):
        return Round.objects.select_related("venue", "system").get(pk=self.key)

    def steps(self):
        """(moment, what happens then), in no order."""
        yield self.days_before("planned", PLANNED_AT), self.plan
        if "published" in self.words:
            yield self.days_before("published", PUBLISHED_AT), self.publish
        if "released" in self.words:
            yield self.days_before("released", RELEASED_AT), self.release
        if "book" in self.words:
            yield from self.bookings()
        if "forms" in self.words:
            yield self.starts_at - HOUR / 4, self.tick_in
            yield self.ends_at, self.fill_in
            yield self.ends_at + 2 * HOUR, self.close_register
            yield self.ends_at + feedback.STAYS_OPEN, self.wait
            yield self.ends_at + READ_AFTER, self.read_comments
        for before in (*(days * DAY for days in self.reminder_days), timedelta(0)):
            yield self.starts_at - before, self.wait

    def wait(self, now):
        """A moment at which the clock alone brings something about: a reminder, the count of the box."""

    def days_before(self, what, clock):
        day = timezone.localdate(self.starts_at) - self.words[what] * DAY
        return at(working_day(day, -DAY), clock)

    # Before the Round

    def plan(self, now):
        words = self.words
        scheduling.plan(
            draft=self.key,
            system=self.it.system,
            **{name: words[name] for name in ROUND_FIELDS if name in words},
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            venue=self.it.venues[words["venue"]] if "venue" in words else None,
            booking_opens_at=self.days_before("planned", PLANNED_AT) + DAY,
            booking_closes_at=self.starts_at - HOUR / 2,
            reminder_days=self.reminder_days,
            partners=[self.it.partners[key] for key in words["partners"]],
            facilitators=[self.it.cast[key] for key in words["facilitators"]],
            by=self.facilitator,
            now=now,
            **self.host(),
        )

    def host(self):
        where = scope(self.it, self.words["host"])
        return {} if where == self.it.system else {f"host_{type(where).__name__.lower()}": where}

    def publish(self, now):
        scheduling.publish(round=self.round, by=self.facilitator, now=now)

    def release(self, now):
        """The facilitator sees how many letters these are and lets them go; the bell has them written at once."""
        number = emails.invitation_audience(self.round, now=now).count()
        scheduling.release_invitations(round=self.round, expected=number, by=self.facilitator, now=now)
        emails.invite(self.round, now=now)

    def bookings(self):
        opened = self.days_before("released" if "released" in self.words else "published", RELEASED_AT)
        moments = [opened + hours * HOUR for hours, weight in ANSWERED_AFTER for _ in range(weight)]
        moments = [moment for moment in moments if moment < self.starts_at - DAY]
        when = sorted(self.chance.choice(moments) for _ in range(self.words["book"]))
        for moment, person in zip(when, self.bookers(), strict=True):
            yield moment, self.books(person)
        for number in range(self.words["cancel"]):
            yield self.starts_at - CANCELLED_BEFORE[number % len(CANCELLED_BEFORE)], self.somebody_cancels

    def bookers(self):
        """Who would like to come, in the order in which they say so."""
        first, last = ([self.it.cast[key] for key in self.words.get(end, [])] for end in ("first", "last"))
        named = set(self.it.cast.values())
        invited = [person for key in self.words["partners"] for person in self.it.staff[key]]
        others = [person for person in invited if person not in named]
        crowd = self.chance.sample(others, self.words["book"] - len(first) - len(last))
        return [*first, *crowd[:-3], *last, *crowd[-3:]]

    def books(self, person):
        ways = WAYS[Format(self.words["format"])]
        way = Way.ONLINE if len(ways) > 1 and self.chance.random() < 0.4 else ways[0]
        keeps = self.chance.random() < IN_DIARY

        def book(now):
            booking = registration.book(round=self.round, person=person, way=way, now=now)
            if keeps and booking.state == "place":
                registration.keep_in_diary(booking=booking, now=now)

        return book

    def somebody_cancels(self, now):
        named = [self.it.cast[key] for end in ("first", "last") for key in self.words.get(end, [])]
        places = Booking.objects.with_a_place().filter(round=self.key).exclude(person__in=named)
        chosen = self.chance.choice(places.select_related("person").order_by("queue_number"))
        registration.cancel(round=self.round, person=chosen.person, now=now)

    # The hour itself, and after

    def tick_in(self, now):
        places = Booking.objects.with_a_place().filter(round=self.key).select_related("person")
        for booking in places.order_by("queue_number"):
            if self.chance.random() < self.words["came"]:
                attendance.tick_in(round=self.round, person=booking.person, now=now)

    def close_register(self, now):
        headcount = self.round.attendances.count() + self.words["walk_in"]
        attendance.close_register(round=self.round, headcount=headcount, now=now)

    def fill_in(self, now):
        """Forms as they come out of a room: most people kind, a few less so, some questions skipped."""
        box = FeedbackBox.objects.select_related("questionnaire").get(round=self.key)
        items = list(box.questionnaire.items.all())
        remarks = self.remarks + [""] * (self.words["forms"] - len(self.remarks))
        self.chance.shuffle(remarks)
        for remark in remarks:
            answers = {str(item.pk): self.answer() for item in items if self.chance.random() < 0.95}
            feedback.cast(box=box, ballot_id=uuid.uuid4(), answers=answers, comment=remark, now=now)

    def read_comments(self, now):
        """All but one may stand; where `unread` says so, some wait for whoever tries the demo."""
        found = sorted(comments_of(self.round), key=lambda comment: comment.text)
        for number, comment in enumerate(found[self.words.get("unread", 0) :]):
            verdict = comments.withhold if number == WITHHELD else comments.publish
            verdict(round=self.round, comment_id=comment.pk)

    def answer(self):
        said = self.words["warmth"] + self.chance.choices([-2, -1, 0, 1], weights=[1, 3, 10, 6])[0]
        return min(max(said, 1), 5)


def at(day, clock):
    return timezone.make_aware(datetime.combine(day, clock))


def all_told(it, *, now):
    """The story of every Round, each with remarks of its own."""
    remarks = iter(data.read("comments")["comments"])
    for words in data.read("rounds")["rounds"]:
        own = [next(remarks) for _ in range(words.get("comments", 0))]
        yield Story(it, stripped(words), moment_of(words, now=now), own)


def moment_of(words, *, now):
    """When the Round starts: on its day, or on the nearest day further from today on which people work."""
    if words["day"] == "door":
        return next_door(now)
    day = timezone.localdate(now) + words["day"] * DAY
    if abs(words["day"]) > 1:
        day = working_day(day, DAY if words["day"] > 0 else -DAY)
    return at(day, time.fromisoformat(words["time"]))


def working_day(day, step):
    """That day, or the next one in that direction on which offices are open."""
    while day.weekday() > 4 or (day.month, day.day) in TURN_OF_THE_YEAR:
        day += step
    return day


def next_door(now):
    """Today if the day still has an hour for it, so that the door can be tried at once; else tomorrow."""
    today = timezone.localdate(now)
    hours = [at(today, clock) for clock in (time(12, 30), time(17, 30), time(20))]
    return next((start for start in hours if start >= now + HOUR), at(today + DAY, time(12, 30)))
