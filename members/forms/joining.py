"""How people say where they work, and how administrators let them in."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator

from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.rendering import Field

from .fields import EmailField, OneLineField
from .people import staff_group_field

LINE = 200
is_a_domain = DomainNameValidator(accept_idna=False)


def name_field():
    return OneLineField(missing="Enter your name", label="Your name", help_text="As the list at the door shows it")


class JoinForm(Form):
    """How somebody becomes staff of the partner whose link they followed."""

    button = "Join, and send me a code"

    name = name_field()
    email = EmailField(
        missing="Enter your email address",
        label="Your email address",
        help_text="We send a code there. It may be your own address; it need not be one of your employer's.",
    )
    staff_group = staff_group_field("Your staff group")


class InvitedForm(Form):
    """The same for somebody who was invited by a letter: the code goes to the address of that letter."""

    button = "Join, and send me a code"

    name = name_field()
    staff_group = staff_group_field("Your staff group")


class JoinHereForm(Form):
    """The same for somebody who is signed in."""

    button = "Join"

    staff_group = staff_group_field("Your staff group")


class WorkHereForm(Form):
    """What we ask of somebody whose address opened the partner to them; their name and a site only where there is
    anything to ask."""

    button = "Join"

    name = name_field()
    site = forms.ModelChoiceField(
        queryset=None, label="Where do you mostly work?", empty_label="Not said", required=False
    )
    staff_group = staff_group_field("Your staff group")

    def __init__(self, *args, sites, named, **options):
        super().__init__(*args, **options)
        self.fields["site"].queryset = sites
        if not sites:
            del self.fields["site"]
        if named:
            del self.fields["name"]

    def said(self):
        return {"name": "", "site": None} | self.cleaned_data


class NotListedForm(Form):
    """A request to be let in: three lines, and no more. Which system it is for is asked where there are several."""

    button = "Send my request"

    name = name_field()
    system = forms.ModelChoiceField(
        queryset=None,
        widget=forms.RadioSelect,
        empty_label=None,
        label="Which of these is nearest to your work?",
        error_messages={"required": "Select the one that is nearest to your work"},
    )
    organisation_name = OneLineField(missing="Enter the name of your organisation", label="Where do you work?")
    why = OneLineField(
        missing="",
        required=False,
        max_length=LINE,
        label="A line about your work there",
        help_text="It helps whoever reads this to know that you belong there",
    )

    def __init__(self, *args, systems, **options):
        super().__init__(*args, **options)
        self.fields["system"].queryset = self.systems = systems
        if len(systems) == 1:
            del self.fields["system"]

    def said(self):
        """With the only system, where there was none to choose."""
        return {"system": self.systems.first()} | self.cleaned_data


class AnswerForm(Form):
    button = "Send my answer"

    answer = OneLineField(missing="Enter your answer", max_length=LINE, label="Your answer")


class DecideForm(Form):
    """What an administrator says to a request to join."""

    button = "Send"

    decision = RadioField(
        label="What would you like to say?",
        choices=[("accept", "Yes, they work for one of our partners"), ("ask", "I have a question"), ("decline", "No")],
        error_messages={"required": "Say yes, ask, or say no"},
        item_hints={
            "accept": "From today Rounds to which it is invited are open to them",
            "decline": "They get a kind letter that gives no reason",
        },
    )
    organisation = forms.ModelChoiceField(
        queryset=None,
        to_field_name="code",
        label="Which partner?",
        empty_label="Choose one",
        required=False,
        error_messages={"invalid_choice": "Choose a partner from the list"},
    )
    question = OneLineField(missing="", required=False, max_length=LINE, label="Your question")
    mark_optional = False

    def __init__(self, *args, organisations, **options):
        super().__init__(*args, **options)
        self.fields["organisation"].queryset = organisations

    def clean(self):
        said = super().clean()
        decision = said.get("decision")
        if decision == "accept" and not said.get("organisation") and "organisation" not in self.errors:
            self.add_error("organisation", "Choose the partner they work for")
        if decision == "ask" and not said.get("question") and "question" not in self.errors:
            self.add_error("question", "Enter your question")
        return said

    def layout(self):
        return [Field("decision", reveals={"accept": Field("organisation"), "ask": Field("question")})]


class DomainField(OneLineField):
    """A domain as people write it: nhs.net, @nhs.net, NHS.net."""

    def to_python(self, value):
        words = super().to_python(value).lower()
        domain = words.rpartition("@")[2].strip(".")
        if words:
            try:
                is_a_domain(domain if " " not in words else words)
            except ValidationError:
                raise ValidationError("Enter what stands after the @, like riverbank.nhs.uk", code="invalid") from None
        return domain


class ApproveDomainForm(Form):
    button = "Approve this domain"

    domain = DomainField(
        missing="Enter what stands after the @, like riverbank.nhs.uk",
        max_length=253,
        label="What stands after the @ of their addresses",
        help_text="For example, riverbank.nhs.uk. One that others share, like nhs.net, is fine: people then choose",
    )
    even_public = forms.BooleanField(required=False, label="Yes, anybody with such an address may join")

    def layout(self):
        """Whether it is meant is asked only where anybody may have such an address."""
        return ["domain", *(["even_public"] if self.asks_twice else [])]

    asks_twice = False


class InviteForm(Form):
    button = "Send the invitation"

    email = EmailField(
        missing="Enter their email address",
        label="Their email address",
        help_text="Check it: whoever reads its mail can join",
    )
