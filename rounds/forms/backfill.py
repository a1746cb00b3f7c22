"""Hours of cover: asking for them, and what goes with a step."""

import re

from django import forms

from members.forms.fields import OneLineField
from members.roles import STAFF_GROUPS
from rounds_site.kit.fields import Form
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.rendering import Field, form_helper

A_NUMBER = "{} must be a number, like {}"


class AmountField(forms.DecimalField):
    """A number as people write it in numerals, with the pound sign or without; never 1e5."""

    def to_python(self, value):
        words = str(value or "").replace(" ", "").removeprefix("£")
        if words and not re.fullmatch(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)", words, re.ASCII):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(words)


def amount(label, example, *, most, **options):
    return AmountField(
        label=label,
        max_digits=6,
        decimal_places=2,
        min_value=0.25,
        max_value=most,
        widget=forms.TextInput({"inputmode": "decimal"}),
        error_messages={
            "required": f"Enter {label[0].lower()}{label[1:]}",
            "invalid": A_NUMBER.format(label, example),
            "min_value": f"{label} must be 0.25 or more",
            "max_value": f"{label} must be {most:,} or fewer",
            "max_digits": A_NUMBER.format(label, example),
            "max_whole_digits": A_NUMBER.format(label, example),
            "max_decimal_places": f"{label} has at most two decimal places",
        },
        **options,
    )


class RoundField(forms.ModelChoiceField):
    def label_from_instance(self, round):
        return f"{nhs_date(round.starts_at)}: {round.title}"


class BackfillForm(Form):
    """`partners` are those that the person may ask for, `rounds` those that invite the one they ask for."""

    button = "Ask for these hours"

    organisation = forms.ModelChoiceField(
        None,
        to_field_name="code",
        label="For which partner?",
        empty_label="Choose a partner",
        error_messages={"required": "Choose the partner", "invalid_choice": "Choose a partner from the list"},
    )
    round = RoundField(
        None,
        label="For which Round?",
        empty_label="Choose a Round",
        error_messages={"required": "Choose the Round", "invalid_choice": "Choose a Round that invites this partner"},
    )
    staff_group = forms.ChoiceField(
        label="Whose work is covered?",
        choices=[("", "Choose a staff group"), *STAFF_GROUPS.items()],
        error_messages={"required": "Choose a staff group", "invalid_choice": "Choose a staff group from the list"},
        help_text="The kind of work. Names are never asked for, and never entered here",
    )
    hours = amount("How many hours", "2.5", most=500, help_text="All together: for two people with travel, perhaps 4")
    rate = amount("Pounds an hour", "14.50", most=200)

    def __init__(self, *args, partners, rounds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = partners.order_by("name")
        self.fields["round"].queryset = rounds

    def layout(self):
        return ["organisation", "round", "staff_group", Field("hours", width=4), Field("rate", width=4, prefix="£")]


class DeclineForm(Form):
    button = "Decline"

    reason = OneLineField(missing="Say why, so that they can ask anew", label="Why do you decline?", max_length=200)


class InvoiceForm(Form):
    button = "Mark as invoiced"

    invoice = OneLineField(missing="Enter the number of the invoice", label="Number of the invoice", max_length=40)


class ForWhomForm(Form):
    """Asked first of whoever looks after several partners, since not every Round invites all of them."""

    mark_optional = False
    organisation = BackfillForm.base_fields["organisation"]

    def __init__(self, *args, partners, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = partners.order_by("name")

    @property
    def helper(self):
        return form_helper("organisation", button="Continue", method="get", csrf=False)
