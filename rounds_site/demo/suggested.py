"""What Rounds of the demo led to: suggestions handed on, and one that was answered for all to read."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

from rounds.actions import suggestions
from rounds.models import Suggestion
from rounds_site.kit.prints import print_of

from . import data


def steps(it, *, now):
    """[(moment, what happens then)]"""
    for words in data.read("suggestions")["suggestions"]:
        yield now - timedelta(days=words["handed_on"]), partial(hand_on, it, words)
        if "answered" in words:
            yield now - timedelta(days=words["answered"]), partial(answer, words)


def hand_on(it, words, *, now):
    suggestions.hand_on(key=uuid4(), organisation=it.partners[words["to"]], text=words["text"], now=now)


def answer(words, *, now):
    row = Suggestion.objects.get(text=words["text"])
    suggestions.answer(suggestion=row, answer=words["answer"], shared=words["shared"], seen=print_of(""))
