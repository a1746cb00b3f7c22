"""What a team says of the rules of its Round: what nobody else can know, and why it goes on where one is not met."""

from django import forms

from rounds.actions import fidelity
from rounds_site.kit.fields import CheckboxesField, Form
from rounds_site.kit.rendering import Field

WHY = "why_"


class RulesForm(Form):
    """`facilitators`: how many are named. `button` is what sends it."""

    def __init__(self, *args, round, facilitators, button="Save", **kwargs):
        self.button = button
        self.unmet, self.asked = fidelity.unmet(round, facilitators), fidelity.asked_of(round)
        super().__init__(*args, **kwargs)
        self.fields["affirmed"] = CheckboxesField(
            label="Is it so?",
            choices=[(rule.code, rule.asked) for rule in self.asked],
            required=False,
            initial=list(round.affirmed),
            help_text="Tick what you know. You can come back to this",
        )
        for rule in [*self.unmet, *(each for each in self.asked if round.overruled.get(each.code))]:
            self.fields[WHY + rule.code] = forms.CharField(
                label=rule.unmet,
                required=False,
                max_length=fidelity.LONGEST_REASON,
                initial=round.overruled.get(rule.code, ""),
                help_text=f"{rule.mend or 'Tick it above'}, or go on and say why. Leave out names",
            )

    def layout(self):
        return [Field("affirmed", size="m", optional=False)] + [
            Field(name, size="s", optional=False) for name in self.fields if name.startswith(WHY)
        ]

    def said(self):
        """As ``fidelity.settle`` takes it."""
        reasons = {name.removeprefix(WHY): said for name, said in self.cleaned_data.items() if name.startswith(WHY)}
        return {"affirmed": self.cleaned_data["affirmed"], "overruled": reasons}
