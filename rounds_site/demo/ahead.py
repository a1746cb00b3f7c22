"""What North Vale has planned for later in the year."""

import uuid
from datetime import time, timedelta
from functools import partial

from django.utils import timezone

from rounds.actions import avoided, series, templates
from rounds.actions.series import Booking
from rounds.days import FURTHEST_AHEAD, Rule

from . import data

FIELDS = "title about format online_places joining_details".split()


def steps(it, *, now):
    """[(moment, what happens then)]"""
    words, today = data.read("ahead"), timezone.localdate(now)
    planned = now - timedelta(days=words["series"]["planned"])
    yield planned, partial(plan, it, words["series"], today)
    for each in words["templates"]:
        yield planned, partial(keep_template, it, each)
    for each in words["avoided"]:
        yield planned, partial(avoid, it, each, today)


def keep_template(it, words, *, now):
    templates.add(system=it.system, facts=words)


def avoid(it, words, today, *, now):
    first, last = (today + timedelta(days=words[name]) for name in ("from", "until"))
    partner = it.partners[words["partner"]] if "partner" in words else None
    avoided.add(system=it.system, organisation=partner, starts_on=first, ends_on=last, why=words["why"])


def plan(it, words, today, *, now):
    rule = Rule(
        **{name: words[name] for name in ("week", "weekday", "number")},
        every=1,
        first_on=today + timedelta(days=words["from"]),
        starts=time.fromisoformat(words["starts"]),
        ends=time.fromisoformat(words["ends"]),
        months_off=tuple(words["months_off"]),
    )
    series.plan(
        draft=uuid.uuid4(),
        system=it.system,
        rule=rule,
        days=[each.day for each in rule.considered(until=today + FURTHEST_AHEAD) if not each.why],
        booking=Booking(opens_days=42, closes="day"),
        reminder_days=[7, 1],
        partners=[it.partners[key] for key in words["partners"]],
        facilitators=[it.cast[key] for key in words["facilitators"]],
        by=it.cast[words["facilitators"][0]],
        now=now,
        **{name: words[name] for name in FIELDS},
    )
