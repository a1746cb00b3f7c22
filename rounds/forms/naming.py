"""Words in which nobody may be named."""

from django import forms

from rounds.recognition import hints, marked, pieces
from rounds_site.kit.fields import Form
from rounds_site.kit.prints import print_of

LIMIT = 2000


class WordsField(forms.CharField):
    """Line ends as one character, before they are counted."""

    def __init__(self, *, rows=5, missing="", limit=LIMIT, **options):
        looks = {"widget": forms.Textarea({"rows": rows}), "max_length": limit}
        said = {"max_length": f"Make it shorter: {limit:,} characters at most", "required": missing}
        super().__init__(**looks, error_messages=said, **options)

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


class NameNobody(Form):
    """`free`: fields in which nobody may be named; `again`: what its button says the second time.

    What may give somebody away is shown once before it is saved, and whoever has looked at it and presses again is
    believed: the rules find too much, and not everything.
    """

    free, again = (), "Save it as it is"
    looked_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def points_at(self, names_in):
        """[(label, pieces, what is marked in them)] of what its writer has not looked at; `names_in(text)` gives names
        of people who could be meant."""
        said = {name: self.cleaned_data[name] for name in self.free}
        if self.cleaned_data["looked_at"] == print_of(*said.values()):
            return []
        names = names_in("\n".join(said.values()))
        found = [(self[name].label, pieces(text, hints(text, names=names))) for name, text in said.items()]
        shown = [(label, cut, marked(cut)) for label, cut in found if marked(cut)]
        if shown:
            self.data = self.data.copy()
            self.data["looked_at"] = print_of(*said.values())
            self.button = self.again
        return shown
