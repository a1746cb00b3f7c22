"""The list of organisations that somebody downloaded."""

from django import forms
from django.core.exceptions import ValidationError

from members.actions.imports import LARGEST
from rounds_site.kit.fields import Form

TYPES = {"text/csv", "text/plain", "application/csv", "application/vnd.ms-excel", "application/octet-stream"}


class OdsListForm(Form):
    button = "Show me what would change"

    file = forms.FileField(
        label="ODS list, as a CSV file",
        allow_empty_file=True,
        max_length=200,
        help_text="Not larger than 2 MB. Nothing is imported until you have seen what would change.",
        error_messages={"required": "Choose a file", "invalid": "Choose a file"},
        widget=forms.FileInput({"accept": ".csv,text/csv"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith((".csv", ".txt")) or file.content_type not in TYPES:
            raise ValidationError("The file must be a CSV file. Save the list as “CSV UTF-8” and choose that file")
        if file.size > LARGEST:
            raise ValidationError("The file must be smaller than 2 MB. Choose the list of one region")
        return file


class AcceptForm(Form):
    """Carries what was previewed, so that nothing else is accepted."""

    button = "Import these organisations"

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
