"""What a storyteller writes down beforehand: kept sealed, read by them and by the facilitators they choose.

Every verb holds the Round first and answers None where they are no longer on its panel. Nothing here is logged, and no
text leaves but by ``read``.
"""

from django.views.decorators.debug import sensitive_variables

from members.access import today
from rounds import sealing
from rounds.models.story import Story, StoryConsent, StoryReader
from rounds.states import Use
from rounds_site.kit.acting import acting
from rounds_site.kit.refusals import Refused

from . import panel, registration, story_ends, story_keys
from .team import is_facilitator

WRITTEN_ELSEWHERE = (
    "This was changed in another window or on another device meanwhile. Copy what you want to keep, then open the page "
    "again."
)


@acting
@sensitive_variables("text", "key", "sealed")
def write(*, storyteller, text, seen_version, now):
    """Keep the text, under a key of its own; the key of what it was before is destroyed. No text is no story.

    `seen_version`: which version its writer had before them, 0 for none, so that nobody writes over what they have not
    seen.
    """
    storyteller = _held(storyteller)
    if storyteller is None:
        return None
    if panel.is_over(storyteller.round, now):
        raise Refused("This Round is over or was called off, so nothing more can be written.")
    story = Story.objects.filter(storyteller=storyteller).first()
    if seen_version != (story.version if story else 0):
        raise Refused(WRITTEN_ELSEWHERE)
    if not text:
        return story_ends.destroy(panel=[storyteller])
    if story is None:
        story = Story(storyteller=storyteller, version=0, created_at=now)
    else:
        story_keys.destroy_at_commit([story.key])
    story.version += 1
    story.key, key = story_keys.make()
    story.sealed = sealing.seal(text, key=key, **_bound(story, storyteller))
    story.save()
    return story


@sensitive_variables("text", "key")
def read(storyteller):
    """(text, version) for whom a door let through: ("", 0) where nothing is written; CannotOpen where it is but does
    not open. Whoever comes while it is saved, and finds the key of before gone, waits until that is done."""
    try:
        return _read(storyteller)
    except sealing.CannotOpen:
        return _read_held(storyteller)


@acting
def _read_held(storyteller):
    registration.lock(storyteller.round_id)
    return _read(storyteller)


def _read(storyteller):
    story = Story.objects.filter(storyteller=storyteller.pk).first()
    if story is None:
        return "", 0
    return sealing.unseal(story.sealed, key=story_keys.find(story.key), **_bound(story, storyteller)), story.version


@acting
def share(*, storyteller, people, now):
    """`people` of those who facilitate the Round may read what is written, now and as it changes."""
    storyteller = _held(storyteller)
    if storyteller is None:
        return None
    if not Story.objects.filter(storyteller=storyteller).exists():
        raise Refused("There is nothing to share yet. Write something first, and save it.")
    if not all(is_facilitator(storyteller.round, person) for person in people):
        raise Refused("Choose from the facilitators of this Round.")
    for person in people:
        StoryReader.objects.get_or_create(storyteller=storyteller, person=person, defaults={"created_at": now})
    return storyteller


@acting
def stop_sharing(*, storyteller, reader):
    """With whom that row of readers names, from now on."""
    storyteller = _held(storyteller)
    return storyteller and StoryReader.objects.filter(storyteller=storyteller, pk=reader).delete()


@acting
def delete(*, storyteller):
    """At once, and for good."""
    storyteller = _held(storyteller)
    return storyteller and story_ends.destroy(panel=[storyteller])


@acting
def allow(*, storyteller, uses, now):
    """These uses and no others. What was allowed before keeps its day."""
    storyteller = _held(storyteller)
    if storyteller is None:
        return None
    StoryConsent.objects.filter(storyteller=storyteller).exclude(use__in=uses).delete()
    for use in uses:
        given = {"given_on": today(now), "created_at": now}
        StoryConsent.objects.get_or_create(storyteller=storyteller, use=Use(use), defaults=given)
    return storyteller


def _held(storyteller):
    round = registration.lock(storyteller.round_id)
    return round.panel.select_related("round__system").filter(pk=storyteller.pk).first()


def _bound(story, storyteller):
    return {"story": story.pk, "owner": storyteller.person_id, "version": story.version}
