"""What a template of Rounds says."""

from django import forms

from members.forms.fields import OneLineField
from rounds.actions.arrangements import MOST_PLACES
from rounds.models import RoundTemplate
from rounds.models.template import LONGEST_MINUTES, SHORTEST_MINUTES
from rounds.states import KINDS_IN_SHORT, WAYS, Format, Kind
from rounds_site.kit.fields import Form, NumberField, RadioField
from rounds_site.kit.formats import thousands
from rounds_site.kit.rendering import Field

from .booking_times import reminders_field
from .rooms import BOOKED, PLACES, booked_field
from .series import opens_field


def places_field(label):
    most = f"Places must be between 1 and {thousands(MOST_PLACES)}"
    words = {"invalid": "Places must be a whole number, like 60", "min_value": most, "max_value": most}
    return NumberField(label=label, required=False, min_value=1, max_value=MOST_PLACES, error_messages=words)


class TemplateForm(Form):
    """A template of `system`; `template` is the one that changes, if it is not a new one."""

    button = "Save"

    name = OneLineField(
        missing="Enter a name", label="Name", max_length=80, help_text="For example, Lunchtime Round at Elmbridge"
    )
    kind = RadioField(
        label="What kind of Round is it?",
        choices=Kind.choices,
        initial=Kind.ORDINARY,
        item_hints=KINDS_IN_SHORT,
        error_messages={"required": "Choose what kind of Round it is"},
    )
    format = RadioField(
        label="How will people meet?",
        choices=Format.choices,
        error_messages={"required": "Choose how people will meet"},
    )
    minutes = NumberField(
        label="How many minutes does it last?",
        min_value=SHORTEST_MINUTES,
        max_value=LONGEST_MINUTES,
        initial=60,
        error_messages={
            "required": "Enter how many minutes it lasts",
            "invalid": "Minutes must be a whole number, like 60",
            "min_value": f"Minutes must be between {SHORTEST_MINUTES} and {LONGEST_MINUTES}",
            "max_value": f"Minutes must be between {SHORTEST_MINUTES} and {LONGEST_MINUTES}",
        },
    )
    places = places_field("Places in the room")
    online_places = places_field("Places online")
    booked = booked_field()
    food = OneLineField(missing="", label="Food", required=False, max_length=120)
    opens_days = opens_field("Booking opens")
    reminder_days = reminders_field()

    def __init__(self, *args, system, template=None, **kwargs):
        self.system, self.template = system, template
        if template:
            kwargs["initial"] = {name: getattr(template, name) for name in self.base_fields if name != "booked"}
            kwargs["initial"]["reminder_days"] = [str(day) for day in template.reminder_days]
            kwargs["initial"]["booked"] = BOOKED[template.needs_booking][0]
        super().__init__(*args, **kwargs)

    def layout(self):
        widths = {"minutes": 3, "places": 4, "online_places": 4}
        return [Field(name, size="s", width=widths.get(name)) for name in self.fields]

    def clean_name(self):
        name = self.cleaned_data["name"]
        others = RoundTemplate.objects.filter(system=self.system, name__iexact=name)
        if others.exclude(pk=self.template.pk if self.template else None).exists():
            raise forms.ValidationError("There is a template of that name already. Choose another name")
        return name

    @property
    def facts(self):
        """Places of a way that the format lacks are none, and whoever joins by a link books."""
        given = dict(self.cleaned_data)
        ways = WAYS[Format(given["format"])]
        given |= {name: given[name] if way in ways else None for name, way in PLACES.items()}
        just_come = given.pop("booked") == BOOKED[False][0] and given["format"] == Format.IN_PERSON
        return given | {
            "needs_booking": not just_come,
            "opens_days": int(given["opens_days"]),
            "reminder_days": [int(day) for day in given["reminder_days"]],
        }
