"""Who tells a story at a Round of the demo, and how far each of them has come by now."""

from datetime import time, timedelta

from rounds.actions import meetings, panel, stories
from rounds.models import Round, Storyteller
from rounds.states import Step, Use

from . import data
from .moments import DAY, HOUR, at

# So many days before the Round (after it, where negative) a step falls due; whoever keeps to it has done it then.
DUE = {Step.ONE_TO_ONE: 14, Step.UNRECOGNISABLE: 11, Step.GROUP: 6, Step.FOLLOW_UP: -3, Step.THANKED: -5}
DONE_ONE_BY_ONE = [kind for kind in Step if kind not in (*panel.DONE_BY_THEMSELVES, Step.AGREED)]
ORDER_SET = 5
ASKED_AT, ANSWERED_AT, WRITTEN_AT, SEEN_AT, ORDERED_AT = time(11), time(20, 15), time(21, 40), time(14), time(16, 30)
AFTERWARDS = timedelta(minutes=20)
# Times of day at which somebody might meet, each a day later than the one before.
HOURS = [time(9), time(13), time(17, 15)]


class Telling:
    """One storyteller; `words` is one table `panel` of rounds.toml."""

    def __init__(self, story, number, words):
        self.story, self.number, self.words = story, number, words

    def steps(self):
        """(moment, what happens then)"""
        yield self.day(self.words["asked"], ASKED_AT), self.ask
        if "agreed" in self.words:
            yield self.day(self.words["agreed"], ANSWERED_AT), self.agree
            if "story" in self.words:
                yield self.day(self.words["agreed"], WRITTEN_AT), self.write
            if "meet" in self.words:
                yield self.once_agreed(self.words["meet"]), self.propose
            yield from ((self.moment(kind), self.does(kind)) for kind in self.done_in_the_end())

    def day(self, before, clock):
        return at(self.story.day_before(before), clock)

    def once_agreed(self, before):
        """That day, but not before they have said yes, however many days nobody works."""
        return max(self.day(before, ASKED_AT), self.day(self.words["agreed"], ANSWERED_AT) + HOUR)

    def done_in_the_end(self):
        last = list(Step).index(self.words.get("until", Step.THANKED))
        return [kind for kind in DONE_ONE_BY_ONE if list(Step).index(kind) <= last]

    def moment(self, kind):
        if kind == Step.THERE:
            return self.story.starts_at
        return self.story.ends_at + AFTERWARDS if kind == Step.DEBRIEFED else at(self.due_on(kind), SEEN_AT)

    def due_on(self, kind):
        days = self.words.get(kind, DUE[kind])
        if days > 0:
            return self.story.day_before(days)
        return self.story.office_day(self.story.starts_on - days * DAY, DAY)

    def who(self):
        """Address and name."""
        if guest := self.words.get("guest"):
            return data.address_of(guest, domain="post.example"), guest
        it = self.story.it
        if key := self.words.get("who"):
            return it.cast[key].email, ""
        return it.somebody_at(self.words["at"], self.words["staff_group"]).email, ""

    @property
    def storyteller(self):
        return Storyteller.objects.get(round=self.story.key, person__email=self.who()[0])

    def owner(self):
        """The facilitators share the panel between them."""
        keys = self.story.words["facilitators"]
        return self.story.it.cast[keys[self.number % len(keys)]]

    def ask(self, now):
        email, called = self.who()
        panel.ask(round=self.story.round, email=email, called=called, by=self.owner(), now=now)

    def agree(self, now):
        """The facilitator sets the days at once."""
        storyteller = self.storyteller
        panel.agree(storyteller=storyteller, now=now)
        for kind in DUE:
            panel.set_step(storyteller=storyteller, kind=kind, due_on=self.due_on(kind), owner=self.owner(), now=now)

    def propose(self, now):
        """And they say when they can."""
        said = {"times": around(self.due_on(Step.ONE_TO_ONE), self.story), "place": "The small library, first floor"}
        meeting = meetings.propose(
            round=self.story.round, storyteller=self.storyteller, **said, by=self.owner(), now=now
        )
        meetings.answer(meeting=meeting, person=self.storyteller.person, can=meeting.times[1:], now=now)

    def write(self, now):
        """And share it with whoever prepares it with them."""
        mine = {"storyteller": self.storyteller, "now": now}
        stories.write(text=self.words["story"].strip(), seen_version=0, **mine)
        stories.share(people=[self.owner()], **mine)
        stories.allow(uses=[Use.THEME], **mine)

    def does(self, kind):
        def step(now):
            panel.set_step(storyteller=self.storyteller, kind=kind, done=True, now=now)

        return step


def around(day, story):
    """Times to choose from, the last on that day."""
    return [at(story.office_day(day - days * DAY), clock) for days, clock in zip((2, 1, 0), HOURS, strict=True)]


def steps(story):
    """All that happens about the panel of a Round."""
    tellings = [Telling(story, number, words) for number, words in enumerate(story.words.get("panel", []))]
    for telling in tellings:
        yield from telling.steps()
    if tellings:
        yield tellings[0].day(ORDER_SET, ORDERED_AT), order_of(story, tellings)
        yield story.starts_at - HOUR / 3, order_of(story, tellings)
    if "meeting" in story.words:
        proposed_at = tellings[0].once_agreed(story.words["meeting"])
        yield proposed_at, propose_to_all(story, tellings[0])
        yield proposed_at + DAY, set_for_all(story, tellings[0])


def propose_to_all(story, first):
    def propose(now):
        said = {
            "times": around(first.due_on(Step.GROUP), story),
            "place": "Online: https://meet.north-vale.example/to-prepare",
        }
        meetings.propose(round=story.round, storyteller=None, **said, by=first.owner(), now=now)

    return propose


def set_for_all(story, first):
    """Once one storyteller and one facilitator have said when they can."""

    def set_it(now):
        meeting = story.round.meetings.get()
        meetings.answer(meeting=meeting, person=first.storyteller.person, can=meeting.times[:2], now=now)
        meetings.answer(meeting=meeting, person=first.owner(), can=meeting.times[1:], now=now)
        meetings.fix(meeting=meeting, time=meeting.times[1], now=now)

    return set_it


def order_of(story, tellings):
    """As they stand in the file; those who have not agreed have no turn."""

    def set_order(now):
        order = [telling.storyteller.pk for telling in tellings]
        panel.set_order(round=Round.objects.get(pk=story.key), order=order, now=now)

    return set_order
