"""What somebody has before them when they check a certificate. Without a token: these pages set no cookie."""

from django import forms

from evaluation import certificates
from rounds_site.kit.fields import Form, NumberField, SplitDateField
from rounds_site.kit.rendering import Field, form_helper

NOT_OURS = "These do not belong together. Compare each with the certificate, letter by letter"
AS_PRINTED = {"autocomplete": "off", "spellcheck": "false"}


class CheckCertificateForm(Form):
    name = forms.CharField(
        label="Name",
        help_text="As it stands on the certificate",
        max_length=200,
        widget=forms.TextInput(AS_PRINTED),
        error_messages={"required": "Enter the name on the certificate"},
    )
    day = SplitDateField(label="Date of the Round", what="the date on the certificate")
    minutes = NumberField(
        label="Length, in minutes",
        min_value=1,
        max_value=24 * 60,
        widget=forms.TextInput(AS_PRINTED | {"inputmode": "numeric"}),
        error_messages={
            "required": "Enter how many minutes the certificate says",
            "invalid": "Enter the number of minutes, in numerals",
            "min_value": "Enter the number of minutes that the certificate says",
            "max_value": "Enter the number of minutes that the certificate says",
        },
    )
    code = forms.CharField(
        label="Code",
        help_text="16 letters and numbers, like B7KM-29XQ-WTHC-4RNP",
        max_length=40,
        widget=forms.TextInput(AS_PRINTED | {"autocapitalize": "characters"}),
        error_messages={"required": "Enter the code on the certificate", "max_length": NOT_OURS},
    )

    @property
    def helper(self):
        fields = ["name", "day", Field("minutes", width=4), Field("code", width=20)]
        helper = form_helper(*fields, button="Check", csrf=False)
        helper.attrs = {"autocomplete": "off", "data-rd-from-fragment": ""}
        return helper

    def clean(self):
        said = super().clean()
        if not self.errors and not certificates.is_genuine(**said):
            self.add_error("code", NOT_OURS)
        return said
