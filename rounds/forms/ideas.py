"""An idea for a Round: the first question of a plan, and which system it is for."""

from uuid import uuid4

from django import forms

from rounds_site.kit.fields import RadioField
from rounds_site.kit.rendering import Field

from .planning import AboutForm


class IdeaForm(AboutForm):
    """`systems` are those where the person may plan; asked for only where there are several."""

    heading = "Keep an idea"
    button = "Keep it"

    unit = None
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, systems=(), idea=None, **kwargs):
        self.systems = {str(each.pk): each for each in systems}
        if idea:
            names = ("title", "subject", "kind", "about")
            kwargs["initial"] = {name: getattr(idea, name) for name in names}
            self.button = "Save"
        else:
            # So that a double click keeps one.
            kwargs["initial"] = {"key": uuid4()}
        super().__init__(*args, draft=None, **kwargs)
        if idea:
            del self.fields["key"]
        if len(self.systems) > 1:
            self.fields["system"] = RadioField(
                label="Which system is it for?",
                choices=[(key, each.name) for key, each in self.systems.items()],
                error_messages={"required": "Choose the system that the Round is for"},
            )

    def layout(self):
        hidden = ["key"] if "key" in self.fields else []
        return hidden + [Field(name, size="s", optional=name != "kind") for name in self.fields if name != "key"]

    @property
    def system(self):
        only = next(iter(self.systems.values()))
        return self.systems[self.cleaned_data["system"]] if len(self.systems) > 1 else only

    def words(self):
        return {name: self.cleaned_data[name] for name in ("title", "subject", "kind", "about")}
