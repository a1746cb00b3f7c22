"""What an empty portal is asked, whether on the command line or at its prompts."""

import re
from email.utils import parseaddr

from django.core.exceptions import ValidationError

from rounds_site.kit.fields import Form

from .fields import EmailField, OneLineField

CODE = re.compile(r"[A-Z0-9]{2,12}")


class AdministratorField(OneLineField):
    """“Name <address>”, cleaned to (name, address)."""

    def clean(self, value):
        words = super().clean(value)
        name, email = parseaddr(words)
        if not name or not email:
            raise ValidationError(f"“{words}” must be a name and an address: Ada Example <ada@trust.example>")
        return name, EmailField().clean(email)


class BeginForm(Form):
    system_code = OneLineField(missing="Say the code of the system, like QYG", max_length=12)
    system_name = OneLineField(missing="Say the name of the system", max_length=200)
    short_name = OneLineField(missing="Say its short name, as in “Rounds in North Vale”", max_length=60)
    administrator_1 = AdministratorField(missing="Name the first administrator", max_length=300)
    administrator_2 = AdministratorField(missing="Name a second administrator", max_length=300)
    sender = EmailField(missing="Say the address that letters come from")
    sender_name = OneLineField(missing="", required=False, empty_value="Schwartz Rounds")
    test_letter_to = EmailField(required=False)

    def clean_system_code(self):
        code = self.cleaned_data["system_code"].upper()
        if not CODE.fullmatch(code):
            raise ValidationError("The code of the system must be 2 to 12 letters and numbers, like QYG")
        return code

    def clean(self):
        said = self.cleaned_data
        first, second = said.get("administrator_1"), said.get("administrator_2")
        if first and second and first[1] == second[1]:
            self.add_error("administrator_2", "The two administrators must have two addresses: each signs in alone")
        return said

    @property
    def administrators(self):
        return [self.cleaned_data["administrator_1"], self.cleaned_data["administrator_2"]]

    @property
    def facts(self):
        """The fields of the System."""
        said = self.cleaned_data
        return {
            "code": said["system_code"],
            "name": said["system_name"],
            "short_name": said["short_name"],
            "sender_name": said["sender_name"] or "Schwartz Rounds",
            "sender_address": said["sender"],
        }
