"""The questions people are asked."""

from django.db import transaction

from evaluation.models import Item, Questionnaire

OUR_CODE = "own"
OUR_VERSION = 1
# Our own words. Whoever changes one raises the version: answers to different words are never added up.
OUR_WORDING = [
    ("insight", "I see better now how the work feels to other people.", "agreement"),
    ("colleagues", "What I heard will help my colleagues and me to work together.", "agreement"),
    ("relevance", "Something in the stories spoke to my own work.", "agreement"),
    ("facilitation", "The conversation was held well: there was room for everyone, and for silence.", "agreement"),
    ("overall", "How was this Round for you, all in all?", "rating"),
]


@transaction.atomic
def in_use() -> Questionnaire:
    """The questionnaire that a box opened now asks. Ours is made at first need."""
    questionnaire, made = Questionnaire.objects.get_or_create(
        code=OUR_CODE,
        version=OUR_VERSION,
        defaults={"name": "Our own questions", "permission_note": "Our own wording; nobody's leave is needed."},
    )
    if made:
        Item.objects.bulk_create(
            Item(questionnaire=questionnaire, number=number, construct=construct, text=text, scale=scale)
            for number, (construct, text, scale) in enumerate(OUR_WORDING, start=1)
        )
    return questionnaire
