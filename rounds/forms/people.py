"""Naming somebody by their address, from wherever they are."""

from members.forms.fields import EmailField, OneLineField
from rounds.states import TeamPart
from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.rendering import Field, form_helper


class NamingForm(Form):
    email = EmailField(missing="Enter their email address", label="Email address")
    called = OneLineField(
        missing="Enter their name",
        label="Name",
        required=False,
        help_text="Only where they have no account here yet",
    )

    def layout(self):
        return [Field(name, size="s") for name in self.fields]


class TeamMemberForm(NamingForm):
    button = "Put them in the team"

    part = RadioField(
        label="What do they do?",
        choices=[(TeamPart.FACILITATOR, "They facilitate"), (TeamPart.HELPER, "They help at the door")],
        item_hints={
            TeamPart.FACILITATOR: "They see who has booked and who tells a story, and can change this Round",
            TeamPart.HELPER: "They see the list at the door and tick people in, and nothing else",
        },
        error_messages={"required": "Choose what they do", "invalid_choice": "Choose what they do"},
    )


class AskForm(NamingForm):
    """`kind` of its button: only one on the page is green."""

    button, kind = "Ask them", ""

    email = EmailField(
        missing="Enter their email address",
        label="Email address",
        help_text="Staff, patients, carers, anyone. Where you can choose, take one that no employer reads",
    )

    @property
    def helper(self):
        return form_helper(*self.layout(), button=self.button, kind=self.kind)
