"""What a care system goes on as: its new code and names, and of a division where each Place and partner goes on."""

from django import forms
from django.core.exceptions import ValidationError

from members.access import today
from members.actions.succession.systems import NextSystem, SystemPlan
from rounds_site.kit.fields import Form, KindWords, RadioField, SplitDateField
from rounds_site.kit.rendering import Field, Fieldset

from .fields import CodeField, OneLineField


class SystemChangeForm(Form):
    """`change` is what a mapping says; everything in it can be typed anew."""

    button = "Show me what would change"
    mark_optional = False

    def __init__(self, *args, system, change, partners, now, **options):
        super().__init__(*args, **options)
        self.system, self.change, self.now = system, change, now
        self.asked = [*system.places.all(), *partners] if change.is_split else []
        self.fields["day"] = SplitDateField(label="When does it start?", what="the day", initial=change.on)
        for n, (code, name) in enumerate(change.became):
            self.fields[f"code_{n}"] = CodeField(label="Code", initial=code)
            self.fields[f"name_{n}"] = OneLineField(
                missing="Enter the name", label="Name", max_length=200, initial=name
            )
            self.fields[f"short_{n}"] = OneLineField(
                missing="Enter the short name",
                label="Short name",
                max_length=60,
                initial=shortened(name),
                help_text="As it stands in a sentence: Rounds in North Vale",
            )
        choices = [(str(n), shortened(name)) for n, (_, name) in enumerate(change.became)]
        for each in self.asked:
            error = {"required": f"Choose where {each} goes on"}
            self.fields[each.pk.hex] = RadioField(label=str(each), choices=choices, error_messages=error)

    def clean_day(self):
        if self.cleaned_data["day"] > today(self.now):
            raise ValidationError("The day must be today or earlier")
        return self.cleaned_data["day"]

    def layout(self):
        numbers = range(len(self.change.became))
        legend = "What it goes on as" if len(numbers) == 1 else "System {}"
        names = [
            Fieldset(legend.format(n + 1), Field(f"code_{n}", width=10), f"name_{n}", Field(f"short_{n}", width=20))
            for n in numbers
        ]
        where = [Field(each.pk.hex, size="s", inline=True) for each in self.asked]
        asked = [Fieldset("Where each Place and partner goes on", *where)] if where else []
        return ["day", *names, *asked]

    def plan(self):
        said = self.cleaned_data
        numbers = range(len(self.change.became))
        successors = tuple(NextSystem(said[f"code_{n}"], said[f"name_{n}"], said[f"short_{n}"]) for n in numbers)
        to = {each.pk: int(said[each.pk.hex]) for each in self.asked}
        return SystemPlan(self.system, successors, said["day"], to)


class CarryOutForm(KindWords, forms.Form):
    """Pressed beneath the preview; what was typed travels with it."""

    seen = forms.CharField(widget=forms.HiddenInput)


def shortened(name):
    """
    >>> shortened("NHS Norfolk and Suffolk Integrated Care Board")
    'Norfolk and Suffolk'
    """
    return name.removeprefix("NHS ").removesuffix(" Integrated Care Board")
