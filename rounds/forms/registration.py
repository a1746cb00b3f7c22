"""Looking for a Round, and booking a place at one."""

from urllib.parse import urlencode

from django import forms

from members.models import Place, Site
from rounds.days import TIMES_OF_DAY, time_of
from rounds.states import Availability, Format, Way
from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.rendering import Field, form_helper


class SiteField(forms.ModelChoiceField):
    def label_from_instance(self, site):
        """Two partners may each have a main building."""
        return f"{site.name}, {site.organisation.name}"


class FindForm(Form):
    """Which of the Rounds open to a person they want to see. What is not understood narrows nothing."""

    mark_optional = False
    place = forms.ModelChoiceField(
        queryset=Place.objects.none(),
        label="Where it is",
        required=False,
        empty_label="Anywhere",
        help_text="That of whoever its room belongs to, or who holds it online. One partner may serve several",
    )
    site = SiteField(queryset=Site.objects.none(), required=False, empty_label="Any site")
    way = forms.ChoiceField(label="How you come", choices=[("", "In person or online"), *Way.choices], required=False)
    time = forms.ChoiceField(
        label="Time of day",
        choices=[("", "Any time"), *((code, words) for code, (words, *_) in TIMES_OF_DAY.items())],
        required=False,
    )

    def __init__(self, *args, places, sites, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places
        self.fields["site"].queryset = sites
        if not sites:
            del self.fields["site"]

    @property
    def helper(self):
        return form_helper(*self.fields, button="Show Rounds", kind="secondary", method="get", csrf=False)

    @property
    def is_narrowing(self):
        return any(self.chosen.values())

    @property
    def chosen(self):
        return self.cleaned_data if self.is_valid() else {}

    @property
    def query(self) -> str:
        """What they chose, for a link that keeps it; with a trailing & where there is anything."""
        said = urlencode({name: self.data.get(name) for name, chosen in self.chosen.items() if chosen})
        return said and f"{said}&"

    def narrowed(self, rounds, *, on):
        chosen = self.chosen
        if chosen.get("place"):
            rounds = rounds.in_place(chosen["place"], on=on)
        if chosen.get("site"):
            rounds = rounds.at_site(chosen["site"])
        if chosen.get("way"):
            rounds = rounds.that_one_can_join(chosen["way"])
        if chosen.get("time"):
            _, first, last = TIMES_OF_DAY[chosen["time"]]
            rounds = rounds.starting_between(first, last)
        return rounds


class BookingForm(Form):
    """One button, and for a Round in two ways the question how one will come: all but the question stands in
    rounds/booking_form.html.

    `offered` names the ways that showed a free place when the page was drawn: whoever was shown one and comes too late
    is asked again before they join a waiting list. `elsewhere` is the other sitting of this Round at which they have a
    place; `change`, that the button said so.
    """

    offered = forms.CharField(required=False)
    change = forms.BooleanField(required=False)

    def __init__(self, *args, seen, elsewhere=None, **kwargs):
        round = seen.round
        free = [way for way in round.ways if seen.word_for(way) != Availability.FULL]
        super().__init__(*args, **kwargs)
        self.round, self.free = round, ",".join(free)
        wait = "Join the waiting list again" if seen.has_lapsed else "Join the waiting list"
        book = f"Change to {time_of(round, elsewhere.round)}" if elsewhere else "Book my place"
        self.words = book if free else wait
        if round.format == Format.HYBRID:
            self.fields["way"] = RadioField(
                label="How will you come?",
                choices=Way.choices,
                item_hints={way: seen.word_for(way).label for way in round.ways},
                error_messages={
                    "required": "Choose how you will come",
                    "invalid_choice": "Choose how you will come",
                },
            )

            self.fields["either"] = forms.BooleanField(
                label="If there is no place that way, I would take one the other way too", required=False
            )

    @property
    def helper(self):
        return form_helper(Field("way", size="s"), Field("either", optional=False), button="", tag=False, csrf=False)

    @property
    def way(self):
        return self.cleaned_data.get("way") or self.round.ways[0]

    @property
    def either(self):
        return bool(self.cleaned_data.get("either"))

    @property
    def instead(self):
        """Whether they were told that their place at another time is given back for this one."""
        return self.cleaned_data["change"]

    @property
    def or_wait(self):
        return self.way not in self.cleaned_data["offered"].split(",")
