"""What a facilitator has learnt."""

from django import forms

from rounds_site.kit.fields import Form, SplitDateField
from rounds_site.kit.rendering import Field

from .fields import OneLineField


def day(label, what, **options):
    return SplitDateField(label=label, what=what, required=False, **options)


class TrainingForm(Form):
    """Nothing of it has to be known. `mentors`: the people who may be named."""

    button = "Save the record"

    course = OneLineField(missing="", label="Course", required=False, max_length=120)
    held_on = day("Day of the course", "the day of the course", help_text="For example, 4 8 2027")
    mentor = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Mentor or supervisor",
        empty_label="Nobody named",
        error_messages={"invalid_choice": "Choose somebody from the list"},
    )
    first_round_on = day("First Round facilitated with somebody else", "the day of the first Round")
    refresh_due = day("Refresher due", "the day of the refresher")

    def __init__(self, *args, mentors, **options):
        super().__init__(*args, **options)
        self.fields["mentor"].queryset = mentors

    def layout(self):
        dates = ("held_on", "first_round_on", "refresh_due")
        return [Field(name, size="s") if name in dates else name for name in self.fields]
