"""A partner that is on its way to hosting Rounds."""

from django import forms
from django.urls import reverse
from django.utils import timezone

from rounds_site.kit.fields import Form, SplitDateField
from rounds_site.kit.rendering import Field, form_helper


class NewHostForm(Form):
    """`partners`: those that are not on the list yet."""

    button, mark_optional = "Put it on the list", False

    organisation = forms.ModelChoiceField(
        queryset=None,
        label="Which partner is interested?",
        empty_label="Choose one",
        error_messages={"required": "Choose a partner", "invalid_choice": "Choose a partner from the list"},
    )
    interested_on = SplitDateField(label="Since when?", what="the day", help_text="For example, 4 8 2027")

    def __init__(self, *args, partners, **options):
        super().__init__(*args, initial={"interested_on": timezone.localdate()}, **options)
        self.fields["organisation"].queryset = partners

    @property
    def helper(self):
        fields = [Field("organisation", size="s"), Field("interested_on", size="s")]
        return form_helper(*fields, button=self.button, kind="secondary", action=reverse("add_new_host"))
