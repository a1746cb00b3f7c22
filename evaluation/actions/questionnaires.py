"""The questions people are asked."""

from django.db import transaction

from evaluation.models import Item, Questionnaire
from rounds.states import Format

OURS = "Our own wording; nobody's leave is needed."
SHARED = [
    ("insight", "I see better now how the work feels to other people.", "agreement"),
    ("colleagues", "What I heard will help my colleagues and me to work together.", "agreement"),
    ("relevance", "Something in the stories spoke to my own work.", "agreement"),
]
OVERALL = ("overall", "How was this Round for you, all in all?", "rating")
# Our own words: code → name, version, items. Whoever changes one raises the version: answers to different words are
# never added up, nor are those of two sets.
SETS = {
    "own": (
        "Our own questions",
        1,
        [
            *SHARED,
            (
                "facilitation",
                "The conversation was held well: there was room for everyone, and for silence.",
                "agreement",
            ),
            OVERALL,
        ],
    ),
    "own-online": (
        "Our own questions, online",
        1,
        [
            *SHARED,
            (
                "facilitation",
                "The conversation was held well on the screen: nobody was lost, and silence was no fault.",
                "agreement",
            ),
            ("taking_part", "From where I sat I could take part as much as I wished.", "agreement"),
            OVERALL,
        ],
    ),
}
# Where some are in the room and some online everyone is asked the same, so that a small half does not stand apart.
ASKED = {Format.IN_PERSON: "own", Format.HYBRID: "own", Format.ONLINE: "own-online"}


def items_for(held) -> list[Item]:
    """The questions asked at a Round of that format, as they would be made now; for paper that is printed before."""
    _, _, wording = SETS[ASKED[Format(held)]]
    return [
        Item(number=number, construct=construct, text=text, scale=scale)
        for number, (construct, text, scale) in enumerate(wording, start=1)
    ]


@transaction.atomic
def in_use(held=Format.IN_PERSON) -> Questionnaire:
    """The questionnaire that a box opened now asks people at a Round of that format. Ours is made at first need."""
    code = ASKED[Format(held)]
    name, version, _ = SETS[code]
    questionnaire, made = Questionnaire.objects.get_or_create(
        code=code, version=version, defaults={"name": name, "permission_note": OURS}
    )
    if made:
        items = items_for(held)
        for item in items:
            item.questionnaire = questionnaire
        Item.objects.bulk_create(items)
    return questionnaire
