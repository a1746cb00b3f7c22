"""Partners, Places and numbers of staff."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.roles import SECTORS, STAFF_GROUPS
from rounds_site.kit.fields import Form, RadioField, SplitDateField
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.rendering import Field, Fieldset

from .fields import EmailField, OneLineField

YES_NO = [("yes", "Yes"), ("no", "No")]
LARGEST_EMPLOYER = 200_000


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
            Fieldset("Who passes letters on", "contact_name", "contact_email", size="s"),
        ]

    @staticmethod
    def initial_of(partner):
        facts = {name: getattr(partner, name) for name in ("name", "sector", "postcode", "contact_name")}
        return facts | {
            "contact_email": partner.contact_email,
            "has_staff_list": "yes" if partner.has_staff_list else "no",
        }


class PlaceForm(Form):
    button = "Save"

    name = OneLineField(missing="Enter the name of the Place", label="Name of the Place")


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
    return forms.IntegerField(
        label=name,
        help_text=known,
        required=False,
        min_value=0,
        max_value=LARGEST_EMPLOYER,
        widget=forms.TextInput({"inputmode": "numeric"}),
        error_messages={
            "invalid": f"{name}: enter a whole number, like 120",
            "min_value": f"{name}: the number must be 0 or more",
            "max_value": f"{name}: the number must be {LARGEST_EMPLOYER:,} or fewer",
        },
    )
