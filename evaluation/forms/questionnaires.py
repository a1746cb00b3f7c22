"""The words of a version of the questions, and from when which Rounds ask it."""

from django import forms

from evaluation.actions.versions import MEASURES, MOST, Question, Wording
from evaluation.states import Occasion
from members.forms.fields import OneLineField
from rounds_site.kit.fields import CheckboxesField, Form, RadioField, SplitDateField
from rounds_site.kit.rendering import Field, Fieldset, form_helper

OWN, OFFICIAL = "own", "official"
WHOSE = {OWN: "Our own", OFFICIAL: "Official words of a licensor, who let us use them"}
SCALE_NAMES = {"agreement": "From disagree to agree", "rating": "From poor to exceptional"}
NEEDED = {
    "permitted_by": "Enter who let you use these words",
    "permitted_on": "Enter the day on which they did",
    "permission_reference": "Enter the reference of their letter or contract",
}


class WordingForm(Form):
    """A row of fields for each question; rows that are left empty are no questions."""

    button = "Save the draft"

    name = OneLineField(missing="Enter what these questions are called", label="What are these questions called?")
    whose = RadioField(
        label="Whose words are they?",
        choices=list(WHOSE.items()),
        error_messages={"required": "Say whose words they are"},
    )
    permitted_by = OneLineField(
        missing="", required=False, label="Who let you use them?", help_text="An organisation, not a person"
    )
    permitted_on = SplitDateField(required=False, what="the day of their permission", label="When did they?")
    permission_reference = OneLineField(
        missing="", required=False, max_length=60, label="Reference of their letter or contract"
    )
    permission_note = OneLineField(
        missing="",
        required=False,
        max_length=300,
        label="Words that they want to stand beside the questions",
        help_text="For example a notice of copyright",
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for number in range(1, MOST + 1):
            self.fields |= self._row(number)

    @staticmethod
    def _row(number):
        return {
            f"text_{number}": OneLineField(missing="", required=False, max_length=200, label="Words of the question"),
            f"measures_{number}": forms.ChoiceField(
                required=False, label="What it measures", choices=[("", "Choose"), *MEASURES.items()]
            ),
            f"scale_{number}": forms.ChoiceField(
                required=False, label="Its answers", choices=list(SCALE_NAMES.items())
            ),
        }

    @classmethod
    def initial_of(cls, wording):
        said = {name: getattr(wording, name) for name in ("name", *NEEDED, "permission_note")}
        said["whose"] = OFFICIAL if wording.permitted_by or wording.permission_note else OWN
        for number, each in enumerate(wording.questions, start=1):
            measures = each.construct if each.construct in MEASURES else "other"
            said |= {f"text_{number}": each.text, f"measures_{number}": measures, f"scale_{number}": each.scale}
        return said

    @property
    def helper(self):
        asked = [Field(name, optional=False) for name in NEEDED]
        reveals = {OFFICIAL: Fieldset("By whose permission", *asked, "permission_note", size="s")}
        rows = [
            Fieldset(
                f"Question {number}",
                *(Field(f"{name}_{number}", optional=False) for name in ("text", "measures", "scale")),
                size="s",
            )
            for number in range(1, MOST + 1)
        ]
        return form_helper("name", Field("whose", reveals=reveals), *rows, button=self.button)

    def clean(self):
        said = super().clean()
        if said.get("whose") == OFFICIAL:
            self._missing_permission(said)
        for number in range(1, MOST + 1):
            self._check_row(number, said)
        if not any(said.get(f"text_{number}") or f"text_{number}" in self.errors for number in range(1, MOST + 1)):
            self.add_error("text_1", "Enter at least one question")
        return said

    def _missing_permission(self, said):
        for name, words in NEEDED.items():
            if not said.get(name) and name not in self.errors:
                self.add_error(name, words)

    def _check_row(self, number, said):
        text, measures = f"text_{number}", f"measures_{number}"
        if text in self.errors or measures in self.errors:
            return
        if said.get(measures) and not said.get(text):
            self.add_error(text, f"Enter the words of question {number}, or choose nothing that it measures")
        if said.get(text) and not said.get(measures):
            self.add_error(measures, f"Say what question {number} measures")
        earlier = [said.get(f"text_{other}", "").casefold() for other in range(1, number)]
        if said.get(text) and said[text].casefold() in earlier:
            self.add_error(text, f"Question {number} stands above already")

    def _questions(self):
        said = self.cleaned_data
        return tuple(
            Question(said[f"measures_{number}"], said[f"text_{number}"], said[f"scale_{number}"] or "agreement")
            for number in range(1, MOST + 1)
            if said.get(f"text_{number}")
        )

    @property
    def wording(self) -> Wording:
        """Of our own words nobody's permission is kept, whatever was typed."""
        said = self.cleaned_data
        given = {name: said[name] for name in (*NEEDED, "permission_note")} if said["whose"] == OFFICIAL else {}
        return Wording(said["name"], self._questions(), **given)


class ChooseForm(Form):
    """Which Rounds ask it, from which day on."""

    button = "Choose these questions"

    occasions = CheckboxesField(
        label="Which Rounds ask them?",
        choices=Occasion.choices,
        error_messages={"required": "Choose at least one kind of Round"},
    )
    starts_on = SplitDateField(
        what="the first day",
        label="From which day?",
        help_text="Rounds on that day and later ask them. Paper forms already printed for one of those must be printed "
        "again.",
    )

    @property
    def helper(self):
        return form_helper(Field("occasions", small=True), "starts_on", button=self.button)
