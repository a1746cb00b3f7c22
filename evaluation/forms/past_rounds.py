"""Past Rounds as a file, and what its forms asked."""

from crispy_forms.layout import Div
from django import forms
from django.core.exceptions import ValidationError

from evaluation.actions import past_questions
from members.forms.fields import OneLineField
from members.forms.imports import FileForm
from rounds_site.kit.fields import RadioField
from rounds_site.kit.refusals import Refused
from rounds_site.kit.rendering import Field

MISSING = {
    "name": "Enter what the form is called",
    "permission_note": "Enter who gave permission to use its words",
    "questions": "Enter its questions",
}
EXAMPLE = "insight | I have gained insight into how others think and feel | agreement"


class PastRoundsForm(FileForm):
    """The words of a licensor are theirs: they come in only with the permission to use them."""

    by = RadioField(label="What did the forms ask?", error_messages={"required": "Say what the forms asked"})
    name = OneLineField(missing="", label="What is this form called?", max_length=100, required=False)
    permission_note = OneLineField(
        missing="", label="Who gave permission to use its words?", max_length=200, required=False
    )
    questions = forms.CharField(
        label="Its questions, one a line",
        help_text="Heading in your file | words of the question | agreement, rating, or the words of another scale "
        f"with / between them, the lowest first. For example: {EXAMPLE}",
        widget=forms.Textarea({"rows": 9, "spellcheck": "false"}),
        required=False,
    )

    def __init__(self, *args, system, **options):
        super().__init__(*args, **options)
        self.system = system
        self.fields["by"].choices = past_questions.choices(system=system)
        self.asked = None

    def layout(self):
        other = [Field(name, optional=False) for name in ("name", "permission_note", "questions")]
        return ["file", Field("by", reveals={past_questions.OTHER: Div(*other)})]

    def said(self):
        names = ("by", "name", "permission_note", "questions")
        if self.cleaned_data["by"] != past_questions.OTHER:
            names = ("by",)
        return {name: self.cleaned_data[name] for name in names}

    def clean(self):
        said = super().clean()
        if said.get("by") == past_questions.OTHER:
            missing = [name for name in MISSING if not said.get(name) and name not in self.errors]
            for name in missing:
                self.add_error(name, MISSING[name])
        if not self.errors:
            self._ask()
        return said

    def _ask(self):
        try:
            self.asked = past_questions.asked(system=self.system, **self.said())
        except Refused as refusal:
            self.add_error("questions", ValidationError(str(refusal).rstrip(".")))
