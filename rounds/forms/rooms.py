"""Where people meet, by a door or by a link, and for how many there are places."""

from crispy_forms.layout import Layout
from django import forms
from django.utils import timezone

from members.models import Organisation
from rounds.actions.arrangements import MOST_PLACES, takes_no_more
from rounds.models import Venue
from rounds.states import AT_THE_DOOR_OF_ONE_NOBODY_BOOKS, WAYS, Format, Way
from rounds_site.kit.fields import NumberField, RadioField
from rounds_site.kit.formats import thousands
from rounds_site.kit.rendering import Field

from .planning import LINE, LINES, PlanForm
from .reserving import ReservingFields

# How long before its start people with a place see how to join a Round.
JOINING_HOURS = {
    1: "An hour before",
    2: "Two hours before",
    24: "A day before",
    48: "Two days before",
    168: "A week before",
}
PLACES = {"places": Way.IN_PERSON, "online_places": Way.ONLINE}
PLACES_IN_WORDS = {"places": "in the room", "online_places": "online"}
JOINING = ["joining_details", "joining_hours"]
ROOM = ["room", "new_name", "new_organisation", "new_address", "new_getting_in", "new_limit"]
# By whether a Round gives a freed place outright: its code, and what a facilitator chooses.
FREED = {
    False: ("offer", "Offer it to the first person waiting, who has some days to answer"),
    True: ("outright", "Give it to the first person waiting at once"),
}
FREED_IN_WORDS = {False: "Offered to the first person waiting", True: "Given to the first person waiting at once"}

# By whether people book: its code, what a facilitator chooses, and what that means.
BOOKED = {
    True: ("places", "Yes, a place each", "With a waiting list, reminders and a list at the door"),
    False: (
        "just_come",
        "No, they just come",
        AT_THE_DOOR_OF_ONE_NOBODY_BOOKS.removesuffix("."),
    ),
}


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
    new_limit = NumberField(
        label="How many people does it take?",
        required=False,
        min_value=1,
        max_value=100_000,
        error_messages={"invalid": "How many it takes must be a whole number, like 60"},
    )
    joining_details = forms.CharField(
        label="How to join online",
        max_length=LINES,
        widget=forms.Textarea({"rows": 4}),
        help_text="The link, and what people need. Only those with a place online see it, and it is in no letter",
        error_messages={"required": "Enter how to join online"},
    )
    joining_hours = RadioField(
        label="When do they see it?",
        choices=list(JOINING_HOURS.items()),
        required=False,
        initial=24,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        today = timezone.localdate(self.draft.now)
        partners = Organisation.objects.in_system(self.draft.system, on=today)
        rooms = Venue.objects.in_use(today).filter(organisation__in=partners).order_by("name", "pk")
        self.rooms = {str(room.pk): room for room in rooms}
        self.fields["new_organisation"].queryset = partners.order_by("name")
        self._offer_rooms()
        ways = WAYS[self.draft.format]
        for name in (ROOM if Way.IN_PERSON not in ways else []) + (JOINING if Way.ONLINE not in ways else []):
            del self.fields[name]

    def _offer_rooms(self):
        field = self.fields["room"]
        field.choices = [(key, str(room)) for key, room in self.rooms.items()] + [("new", "Another room")]
        field.item_hints = {key: hint for key, room in self.rooms.items() if (hint := _in_short(room))}
        if not self.rooms:
            field.initial = "new"

    def layout(self):
        anew = Layout(
            *(Field(name, size="s", optional=name not in ("new_name", "new_organisation")) for name in ROOM[1:-1]),
            Field("new_limit", size="s", width=4),
        )
        room = [Field("room", size="m", reveals={"new": anew})] if "room" in self.fields else []
        return room + [Field(name, size="m", optional=False) for name in JOINING if name in self.fields]

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
        if given.get("joining_hours"):
            facts["joining_hours"] = int(given["joining_hours"])
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
        hours = facts.get("joining_hours", 24)
        return rows + ([("How to join online", [*details, JOINING_HOURS[hours]])] if details else [])


def _in_short(room):
    """How many it takes and what there is; a room without steps and one of which nobody knows do not read alike."""
    said = [f"Takes {thousands(room.room_limit)}"] if room.room_limit else []
    said += [", ".join(room.has)] if room.has else []
    said += ["Nobody has said whether it is step-free"] if not room.step_free else []
    return ". ".join(said)


class PlaceFields(PlanForm):
    """A number of places for each way that the format has; `room_limit` bounds those in the room."""

    places = NumberField(label="Places in the room")
    online_places = NumberField(label="Places online")
    freed = RadioField(
        label="When somebody gives a place back",
        choices=list(FREED.values()),
        required=False,
        initial="offer",
        error_messages={"invalid_choice": "Choose what happens when somebody gives a place back"},
    )

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
            self.add_error("places", takes_no_more(limit))
        return given

    def places_facts(self):
        given = {name: self.cleaned_data[name] for name in PLACES if name in self.fields}
        freed = self.cleaned_data.get("freed") == FREED[True][0]
        return given | {"gives_outright": freed}


def booked_field():
    return RadioField(
        label="Do people book?",
        choices=[(code, words) for code, words, _ in BOOKED.values()],
        required=False,
        initial=BOOKED[True][0],
        item_hints={code: hint for code, _, hint in BOOKED.values()},
        error_messages={"invalid_choice": "Choose whether people book"},
    )


class PlacesForm(ReservingFields, PlaceFields):
    heading = "How many places?"

    booked = booked_field()
    food = forms.CharField(
        label="Food",
        required=False,
        max_length=LINE,
        help_text="As people will read it. For example, Lunch from 12:15pm",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.room_limit = self.draft.room_limit
        if template := self.draft.template:
            self.initial = {name: getattr(template, name) for name in ("places", "online_places", "food")}
            self.initial["booked"] = BOOKED[template.needs_booking][0]
        if self.draft.format != Format.IN_PERSON:
            # Whoever joins by a link has a place: nobody else is shown it.
            del self.fields["booked"]
        if "places" not in self.fields:
            del self.fields["food"]
        elif self.room_limit:
            self.fields["places"].help_text = f"The room takes {thousands(self.room_limit)}"

    def layout(self):
        own = [name for name in (*PLACES, "freed", "booked", "food") if name in self.fields]
        asked = [Field(name, size="s", width=4 if name in PLACES else None, optional=name == "food") for name in own]
        return [*asked, *self.reserving_layout()]

    @property
    def needs_booking(self):
        return self.cleaned_data.get("booked") != BOOKED[False][0]

    def facts(self):
        food = {"food": self.cleaned_data.get("food", "")}
        reserves = {"reserves": [each for each, _ in self.reserves()]}
        return self.places_facts() | {"needs_booking": self.needs_booking} | food | reserves

    def summary(self):
        facts = self.places_facts()
        lines = [f"{thousands(facts[name])} {PLACES_IN_WORDS[name]}" for name in PLACES if name in facts]
        reserved = self.reserves_in_words()
        freed = [("A freed place", [FREED_IN_WORDS[facts["gives_outright"]]])] if self.needs_booking else []
        return [
            *([("Do people book?", [BOOKED[self.needs_booking][1]])] if "booked" in self.fields else []),
            ("Places", lines),
            *([("Reserved", reserved)] if reserved else []),
            *freed,
            *([("Food", [self.facts()["food"] or "None"])] if "food" in self.fields else []),
        ]
