"""What is known of a room."""

from django import forms
from django.db.models import Q

from members.forms.fields import OneLineField
from members.models import Site
from rounds.models import Venue
from rounds.states import Access
from rounds_site.kit.fields import Form, NumberField, PhoneField, RadioField
from rounds_site.kit.rendering import Field, Fieldset


class WhoseForm(Form):
    """Whose room it is, which decides at which sites it may be."""

    partner = forms.ModelChoiceField(
        None,
        to_field_name="code",
        label="Whose room is it?",
        empty_label="Choose a partner",
        error_messages={"required": "Choose whose room it is", "invalid_choice": "Choose a partner from the list"},
    )

    def __init__(self, *args, partners, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["partner"].queryset = partners.order_by("name")


def access_field(label, hint):
    choices = [*Access.choices, ("", "Nobody has said yet")]
    return RadioField(label=label, choices=choices, required=False, help_text=hint)


class VenueForm(Form):
    """A room of `organisation`; `venue` is the one that changes, if it is not a new one."""

    button = "Save"

    name = OneLineField(missing="Enter the name of the room", label="Name of the room", max_length=120)
    site = forms.ModelChoiceField(None, label="Site", required=False, empty_label="No site")
    address = OneLineField(missing="", label="Address", max_length=200, required=False)
    room_limit = NumberField(
        label="How many people does it take?",
        required=False,
        min_value=1,
        max_value=100_000,
        help_text="The most that may be in the room. No Round can have more places than that",
        error_messages={
            "invalid": "How many it takes must be a whole number, like 60",
            "min_value": "How many it takes must be 1 or more",
            "max_value": "How many it takes must be 100,000 or fewer",
        },
    )
    step_free = access_field("Can one get in without steps?", "From the street to a seat, and to a toilet")
    hearing_loop = access_field("Is there a hearing loop?", "One that works, with the microphone that is used")
    quiet_space = access_field("Is there a quiet space nearby?", "To step out to, during a Round or after it")
    parking = OneLineField(
        missing="",
        label="Parking",
        max_length=200,
        required=False,
        help_text="For example, Free for this hour: give your name at the barrier. Two accessible spaces",
    )
    travel = OneLineField(
        missing="",
        label="By bus, train or bicycle",
        max_length=200,
        required=False,
        help_text="For example, Buses 7 and 12 stop at the door",
    )
    getting_in = forms.CharField(
        label="Getting in",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text="The way from the entrance, whom to ask, which door is not to be used",
    )

    contact = OneLineField(
        missing="",
        label="Whom does one ring about it?",
        required=False,
        help_text="A desk or a firm rather than a person. Only those who arrange Rounds see it",
    )
    phone = PhoneField(label="Their phone number", required=False)

    def __init__(self, *args, organisation, venue=None, **kwargs):
        self.organisation, self.venue = organisation, venue
        if venue:
            kwargs["initial"] = {name: getattr(venue, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        kept = Q(pk=venue.site_id) if venue else Q(pk=None)
        sites = Site.objects.filter(Q(ended_on=None) | kept, organisation=organisation).order_by("name")
        self.fields["site"].queryset = sites
        if not sites.exists():
            del self.fields["site"]

    def layout(self):
        where = ["name", *(["site"] if "site" in self.fields else []), "address", Field("room_limit", width=4)]
        return [
            *where,
            Fieldset("Access", *(Field(name, size="s", optional=False) for name in ACCESS), hint=PLAINLY),
            Fieldset("Getting there", "parking", "travel", "getting_in"),
            Fieldset("At short notice", "contact", "phone"),
        ]

    def clean_name(self):
        name = self.cleaned_data["name"]
        others = Venue.objects.filter(organisation=self.organisation, name__iexact=name)
        if others.exclude(pk=self.venue.pk if self.venue else None).exists():
            raise forms.ValidationError(
                f"{self.organisation} has, or had, a room of that name. Choose another name", code="taken"
            )
        return name

    @property
    def facts(self):
        return dict(self.cleaned_data)


ACCESS = ("step_free", "hearing_loop", "quiet_space")
PLAINLY = "People read your answers before they book. A plain no spares somebody a journey"
