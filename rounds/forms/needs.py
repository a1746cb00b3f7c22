"""What somebody with a place needs."""

from members.forms.fields import OneLineField
from rounds.states import Diet
from rounds_site.kit.fields import CheckboxesField, Form
from rounds_site.kit.rendering import Field


class NeedsForm(Form):
    """Food is asked of whoever comes to the room, where there is any."""

    button = "Save"

    access = OneLineField(
        missing="",
        label="What do you need to get in, to follow or to stay?",
        max_length=300,
        required=False,
        help_text="For example, a place for a wheelchair, captions, a seat by the door. Add your name only if you "
        "want us to talk to you about it",
    )
    diet = CheckboxesField(label="What do you eat?", choices=Diet.choices, required=False)
    food = OneLineField(
        missing="",
        label="Anything else about food",
        max_length=200,
        required=False,
        help_text="For example, an allergy. The caterer reads this, without a name",
    )

    def __init__(self, *args, eats, **kwargs):
        super().__init__(*args, **kwargs)
        if not eats:
            del self.fields["diet"], self.fields["food"]

    def layout(self):
        return [Field(name, size="s", optional=False) for name in self.fields]

    @property
    def facts(self):
        return {"diet": [], "food": ""} | self.cleaned_data
