"""What staff say to those who look for voices, whom these have asked, and themes."""

from uuid import uuid4

from django import forms

from members.forms.fields import EmailField, OneLineField
from rounds_site.kit.fields import CheckboxesField, Form, RadioField
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.rendering import Field

from .naming import NameNobody
from .people import SecondPress

LINES = 1000


class ReadersForm(Form):
    """`finders`: {key: (system, person, words for them)}."""

    button = "Send it to those I ticked"

    readers = CheckboxesField(
        label="Who may read this?",
        error_messages={
            "required": "Select who may read it",
            "invalid_choice": "Somebody you selected does not look for voices any more. Look again whom to select",
        },
    )

    def __init__(self, *args, finders, **options):
        super().__init__(*args, **options)
        self.finders = finders
        self.fields["readers"].choices = [(key, str(person)) for key, (_, person, _) in finders.items()]
        self.fields["readers"].item_hints = {key: words for key, (_, _, words) in finders.items() if words}

    def layout(self):
        return [Field("readers", size="s", small=True)]

    @property
    def chosen(self):
        return [self.finders[key][:2] for key in self.cleaned_data["readers"]]


class OfferForm(ReadersForm):
    """`themes`: titles that are kept where they look."""

    about = forms.CharField(
        label="What it might be about",
        help_text="A few lines, or nothing. Without names: of patients, of families, of colleagues",
        required=False,
        max_length=LINES,
        widget=forms.Textarea({"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"max_length": f"Make it shorter: {LINES} characters at most. The story itself can wait"},
    )
    theme = forms.ChoiceField(label="A theme it might fit", required=False)
    reach = OneLineField(
        missing="",
        label="How to reach you",
        help_text="If not at your work address: a number, an evening, a name to ask for",
        required=False,
        max_length=200,
    )

    def __init__(self, *args, themes, **options):
        super().__init__(*args, **options)
        if themes:
            self.fields["theme"].choices = [("", "None in particular"), *((each, each) for each in themes)]
        else:
            del self.fields["theme"]

    def layout(self):
        own = [Field(name, size="s") for name in ("about", "theme", "reach") if name in self.fields]
        return [*own, *super().layout()]

    def words(self):
        return {name: self.cleaned_data.get(name, "") for name in ("about", "theme", "reach")}


class InSystemForm(Form):
    """`systems`: one of them it is for; asked only where there are several."""

    def __init__(self, *args, systems, **options):
        super().__init__(*args, **options)
        self.systems = {str(each.pk): each for each in systems}
        if len(self.systems) > 1:
            self.fields["system"] = RadioField(
                label="For which system?",
                choices=[(key, each.name) for key, each in self.systems.items()],
                error_messages={"required": "Choose the system"},
            )

    def layout(self):
        return [name if self[name].is_hidden else Field(name, size="s") for name in self.fields]

    @property
    def system(self):
        only = next(iter(self.systems.values()))
        return self.systems[self.cleaned_data["system"]] if len(self.systems) > 1 else only


class ApproachForm(SecondPress, InSystemForm):
    button = "Note it"
    again = "Note it all the same"

    called = OneLineField(missing="Enter their name", label="Name")
    email = EmailField(
        label="Email address",
        required=False,
        help_text="Whoever has an account sees that they stand in the list, and can take themselves out",
    )


class ThemeForm(InSystemForm, NameNobody):
    button, free = "Save", ("title", "about")

    key = forms.UUIDField(widget=forms.HiddenInput)
    title = OneLineField(
        missing="Enter a title", label="Title", max_length=150, help_text="For example, “Thrown in at the deep end”"
    )
    about = OneLineField(missing="", label="What it is about, in a line", required=False, max_length=300)

    def __init__(self, *args, initial=None, **options):
        # So that a double click suggests one.
        super().__init__(*args, initial={"key": uuid4()} | (initial or {}), **options)

    def words(self):
        return {name: self.cleaned_data[name] for name in ("title", "about", "went") if name in self.fields}


class SuggestForm(ThemeForm):
    button, again = "Suggest it", "Suggest it as it is"


class KeptThemeForm(ThemeForm):
    """`rounds`: those of the system that it may have been the theme of."""

    free = ("title", "about", "went")

    went = OneLineField(missing="", label="How it went, in a line", required=False, max_length=300)
    rounds = CheckboxesField(
        label="Which Rounds were held under it?",
        required=False,
        error_messages={"invalid_choice": "Select from the Rounds shown"},
    )

    def __init__(self, *args, rounds, **options):
        super().__init__(*args, **options)
        self.held = {str(each.pk): each for each in rounds}
        if self.held:
            self.fields["rounds"].choices = [(key, each.title) for key, each in self.held.items()]
            self.fields["rounds"].item_hints = {key: nhs_date(each.starts_at) for key, each in self.held.items()}
        else:
            del self.fields["rounds"]

    def layout(self):
        return [*super().layout()[:-1], Field("rounds", size="s", small=True)] if self.held else super().layout()

    @property
    def ticked(self):
        return [self.held[key] for key in self.cleaned_data.get("rounds", [])]
