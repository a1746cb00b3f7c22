"""What a system says of itself, and how it keeps things."""

import datetime as dt
import re

from django import forms
from django.core.exceptions import ValidationError

from members.actions.logos import as_logo
from members.actions.settings import refuse_pale
from members.models.organisation import DAYS_PROMISED
from rounds_site.kit.colours import HEX
from rounds_site.kit.fields import Form, NumberField, TimeField
from rounds_site.kit.refusals import Refused
from rounds_site.kit.rendering import Field, Fieldset

from .fields import EmailField, OneLineField


class WordsField(forms.CharField):
    """A few lines. Browsers end a line with two characters; one is kept, so that what stands is no change."""

    def __init__(self, *, rows, **options):
        super().__init__(required=False, max_length=2000, widget=forms.Textarea({"rows": rows}), **options)

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class SettingsForm(Form):
    """`logo` is cleaned to the bytes of the picture as it would be kept, b"" where none was chosen."""

    button = "Show me how it looks"

    name = OneLineField(missing="Enter the name of the system", label="Name of the system", max_length=200)
    short_name = OneLineField(
        missing="Enter the short name",
        label="Short name",
        max_length=60,
        help_text="As it stands in a sentence: Rounds in North Vale",
    )
    colour = forms.CharField(
        label="Colour of the header",
        help_text="As a brand guide gives it: #17424f. White words must be easy to read on it. Letters carry it too.",
        error_messages={"required": "Enter a colour"},
        widget=forms.TextInput({"spellcheck": "false", "autocomplete": "off"}),
    )
    logo = forms.FileField(
        label="Logo",
        required=False,
        allow_empty_file=True,
        max_length=200,
        help_text="A PNG, JPEG or WebP picture, not larger than 200 kB. It stands in the header, 44 pixels high.",
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/webp"}),
    )
    logo_says = OneLineField(
        missing="",
        required=False,
        label="What the logo says",
        help_text="For those who hear the page: North Vale ICS",
    )
    removes_logo = forms.BooleanField(label="Remove the logo that is there", required=False)
    sender_name = OneLineField(missing="Enter the name that letters come from", label="Letters come from")
    sender_address = EmailField(missing="Enter the address that letters come from", label="Their sender address")
    quiet_from = TimeField(
        what="the time from which they wait",
        label="Invitations wait from",
        required=False,
        help_text="For example, 8pm. Leave both empty and they go at any hour. Letters about a place never wait.",
    )
    quiet_until = TimeField(
        what="the time at which they go on", label="Until", required=False, help_text="For example, 7am"
    )
    days_kept = NumberField(
        label="Days for which lists of names are kept after a Round",
        min_value=1,
        max_value=DAYS_PROMISED,
        help_text=f"Places, register and panel. At most {DAYS_PROMISED}, as everybody is promised.",
        error_messages={
            **dict.fromkeys(("invalid", "min_value", "max_value"), f"Enter a number of days from 1 to {DAYS_PROMISED}"),
            "required": "Enter a number of days",
        },
    )
    support_text = WordsField(
        label="Support for staff",
        rows=4,
        help_text="Whom to ring here, with numbers and hours. A line each. "
        "They stand wherever somebody may need them, beside the national numbers.",
    )
    concern_text = WordsField(
        label="Whom to ring when worried about someone",
        rows=2,
        help_text="With numbers. It stands on every page that is confidential, beside what the portal cannot do.",
    )
    contact = WordsField(
        label="Who runs this portal",
        rows=3,
        help_text="An office, an address, a number: for questions, and for what does not work.",
    )
    licensor_notice = WordsField(label="Notice of the licensor", rows=3)

    def __init__(self, *args, has_logo=False, **options):
        super().__init__(*args, **options)
        self.has_logo = has_logo
        if not has_logo:
            del self.fields["removes_logo"]

    def layout(self):
        logo = ["logo", "logo_says", *(["removes_logo"] if self.has_logo else [])]
        return [
            Fieldset("How it looks", "name", "short_name", Field("colour", width=10), *logo),
            Fieldset(
                "Letters",
                "sender_name",
                "sender_address",
                Field("quiet_from", width=5),
                Field("quiet_until", width=5),
            ),
            Fieldset("How long names are kept", Field("days_kept", width=3)),
            Fieldset("What people read", "support_text", "concern_text", "contact", "licensor_notice"),
        ]

    def clean_colour(self):
        colour = "#" + re.sub(r"\s", "", self.cleaned_data["colour"]).lower().removeprefix("#")
        if not HEX.fullmatch(colour):
            raise ValidationError("Enter # and six digits or letters from a to f, like #17424f")
        try:
            refuse_pale(colour)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        return colour

    def clean_logo(self):
        file = self.cleaned_data["logo"]
        if not file:
            return b""
        try:
            return as_logo(file.read())[0]
        except Refused as refusal:
            raise ValidationError(str(refusal).rstrip(".")) from None

    def clean(self):
        said = self.cleaned_data
        if said.get("logo") and not said.get("logo_says"):
            self.add_error("logo_says", "Enter what the logo says")
        start, end = said.get("quiet_from"), said.get("quiet_until")
        if not self.errors.keys() & {"quiet_from", "quiet_until"}:
            if (start is None) != (end is None):
                self.add_error(
                    "quiet_from" if start is None else "quiet_until", "Enter both times, or leave both empty"
                )
            elif start is not None and start == end:
                self.add_error("quiet_until", "Enter another time than the one from which they wait")
        return said

    @property
    def kept(self):
        """What waits with the picture until it is saved: plain JSON."""
        plain = {name: value for name, value in self.cleaned_data.items() if name != "logo"}
        return {name: value.isoformat() if isinstance(value, dt.time) else value for name, value in plain.items()}


def facts_of(kept):
    """The fields of the System in what waited."""
    times = {name: kept[name] and dt.time.fromisoformat(kept[name]) for name in ("quiet_from", "quiet_until")}
    return {name: value for name, value in kept.items() if name not in ("logo_says", "removes_logo")} | times
