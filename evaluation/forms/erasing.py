"""The word that erases an account."""

from django import forms
from django.core.exceptions import ValidationError

from rounds_site.kit.fields import Form
from rounds_site.kit.rendering import Field

WORD = "erase"


class EraseForm(Form):
    button = "Erase my account for good"

    erase = forms.CharField(
        label=f"To go on, type the word {WORD}", max_length=20, error_messages={"required": f"Type the word {WORD}"}
    )

    def layout(self):
        return [Field("erase", width=10, autocomplete="off", spellcheck="false")]

    def clean_erase(self):
        if self.cleaned_data["erase"].strip(" .“”\"'").lower() != WORD:
            raise ValidationError(f"Type the word {WORD}, or leave this page and nothing changes")
        return WORD
