"""The questions of North Vale: first what came with the portal, then a version of its own, and a draft of the next."""

from datetime import time, timedelta
from functools import partial

from evaluation.actions import questionnaires, versions
from evaluation.models import Questionnaire
from evaluation.reports.half_years import HalfYear
from evaluation.states import Occasion

from .moments import at

WRITTEN_BEFORE, WRITTEN_AT, DRAFTED = timedelta(days=12), time(10, 20), timedelta(days=9)
NAME = "North Vale’s questions"
AGAIN = versions.Question("again", "I would come to a Round again.", "agreement")
RECOMMEND = versions.Question("recommend", "How likely are you to tell a colleague to come?", "likelihood")


def steps(it, *, now):
    """(moment, what happens then)"""
    starts_on = HalfYear.at(now).before().begins
    yield at(starts_on - WRITTEN_BEFORE, WRITTEN_AT), partial(write, it, starts_on)
    yield now - DRAFTED, partial(draft_the_next, it)


def write(it, starts_on, *, now):
    wording = versions.Wording(NAME, (*ours(), AGAIN))
    by = it.cast["administrator"]
    made = versions.write(system=it.system, wording=wording, by=by, now=now)
    choice = {"occasions": [Occasion.IN_PERSON], "starts_on": starts_on}
    versions.choose(system=it.system, questionnaire=made, by=by, now=now, **choice)


def draft_the_next(it, *, now):
    last = Questionnaire.objects.get(name=NAME)
    by = it.cast["administrator"]
    draft = versions.write_next(system=it.system, of=last, by=by, now=now)
    versions.change(draft=draft, wording=versions.Wording(NAME, (*ours(), AGAIN, RECOMMEND)), by=by, now=now)


def ours():
    return [versions.Question.of(each) for each in questionnaires.items_of("own")]
