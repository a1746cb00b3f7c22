"""The order in which a panel speaks, and when each step of a preparation is due."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from rounds_site.kit.fields import Form, NumberField, RadioField, SplitDateField
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.rendering import Button, Buttons, Field, form_helper

AROUND_THE_ROUND = timedelta(days=366)


class OrderForm(Form):
    """A turn for each storyteller, from 1 on; the numbers need not be without a gap. `kind`: as in AskForm."""

    button, kind = "Set the order", ""

    def __init__(self, *args, round, storytellers, **kwargs):
        super().__init__(*args, **kwargs)
        self.round = round
        for number, each in enumerate(storytellers, start=1):
            name = str(each.person)
            wrong = f"Enter a whole number for {name}, like 1"
            self.fields[str(each.pk)] = NumberField(
                label=name,
                min_value=1,
                max_value=99,
                initial=number,
                widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong),
            )

    def layout(self):
        return [Field(name, size="s", width=2) for name in self.fields]

    def clean(self):
        said, seen = super().clean(), set()
        for key, turn in list(said.items()):
            if turn in seen:
                self.add_error(key, f"Give each story a turn of its own: two have {turn}")
            seen.add(turn)
        return said

    @property
    def helper(self):
        action = reverse("set_order", args=[self.round.pk])
        return form_helper(*self.layout(), button=self.button, kind=self.kind, action=action)

    @property
    def order(self):
        return [UUID(key) for key in sorted(self.cleaned_data, key=self.cleaned_data.get)]


class StepForm(Form):
    """`facilitators`: the people of whom one sees to it."""

    button = ""

    due_on = SplitDateField(label="When", what="the date", required=False, help_text="For example, 4 8 2027")
    owner = RadioField(
        label="Who sees to it", required=False, error_messages={"invalid_choice": "Choose one of the facilitators"}
    )

    def __init__(self, *args, step, round, facilitators, is_done, can_be_done, **kwargs):
        initial = {"due_on": step.due_on, "owner": str(step.owner_id or "")}
        super().__init__(*args, initial=initial, **kwargs)
        self.round, self.is_done, self.can_be_done = round, is_done, can_be_done
        if step.proposed_on:
            said = f"Best by {nhs_date(step.proposed_on)}, which moves with the Round: leave it empty for that"
            self.fields["due_on"].help_text = said
        self.facilitators = {str(person.pk): person for person in facilitators}
        names = [(key, str(person)) for key, person in self.facilitators.items()]
        self.fields["owner"].choices = [*names, ("", "Nobody yet")]

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        if day and abs(day - timezone.localdate(self.round.starts_at)) > AROUND_THE_ROUND:
            raise ValidationError("The date must be within a year of the Round")
        return day

    def layout(self):
        verb = Button("Undo", name="undo", kind="secondary") if self.is_done else Button("Mark as done", name="done")
        verbs = [verb] if self.is_done or self.can_be_done else []
        # Save comes first: a browser takes Enter in a date for the first button, and that must undo or mark nothing.
        return [
            Field("due_on", size="s", optional=False),
            Field("owner", size="s", small=True, optional=False),
            Buttons(Button("Save", name="save", kind="secondary"), *verbs),
        ]

    @property
    def helper(self):
        return form_helper(*self.layout(), button="", tag=False, csrf=False)

    def facts(self):
        return {"due_on": self.cleaned_data["due_on"], "owner": self.facilitators.get(self.cleaned_data["owner"])}
