"""A storyteller's story in tests: Dev's, at the Round of ``tests.rounds.panels``."""

from django.conf import settings
from django.urls import reverse

from rounds.actions import stories
from rounds.models.story import Story
from tests.worlds import NOON

WORDS = "canary-of-dev: I held her hand, and then the lift would not come.\nNobody said a word."


def write(storyteller, text=WORDS, *, seen=None, now=NOON):
    seen = version_of(storyteller) if seen is None else seen
    return stories.write(storyteller=storyteller, text=text, seen_version=seen, now=now)


def version_of(storyteller):
    return Story.objects.filter(storyteller=storyteller).values_list("version", flat=True).first() or 0


def share(storyteller, *people):
    return stories.share(storyteller=storyteller, people=people, now=NOON)


def keys():
    """The names of all keys of stories."""
    return {path.stem for path in settings.STORY_KEY_DIR.glob("*.key")}


def to_story(storyteller, name="my_story"):
    return reverse(name, args=[storyteller.pk])


def to_read(storyteller):
    return reverse("round_story", args=[storyteller.round_id, storyteller.pk])
