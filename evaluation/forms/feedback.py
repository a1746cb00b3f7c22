"""The questions of a Round as a form. Without a token: these pages set no cookie and know nobody."""

from django import forms

from evaluation.sealing import COMMENT_LIMIT, normalised
from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.formats import thousands
from rounds_site.kit.rendering import Field, form_helper

TOO_LONG = f"Use at most {thousands(COMMENT_LIMIT)} characters. What you wrote is still here"
RECOGNISED = "A colleague could recognise your words. Leave out names, dates, wards and what only you would know."
SILENT = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class CodeForm(Form):
    """By GET: the code only finds the box, and a QR code carries it in the address."""

    code = forms.CharField(
        label="Code on the screen in the room",
        max_length=40,
        widget=forms.TextInput(SILENT),
        error_messages={
            "required": "Enter the code on the screen",
            "max_length": "We do not know that code. Codes never use 0, O, 1, I or L",
        },
    )

    @property
    def helper(self):
        return form_helper(Field("code", width=10), method="get", csrf=False)


class FeedbackForm(Form):
    """Every question can be skipped. `ballot` is random and made when the form is shown: sent twice, it counts once."""

    button = "Put it in the box"
    mark_optional = False
    code = forms.CharField(widget=forms.HiddenInput(SILENT))
    ballot = forms.UUIDField(widget=forms.HiddenInput(SILENT))
    comment = forms.CharField(
        label="What stays with you?",
        help_text=RECOGNISED,
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
        self.order_fields(["code", "ballot", *self.items, "comment"])

    @staticmethod
    def name_of(item):
        return f"question_{item.number}"

    @property
    def helper(self):
        questions = [Field(name, size="m", small=True) for name in self.items]
        layout = ["code", "ballot", *questions, Field("comment", size="m")]
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
