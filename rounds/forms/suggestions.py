"""Handing on a suggestion, and its answer."""

from uuid import uuid4

from django import forms

from rounds_site.kit.prints import print_of
from rounds_site.kit.rendering import Field

from .naming import NameNobody, WordsField


class HandOnForm(NameNobody):
    """`partners` and `places`: to which it may go."""

    button, mark_optional = "Hand it on", False
    free = ("text",)
    again = "Hand it on as it is"

    key = forms.UUIDField(widget=forms.HiddenInput)
    to = forms.ChoiceField(
        label="Who could see to it?",
        error_messages={"required": "Choose who could see to it", "invalid_choice": "Choose one from the list"},
    )
    text = WordsField(
        label="What would help?",
        missing="Write what would help",
        help_text="What could be otherwise, in practice or in a policy. Not who said it, and not what was told",
    )

    def __init__(self, *args, partners, places, **options):
        # So that a double click hands on one.
        super().__init__(*args, initial={"key": uuid4()}, **options)
        self.found = {f"partner-{each.code}": ("organisation", each) for each in partners}
        self.found |= {f"place-{each.pk}": ("place", each) for each in places}
        names = [(key, str(each)) for key, (_, each) in self.found.items()]
        self.fields["to"].choices = [("", "Choose a partner or a Place"), *names]

    def layout(self):
        return [Field("to", size="s"), Field("text", size="s"), "key", "looked_at"]

    def said(self):
        kind, which = self.found[self.cleaned_data["to"]]
        return {kind: which, "text": self.cleaned_data["text"], "key": self.cleaned_data["key"]}


class AnswerForm(NameNobody):
    button, mark_optional = "Save the answer", False
    free = ("answer",)

    answer = WordsField(label="What did you do, or will you do?", required=False, help_text="Or why it stays as it is")
    shared = forms.BooleanField(required=False, label="All who work in the system may read both, as “You said, we did”")

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, row, **options):
        kept = {"answer": row.answer, "shared": row.shared, "seen": print_of(row.answer)}
        super().__init__(*args, initial=kept, **options)

    def clean(self):
        if self.cleaned_data.get("shared") and not self.cleaned_data.get("answer"):
            self.add_error("answer", "Write an answer, or take out the tick: there is nothing to read yet")
        return self.cleaned_data

    def layout(self):
        return [Field("answer", size="s"), Field("shared", optional=False), "seen", "looked_at"]

    def said(self):
        return {name: self.cleaned_data[name] for name in ("answer", "shared", "seen")}
