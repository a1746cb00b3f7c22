"""How many cards to print; the team's count of the paper forms."""

from django import forms
from django.urls import reverse

from evaluation.actions.paper import most_cards
from evaluation.sealing import Paper, normalised
from rounds_site.kit.fields import Form, NumberField
from rounds_site.kit.rendering import Field, form_helper

NONSENSE = "Enter a number, in numerals"
NUMERALS = {"inputmode": "numeric", "autocomplete": "off"}


class CardsForm(Form):
    button = "Make the cards"
    number = NumberField(
        label="How many cards?",
        min_value=1,
        widget=forms.TextInput(NUMERALS),
        error_messages={
            "required": "Enter how many cards you want to print",
            "invalid": NONSENSE,
            "min_value": "Enter at least 1",
        },
    )

    def __init__(self, *args, round, **options):
        super().__init__(*args, **options)
        self.round = round
        self.most = most_cards(round)
        self.fields["number"].help_text = f"At most {self.most}. Print some for people who come without a place."

    @property
    def helper(self):
        action = reverse("make_cards", args=[self.round.pk])
        return form_helper(Field("number", width=4), button=self.button, action=action)

    def clean_number(self):
        number = self.cleaned_data["number"]
        if number > self.most:
            raise forms.ValidationError(f"Enter a number up to {self.most}")
        return number


class TallyForm(Form):
    """How many paper forms there are, and of each answer to each question how many say it. Nothing typed is none."""

    forms_counted = NumberField(
        label="How many paper forms are there?",
        help_text="Enter 0 if there are none, to take back what was typed in before.",
        min_value=0,
        widget=forms.TextInput(NUMERALS),
        error_messages={
            "required": "Enter how many paper forms there are",
            "invalid": NONSENSE,
            "min_value": "Enter 0 or more",
        },
    )
    comments = forms.CharField(
        label="Comments",
        help_text="One comment on each line. Type what is written, and nothing about who wrote it.",
        required=False,
        widget=forms.Textarea({"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args, items, **options):
        super().__init__(*args, **options)
        self.items = list(items)
        self.fields["forms_counted"].box_width = 4
        for item in self.items:
            for value, words in item.choices:
                self.fields[self.name_of(item, value)] = NumberField(
                    label=words,
                    required=False,
                    min_value=0,
                    widget=forms.TextInput(NUMERALS),
                    error_messages={"invalid": NONSENSE, "min_value": "Enter 0 or more"},
                )
        names = [self.name_of(item, value) for item in self.items for value, _ in item.choices]
        self.order_fields(["forms_counted", *names, "comments"])

    @staticmethod
    def name_of(item, value):
        return f"count_{item.number}_{value}"

    @classmethod
    def showing(cls, paper, *, items):
        """What was typed in before, to be corrected."""
        items = list(items)
        initial = {"forms_counted": paper.forms or None, "comments": "\n".join(paper.comments)}
        for item in items:
            for value, n in paper.counts.get(str(item.pk), {}).items():
                initial[cls.name_of(item, value)] = n
        return cls(items=items, initial=initial)

    @property
    def questions(self):
        """[(item, [bound field])]"""
        return [(item, [self[self.name_of(item, value)] for value, _ in item.choices]) for item in self.items]

    def clean(self):
        cleaned = super().clean()
        counted = cleaned.get("forms_counted")
        for item in self.items if counted is not None else []:
            names = [self.name_of(item, value) for value, _ in item.choices]
            answers = sum(cleaned.get(name) or 0 for name in names)
            if answers > counted:
                self.add_error(names[0], f"{answers} answers to question {item.number}, and {counted} forms")
        return cleaned

    @property
    def paper(self) -> Paper:
        counts = {
            str(item.pk): {
                value: self.cleaned_data[self.name_of(item, value)]
                for value, _ in item.choices
                if self.cleaned_data.get(self.name_of(item, value))
            }
            for item in self.items
        }
        lines = (normalised(line) for line in self.cleaned_data["comments"].splitlines())
        return Paper(self.cleaned_data["forms_counted"], counts, tuple(line for line in lines if line))
