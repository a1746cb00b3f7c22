"""What allauth asks of who signs in, in our words."""

from allauth.account.forms import (
    AddEmailForm,
    ConfirmEmailVerificationCodeForm,
    ConfirmLoginCodeForm,
    LoginForm,
    RequestLoginCodeForm,
    SetPasswordForm,
)
from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.actions import invitations
from rounds_site.kit.fields import KindWords

from .fields import EmailField, OneLineField

PASSKEY_UNKNOWN = "That passkey is not known here. Try another, or use a code."
ASKED_TOO_OFTEN = "Too many codes were asked for just now. Please wait a minute, then try again."


def address_field():
    field = EmailField(label="Email address")
    field.widget.attrs |= {"autocomplete": "email", "type": "email"}
    return field


class AskForCodeForm(KindWords, RequestLoginCodeForm):
    email = address_field()

    def clean_email(self):
        """Every address has an account from here on, and gets a code: which had one before, the page does not tell."""
        try:
            email = super().clean_email()
            self._user = invitations.account_for(email=email, now=timezone.now())
            return email
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


class LetterCodeForm(SaysHowLong, forms.Form):
    """The code that we wrote to somebody who is signed in already."""

    code = forms.CharField(label="Code from our letter", max_length=40)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["code"].widget.attrs |= {"autocomplete": "one-time-code", "spellcheck": "false"}


class AsksForAppCode(KindWords):
    """The app on one's phone, or a code on paper in its stead."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        code = self.fields["code"]
        code.label = "Code from the app, or from your paper"
        code.error_messages["required"] = "Enter the code from the app, or one from your paper"
        code.widget.attrs.pop("placeholder", None)
        code.widget.attrs["spellcheck"] = "false"


class SecondStepForm(AsksForAppCode, AuthenticateForm):
    pass


class ProveByAppForm(AsksForAppCode, ReauthenticateForm):
    pass


class SetUpAppForm(KindWords, ActivateTOTPForm):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        code = self.fields["code"]
        code.label = "Code from the app"
        code.error_messages["required"] = "Enter the code that the app shows"
        code.widget.attrs.pop("placeholder", None)


class NamesPasskey:
    """A name by which its owner tells a passkey from another."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        before = self.fields["name"]
        self.fields["name"] = OneLineField(
            missing="Enter a name", required=before.required, label="Name", help_text="For example, Work phone"
        )


class AddPasskeyForm(NamesPasskey, KindWords, AddWebAuthnForm):
    """It always signs in by itself: one kind of passkey, so that nobody has to know of two."""

    passwordless = None


class NamePasskeyForm(NamesPasskey, KindWords, EditWebAuthnForm):
    pass


class ShowsPasskey:
    """What a passkey answered. allauth says of a wrong one that a code is not right, and tells nobody of it."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["credential"].error_messages |= {"required": PASSKEY_UNKNOWN, "invalid": PASSKEY_UNKNOWN}

    def clean_credential(self):
        try:
            return super().clean_credential()
        except ValidationError as refusal:
            if refusal.code != "incorrect_code":
                raise
            if self.user:
                self._tell()
            raise ValidationError(PASSKEY_UNKNOWN, code=refusal.code) from None

    def _tell(self):
        passkey = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN).first()
        if passkey:
            signals.authentication_failed.send(
                sender=Authenticator, request=context.request, user=self.user, authenticator=passkey
            )


class PasskeySignInForm(ShowsPasskey, KindWords, LoginWebAuthnForm):
    pass


class SecondStepPasskeyForm(ShowsPasskey, KindWords, AuthenticateWebAuthnForm):
    pass


class ProveByPasskeyForm(ShowsPasskey, KindWords, ReauthenticateWebAuthnForm):
    pass


class PasswordSignInForm(KindWords, LoginForm):
    """Where a site wants passwords. Staying signed in for longer is offered to nobody."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["login"] = address_field()
        self.fields.pop("remember", None)
        password = self.fields["password"]
        password.error_messages["required"] = "Enter your password"
        password.help_text = ""
        password.widget.attrs.pop("placeholder", None)


class YourPasswordForm(KindWords, SetPasswordForm):
    button = "Save"

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        first, again = self.fields["password1"], self.fields["password2"]
        first.label, again.label = "New password", "The same again"
        first.help_text = "At least 12 characters. Three words that do not belong together are easy to keep in mind"
        first.error_messages["required"] = "Enter a new password"
        again.error_messages["required"] = "Enter the new password again"
        for field in (first, again):
            field.widget.attrs.pop("placeholder", None)
