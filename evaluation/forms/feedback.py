"""The questions of a Round as a form. Without a token: these pages set no cookie and know nobody."""

import json

from django import forms

from evaluation.actions.codes import UNKNOWN_CODE
from evaluation.disclosure import THRESHOLD
from evaluation.sealing import COMMENT_LIMIT, LENGTH, SEALED_LENGTH, normalised
from evaluation.states import BROAD_GROUPS
from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.formats import thousands
from rounds_site.kit.rendering import Field, form_helper

TOO_LONG = f"Use at most {thousands(COMMENT_LIMIT)} characters. What you wrote is still here"
SAYS_NOTHING = "Answer at least one question, or write a few words"
LOST = "There is no connection just now. What you wrote is still here: send it again"
# A sealed form with all that goes beside it, and room for the longest code.
REQUEST_LENGTH = SEALED_LENGTH + 512
READ = "The Round’s facilitators read your words as you wrote them."
RECOGNISED = "A colleague could recognise your words. Leave out names, dates, wards and what only you would know."
SILENT = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


NO_ANSWER = ("", "No answer")


class RadiosToTakeBack(forms.RadioSelect):
    """The last of them takes an answer back, as a browser by itself does not; it is never chosen for anybody."""

    def __init__(self):
        super().__init__({"autocomplete": "off"})

    def format_value(self, value):
        return super().format_value(value) if value else []


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


class SealedForm(Form):
    """What a browser sends that has sealed the form itself; `pad` makes each request the same size."""

    code = forms.CharField(max_length=40)
    ballot = forms.UUIDField()
    sealed = forms.CharField(min_length=SEALED_LENGTH, max_length=SEALED_LENGTH)


class QuestionsForm(Form):
    """What people are asked, as they see it; by itself it is sent nowhere. Every question can be skipped."""

    mark_optional = False
    group = RadioField(
        label="What kind of work do you do?",
        help_text=f"Counted apart from this Round, for half a year together, and shown from {THRESHOLD} people on.",
        choices=[*BROAD_GROUPS.items(), NO_ANSWER],
        required=False,
        widget=RadiosToTakeBack,
    )
    comment = forms.CharField(
        label="What stays with you?",
        help_text=f"{READ} {RECOGNISED} Use at most {thousands(COMMENT_LIMIT)} characters.",
        required=False,
        widget=forms.Textarea({"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args, items, **options):
        super().__init__(*args, **options)
        self.items = {self.name_of(item): item for item in items}
        for name, item in self.items.items():
            self.fields[name] = RadioField(
                label=item.text,
                choices=[*item.choices, NO_ANSWER],
                required=False,
                widget=RadiosToTakeBack,
            )

    @staticmethod
    def name_of(item):
        return f"question_{item.number}"

    @property
    def questions(self):
        asked = [Field(name, size="m", small=True) for name in self.items]
        return [*asked, Field("comment", size="m"), Field("group", size="m", small=True)]

    @property
    def helper(self):
        return form_helper(*self.questions, button="", csrf=False, tag=False)


class FeedbackForm(QuestionsForm):
    """`ballot` is random and made when the form is shown: sent twice, it counts once.
    The browser makes one of its own, seals the form for it (static/js/seal.js) and sends a ``SealedForm`` in its place.

    `shown` says that the form was shown under its code, so that it goes through while wrong codes are held back.
    """

    button = "Put it in the box"
    code = forms.CharField(widget=forms.HiddenInput(SILENT))
    ballot = forms.UUIDField(widget=forms.HiddenInput(SILENT))
    shown = forms.CharField(required=False, widget=forms.HiddenInput(SILENT))

    def __init__(self, *args, found, **options):
        super().__init__(*args, items=found.box.questionnaire.items.all(), **options)
        self.found = found
        self.order_fields(["code", "ballot", "shown", *self.items, "comment", "group"])

    @property
    def helper(self):
        helper = form_helper("code", "ballot", "shown", *self.questions, button=self.button, csrf=False)
        helper.attrs = {"autocomplete": "off", **self._to_seal_with}
        return helper

    @property
    def _to_seal_with(self):
        """What the browser needs to seal the form. The ballot of a card follows from its code."""
        box = self.found.box
        if not box.public_key:
            return {}
        items = {name: str(item.pk) for name, item in self.items.items()}
        return {
            "data-rd-seal": json.dumps(
                {
                    "key": box.public_key,
                    "round": str(box.round_id),
                    "ballot": str(self.found.ballot or ""),
                    "items": items,
                    "length": LENGTH,
                    "request": REQUEST_LENGTH,
                    "words": {"limit": COMMENT_LIMIT, "too_long": TOO_LONG, "nothing": SAYS_NOTHING, "lost": LOST},
                }
            )
        }

    def clean_comment(self):
        comment = normalised(self.cleaned_data["comment"])
        if len(comment) > COMMENT_LIMIT:
            raise forms.ValidationError(TOO_LONG)
        return comment

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.answers and not cleaned.get("comment"):
            raise forms.ValidationError(SAYS_NOTHING)
        return cleaned

    @property
    def answers(self) -> dict[str, int]:
        given = {name: self.cleaned_data.get(name) for name in self.items}
        return {str(self.items[name].pk): int(value) for name, value in given.items() if value}
