"""At the door: who came without a place, and the headcount."""

from django import forms
from django.urls import reverse

from evaluation.actions import attendance
from evaluation.actions.attendance import MOST_PEOPLE
from members.roles import STAFF_GROUPS
from rounds_site.kit.fields import Form, NumberField
from rounds_site.kit.rendering import Field, form_helper

NONSENSE = "Enter the number of people, in numerals"


class HeadcountForm(Form):
    button = "Close the register"
    headcount = NumberField(
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

    asked = forms.IntegerField(required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    sure = forms.BooleanField(label="Yes, so many were there, and nobody else will come", required=False)

    def __init__(self, *args, round, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.round, self.now = round, now

    def clean(self):
        """A number that surprises is asked about once, and a yes holds for that number alone."""
        said = super().clean()
        headcount = said.get("headcount")
        doubt = attendance.doubt(round=self.round, headcount=headcount, now=self.now) if headcount else ""
        if doubt and not (said.get("sure") and said.get("asked") == headcount):
            self._ask(headcount, doubt)
        return said

    def _ask(self, headcount, doubt):
        self.data = self.data.copy()
        self.data["asked"] = headcount
        self.data.pop("sure", None)
        self.asks_twice = True
        self.add_error("sure", f"{doubt} The headcount is entered once. If it is right, say so here")

    asks_twice = False

    @property
    def helper(self):
        action = reverse("close_register", args=[self.round.pk])
        fields = [Field("headcount", width=4), *(["asked", Field("sure", optional=False)] if self.asks_twice else [])]
        return form_helper(*fields, button=self.button, action=action)


class WalkInForm(Form):
    """Somebody who is not on the list. All they say of themself is optional; that they agree to the ground rules is
    not, as for everyone else in the room.

    `key` is random and made when the form is shown, so that a double tap adds one person.
    """

    button = "Add"
    key = forms.UUIDField(widget=forms.HiddenInput({"autocomplete": "off"}))
    name = forms.CharField(
        label="Name",
        max_length=100,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    organisation = forms.ModelChoiceField(
        label="Where they work", queryset=None, required=False, empty_label="Elsewhere, or not said"
    )
    staff_group = forms.ChoiceField(
        label="Their kind of work", choices=[("", "Not said"), *STAFF_GROUPS.items()], required=False
    )
    first_round = forms.BooleanField(label="This is their first Round", required=False)
    agreed = forms.BooleanField(
        label="They agree to the ground rules",
        error_messages={"required": "Ask whether they agree to the ground rules, as everyone in the room does"},
    )

    def __init__(self, *args, round, action, **options):
        super().__init__(*args, auto_id="walk_in_%s", **options)
        self.action = action
        self.fields["organisation"].queryset = round.partners.order_by("name")

    @property
    def helper(self):
        return form_helper(*self.fields, button=self.button, kind="secondary", action=self.action)
