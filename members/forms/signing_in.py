"""What allauth asks of who signs in, in our words."""

from allauth.account.forms import (
    AddEmailForm,
    ConfirmEmailVerificationCodeForm,
    ConfirmLoginCodeForm,
    RequestLoginCodeForm,
)
from django.conf import settings
from django.core.exceptions import ValidationError

from rounds_site.kit.fields import KindWords

from .fields import EmailField

ASKED_TOO_OFTEN = "Too many codes were asked for just now. Please wait a minute, then try again."


def address_field():
    field = EmailField(label="Email address")
    field.widget.attrs |= {"autocomplete": "email", "type": "email"}
    return field


class AskForCodeForm(KindWords, RequestLoginCodeForm):
    email = address_field()

    def clean_email(self):
        try:
            return super().clean_email()
        except ValidationError as refusal:
            if refusal.code == "too_many_login_attempts":
                raise ValidationError(ASKED_TOO_OFTEN, code=refusal.code) from None
            raise


class AddAddressForm(KindWords, AddEmailForm):
    email = address_field()


class SaysHowLong(KindWords):
    """For both forms that take a code: how long it works, and what is missing where none was entered."""

    minutes = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        code = self.fields["code"]
        code.error_messages["required"] = "Enter the code from our letter"
        code.widget.attrs.pop("placeholder", None)


class EnterCodeForm(SaysHowLong, ConfirmLoginCodeForm):
    pass


class ConfirmAddressForm(SaysHowLong, ConfirmEmailVerificationCodeForm):
    pass
