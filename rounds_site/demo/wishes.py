"""Where some people of the demo want our letters, and what these may say."""

from allauth.account.models import EmailAddress

from members.actions import people
from members.models.person import DiaryStyle, LettersTo

from . import data

PRIVATE_MAIL = "post.example"


def choose(it, *, now):
    """Most have not said. The carer reads at home, the helper looks here, and one nurse shares a mailbox."""
    carer = it.cast["carer"]
    at_home = data.address_of(carer.name, domain=PRIVATE_MAIL)
    EmailAddress.objects.create(user=carer, email=at_home, verified=True)
    nurse = it.somebody_at("acute", "nursing")
    for person, wanted in [
        (carer, {"letters_to": LettersTo.PERSONAL, "personal_email": at_home, "diary_style": DiaryStyle.PLAIN}),
        (it.cast["helper"], {"letters_to": LettersTo.NOWHERE}),
        (nurse, {"letters_to": LettersTo.WORK, "neutral_letters": True}),
    ]:
        people.choose_letters(person=person, now=now, **wanted)
