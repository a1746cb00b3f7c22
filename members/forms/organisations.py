"""Partners, Places and numbers of staff."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.roles import SECTORS, STAFF_GROUPS
from rounds_site.kit.fields import Form, NumberField, PhoneField, RadioField, SplitDateField
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.rendering import Field, Fieldset

from .fields import EmailField, OneLineField

YES_NO = [("yes", "Yes"), ("no", "No")]
LARGEST_EMPLOYER = 200_000
# A mail program makes a link of whatever looks like one, so that all that does must say where it leads, and safely.
# Of a bare host name too ("riverbank.example/form"), but not of an email address, an hour (12.30pm) or "e.g.".
HOST = r"(?:[^\W_][\w-]*\.)+(?:xn--[\w-]+|[^\W\d_]{2,})(?![\w@-])(?!(?:\.[\w-]+)*@)"
LIKE_A_LINK = re.compile(rf"(?<![\w@.-])(?:[a-z][a-z0-9+.-]*:(?://)?(?=[\w/])|www\.|{HOST})[^\s]*", re.IGNORECASE)
MOST_OWN_WORDS, MOST_OWN_LINES = 500, 8


class PartnerForm(Form):
    """A partner's facts, for one added by hand and for a change."""

    button = "Save"

    name = OneLineField(missing="Enter the name of the partner", label="Name", max_length=200)
    sector = forms.ChoiceField(
        label="Sector",
        choices=[("", "Choose one"), *SECTORS.items()],
        error_messages={"required": "Choose a sector"},
    )
    postcode = OneLineField(missing="", label="Postcode", max_length=10, required=False)
    has_staff_list = RadioField(
        label="Does the portal have a list of its staff?",
        choices=YES_NO,
        error_messages={"required": "Say whether there is a staff list"},
        item_hints={"no": "Then its named contact passes letters on, and staff join by a link"},
    )
    contact_name = OneLineField(missing="", label="Named contact", required=False)
    contact_email = EmailField(label="Their email address", required=False)
    contact_phone = PhoneField(
        label="Their phone number",
        required=False,
        help_text="For whoever runs a Round, when it changes within a day of its beginning",
    )
    support_text = forms.CharField(
        label="Support for its staff",
        required=False,
        max_length=2000,
        help_text="Whom they can turn to there, with numbers and hours, a line each. Its own staff read it wherever "
        "somebody may need it",
        widget=forms.Textarea({"rows": 4}),
    )

    def clean_has_staff_list(self):
        return self.cleaned_data["has_staff_list"] == "yes"

    def clean_postcode(self):
        return self.cleaned_data["postcode"].upper()

    def clean(self):
        said = self.cleaned_data
        if said.get("contact_name") and not said.get("contact_email") and "contact_email" not in self.errors:
            self.add_error("contact_email", f"Enter the email address of {said['contact_name']}")
        return said

    def layout(self):
        return [
            "name",
            "sector",
            Field("postcode", width=10),
            "has_staff_list",
            Fieldset("Who passes letters on", "contact_name", "contact_email", "contact_phone", size="s"),
            "support_text",
        ]

    @staticmethod
    def initial_of(partner):
        same = ("name", "sector", "postcode", "contact_name", "contact_email", "contact_phone", "support_text")
        return {name: getattr(partner, name) for name in same} | {
            "has_staff_list": "yes" if partner.has_staff_list else "no",
        }


class OwnWordsForm(Form):
    """What a partner adds to letters to its own staff."""

    words = forms.CharField(
        label="Its own words",
        required=False,
        max_length=MOST_OWN_WORDS,
        help_text="Plain text, a few sentences. For example: At Brook House speak to your manager about cover. "
        "Leave it empty and the letters go without",
        widget=forms.Textarea({"rows": 5}),
    )

    def clean_words(self):
        words = "\n".join(line.rstrip() for line in self.cleaned_data["words"].splitlines())
        if words.count("\n") >= MOST_OWN_LINES:
            raise ValidationError(f"Use {MOST_OWN_LINES} lines or fewer")
        if "<" in words or ">" in words:
            raise ValidationError("Write plain text, without < and >")
        if unsafe := [link for link in LIKE_A_LINK.findall(words) if not link.lower().startswith("https://")]:
            raise ValidationError(f"Begin each link with https:// or leave it out: {unsafe[0][:60]}")
        return words


class PlaceForm(Form):
    button = "Save"

    name = OneLineField(missing="Enter the name of the Place", label="Name of the Place")


class SiteForm(Form):
    """A place of work, as a staff list calls it."""

    button = "Save"

    name = OneLineField(missing="Enter the name of the site", label="Name of the site")


class ServePlaceForm(Form):
    """Which Place a partner serves from today."""

    button = "Add this Place"

    place = forms.ModelChoiceField(
        queryset=None,
        to_field_name="code",
        label="Place",
        empty_label="Choose one",
        error_messages={"required": "Choose a Place", "invalid_choice": "Choose a Place from the list"},
    )

    def __init__(self, *args, places, **options):
        super().__init__(*args, **options)
        self.fields["place"].queryset = places

    @property
    def has_places(self):
        return self.fields["place"].queryset.exists()


class StaffNumbersForm(Form):
    """How many people of each group work there on a day; a box left empty says nothing about its group.

    The last count stands as a hint and not in the box: nobody is to date an old number anew by mistake.
    """

    button = "Save these numbers"
    mark_optional = False

    def __init__(self, *args, latest=(), **options):
        super().__init__(*args, **options)
        known = {count.staff_group: last_count(count) for count in latest}
        for group, name in STAFF_GROUPS.items():
            if group != "not_said":
                self.fields[group] = number_field(name, known.get(group, ""))
        self.fields["counted_on"] = SplitDateField(
            label="On which day was this counted?", what="the day of the count", help_text="For example, 31 3 2027"
        )

    def clean_counted_on(self):
        day = self.cleaned_data["counted_on"]
        if day > timezone.localdate():
            raise ValidationError("The day of the count must not be in the future")
        return day

    def clean(self):
        said = super().clean()
        if not self.errors and not self.numbers:
            raise ValidationError("Enter the number of at least one staff group")
        return said

    @property
    def numbers(self):
        said = self.cleaned_data
        return {group: said[group] for group in STAFF_GROUPS if said.get(group) is not None}

    def layout(self):
        groups = [Field(name, width=5) for name in self.fields if name != "counted_on"]
        return [
            "counted_on",
            Fieldset("People in each staff group", *groups, hint="Leave a box empty if you do not know"),
        ]


def last_count(count):
    return f"{count.number:,} on {nhs_date(count.counted_on, weekday=False)}"


def number_field(name, known):
    return NumberField(
        label=name,
        help_text=known,
        required=False,
        min_value=0,
        max_value=LARGEST_EMPLOYER,
        error_messages={
            "invalid": f"{name}: enter a whole number, like 120",
            "min_value": f"{name}: the number must be 0 or more",
            "max_value": f"{name}: the number must be {LARGEST_EMPLOYER:,} or fewer",
        },
    )
