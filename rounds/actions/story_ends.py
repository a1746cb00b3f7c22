"""How a story ends: its row goes, and the key that opened it, so that no copy of the row reads anything."""

from rounds.models import TeamMember
from rounds.models.story import Story, StoryReader
from rounds_site.kit.acting import acting

from . import story_keys


@acting
def destroy(*, panel) -> int:
    """The stories of these storytellers, with who could read them; how many there were. Their keys go when this is
    committed. The caller holds the Round."""
    storytellers = [each.pk for each in panel]
    stories = Story.objects.filter(storyteller__in=storytellers)
    story_keys.destroy_at_commit(stories.values_list("key", flat=True))
    StoryReader.objects.filter(storyteller__in=storytellers).delete()
    return stories.delete()[0]


@acting
def close_to_those_gone(round):
    """Whoever no longer facilitates, or whose part rests, reads no story; not even when they come back, unless its
    teller chooses them again. The caller holds the Round."""
    there = TeamMember.objects.facilitating().filter(round=round).values("person")
    StoryReader.objects.filter(storyteller__round=round).exclude(person__in=there).delete()


def sweep(*, now) -> int:
    """Keys that open nothing any more. By the worker, which sees every row."""
    wanted = {str(name) for name in Story.objects.values_list("key", flat=True)}
    return story_keys.destroy_unless(wanted, now=now)
