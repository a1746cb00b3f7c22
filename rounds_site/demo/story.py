"""One Round of the demo, from its plan to the last comment read: what each person did, and when."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from evaluation.actions import attendance, comments, paper
from evaluation.models import Attendance, FeedbackBox
from evaluation.reports.round import comments as comments_of
from evaluation.states import STAYS_OPEN
from members.actions import retention
from members.models.audit import Opened
from rounds import emails
from rounds.actions import (
    after,
    catering,
    ideas,
    inviting,
    keeping,
    needs,
    openings,
    postponing,
    registration,
    scheduling,
    sittings,
    team,
)
from rounds.models import Booking, Round
from rounds.reports.team import eating
from rounds.states import WAYS, Format, TeamPart, Way
from rounds_site.kit.prints import print_of

from . import answers, data, logs, telling
from .moments import DAY, HOUR, at, is_free, is_weekend, moment_of, working_day
from .partnership import Partnership, chance_of, scope, stripped

KEPT_FOR = timedelta(days=30)
PLANNED_AT, PUBLISHED_AT, RELEASED_AT = time(15, 20), time(9, 30), time(10, 0)
# So many hours after its letters people answer, and so many for each who answers last.
ANSWERED_AFTER = [(2, 6), (5, 5), (25, 4), (48, 3), (96, 3), (216, 2), (360, 1)]
CANCELLED_BEFORE = [6 * DAY, 4 * DAY, 2 * DAY + 3 * HOUR, 26 * HOUR]
IN_DIARY = 0.3
FOOD_ORDERED = 6
REMINDER_DAYS = [7, 1]
# Of those who are new, so many say so at the door.
SAY_IT_IS_THE_FIRST = 0.8
# A facilitator reads the comments some days after the hour; of the newest a few are left for whoever tries it.
READ_AFTER = 5 * DAY
WITHHELD = 3
IDEAS = [
    ("What the porters saw", "Those who see every ward and are asked by none."),
    ("The last to leave", ""),
]
ROUND_FIELDS = (
    "title kind unit affirmed overruled format places online_places needs_booking food joining_details".split()
)


def forget(now):
    """What the clock does each hour, at the moment in which something of a Round has had its time."""
    retention.run(now=now)


def keep_ideas(it, now):
    """What the lead facilitator has not planned yet."""
    for title, about in IDEAS:
        ideas.keep(key=uuid.uuid4(), system=it.system, title=title, about=about, by=it.cast["facilitator"], now=now)


@dataclass
class Story:
    """`words` is one table of rounds.toml. What happens by chance is the same in every demo."""

    it: Partnership
    words: dict
    starts_at: datetime
    remarks: list[str]
    made_at: datetime

    def __post_init__(self):
        self.key = uuid.uuid4()
        self.chance = chance_of(self.words["key"])
        self.facilitator = self.it.cast[self.words["facilitators"][0]]
        self.ends_at = self.starts_at + timedelta(minutes=self.words.get("minutes", 60))
        self.reminder_days = self.words.get("remind", REMINDER_DAYS)

    @property
    def starts_on(self):
        return timezone.localdate(self.starts_at)

    @property
    def round(self):
        return Round.objects.select_related("venue", "system").get(pk=self.key)

    def is_forgotten(self, now):
        return self.ends_at + KEPT_FOR <= now

    def steps(self):
        """(moment, what happens then), in no order but that of what happens at one moment."""
        yield self.days_before("planned", PLANNED_AT), self.plan
        if "published" in self.words:
            yield self.days_before("published", PUBLISHED_AT), self.publish
            yield self.days_before("published", PUBLISHED_AT) + HOUR, self.name_helpers
            yield self.days_before("published", PUBLISHED_AT) + HOUR, self.keep_places
        if "released" in self.words:
            yield self.days_before("released", RELEASED_AT), self.release
        if "book" in self.words:
            yield from self.bookings()
        if "postponed" in self.words:
            yield self.days_before("postponed", PLANNED_AT), self.postpone
        yield from telling.steps(self)
        yield from self.the_last_days()
        if "forms" in self.words:
            yield from self.the_hour_and_after()
        for before in (*(days * DAY for days in self.reminder_days), 0 * DAY):
            yield self.starts_at - before, self.wait

    def the_last_days(self):
        if "food" in self.words and self.words.get("published", 0) > FOOD_ORDERED:
            yield self.starts_at - FOOD_ORDERED * DAY, self.order_food
        if "cards" in self.words:
            yield self.starts_at - DAY, self.make_cards

    def the_hour_and_after(self):
        yield self.starts_at - HOUR / 4, self.tick_in
        yield self.ends_at, self.fill_in
        yield self.ends_at + 2 * HOUR, self.close_register
        yield self.ends_at + 3 * HOUR, self.talk_it_over
        yield from self.words_owed()
        yield self.ends_at + STAYS_OPEN, self.wait
        yield self.ends_at + READ_AFTER, self.read_comments
        yield self.ends_at + KEPT_FOR, forget

    def talk_it_over(self, now):
        for of, said in self.words.get("debriefs", {}).items():
            after.debrief(round=self.round, of=of, **said, seen=print_of("", ""), now=now)
        for each in self.words.get("care", []):
            due_on = timezone.localdate(self.ends_at) + each["within"] * DAY
            after.owe(round=self.round, key=uuid.uuid4(), owner=self.it.cast[each["who"]], due_on=due_on, now=now)

    def words_owed(self):
        for each in self.words.get("care", []):
            if each.get("done"):
                yield self.ends_at + (each["within"] - 1) * DAY, self.got_in_touch

    def got_in_touch(self, now):
        for care in self.round.care_owed.all():
            after.settle(round=self.round, care_id=care.pk, done=True, now=now)

    def order_food(self, now):
        round = self.round
        people = eating([round])[round.pk] or None
        catering.order(round=round, people=people, order_by=None, by=self.facilitator, now=now)

    def wait(self, now):
        """A moment at which the clock alone brings something about: a reminder, the count of the box."""

    def days_before(self, what, clock):
        return at(self.day_before(self.words[what]), clock)

    def day_before(self, days):
        """Counted from the day that its words say, also where holidays put it off."""
        day = self.starts_on
        if isinstance(self.words["day"], int):
            day = min(day, timezone.localdate(self.made_at) + self.words["day"] * DAY)
        return self.office_day(day - days * DAY)

    def office_day(self, day, step=-DAY):
        """That day, or at a weekend the next one in that direction; in the other, where else something would be to
        come that has happened by today, or the reverse. Holidays are no matter: they would move things together."""
        found, today = working_day(day, step, is_weekend), timezone.localdate(self.made_at)
        return found if (found <= today) == (day <= today) else working_day(day, -step, is_weekend)

    # Before the Round

    def plan(self, now):
        logs.sign_in(self.it, self.facilitator, now=now)
        words = self.words
        sittings.plan(
            draft=self.key,
            again=[at(self.starts_on, time.fromisoformat(each)) for each in words.get("again", [])],
            system=self.it.system,
            **{name: words[name] for name in ROUND_FIELDS if name in words},
            about=self.about(),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            venue=self.it.venues[words["venue"]] if "venue" in words else None,
            booking_opens_at=self.opens_at(),
            booking_closes_at=self.starts_at - HOUR / 2,
            reminder_days=self.reminder_days,
            partners=[self.it.partners[key] for key in words["partners"]],
            facilitators=[self.it.cast[key] for key in words["facilitators"]],
            by=self.facilitator,
            now=now,
            **self.host(),
        )

    def opens_at(self):
        """Nobody can book before it is published."""
        if "published" in self.words:
            return self.days_before("published", PUBLISHED_AT)
        return self.days_before("planned", PLANNED_AT) + DAY

    def about(self):
        free = is_free(self.starts_on)
        return " ".join([self.words["about"], *([self.words["weekend"]] if free and "weekend" in self.words else [])])

    def host(self):
        where = scope(self.it, self.words["host"])
        second = {"co_host": self.it.partners[self.words["co_host"]]} if "co_host" in self.words else {}
        return second | ({} if where == self.it.system else {f"host_{type(where).__name__.lower()}": where})

    def publish(self, now):
        for round in Round.objects.sittings(self.round):
            scheduling.publish(round=round, by=self.facilitator, now=now)

    def keep_places(self, now):
        keeps = {"round": self.round, "way": self.round.ways[0], "by": self.facilitator, "now": now}
        if kept := self.words.get("reserve"):
            keeping.reserve(**keeps, **kept)
        if kept := self.words.get("group"):
            partner = self.it.partners[kept["partner"]]
            keeping.give_to_group(**keeps, places=kept["places"], organisation=partner)

    def name_helpers(self, now):
        for key in self.words.get("helpers", []):
            email = self.it.cast[key].email
            team.name(round=self.round, email=email, part=TeamPart.HELPER, by=self.facilitator, now=now)

    def release(self, now):
        """The facilitator sees how many letters these are and lets them go; the bell has them written at once."""
        logs.sign_in(self.it, self.facilitator, now=now)
        number = emails.invitation_audience(self.round, now=now).count()
        inviting.release_invitations(round=self.round, expected=number, by=self.facilitator, now=now)
        emails.invite(self.round, now=now)

    def postpone(self, now):
        """The room is not to be had, and a new date is not found yet."""
        words = {"reason": self.words["why"], "seen_version": self.round.version}
        postponing.postpone(round=self.round, by=self.facilitator, now=now, **words)

    def bookings(self):
        opened = self.days_before("released" if "released" in self.words else "published", RELEASED_AT)
        moments = [opened + hours * HOUR for hours, weight in ANSWERED_AFTER for _ in range(weight)]
        ends = self.days_before("postponed", time(0)) if "postponed" in self.words else self.starts_at - DAY
        moments = [moment for moment in moments if moment < ends]
        when = sorted(self.chance.choice(moments) for _ in range(self.words["book"]))
        for moment, person in zip(when, self.bookers(), strict=True):
            yield moment, self.books(person)
        for number in range(self.words["cancel"]):
            moment = self.starts_at - CANCELLED_BEFORE[number % len(CANCELLED_BEFORE)]
            yield moment, self.somebody_cancels
            yield moment + 3 * HOUR, self.those_offered_answer
        if "needs" in self.words:
            yield min(self.made_at, self.starts_at - DAY) - HOUR, self.say_needs
        if "offered" in self.words:
            yield self.made_at - 2 * HOUR, self.somebody_cancels

    def bookers(self):
        """Who would like to come, in the order in which they say so."""
        first, last = ([self.it.cast[key] for key in self.words.get(end, [])] for end in ("first", "last"))
        number = self.words["book"] - len(first) - len(last)
        crowd = self.chance.sample(self.it.people_who_come(self.words["partners"]), number)
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

    def those_offered_answer(self, now):
        for booking in Booking.objects.offered().filter(round=self.key).select_related("person"):
            registration.take_place(round=self.round, person=booking.person, now=now)

    def say_needs(self, now):
        """Some of the crowd, on the page that only they and nobody else reads beside their name."""
        named = [self.it.cast[key] for key in self.words.get("first", [])]
        places = (
            Booking.objects.with_a_place().filter(round=self.key).exclude(person__in=named).order_by("queue_number")
        )
        for booking, said in zip(places.select_related("person"), self.words["needs"], strict=False):
            said = {"diet": [], "food": "", "access": ""} | said
            needs.say(round=self.round, person=booking.person, **said, now=now)

    def make_cards(self, now):
        openings.opened(Opened.BOOKINGS, round=self.round, by=self.facilitator, now=now)
        paper.make_cards(round=self.round)

    # The hour itself, and after

    def tick_in(self, now):
        openings.opened(Opened.REGISTER, round=self.round, by=self.facilitator, now=now)
        places = Booking.objects.with_a_place().filter(round=self.key).select_related("person")
        round = self.round
        for booking in places.order_by("queue_number"):
            if self.chance.random() < self.words["came"]:
                came = attendance.tick_in(round=round, person=booking.person_id, now=now)
                if self.is_first(booking.person):
                    attendance.mark_first_round(round=round, key=came.pk, first=True, now=now)
        for said in self.walk_ins():
            attendance.add_walk_in(round=round, key=uuid.uuid4(), **said, now=now)

    def is_first(self, person):
        new = person.pk not in self.it.been_before
        self.it.been_before.add(person.pk)
        return new and self.chance.random() < SAY_IT_IS_THE_FIRST

    def walk_ins(self):
        """What they say of themselves, who came without a place."""
        for number in range(self.words["walk_in"]):
            key = self.chance.choice(self.words["partners"])
            group = self.it.group_of[self.chance.choice(self.it.staff[key]).pk]
            yield {"organisation": self.it.partners[key], "staff_group": group, "first_round": number == 0}

    def fill_in(self, now):
        box = FeedbackBox.objects.select_related("questionnaire").get(round=self.key)
        answers.fill_in(self, box, now=now)

    def close_register(self, now):
        """The team, who are ticked in nowhere, count themselves too."""
        headcount = Attendance.objects.filter(round=self.key).count() + len(self.words["facilitators"])
        attendance.close_register(round=self.round, headcount=headcount, now=now)

    def read_comments(self, now):
        """All but one may stand; where `unread` says so, some wait for whoever tries the demo."""
        found = sorted(comments_of(self.round), key=lambda comment: comment.text)
        for number, comment in enumerate(found[self.words.get("unread", 0) :]):
            verdict = comments.withhold if number == WITHHELD else comments.publish
            verdict(round=self.round, comment_id=comment.pk)


def told(it, name, remarks, *, now, kind=Story):
    """The story of each Round in that file, with remarks of its own."""
    remarks = iter(data.read("comments")[remarks])
    for words in data.read(name)["rounds"]:
        own = [next(remarks) for _ in range(words.get("comments", 0))]
        yield kind(it, stripped(words), moment_of(words, now=now), own, now)
