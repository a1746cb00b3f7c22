"""What a storyteller wrote, sealed; who of the Round's facilitators may read it; and what they may do with it.

Rows of one storyteller, gone with them. Plain text is in no row: see ``rounds.sealing`` and ``actions.story_keys``.
"""

import uuid

from django.db import models
from django.db.models import Q

from rounds.states import Use
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class Story(Record):
    """At most one for each storyteller. `key` names the file of the key that opens this `version`; each saving makes
    another key and destroys this one, so that no copy of the row, however old, opens once it was written over."""

    privacy = {Kept.ROUND_30: "storyteller version key sealed"}

    storyteller = models.OneToOneField("rounds.Storyteller", on_delete=models.CASCADE, related_name="story")
    version = models.PositiveIntegerField()
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(version__gte=1), name="story_version_from_one")]


class StoryReader(Record):
    """A facilitator of that Round whom its teller chose to read the story."""

    privacy = {Kept.ROUND_30: "storyteller person"}

    storyteller = models.ForeignKey("rounds.Storyteller", on_delete=models.CASCADE, related_name="readers")
    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["storyteller", "person"], name="story_reader_once")]


class StoryConsent(Record):
    """That its teller allows one use of what they tell. Taking it back leaves no row."""

    privacy = {Kept.ROUND_30: "storyteller use given_on"}

    storyteller = models.ForeignKey("rounds.Storyteller", on_delete=models.CASCADE, related_name="consents")
    use = models.CharField(max_length=10, choices=Use.choices)
    given_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["storyteller", "use"], name="story_consent_once"),
            models.CheckConstraint(condition=Q(use__in=Use.values), name="story_consent_known_use"),
        ]
