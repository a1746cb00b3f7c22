"""The questions of a Round as a form. Without a token: these pages set no cookie and know nobody."""

from django import forms

from evaluation.actions.codes import UNKNOWN_CODE
from evaluation.disclosure import THRESHOLD
from evaluation.sealing import COMMENT_LIMIT, normalised
from evaluation.states import BROAD_GROUPS
from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.formats import thousands
from rounds_site.kit.rendering import Field, form_helper

TOO_LONG = f"Use at most {thousands(COMMENT_LIMIT)} characters. What you wrote is still here"
READ = "The Round’s facilitators read your words as you wrote them."
RECOGNISED = "A colleague could recognise your words. Leave out names, dates, wards and what only you would know."
SILENT = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class CodeForm(Form):
    """By GET: the code only finds the box, and a QR code carries it in the address."""

    code = forms.CharField(
        label="Code on the screen or on your card",
        max_length=40,
        widget=forms.TextInput(SILENT),
        error_messages={
            "required": "Enter the code on the screen or on your card",
            "max_length": UNKNOWN_CODE,
        },
    )

    @property
    def helper(self):
        return form_helper(Field("code", width=10), method="get", csrf=False)


class FeedbackForm(Form):
    """Every question can be skipped. `ballot` is random and made when the form is shown: sent twice, it counts once.

    `shown` says that the form was shown under its code, so that it goes through while wrong codes are held back.
    """

    button = "Put it in the box"
    mark_optional = False
    code = forms.CharField(widget=forms.HiddenInput(SILENT))
    ballot = forms.UUIDField(widget=forms.HiddenInput(SILENT))
    shown = forms.CharField(required=False, widget=forms.HiddenInput(SILENT))
    group = RadioField(
        label="What kind of work do you do?",
        help_text=f"Counted apart from this Round, for half a year together, and shown from {THRESHOLD} people on.",
        choices=list(BROAD_GROUPS.items()),
        required=False,
        widget=forms.RadioSelect({"autocomplete": "off"}),
    )
    comment = forms.CharField(
        label="What stays with you?",
        help_text=f"{READ} {RECOGNISED}",
        required=False,
        widget=forms.Textarea({"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args, items, **options):
        super().__init__(*args, **options)
        self.items = {self.name_of(item): item for item in items}
        for name, item in self.items.items():
            self.fields[name] = RadioField(
                label=item.text,
                choices=item.choices,
                required=False,
                widget=forms.RadioSelect({"autocomplete": "off"}),
            )
        self.order_fields(["code", "ballot", "shown", *self.items, "comment", "group"])

    @staticmethod
    def name_of(item):
        return f"question_{item.number}"

    @property
    def helper(self):
        questions = [Field(name, size="m", small=True) for name in self.items]
        words = [Field("comment", size="m"), Field("group", size="m", small=True)]
        layout = ["code", "ballot", "shown", *questions, *words]
        helper = form_helper(*layout, button=self.button, csrf=False)
        helper.attrs = {"autocomplete": "off"}
        return helper

    def clean_comment(self):
        comment = normalised(self.cleaned_data["comment"])
        if len(comment) > COMMENT_LIMIT:
            raise forms.ValidationError(TOO_LONG)
        return comment

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.answers and not cleaned.get("comment"):
            raise forms.ValidationError("Answer at least one question, or write a few words")
        return cleaned

    @property
    def answers(self) -> dict[str, int]:
        given = {name: self.cleaned_data.get(name) for name in self.items}
        return {str(self.items[name].pk): int(value) for name, value in given.items() if value}
