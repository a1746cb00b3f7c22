"""Taking words out of a comment."""

from django import forms

from evaluation.sealing import COMMENT_LIMIT
from rounds_site.kit.fields import Form
from rounds_site.kit.rendering import form_helper


class EditOutForm(Form):
    button = "Keep only this"
    comment = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label="What may stay",
        help_text="Take out what could tell who wrote it, or whom it is about. In the place of it you can write "
        "something in square brackets, like [a ward].",
        max_length=COMMENT_LIMIT,
        widget=forms.Textarea({"rows": 6, "autocomplete": "off"}),
        error_messages={"required": "Nothing of the comment is left. Withhold it instead"},
    )

    @property
    def helper(self):
        return form_helper("comment", "text", button=self.button)
