"""Looking for a Round, and booking a place at one."""

from django import forms
from django.urls import reverse

from members.models import Place
from rounds.states import Availability, Format, Way
from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.rendering import Field, form_helper

TIMES_OF_DAY = {
    "early": ("Before 9am", 0, 9),
    "morning": ("9am to midday", 9, 12),
    "afternoon": ("Midday to 5pm", 12, 17),
    "evening": ("After 5pm", 17, 24),
}


class FindForm(Form):
    """Which of the Rounds open to a person they want to see. What is not understood narrows nothing."""

    mark_optional = False
    place = forms.ModelChoiceField(queryset=Place.objects.none(), required=False, empty_label="Anywhere")
    way = forms.ChoiceField(label="How you come", choices=[("", "In person or online"), *Way.choices], required=False)
    time = forms.ChoiceField(
        label="Time of day",
        choices=[("", "Any time"), *((code, words) for code, (words, *_) in TIMES_OF_DAY.items())],
        required=False,
    )

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = "Choose one from the list"

    @property
    def helper(self):
        return form_helper(*self.fields, button="Show Rounds", kind="secondary", method="get", csrf=False)

    @property
    def is_narrowing(self):
        return any(self.chosen.values())

    @property
    def chosen(self):
        return self.cleaned_data if self.is_valid() else {}

    def narrowed(self, rounds, *, on):
        chosen = self.chosen
        if chosen.get("place"):
            rounds = rounds.in_place(chosen["place"], on=on)
        if chosen.get("way"):
            rounds = rounds.that_one_can_join(chosen["way"])
        if chosen.get("time"):
            _, first, last = TIMES_OF_DAY[chosen["time"]]
            rounds = rounds.starting_between(first, last)
        return rounds


class BookingForm(Form):
    """One button, and for a Round in two ways the question how one will come.

    `offered` names the ways that showed a free place when the page was drawn: whoever was shown one and comes too late
    is asked again before they join a waiting list.
    """

    offered = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, round, **kwargs):
        free = [way for way in round.ways if round.availability_for(way) != Availability.FULL]
        kwargs["initial"] = {"offered": ",".join(free)} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.round = round
        self.button = "Book my place" if free else "Join the waiting list"
        if round.format == Format.HYBRID:
            self.fields["way"] = RadioField(
                label="How will you come?",
                choices=Way.choices,
                item_hints={way: round.availability_for(way).label for way in round.ways},
                error_messages={
                    "required": "Choose how you will come",
                    "invalid_choice": "Choose how you will come",
                },
            )

    def layout(self):
        return ["offered", *([Field("way", size="s")] if "way" in self.fields else [])]

    @property
    def helper(self):
        helper = super().helper
        helper.form_action = reverse("book", args=[self.round.pk])
        return helper

    @property
    def way(self):
        return self.cleaned_data.get("way") or self.round.ways[0]

    @property
    def or_wait(self):
        return self.way not in self.cleaned_data["offered"].split(",")
