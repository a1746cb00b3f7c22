"""Fields that several forms of this app share."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError

from members.models.person import plain_email

WRONG_CODE = "A code has 2 to 12 letters and numbers, like RXX"


class OneLineField(forms.CharField):
    """Words on one line. A line break or a control character in a name would end up in the head of a letter."""

    def __init__(self, *, missing, **options):
        options.setdefault("max_length", 100)
        super().__init__(**options)
        self.error_messages["required"] = missing

    def to_python(self, value):
        words = " ".join(super().to_python(value).split())
        if any(unicodedata.category(letter) == "Cc" for letter in words):
            raise ValidationError("Leave out characters that cannot be seen", code="control")
        return words


class CodeField(forms.CharField):
    """A code as ODS gives them, in capitals."""

    def __init__(self, **options):
        super().__init__(max_length=12, **options)
        self.error_messages["max_length"] = WRONG_CODE

    def to_python(self, value):
        code = super().to_python(value).upper()
        if code and not re.fullmatch(r"[A-Z0-9]{2,12}", code):
            raise ValidationError(WRONG_CODE, code="invalid")
        return code


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
