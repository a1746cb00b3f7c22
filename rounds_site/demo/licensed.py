"""The licence of North Vale: held by its board, with memoranda for those who host, all but one; it ends soon."""

from datetime import timedelta
from functools import partial

from members.access import today
from members.actions import licences

from . import data


def steps(it, *, now):
    """[(moment, what happens then)]"""
    words = data.read("partners")["licence"]
    ends_on = today(now) + timedelta(days=words["ends_in"])
    yield now - timedelta(days=words["entered"]), partial(enter, it, words, ends_on)


def enter(it, words, last_on, *, now):
    by = it.cast["administrator"]
    facts = {"holder": it.partners[words["holder"]], "number": words["number"], "starts_on": today(now)}
    licence = licences.keep(system=it.system, facts=facts | {"last_on": last_on}, by=by, now=now)
    for key in words["covers"]:
        licences.cover(licence=licence, organisation=it.partners[key], memorandum_on=today(now), by=by, now=now)
