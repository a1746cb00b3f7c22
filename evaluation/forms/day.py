"""The headcount."""

from django import forms
from django.urls import reverse

from evaluation.actions.attendance import MOST_PEOPLE
from rounds_site.kit.fields import Form
from rounds_site.kit.rendering import Field, form_helper

NONSENSE = "Enter the number of people, in numerals"


class HeadcountForm(Form):
    button = "Close the register"
    headcount = forms.IntegerField(
        label="How many people were there?",
        help_text="Everyone in the room and online: the panel, the team, those on the list and those who were not.",
        min_value=1,
        max_value=MOST_PEOPLE,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": "Enter how many people were there",
            "invalid": NONSENSE,
            "min_value": "At least one person was there: you",
            "max_value": f"Enter a number up to {MOST_PEOPLE:,}",
        },
    )

    def __init__(self, *args, round, **kwargs):
        super().__init__(*args, **kwargs)
        self.round = round

    @property
    def helper(self):
        action = reverse("close_register", args=[self.round.pk])
        return form_helper(Field("headcount", width=4), button=self.button, action=action)
