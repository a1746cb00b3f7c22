"""What an administrator says of a partner's sign-in provider."""

from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator

from members.actions.domains import PUBLIC
from rounds_site.kit.fields import CheckboxesField, Form

from .fields import OneLineField

is_a_domain = DomainNameValidator(accept_idna=False)


class ProviderForm(Form):
    """`partners`: those of the system. `known`: the provider that is changed; its issuer stays and its secret is not
    shown."""

    button = "Save"

    name = OneLineField(
        missing="Enter a name",
        label="Name on the button",
        help_text="As its staff know it, for example Riverbank Hospital account",
        max_length=60,
    )
    organisations = CheckboxesField(
        label="Whose staff sign in with it?",
        help_text="If you choose several, each person says where they work when they come for the first time",
        error_messages={"required": "Choose at least one partner"},
    )
    issuer = OneLineField(
        missing="Enter the issuer",
        label="Issuer",
        help_text="An address that the partner's IT team gives you: the partner's own, not one shared by all",
        max_length=300,
    )
    client_id = OneLineField(missing="Enter the client ID", label="Client ID", max_length=190)
    secret = OneLineField(missing="Enter the client secret", label="Client secret", max_length=500)
    domains = forms.CharField(
        label="Email domains that it vouches for",
        help_text="One a line, for example riverbank.nhs.uk. Whoever comes with such an address is believed at once; "
        "anybody else is sent a code first",
        widget=forms.Textarea({"rows": 4}),
        required=False,
        max_length=4000,
    )
    second_step_words = OneLineField(
        missing="",
        label="Words that say a second step was shown",
        help_text="From amr, acr or acrs in its answer, with commas between them, for example mfa. "
        "Leave it empty and the portal asks for a second step of its own",
        required=False,
    )

    def __init__(self, *args, partners, known=None, **options):
        super().__init__(*args, **options)
        self.partners = {each.code: each for each in partners}
        self.fields["organisations"].choices = [(code, each.name) for code, each in self.partners.items()]
        self.fields["secret"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        if known:
            del self.fields["issuer"]
            self.fields["secret"].required = False
            self.fields["secret"].help_text = "One is kept, sealed. Leave this empty to keep it"

    def clean_organisations(self):
        return [self.partners[code] for code in self.cleaned_data["organisations"]]

    def clean_issuer(self):
        issuer = self.cleaned_data["issuer"]
        parts = urlsplit(issuer)
        wanted = {"https", "http"} if settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN else {"https"}
        if parts.scheme not in wanted or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValidationError("Enter an address that begins with https://", code="invalid")
        return issuer

    def clean_domains(self):
        lines = {line.strip().lower().removeprefix("@") for line in self.cleaned_data["domains"].splitlines()}
        return [domain_of_one_partner(each) for each in sorted(lines - {""})]

    def clean_second_step_words(self):
        return [word.strip() for word in self.cleaned_data["second_step_words"].split(",") if word.strip()]


def domain_of_one_partner(domain):
    try:
        is_a_domain(domain)
    except ValidationError:
        words = f"{domain[:100]} is not a domain: enter what follows the @"
        raise ValidationError(words, code="invalid") from None
    if domain in PUBLIC:
        raise ValidationError(f"Anybody can have an address at {domain}, so no partner can vouch for it", code="public")
    return domain
