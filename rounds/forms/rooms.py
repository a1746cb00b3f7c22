"""Where people meet, by a door or by a link, and for how many there are places."""

from crispy_forms.layout import Layout
from django import forms
from django.utils import timezone

from members.models import Organisation
from rounds.actions.arrangements import MOST_PLACES
from rounds.models import Venue
from rounds.states import WAYS, Way
from rounds_site.kit.fields import RadioField
from rounds_site.kit.formats import thousands
from rounds_site.kit.rendering import Field

from .planning import LINE, LINES, PlanForm

PLACES = {"places": Way.IN_PERSON, "online_places": Way.ONLINE}
PLACES_IN_WORDS = {"places": "in the room", "online_places": "online"}
ROOM = ["room", "new_name", "new_organisation", "new_address", "new_getting_in", "new_limit"]


class WhereForm(PlanForm):
    """The room, where the format has one, and how to join, where it has a link."""

    heading = "Where?"

    room = RadioField(label="Room", error_messages={"required": "Choose a room, or enter a new one"})
    new_name = forms.CharField(label="Name of the room", max_length=LINE, required=False)
    new_organisation = forms.ModelChoiceField(
        None, label="Whose room is it?", required=False, empty_label="Choose a partner"
    )
    new_address = forms.CharField(label="Address", max_length=200, required=False)
    new_getting_in = forms.CharField(
        label="Getting in",
        required=False,
        max_length=LINES,
        widget=forms.Textarea({"rows": 3}),
        help_text="Steps, lifts, a hearing loop, parking, a quiet room",
    )
    new_limit = forms.IntegerField(
        label="How many people does it take?",
        required=False,
        min_value=1,
        max_value=100_000,
        widget=forms.TextInput({"inputmode": "numeric"}),
        error_messages={"invalid": "How many it takes must be a whole number, like 60"},
    )
    joining_details = forms.CharField(
        label="How to join online",
        max_length=LINES,
        widget=forms.Textarea({"rows": 4}),
        help_text="The link, and what people need. Only those with a place online see it",
        error_messages={"required": "Enter how to join online"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        partners = Organisation.objects.in_system(self.draft.system, on=timezone.localdate(self.draft.now))
        self.rooms = {str(room.pk): room for room in Venue.objects.filter(organisation__in=partners).order_by("name")}
        self.fields["new_organisation"].queryset = partners.order_by("name")
        self._offer_rooms()
        ways = WAYS[self.draft.format]
        for name in (ROOM if Way.IN_PERSON not in ways else []) + (
            ["joining_details"] if Way.ONLINE not in ways else []
        ):
            del self.fields[name]

    def _offer_rooms(self):
        field = self.fields["room"]
        field.choices = [(key, str(room)) for key, room in self.rooms.items()] + [("new", "Another room")]
        field.item_hints = {
            key: f"Takes {thousands(room.room_limit)}" for key, room in self.rooms.items() if room.room_limit
        }
        if not self.rooms:
            field.initial = "new"

    def layout(self):
        anew = Layout(
            *(Field(name, size="s", optional=name not in ("new_name", "new_organisation")) for name in ROOM[1:-1]),
            Field("new_limit", size="s", width=4),
        )
        room = [Field("room", size="m", reveals={"new": anew})] if "room" in self.fields else []
        return room + ([Field("joining_details", size="m")] if "joining_details" in self.fields else [])

    def clean(self):
        given = super().clean()
        if given.get("room") == "new":
            self._need("new_name", "Enter the name of the room")
            self._need("new_organisation", "Choose whose room it is")
            self._refuse_a_second_of_the_name(given.get("new_organisation"), given.get("new_name"))
        return given

    def _need(self, name, sentence):
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, sentence)

    def _refuse_a_second_of_the_name(self, organisation, name):
        if organisation and name and Venue.objects.filter(organisation=organisation, name__iexact=name).exists():
            self.add_error("new_name", f"{organisation} has a room of that name already. Choose it from the list")

    @property
    def room_limit(self):
        room = self.rooms.get(self.cleaned_data.get("room"))
        return room.room_limit if room else self.cleaned_data.get("new_limit")

    def facts(self):
        given = self.cleaned_data
        facts = {"joining_details": given.get("joining_details", ""), "venue": self.rooms.get(given.get("room"))}
        if given.get("room") == "new":
            facts["new_room"] = {
                "organisation": given["new_organisation"],
                "name": given["new_name"],
                "address": given["new_address"],
                "getting_in": given["new_getting_in"],
                "room_limit": given["new_limit"],
            }
        return facts

    def summary(self):
        facts = self.facts()
        room = facts["venue"] or (Venue(**facts["new_room"]) if "new_room" in facts else None)
        rows = [("Room", [room.name, *([room.address] if room.address else [])])] if room else []
        details = facts["joining_details"].splitlines()
        return rows + ([("How to join online", details)] if details else [])


class PlaceFields(PlanForm):
    """A number of places for each way that the format has; `room_limit` bounds those in the room."""

    places = forms.IntegerField(label="Places in the room", widget=forms.TextInput({"inputmode": "numeric"}))
    online_places = forms.IntegerField(label="Places online", widget=forms.TextInput({"inputmode": "numeric"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, way in PLACES.items():
            field = self.fields[name]
            field.error_messages |= {
                "required": f"Enter how many {field.label.lower()} there are",
                "invalid": f"{field.label} must be a whole number, like 60",
            }
            if way not in WAYS[self.draft.format]:
                del self.fields[name]

    def clean(self):
        given = super().clean()
        for name in PLACES:
            if name in given and not 1 <= given[name] <= MOST_PLACES:
                self.add_error(name, f"{self.fields[name].label} must be between 1 and {thousands(MOST_PLACES)}")
        limit = self.room_limit
        if limit and given.get("places") and given["places"] > limit:
            self.add_error("places", f"The room takes {thousands(limit)}. Enter that many places or fewer")
        return given

    def places_facts(self):
        return {name: self.cleaned_data[name] for name in PLACES if name in self.fields}


class PlacesForm(PlaceFields):
    heading = "How many places?"

    food = forms.CharField(
        label="Food",
        required=False,
        max_length=LINE,
        help_text="As people will read it. For example, Lunch from 12:15pm",
        error_messages={"max_length": f"This must be {LINE} letters or fewer"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.room_limit = self.draft.room_limit
        if "places" not in self.fields:
            del self.fields["food"]
        elif self.room_limit:
            self.fields["places"].help_text = f"The room takes {thousands(self.room_limit)}"

    def layout(self):
        return [Field(name, size="s", width=None if name == "food" else 4) for name in self.fields]

    def facts(self):
        return self.places_facts() | {"food": self.cleaned_data.get("food", "")}

    def summary(self):
        lines = [f"{thousands(number)} {PLACES_IN_WORDS[name]}" for name, number in self.places_facts().items()]
        return [("Places", lines), *([("Food", [self.facts()["food"] or "None"])] if "food" in self.fields else [])]
