"""What a storyteller writes down, who may read it, and what they allow with it."""

from django import forms
from django.urls import reverse

from rounds.sealing import LIMIT
from rounds.states import Use
from rounds_site.kit.fields import CheckboxesField, Form
from rounds_site.kit.rendering import Field, form_helper


class StoryField(forms.CharField):
    """Line ends as one character, before they are counted."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


class StoryForm(Form):
    """`version`: the one that its writer has before them."""

    button = "Save"
    mark_optional = False

    # No program of the browser's may keep it, or send it away to look at its spelling.
    text = StoryField(
        label="What you want to tell",
        help_text="Without names: of patients, of families, of colleagues",
        max_length=LIMIT,
        required=False,
        widget=forms.Textarea({"rows": 16, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"max_length": f"Make it shorter: {LIMIT} characters at most, which is ten minutes of speech"},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def layout(self):
        return [Field("text", size="s"), "version"]


class ShareForm(Form):
    """`people`: facilitators who do not read it yet."""

    button, mark_optional = "Share", False

    readers = CheckboxesField(label="Who else may read it?", error_messages={"required": "Select who may read it"})

    def __init__(self, *args, storyteller, people, **options):
        super().__init__(*args, auto_id="share-%s", **options)
        self.storyteller, self.people = storyteller, {str(person.pk): person for person in people}
        self.fields["readers"].choices = [(key, str(person)) for key, person in self.people.items()]

    @property
    def helper(self):
        action = reverse("share_story", args=[self.storyteller.pk])
        layout = Field("readers", size="s", small=True)
        return form_helper(layout, button=self.button, kind="secondary", action=action)

    @property
    def chosen(self):
        return [self.people[key] for key in self.cleaned_data["readers"]]


class AllowForm(Form):
    button, mark_optional = "Save what you allow", False

    uses = CheckboxesField(label="You need not allow anything", choices=Use.choices, required=False)

    def __init__(self, *args, storyteller, **options):
        super().__init__(*args, auto_id="allow-%s", **options)
        self.storyteller = storyteller

    @property
    def helper(self):
        action = reverse("allow_uses", args=[self.storyteller.pk])
        layout = Field("uses", size="s", small=True)
        return form_helper(layout, button=self.button, kind="secondary", action=action)
