"""Times to meet: those that a facilitator proposes, and those at which somebody can."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from members.forms.fields import OneLineField
from rounds_site.kit.fields import CheckboxesField, Form, TimeField, london
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_time
from rounds_site.kit.rendering import Field, Fieldset, form_helper

MOST, FEWEST = 5, 2
# How far ahead, where the Round has no date.
AHEAD = dt.timedelta(days=60)


class ProposeForm(Form):
    """A day and a time of day, up to five times; `times` are the moments."""

    button, kind, mark_optional = "Ask who can", "", False

    place = OneLineField(missing="Enter where you meet", label="Where?", help_text="A quiet room, or a link")

    def __init__(self, *args, round, now, **options):
        super().__init__(*args, **options)
        self.round, self.now = round, now
        last = round.starts_at if round.has_a_date else now + AHEAD
        first = timezone.localdate(now)
        days = [first + dt.timedelta(days=n) for n in range((timezone.localdate(last) - first).days + 1)]
        choices = [("", "Choose a day"), *((str(day), nhs_date(day, year=False)) for day in days)]
        for number in range(1, MOST + 1):
            self.fields[f"day_{number}"] = forms.TypedChoiceField(
                label="Day",
                choices=choices,
                coerce=dt.date.fromisoformat,
                empty_value=None,
                required=False,
                error_messages={"invalid_choice": "Choose a day from the list"},
            )
            self.fields[f"clock_{number}"] = TimeField(label="Time", what="the time", required=False, help_text="")

    def layout(self):
        rows = [
            Fieldset(f"Time {number}", f"day_{number}", f"clock_{number}", size="s", css_class="rd-beside")
            for number in range(1, MOST + 1)
        ]
        return [*rows, Field("place", size="s")]

    @property
    def helper(self):
        return form_helper(*self.layout(), button=self.button, kind=self.kind)

    def clean(self):
        said, self.times = super().clean(), []
        for number in range(1, MOST + 1):
            if not {f"day_{number}", f"clock_{number}"} & set(self.errors):
                self._take(number, said.get(f"day_{number}"), said.get(f"clock_{number}"))
        if len(self.times) < FEWEST and not self.errors:
            self.add_error(f"day_{len(self.times) + 1}", "Give at least two times to choose from")
        return said

    def _take(self, number, day, clock):
        if day and not clock:
            self.add_error(f"clock_{number}", f"Enter a time for {nhs_date(day, year=False)}")
        elif clock and not day:
            self.add_error(f"day_{number}", f"Choose a day for {nhs_time(clock)}")
        elif day:
            try:
                self.times.append(self._checked(london(day, clock)))
            except ValidationError as error:
                self.add_error(f"clock_{number}", error)

    def _checked(self, moment):
        if moment <= self.now:
            raise ValidationError("Choose a time that has not passed")
        if self.round.has_a_date and moment >= self.round.starts_at:
            raise ValidationError("Choose a time before the Round begins")
        if moment in self.times:
            raise ValidationError("Choose each time once")
        return moment


class AnswerForm(Form):
    """Ticks; none is an answer too. `kind` of its button: only one on the page is green."""

    button, kind, mark_optional = "Save when I can", "", False

    can = CheckboxesField(
        label="When can you?", required=False, error_messages={"invalid_choice": "Select from the times shown"}
    )

    def __init__(self, *args, meeting, **options):
        super().__init__(*args, auto_id=f"can-{meeting.pk}-%s", **options)
        self.meeting = meeting
        self.fields["can"].choices = [(text, nhs_moment(each, year=False)) for text, each in meeting.moments.items()]

    @property
    def helper(self):
        action = reverse("answer_meeting", args=[self.meeting.pk])
        layout = Field("can", size="s", small=True)
        return form_helper(layout, button=self.button, kind=self.kind, action=action)
