"""The words of a version of the questions, and from when which Rounds ask it."""

from dataclasses import replace

from django import forms

from evaluation.actions.versions import MEASURES, MOST, Question, Wording
from evaluation.forms.feedback import NO_ANSWER
from evaluation.states import OWN_WORDS, PLACES, Occasion
from members.forms.fields import OneLineField
from rounds_site.kit.fields import CheckboxesField, Form, RadioField, SplitDateField
from rounds_site.kit.rendering import Details, Field, Fieldset, form_helper

OWN, OFFICIAL = "own", "official"
WHOSE = {OWN: "Our own", OFFICIAL: "Official words of a licensor, who let us use them"}
SCALE_NAMES = {
    "agreement": "From disagree to agree",
    "rating": "From poor to exceptional",
    "extent": "From not at all to completely",
    "likelihood": "From very unlikely to very likely",
    "yes_no": "Yes, not sure or no",
    OWN_WORDS: "In other words, which you enter below",
}
LAST, FIRST = "last", "first"
BEST = {LAST: "The last line", FIRST: "The first line"}
FEWEST_ANSWERS, MOST_ANSWERS = min(PLACES), max(PLACES)
# So that they fit beside a box on a phone and on paper.
LONGEST_ANSWER = 40
IN_WORDS = ("words", "best")
NEEDED = {
    "permitted_by": "Enter who let you use these words",
    "permitted_on": "Enter the day on which they did",
    "permission_reference": "Enter the reference of their letter or contract",
}


def why_no_answers(words) -> str:
    """What is wrong with answers in words of somebody's own; "" for nothing.

    >>> why_no_answers(["Never", "Often"]), why_no_answers(["Never"])
    ('', 'Enter 2 to 5 answers, one on each line,')
    """
    if not FEWEST_ANSWERS <= len(words) <= MOST_ANSWERS:
        return f"Enter {FEWEST_ANSWERS} to {MOST_ANSWERS} answers, one on each line,"
    if any(len(each) > LONGEST_ANSWER or not each.isprintable() for each in words):
        return f"Use at most {LONGEST_ANSWER} letters for each answer"
    if len({each.casefold() for each in words}) < len(words):
        return "Enter each answer once"
    if NO_ANSWER[1].casefold() in {each.casefold() for each in words}:
        return f"Leave out “{NO_ANSWER[1]}”, which everybody can choose: it is no answer"
    return ""


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
            f"words_{number}": forms.CharField(
                required=False,
                label="Its answers, one on each line",
                help_text=f"{FEWEST_ANSWERS} to {MOST_ANSWERS} lines, in the order in which they are to stand.",
                widget=forms.Textarea({"rows": MOST_ANSWERS, "autocomplete": "off"}),
            ),
            f"best_{number}": forms.ChoiceField(
                required=False,
                label="Which is the best answer?",
                help_text="Figures show the share of the best two of 4 or 5 answers, and of the best one of 2 or 3.",
                choices=list(BEST.items()),
            ),
        }

    @classmethod
    def initial_of(cls, wording):
        said = {name: getattr(wording, name) for name in ("name", *NEEDED, "permission_note")}
        said["whose"] = OFFICIAL if wording.permitted_by or wording.permission_note else OWN
        for number, each in enumerate(wording.questions, start=1):
            measures = each.construct if each.construct in MEASURES else "other"
            said |= {f"text_{number}": each.text, f"measures_{number}": measures, f"scale_{number}": each.scale}
            if each.words:
                said |= {f"words_{number}": each.words, f"best_{number}": FIRST if each.top_first else LAST}
        return said

    @property
    def helper(self):
        asked = [Field(name, optional=False) for name in NEEDED]
        reveals = {OFFICIAL: Fieldset("By whose permission", *asked, "permission_note", size="s")}
        rows = [
            Fieldset(
                f"Question {number}",
                *(Field(f"{name}_{number}", optional=False) for name in ("text", "measures", "scale")),
                Details("Answers in other words", *(Field(f"{name}_{number}", optional=False) for name in IN_WORDS)),
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
            self._check_answers(number, said)
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

    def _check_answers(self, number, said):
        words, scale = self._words(said, number), said.get(f"scale_{number}")
        if words and scale and scale != OWN_WORDS:
            self.add_error(f"scale_{number}", f"Choose “{SCALE_NAMES[OWN_WORDS]}”, or delete what you entered there")
        if scale != OWN_WORDS or not said.get(f"text_{number}"):
            return
        if why := why_no_answers(words):
            self.add_error(f"words_{number}", f"{why} to question {number}")

    @staticmethod
    def _words(said, number):
        lines = (" ".join(line.split()) for line in said.get(f"words_{number}", "").splitlines())
        return [line for line in lines if line]

    def _questions(self):
        numbers = [number for number in range(1, MOST + 1) if self.cleaned_data.get(f"text_{number}")]
        return tuple(self._question(number) for number in numbers)

    def _question(self, number):
        said = self.cleaned_data
        scale = said[f"scale_{number}"] or "agreement"
        asked = Question(said[f"measures_{number}"], said[f"text_{number}"], scale)
        if scale != OWN_WORDS:
            return asked
        words = "\n".join(self._words(said, number))
        return replace(asked, words=words, top_first=said[f"best_{number}"] == FIRST)

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
