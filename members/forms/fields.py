"""Fields that several forms of this app share."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError

from members.models.person import plain_email


class OneLineField(forms.CharField):
    """Words on one line. A line break or a control character in a name would end up in the head of a letter."""

    default_error_messages = {"max_length": "Use %(limit_value)d characters or fewer"}

    def __init__(self, *, missing, **options):
        options.setdefault("max_length", 100)
        super().__init__(**options)
        self.error_messages["required"] = missing

    def to_python(self, value):
        words = " ".join(super().to_python(value).split())
        if any(unicodedata.category(letter) == "Cc" for letter in words):
            raise ValidationError("Leave out characters that cannot be seen", code="control")
        return words


class EmailField(forms.EmailField):
    """An address, kept in small letters."""

    def __init__(self, *, missing="Enter an email address", **options):
        options.setdefault("max_length", 254)
        super().__init__(**options)
        self.error_messages["required"] = missing
        self.widget.attrs |= {"autocomplete": options.get("autocomplete", "off"), "spellcheck": "false"}

    default_error_messages = {"invalid": "Enter an email address in the correct format, like name@example.com"}

    def run_validators(self, value):
        try:
            super().run_validators(value)
        except ValidationError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def to_python(self, value):
        return plain_email(super().to_python(value))
