"""Where we may write to somebody, and what our letters may say."""

from allauth.account.models import EmailAddress

from members.models.person import DiaryStyle, LettersTo
from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.rendering import Field

ANOTHER = "another"
SEEN_THERE = "If it is a work address, its mail system can see that we wrote to you"


def where_choices(person):
    """[(value, words, hint or "")]: where letters about somebody's places may go."""
    proven = EmailAddress.objects.filter(user=person, verified=True).exclude(email=person.email).order_by("email")
    addresses = list(proven.values_list("email", flat=True))
    another = "Another address" if addresses else "A personal address"
    return [
        *((address, address, "") for address in addresses),
        (ANOTHER, another, "You add it on the next page, and we send a code to it"),
        (LettersTo.NOWHERE, "Nowhere, I look here", "All of it stands under My Rounds"),
        (LettersTo.WORK, person.email, SEEN_THERE),
    ]


class WhereForm(Form):
    """One question; `another` leads to where an address is added and proven."""

    button = "Save"

    where = RadioField(
        label="Where may we write about your places?", error_messages={"required": "Choose where we may write to you"}
    )

    def __init__(self, *args, person, **options):
        where = person.personal_email if person.letters_to == LettersTo.PERSONAL else person.letters_to
        options["initial"] = {"where": where} | (options.get("initial") or {})
        super().__init__(*args, **options)
        choices = where_choices(person)
        self.fields["where"].choices = [(value, words) for value, words, _ in choices]
        self.fields["where"].item_hints = {value: hint for value, _, hint in choices}

    def layout(self):
        return [Field(name, size="s") for name in self.fields]

    @property
    def wants_another(self):
        return self.cleaned_data["where"] == ANOTHER

    @property
    def said(self):
        """As the fields of a Person; where another address is still to be added, nothing of where."""
        where = self.cleaned_data["where"]
        if where == ANOTHER:
            return {}
        if where in LettersTo.values:
            return {"letters_to": where, "personal_email": ""}
        return {"letters_to": LettersTo.PERSONAL, "personal_email": where}


class LettersForm(WhereForm):
    """The same, and what letters and diary entries may say."""

    neutral = RadioField(
        label="What may these letters say?",
        choices=[("whole", "Which Round it is, when and where"), ("neutral", "Only that a message waits here")],
        error_messages={"required": "Choose what these letters may say"},
        item_hints={"neutral": "For a mailbox that others read too"},
    )
    diary = RadioField(
        label="What is an entry in your diary called?",
        choices=[(DiaryStyle.PRIVATE, "Private appointment"), (DiaryStyle.PLAIN, "Schwartz Round, and its title")],
        error_messages={"required": "Choose what an entry is called"},
        help_text="We put nothing into your diary unless you ask for it at a Round",
    )

    def __init__(self, *args, person, **options):
        initial = {"neutral": "neutral" if person.neutral_letters else "whole", "diary": person.diary_style}
        if not person.letters_to:
            # Whoever comes for another answer keeps the way that holds until they say.
            initial["where"] = LettersTo.WORK
        super().__init__(*args, person=person, initial=initial, **options)

    @property
    def said(self):
        neutral = self.cleaned_data["neutral"] == "neutral"
        return super().said | {"neutral_letters": neutral, "diary_style": self.cleaned_data["diary"]}
