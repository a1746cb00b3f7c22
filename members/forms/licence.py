"""The licence of a system, and the memoranda under it."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from rounds_site.kit.fields import Form, SplitDateField
from rounds_site.kit.rendering import Field, form_helper

from .fields import OneLineField

YEAR = dt.timedelta(days=366)
# So many years a licence may run: more is a year mistyped, and nobody would be told of its end.
LONGEST = 10


class LicenceForm(Form):
    """`partners`: those who may hold it; nobody chosen is the system itself."""

    button = "Save"

    holder = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Who holds it?",
        error_messages={"invalid_choice": "Choose a partner from the list"},
    )
    number = OneLineField(missing="Enter its number", label="Number", max_length=60)
    starts_on = SplitDateField(label="First day", what="its first day", help_text="For example, 1 4 2027")
    last_on = SplitDateField(
        label="Last day",
        what="its last day",
        required=False,
        help_text="Leave it empty where none was agreed. Administrators get a letter 90 and 30 days before.",
    )

    def __init__(self, *args, system, partners, **options):
        super().__init__(*args, **options)
        self.fields["holder"].queryset = partners
        self.fields["holder"].empty_label = f"{system} itself"

    def clean_last_on(self):
        first, last = self.cleaned_data.get("starts_on"), self.cleaned_data["last_on"]
        if first and last and last < first:
            raise ValidationError("The last day must not be before the first")
        if first and last and last - first > LONGEST * YEAR:
            raise ValidationError(f"The last day must be within {LONGEST} years of the first")
        return last

    def layout(self):
        return ["holder", Field("number", width=20), Field("starts_on", size="s"), Field("last_on", size="s")]


class CoverageForm(Form):
    """`partners`: those of the system that are not covered yet."""

    button, mark_optional = "Note a memorandum", False

    organisation = forms.ModelChoiceField(
        queryset=None,
        label="Partner",
        empty_label="Choose one",
        error_messages={"required": "Choose a partner", "invalid_choice": "Choose a partner from the list"},
    )
    memorandum_on = SplitDateField(
        label="Day of the memorandum", what="the day of the memorandum", help_text="For example, 12 5 2027"
    )

    def __init__(self, *args, system, partners, **options):
        super().__init__(*args, **options)
        self.system = system
        self.fields["organisation"].queryset = partners

    def clean_memorandum_on(self):
        """It may be agreed for a day to come, though not for one years ahead."""
        day = self.cleaned_data["memorandum_on"]
        if day > timezone.localdate() + YEAR:
            raise ValidationError("The day of the memorandum must not be more than a year ahead")
        return day

    @property
    def helper(self):
        layout = ["organisation", Field("memorandum_on", size="s")]
        action = reverse("cover_partner", args=[self.system.code])
        return form_helper(*layout, button=self.button, kind="secondary", action=action)
