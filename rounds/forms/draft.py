"""The answers given so far to the questions of a plan."""

from functools import cached_property

from django.http import QueryDict

from .planning import AboutForm, BookingForm, FormatForm, SystemForm, WhenForm, WhoForm
from .rooms import PlacesForm, WhereForm
from .team import TeamForm

FORMS = {
    "system": SystemForm,
    "about": AboutForm,
    "format": FormatForm,
    "when": WhenForm,
    "where": WhereForm,
    "who": WhoForm,
    "places": PlacesForm,
    "booking": BookingForm,
    "team": TeamForm,
}


class Unanswered(Exception):
    """A question before this one has no answer, or none that still holds; its step is the argument."""


class Draft:
    """A plan in the making: `answers` holds for each step what was typed, as {name: [value, …]}.

    What was typed is kept, not what was understood: an answer may cease to hold (the day passes, the room changes),
    and its form then says so.
    """

    def __init__(self, key, answers, *, person, systems, now):
        self.key, self.answers = key, answers
        self.person, self.systems, self.now = person, list(systems), now
        self._forms = {}

    @property
    def steps(self):
        return [step for step in FORMS if step != "system" or len(self.systems) > 1]

    @cached_property
    def system(self):
        return self.facts("system")["system"] if len(self.systems) > 1 else self.systems[0]

    @property
    def format(self):
        return self.facts("format")["format"]

    @property
    def room_limit(self):
        self.facts("where")
        return self.form("where").room_limit

    def form(self, step):
        """The step's form with what was typed there, or empty."""
        if step not in self._forms:
            self._forms[step] = FORMS[step](self._typed(step), draft=self)
        return self._forms[step]

    def asked(self, step, data):
        """The step's form with what is typed now."""
        return FORMS[step](data, draft=self)

    def facts(self, step):
        form = self.form(step)
        if not form.is_valid():
            raise Unanswered(step)
        return form.facts()

    @property
    def first_open(self):
        """The first question without an answer that holds; the first of all where every one has."""
        for step in self.steps:
            try:
                self.facts(step)
            except Unanswered:
                return step
        return self.steps[0]

    def all_facts(self):
        """Everything that ``scheduling.plan`` wants to know; Unanswered where something is missing."""
        facts = {"system": self.system}
        for step in self.steps:
            facts |= self.facts(step)
        return facts

    def summary(self):
        """(step, question, lines of the answer) of every question."""
        return [(step, question, lines) for step in self.steps for question, lines in self.form(step).summary()]

    def after(self, step):
        """The next step; "check" after the last."""
        return [*self.steps, "check"][self.steps.index(step) + 1]

    def before(self, step):
        position = [*self.steps, "check"].index(step)
        return self.steps[position - 1] if position else None

    def _typed(self, step):
        return typed_again(self.answers[step]) if step in self.answers else None


def typed_again(answers):
    """What a browser sent, from {name: [value, …]}."""
    data = QueryDict(mutable=True)
    for name, values in answers.items():
        data.setlist(name, values)
    return data
