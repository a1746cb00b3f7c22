"""Naming somebody by their address, from wherever they are."""

from members.forms.fields import EmailField, OneLineField
from rounds.states import TeamPart
from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.rendering import Button, Field, Words, form_helper


class NamingForm(Form):
    email = EmailField(missing="Enter their email address", label="Email address")
    called = OneLineField(
        missing="Enter their name",
        label="Name",
        # Asked for always: otherwise the question would tell who has an account.
        help_text="Whoever has an account here keeps the name in it",
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


class AppointForm(Form):
    """`people`: those who may be named, with the names of their employers."""

    button = "Name them"

    person = RadioField(
        label="Who facilitates?",
        error_messages={"required": "Choose who facilitates", "invalid_choice": "Choose from the people shown"},
    )

    def __init__(self, *args, people, employers, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["person"].choices = [(key, str(person)) for key, person in self.people.items()]
        self.fields["person"].item_hints = {
            key: ", ".join(employers[person.pk]) for key, person in self.people.items() if employers[person.pk]
        }

    def clean_person(self):
        return self.people[self.cleaned_data["person"]]


class SecondPress(Form):
    """Comes back once where somebody of that name or address was asked `lately`: the second press holds for those of
    whom the warning spoke, and for nobody else. `kind` of its button: only one on a page is green."""

    button, again, kind = "", "", ""
    lately = None

    @property
    def whom(self):
        return f"{self.cleaned_data['email']} {self.cleaned_data['called']}"

    def asks_again(self, lately):
        """Whether it does, given the latest approach to them or None."""
        self.lately = lately if self.data.get("anyway") != self.whom else None
        return self.lately is not None

    @property
    def helper(self):
        if self.lately is None:
            return form_helper(*self.layout(), button=self.button, kind=self.kind)
        button = Button(self.again, name="anyway", value=self.whom, kind=self.kind)
        return form_helper(*self.layout(), Words("rounds/asked_lately.html"), button, button="")


class AskForm(SecondPress, NamingForm):
    button, again = "Ask them", "Ask them all the same"

    email = EmailField(
        missing="Enter their email address",
        label="Email address",
        help_text="Staff, patients, carers, anyone. Where you can choose, take one that no employer reads",
    )
