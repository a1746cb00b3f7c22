"""How voices are found in North Vale: what staff have written, who was asked in passing, and the bank of themes."""

import uuid
from datetime import time, timedelta
from functools import partial

from django.utils import timezone

from rounds.actions import approaches, offers, themes, voices
from rounds.models import Round
from rounds.models.voices import quarter_of, year_counted
from rounds.states import Voice

from . import data
from .moments import DAY, at, working_day

WRITTEN_AT, ASKED_AT = time(21, 15), time(13, 20)


def steps(it, *, now):
    """[(moment, what happens then)]"""
    words = data.read("voices")
    for each in words["offers"]:
        yield days_ago(each["days"], WRITTEN_AT, now), partial(offer, it, each)
    for each in words["asked"]:
        yield days_ago(each["days"], ASKED_AT, now), partial(note, it, each)
    yield now, partial(keep_themes, it, words["themes"])
    yield now, partial(count, it, words["told"])


def days_ago(number, clock, now):
    return at(working_day(timezone.localdate(now) - number * DAY, -DAY), clock)


def offer(it, words, *, now):
    said = {name: words.get(name, "") for name in ("about", "theme", "reach")}
    readers = [(it.system, it.cast[key]) for key in words["to"]]
    offers.make(person=it.somebody_at(words["at"], words["staff_group"]), readers=readers, **said, now=now)


def note(it, words, *, now):
    if "at" in words:
        person = it.somebody_at(words["at"], words["staff_group"])
        said = {"name": person.name, "email": person.email}
    else:
        said = {"name": words["name"]}
    approaches.note(system=it.system, **said, by=it.cast[words["by"]], now=now)


def keep_themes(it, words, *, now):
    """With the Rounds that were held under them, found by what they are called."""
    titles = {each["key"]: each["title"] for each in data.read("past")["rounds"]}
    for each in words:
        said = {name: each.get(name, "") for name in ("title", "about", "went")}
        suggested = each.get("is_suggested", False)
        theme = themes.add(key=uuid.uuid4(), system=it.system, **said, is_suggested=suggested, now=now)
        if not suggested:
            held = Round.objects.filter(title__in=[titles[key] for key in each.get("rounds", [])], starts_at__lt=now)
            themes.keep(theme=theme, **said, rounds=held, now=now)


def count(it, words, *, now):
    """Of panels so long ago that nothing else is left of them."""
    _, after = year_counted(timezone.localdate(now))
    for each in words:
        quarter = after
        for _ in range(each["back"]):
            quarter = quarter_of(quarter - timedelta(days=1))
        for kind in Voice:
            for sector, number in each.get(kind, {}).items():
                voices.add(number, system=it.system, quarter=quarter, kind=kind, sector=sector)
