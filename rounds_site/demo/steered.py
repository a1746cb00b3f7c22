"""The steering group of North Vale: a meeting with what came of it, the next with its agenda, and who is to host."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

from members.access import today
from rounds.actions import new_hosts, steering

from . import data


def steps(it, *, now):
    """[(moment, what happens then)]"""
    words = data.read("steering")
    yield now - timedelta(days=words["met"]), partial(meet, it, words["lines"])
    for each in words["new_hosts"]:
        yield now - timedelta(days=each["since"]), partial(become_interested, it, each)
    yield now - timedelta(days=1), partial(plan_the_next, it, today(now) + timedelta(days=words["next"]))


def meet(it, lines, *, now):
    meeting = steering.plan(system=it.system, on=today(now), now=now)
    for words in lines:
        owner, due = it.cast.get(words.get("owner")), words.get("due")
        due_on = today(now) + timedelta(days=due) if due else None
        said = {"kind": words["kind"], "text": words["text"], "owner": owner, "due_on": due_on}
        line = steering.note(key=uuid4(), meeting=meeting, **said)
        if "done" in words:
            steering.settle(line=line, done=True, now=now + timedelta(days=words["done"]))


def plan_the_next(it, on, *, now):
    steering.plan(system=it.system, on=on, now=now)


def become_interested(it, words, *, now):
    host = new_hosts.begin(system=it.system, organisation=it.partners[words["partner"]], interested_on=today(now))
    for step in words["ticked"]:
        new_hosts.tick(host=host, step=step, done=True)
