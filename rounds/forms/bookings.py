"""What facilitators decide about places."""

from django import forms

from rounds.actions import keeping
from rounds.states import Jump, Way
from rounds_site.kit.fields import Form, NumberField, RadioField
from rounds_site.kit.rendering import Field

from .reserving import whom

NUMBERS = {"places", "days_before"}


class OfferForm(Form):
    """Why somebody comes before those who joined earlier, in words that these read."""

    button = "Offer a place"
    reason = RadioField(
        label="Why do they come before those who joined earlier?",
        choices=[(each.value, each.label[0].upper() + each.label[1:]) for each in Jump],
        help_text="Those who come after them now read this sentence, and never a name",
        error_messages={
            "required": "Choose why they come before those who joined earlier",
            "invalid_choice": "Choose one of these reasons",
        },
    )

    def layout(self):
        return [Field("reason", size="s")]


class KeepForm(Form):
    """For whom, how many and how they come. `round` says who is invited and in which ways."""

    whom = forms.ChoiceField(label="For whom?", error_messages={"required": "Choose for whom they are"})
    places = NumberField(
        label="How many places?",
        error_messages={
            "required": "Enter how many places",
            "invalid": "The number of places must be a whole number, like 10",
        },
    )

    def __init__(self, *args, round, **kwargs):
        super().__init__(*args, **kwargs)
        self.round = round
        self.partners = {str(each.pk): each for each in round.partners.order_by("name")}
        self.fields["whom"].choices = [("", "Choose"), *self.choices()]
        if len(round.ways) > 1:
            self.fields["way"] = RadioField(
                label="How do they come?", choices=Way.choices, error_messages={"required": "Choose how they come"}
            )

    def choices(self):
        return [(key, partner.name) for key, partner in self.partners.items()]

    def layout(self):
        return [Field(name, size="s", width=4 if name in NUMBERS else None) for name in self.fields]

    def facts(self):
        given = self.cleaned_data
        partner = self.partners.get(given["whom"])
        return {"places": given["places"], "way": given.get("way") or self.round.ways[0], "organisation": partner}


class ReserveForm(KeepForm):
    button = "Reserve places"

    days_before = NumberField(
        label="Released how many days before the Round?",
        error_messages={
            "required": "Enter how many days before the Round",
            "invalid": "The days must be a whole number, like 7",
        },
    )

    def __init__(self, *args, round, now, **kwargs):
        super().__init__(*args, round=round, **kwargs)
        self.latest = keeping.most_days_before(round, now=now)
        field = self.fields["days_before"]
        field.initial = min(7, self.latest)
        said = keeping.days_said(self.latest)
        field.help_text = f"{said}, at the hour of the Round. What nobody has taken by then is open to everybody"

    def clean_days_before(self):
        days = self.cleaned_data["days_before"]
        if not keeping.SHORTEST <= days <= self.latest:
            raise forms.ValidationError(f"Enter {keeping.days_said(self.latest)} before this Round")
        return days

    def clean(self):
        given = super().clean()
        asked = {"whom", "places", *(["way"] if "way" in self.fields else [])}
        if self.errors and asked <= given.keys() and (why := self._too_many()):
            self.add_error("places", why)
        return given

    def _too_many(self):
        """Where there are other mistakes; else the action says so, which counts under the lock."""
        return keeping.too_many(round=self.round, **self.for_whom())

    def choices(self):
        return whom(self.partners.values())

    def facts(self):
        return self.for_whom() | {"days_before": self.cleaned_data["days_before"]}

    def for_whom(self):
        facts = super().facts()
        return facts if facts["organisation"] else facts | {"sector": self.cleaned_data["whom"]}


class GroupForm(KeepForm):
    button = "Give places to the group"
