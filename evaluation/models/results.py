"""What is left of the forms after counting: counts per item and shuffled comments, in the database `box`.

Only ``actions.counting``, ``actions.pools``, ``actions.half_year_answers``, ``actions.comments`` and
``actions.past_rounds`` write here; only reports read.
"""

import uuid

from django.db import models

from evaluation.states import BROAD_GROUPS, LeftOut, Review
from rounds_site.kit.privacy import Kept


class Counted(models.Model):
    """This Round's forms have been counted and destroyed: the first row of the counting transaction.

    Its key makes a second count impossible, whenever the first was interrupted. `forms` is to the nearest 5, or null
    where too few came back to show anything: then nothing says how many did, nor whether they went into a pool.
    `for_the_team` is the exact number beside one that is shown, so that its team sees forms that are more than people;
    null where it was counted before that was kept. `left_out` says which kind of form was destroyed uncounted beside
    others that were counted ("" for none).
    """

    database = "box"
    privacy = {Kept.COUNT: "round_id forms for_the_team left_out"}

    round_id = models.UUIDField(primary_key=True)
    forms = models.PositiveIntegerField(null=True)
    for_the_team = models.PositiveIntegerField(null=True)
    left_out = models.CharField(max_length=10, choices=LeftOut.choices, blank=True)


class ItemCount(models.Model):
    """How many people of one Round gave one answer to one item of one questionnaire version."""

    database = "box"
    privacy = {Kept.COUNT: "id round_id questionnaire_id item_id value n"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round_id = models.UUIDField()
    questionnaire_id = models.UUIDField()
    item_id = models.UUIDField()
    value = models.PositiveSmallIntegerField()
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round_id", "item_id", "value"], name="item_count_once")]


class CrossCount(models.Model):
    """How many people of one broad staff group gave one answer to one item, over all Rounds of a system's half-year.

    A Round adds a group's answers to an item only where these, and what is left beside those it adds, could each be
    shown by itself (``disclosure.groups_to_add``): what one counting changes here says nothing of fewer than 8 people.
    Nothing is added once the half-year is shown (``reports.half_year_counts``).
    """

    database = "box"
    privacy = {Kept.COUNT: "id system_id half_year staff_group questionnaire_id item_id value n"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system_id = models.UUIDField()
    half_year = models.CharField(max_length=7)
    staff_group = models.CharField(max_length=12, choices=list(BROAD_GROUPS.items()))
    questionnaire_id = models.UUIDField()
    item_id = models.UUIDField()
    value = models.PositiveSmallIntegerField()
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system_id", "half_year", "staff_group", "item_id", "value"], name="cross_count_once"
            )
        ]


class PoolTally(models.Model):
    """The pool of a system's half-year while it grows: what ``actions.pools`` makes of its counts, sealed and of one
    length. It is written anew whenever a box of that half-year is counted, whether it adds anything or not, so that no
    transaction, earlier row or write-ahead log says which Round was small.

    Of pools that grew before they were sealed it is the JSON itself, until the next box is counted.
    """

    database = "box"
    privacy = {Kept.COUNT: "id system_id half_year content"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system_id = models.UUIDField()
    half_year = models.CharField(max_length=7)
    content = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system_id", "half_year"], name="pool_tally_once")]


class PoolCount(models.Model):
    """How many people gave one answer to one item, over the small Rounds of a system's half-year together: what is
    shown of a pool. Made once, when it was complete, and never changed. What it could not show is gone."""

    database = "box"
    privacy = {Kept.COUNT: "id system_id half_year questionnaire_id item_id value n"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system_id = models.UUIDField()
    half_year = models.CharField(max_length=7)
    questionnaire_id = models.UUIDField()
    item_id = models.UUIDField()
    value = models.PositiveSmallIntegerField()
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system_id", "half_year", "item_id", "value"], name="pool_count_once")
        ]


class HalfYearAnswers(models.Model):
    """What the figures of a system show of the answers of a half-year that is over, question by question, so that a
    page of many years reads a row for each. `shares` is the JSON of ``reports.feedback_over_time``: nothing that is not
    shown of the half-year by itself. It goes when a box of that half-year is counted late, or one of its Rounds
    imported, and the clock makes it anew."""

    database = "box"
    privacy = {Kept.COUNT: "id system_id half_year shares"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system_id = models.UUIDField()
    half_year = models.CharField(max_length=7)
    shares = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system_id", "half_year"], name="half_year_answers_once")]


class Comment(models.Model):
    """A comment, tied to its Round and to nothing else; its random key keeps no order."""

    database = "box"
    privacy = {Kept.REVIEWED: "id round_id text review"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round_id = models.UUIDField(db_index=True)
    text = models.TextField()
    review = models.CharField(max_length=10, choices=Review.choices, default=Review.WAITING)
