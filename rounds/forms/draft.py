"""The answers given so far to the questions of a plan."""

from functools import cached_property

from django.utils import timezone

from rounds import clashes
from rounds.actions.series import JUST_COME
from rounds.days import moments
from rounds.models import Round, RoundTemplate
from rounds.states import Format
from rounds_site.kit.links import as_uuid
from rounds_site.kit.typed import typed_again

from .booking_times import BookingForm
from .planning import AboutForm, FormatForm, SystemForm, WhoForm
from .reserving import reserved_like
from .rooms import BOOKED, FREED, PlacesForm, WhereForm
from .series import DaysForm, SeriesAboutForm, SeriesBookingForm, SeriesWhenForm, StartForm
from .team import TeamForm
from .when import WhenForm

FORMS = {
    "start": StartForm,
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

OF_A_SERIES = {"about": SeriesAboutForm, "when": SeriesWhenForm, "booking": SeriesBookingForm}


# What ``sittings.plan`` takes beside the Round's own fields.
NOT_ITS_OWN = {"partners", "facilitators", "new_room", "again", "reserves"}


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
        left_out = {"system"} if len(self.systems) == 1 else set()
        left_out |= set() if self.needs_booking else {"booking"}
        return [step for step in FORMS if step not in left_out]

    @property
    def needs_booking(self):
        """As it was answered, whether or not the rest of that answer holds; else one books. A Round with a link is
        always booked."""
        just_come = self.answers.get("places", {}).get("booked") == [BOOKED[False][0]]
        return not just_come or self.answers.get("format", {}).get("format") != [Format.IN_PERSON]

    @property
    def is_series(self):
        """One Round is planned unless the first question, which nobody has to answer, says otherwise."""
        return self.answers.get("start", {}).get("kind") == ["series"]

    @cached_property
    def is_of_an_idea(self):
        """One Round comes of an idea, never a series."""
        return Round.objects.ideas().filter(pk=self.key).exists()

    @cached_property
    def template(self):
        """The one that the plan began with, while it is kept and of its system; or None."""
        key = as_uuid(next(iter(self.answers.get("start", {}).get("template", [])), ""))
        if not key:
            return None
        return RoundTemplate.objects.filter(pk=key, system=self.system).first()

    @cached_property
    def system(self):
        return self.facts("system")["system"] if len(self.systems) > 1 else self.systems[0]

    @property
    def kind(self):
        return self.facts("about")["kind"]

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
            self._forms[step] = self._kind_of(step)(self._typed(step), draft=self)
        return self._forms[step]

    def _kind_of(self, step):
        return OF_A_SERIES.get(step, FORMS[step]) if self.is_series else FORMS[step]

    def asked(self, step, data):
        """The step's form with what is typed now."""
        return self._kind_of(step)(data, draft=self)

    def days_form(self, data=None):
        """Which of the days of a series become Rounds."""
        self.facts("when")
        considered = self.form("when").considered
        return DaysForm(
            data, considered=considered, hints=self._clashes_of([each for each in considered if not each.why])
        )

    def clashes(self):
        """What speaks against the one Round, now that all is known of it."""
        facts = self.all_facts()
        day = timezone.localdate(facts["starts_at"])
        return self._around([day]).of_plan(facts["starts_at"], facts["ends_at"], **self._of_plan(facts))

    def _clashes_of(self, considered):
        """{day: in one line}"""
        facts, rule = self.all_facts(), self.facts("when")["rule"]
        around = self._around([each.day for each in considered])
        said = {}
        for each in considered:
            clashes = around.of_plan(*moments(each.day, rule.starts, rule.ends), **self._of_plan(facts))
            if clashes:
                said[each.day.isoformat()] = " ".join(clashes)
        return said

    def _around(self, days):
        return clashes.Around(self.system, days, person=self.person, now=self.now)

    def _of_plan(self, facts):
        return {
            "hosts": (facts["host_organisation"], facts["host_place"]),
            "venue": facts["venue"],
            "partners": {each.pk for each in facts["partners"]},
            "facilitators": [each.pk for each in facts["facilitators"]],
        }

    def facts(self, step):
        form = self.form(step)
        if not form.is_valid():
            raise Unanswered(step)
        return form.facts()

    @property
    def first_open(self):
        """The first question without an answer that holds; the first of all where every one has."""
        for step in self.questions:
            try:
                self.facts(step)
            except Unanswered:
                return step
        return self.questions[0]

    @property
    def questions(self):
        """The steps that somebody has to answer."""
        return [step for step in self.steps if step != "start"]

    def all_facts(self):
        """Everything that ``scheduling.plan`` wants to know; Unanswered where something is missing."""
        facts = {"system": self.system}
        for step in self.questions:
            facts |= self.facts(step)
        return facts if self.needs_booking else facts | self._from_now_until_it_starts()

    def _from_now_until_it_starts(self):
        """Of a Round that nobody books: when people may be invited, and learn of it."""
        if self.is_series:
            return {"booking": JUST_COME, "reminder_days": []}
        starts_at = self.facts("when")["starts_at"]
        return {"booking_opens_at": self.now, "booking_closes_at": starts_at, "reminder_days": []}

    def round(self):
        """As it would be saved, and how many facilitators are named; for a look at its rules."""
        facts = self.all_facts()
        fields = {name: value for name, value in facts.items() if name not in NOT_ITS_OWN}
        return Round(created_at=self.now, **fields), len(facts["facilitators"])

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


def like(round, facilitators):
    """What one would have typed for such a Round; when it is, and when one can book it, is asked anew."""
    host = {"host": "organisation" if round.host_organisation_id else "place" if round.host_place_id else "system"}
    host |= {"host_organisation": round.host_organisation_id, "host_place": round.host_place_id}
    host |= {"co_host": round.co_host_id}
    where = {"room": round.venue_id, "joining_details": round.joining_details, "joining_hours": round.joining_hours}
    answers = {
        "system": {"system": round.system_id},
        "about": {name: getattr(round, name) for name in ("title", "subject", "kind", "unit", "about")},
        "format": {"format": round.format},
        "where": where,
        "who": host | {"partners": [each.pk for each in round.partners.all()]},
        "places": {name: getattr(round, name) for name in ("places", "online_places", "food")}
        | reserved_like(round)
        | {"freed": FREED[round.gives_outright][0], "booked": BOOKED[round.needs_booking][0]},
        "team": {"facilitators": [each.pk for each in facilitators], "alone": "1"},
    }
    return {step: {name: _as_typed(value) for name, value in asked.items()} for step, asked in answers.items()}


def _as_typed(value):
    values = value if isinstance(value, list) else [] if value in (None, "") else [value]
    return [str(each) for each in values]
