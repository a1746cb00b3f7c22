"""After a Round: what was said of it, and who is owed a word by when."""

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from rounds.models.after import CARED_FOR
from rounds_site.kit.fields import Form, RadioField, SplitDateField
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.prints import print_of
from rounds_site.kit.rendering import Field, form_helper

from .naming import NameNobody, WordsField


class DebriefForm(NameNobody):
    """`debrief`: what is kept already, or None."""

    button, mark_optional = "Save", False
    free = ("went_well", "to_change")

    went_well = WordsField(label="What went well?", required=False)
    to_change = WordsField(label="What would we do differently?", required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, debrief, **options):
        kept = {name: getattr(debrief, name, "") for name in self.free}
        super().__init__(*args, initial=kept | {"seen": print_of(*kept.values())}, **options)

    def layout(self):
        return [Field("went_well", size="s"), Field("to_change", size="s"), "seen", "looked_at"]

    def said(self):
        return {name: self.cleaned_data[name] for name in (*self.free, "seen")}


class CareForm(Form):
    """`facilitators`: the people of whom one sees to it."""

    button, mark_optional = "Note it", False

    key = forms.UUIDField(widget=forms.HiddenInput)
    owner = RadioField(label="Who will get in touch?", error_messages={"required": "Choose who will get in touch"})
    due_on = SplitDateField(label="By when?", what="the date", help_text="For example, 4 8 2027")

    def __init__(self, *args, round, facilitators, **options):
        # So that a double click notes one.
        super().__init__(*args, auto_id="care-%s", initial={"key": uuid4()}, **options)
        self.round, self.facilitators = round, {str(person.pk): person for person in facilitators}
        self.fields["owner"].choices = [(key, str(person)) for key, person in self.facilitators.items()]

    def clean_owner(self):
        return self.facilitators[self.cleaned_data["owner"]]

    def clean_due_on(self):
        day, last = self.cleaned_data["due_on"], timezone.localdate(self.round.ends_at + CARED_FOR)
        if not timezone.localdate() <= day < last:
            raise ValidationError(f"The date must be from today on, and before {nhs_date(last, weekday=False)}")
        return day

    @property
    def helper(self):
        layout, action = [Field("owner", size="s", small=True), Field("due_on", size="s"), "key"], "owe_care"
        return form_helper(*layout, button=self.button, kind="secondary", action=reverse(action, args=[self.round.pk]))
