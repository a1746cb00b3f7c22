"""A meeting of the steering group, its agenda, and what came of it."""

import datetime as dt
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from members.access import today
from rounds.states import LineKind
from rounds_site.kit.fields import Form, RadioField, SplitDateField
from rounds_site.kit.prints import print_of
from rounds_site.kit.rendering import Field, form_helper

from .naming import NameNobody, WordsField

AROUND = dt.timedelta(days=366)


class SteeringForm(Form):
    """A day that is over may be entered too: what a group decided before it came to the portal is kept in it."""

    button, mark_optional = "Enter the meeting", False

    on = SplitDateField(
        label="When does the group meet?",
        what="the day",
        help_text="For example, 4 8 2027. It may be over: then note what was decided",
    )

    def __init__(self, *args, now, **options):
        super().__init__(*args, **options)
        self.today = today(now)

    def clean_on(self):
        day = self.cleaned_data["on"]
        if abs(day - self.today) > AROUND:
            raise ValidationError("The day must be within a year of today")
        return day

    @property
    def helper(self):
        return form_helper(Field("on", size="s"), button=self.button, action=reverse("plan_steering"))


class AgendaForm(NameNobody):
    button, mark_optional = "Save the agenda", False
    free = ("agenda",)

    agenda = WordsField(
        label="Agenda",
        rows=10,
        required=False,
        limit=10_000,  # what is drawn for many hosts is long
        help_text="A line each. Name nobody who came, spoke or told a story",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, meeting, **options):
        initial = {"agenda": meeting.agenda, "seen": print_of(meeting.agenda)}
        super().__init__(*args, initial=initial, **options)

    def layout(self):
        return [Field("agenda", size="s"), "seen", "looked_at"]

    def said(self):
        return {name: self.cleaned_data[name] for name in ("agenda", "seen")}


class LineForm(NameNobody):
    """`people`: those who may see to it."""

    button, again = "Note it", "Note it as it is"
    free = ("text",)

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = RadioField(label="What is it?", choices=LineKind.choices, error_messages={"required": "Say what it is"})
    text = forms.CharField(
        label="In a line",
        max_length=200,
        help_text="Without a name: who sees to it is chosen below",
        error_messages={"required": "Write it in a line"},
    )
    owner = forms.ModelChoiceField(
        queryset=None,
        label="Who sees to it?",
        required=False,
        empty_label="Nobody yet",
        error_messages={"invalid_choice": "Choose somebody from the list"},
    )
    due_on = SplitDateField(label="By when?", what="the day", required=False, help_text="Of an action")

    def __init__(self, *args, meeting, people, **options):
        super().__init__(*args, initial={"key": uuid4(), "kind": LineKind.ACTION}, auto_id="line-%s", **options)
        self.meeting = meeting
        self.fields["owner"].queryset = people

    def clean_text(self):
        text = " ".join(self.cleaned_data["text"].split())
        if not text:
            raise ValidationError("Write it in a line")
        return text

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        if day and day < self.meeting.on:
            raise ValidationError("The day must not be before the meeting")
        return day

    def said(self):
        return {name: self.cleaned_data[name] for name in ("key", "kind", "text", "owner", "due_on")}

    @property
    def helper(self):
        fields = ["key", Field("kind", size="s", small=True), "text", "owner", Field("due_on", size="s"), "looked_at"]
        action = reverse("note_steering", args=[self.meeting.pk])
        return form_helper(*fields, button=self.button, kind="secondary", action=action)
