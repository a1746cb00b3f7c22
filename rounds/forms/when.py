"""When a Round is, and at which other times that day: asked when it is planned, when it moves, and of a series."""

from datetime import datetime, timedelta
from functools import cached_property

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst

from members.models import Organisation
from rounds import clashes
from rounds.actions import sittings
from rounds.days import FURTHEST_AHEAD, LONGEST, day_it_ends
from rounds_site.kit.fields import SplitDateField, TimeField, london, which_of_two
from rounds_site.kit.formats import nhs_date, nhs_range, nhs_time
from rounds_site.kit.refusals import Refused
from rounds_site.kit.rendering import Button, Buttons, Field, Fieldset, Words

from .planning import PlanForm


def ends_by_itself(form):
    """Where the plan began with a template, how long it lasts is known."""
    if template := getattr(form.draft, "template", None):
        form.fields["ends"].required = False
        form.fields["ends"].help_text = f"Leave it empty for {template.minutes} minutes"


def fill_in_the_end(form, given):
    template = getattr(form.draft, "template", None)
    if template and given.get("starts") and "ends" in given and given["ends"] is None:
        starts = datetime.combine(timezone.localdate(form.draft.now), given["starts"])
        given["ends"] = (starts + timedelta(minutes=template.minutes)).time()


AGAIN = ("again_1", "again_2", "again_3")


def again_field(label):
    return TimeField(label=label, what="the time", required=False, help_text="")


class WhenForm(PlanForm):
    heading = "When?"

    day = SplitDateField(label="Date", what="the date of the Round", help_text="For example, 4 8 2027")
    starts = TimeField(label="It starts at", what="the time it starts")
    ends = TimeField(
        label="It ends at",
        what="the time it ends",
        help_text="Most Rounds last an hour. At night, a time after midnight is the next morning’s",
    )

    again_1 = again_field("Second time")
    again_2 = again_field("Third time")
    again_3 = again_field("Fourth time")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        ends_by_itself(self)

    def clean(self):
        given = super().clean()
        fill_in_the_end(self, given)
        if {"day", "starts", "ends"} <= set(given):
            day, starts, ends = given["day"], given["starts"], given["ends"]
            given["starts_at"] = self._moment("starts", day, starts)
            given["ends_at"] = self._moment("ends", day_it_ends(day, starts, ends), ends)
            if given["starts_at"] and given["ends_at"]:
                self._refuse(given["starts_at"], given["ends_at"])
            if not self.errors:
                self._clean_again(given)
        return given

    def _clean_again(self, given):
        """Whoever is to come at another time of the day: after the first, and not before that is over."""
        named = [name for name in AGAIN if given.get(name)]
        given["again"] = [self._moment(name, given["day"], given[name]) for name in named]
        if self.errors:
            return
        for name, start in zip(named, given["again"], strict=True):
            if start <= given["starts_at"]:
                self.add_error(name, "Enter the earliest time above, and the later ones here")
        if named and not self.errors:
            try:
                sittings.refuse_times([given["starts_at"], *given["again"]], given["ends_at"] - given["starts_at"])
            except Refused as refusal:
                self.add_error(named[0], str(refusal).rstrip("."))

    def _moment(self, name, day, at):
        try:
            return london(day, at)
        except ValidationError as skipped:
            self.add_error(name, skipped)

    def _refuse(self, starts_at, ends_at):
        now = self.draft.now
        if starts_at <= now:
            self.add_error("day", "The date of the Round must be in the future")
        elif starts_at > now + FURTHEST_AHEAD:
            self.add_error("day", "The date of the Round must be within the next 3 years")
        if ends_at <= starts_at:
            self.add_error("ends", "The time it ends must be after the time it starts")
        elif ends_at - starts_at > LONGEST:
            self.add_error("ends", "The time it ends must be within 8 hours of its start")

    button = ""

    def layout(self):
        onward = [Button("Continue")]
        if self.asks_again:
            # The check comes first: a browser takes Enter in a changed date for the first button, and nobody has seen
            # yet what speaks against that one.
            go_on = Button("Go on with this date", name="anyway", value="1")
            onward = [Button("Check again", kind="secondary"), go_on]
        once = [Field(name, size="s") for name in self.fields if name not in AGAIN]
        return [Words("rounds/clashes.html"), *once, *self._asks_for_more(), Buttons(*onward)]

    def _asks_for_more(self):
        more = [Field(name, size="s", optional=False) for name in AGAIN if name in self.fields]
        hint = "For people on shifts: they come to one of them. Each has a list, a room and feedback of its own"
        return [Fieldset("Is it repeated that day?", *more, hint=f"{hint}. Leave it empty if not")] if more else []

    @property
    def asks_again(self):
        """A clash forbids nothing: the page comes back once and says so."""
        return self.is_bound and self.is_valid() and "anyway" not in self.data and bool(self.clashes)

    @cached_property
    def clashes(self):
        """As far as it is known by then who comes and who facilitates."""
        when, system = {name: self.cleaned_data[name] for name in ("starts_at", "ends_at")}, self.draft.system
        day, person = timezone.localdate(when["starts_at"]), self.draft.person
        partners = Organisation.objects.in_system(system, on=timezone.localdate(self.draft.now))
        around = clashes.Around(system, [day], person=person, now=self.draft.now)
        keys = set(partners.values_list("pk", flat=True))
        return around.of_plan(**when, partners=keys, facilitators=[person.pk])

    def facts(self):
        return {name: self.cleaned_data[name] for name in ("starts_at", "ends_at", "again")}

    def summary(self):
        when = self.facts()
        lines = [nhs_date(when["starts_at"]), capfirst(nhs_range(when["starts_at"], when["ends_at"]))]
        lines += [words for words in map(which_of_two, (when["starts_at"], when["ends_at"])) if words]
        again = [capfirst(nhs_time(each)) for each in sorted(when["again"])]
        return [("When", lines), *([("And again at", again)] if again else [])]
