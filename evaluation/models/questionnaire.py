"""The questions people are asked, in versions that are never changed once used."""

from django.db import models

from evaluation.states import CONSTRUCTS, SCALES
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class QuestionnaireQuerySet(models.QuerySet):
    def newest_first(self):
        return self.order_by("-version")


class Questionnaire(Record):
    """One version of the questions. `permission_note` says by whose leave official wording is used."""

    privacy = {Kept.REFERENCE: "code version name permission_note"}

    code = models.SlugField(max_length=30)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    permission_note = models.TextField(blank=True)

    objects = QuestionnaireQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="questionnaire_version_once")]


class Item(Record):
    """One question with its scale, tagged by what it measures."""

    privacy = {Kept.REFERENCE: "questionnaire number construct text scale"}

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveSmallIntegerField()
    construct = models.SlugField(max_length=30)
    text = models.CharField(max_length=200)
    scale = models.CharField(max_length=12, choices=[(scale, scale) for scale in SCALES])

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["questionnaire", "number"], name="item_number_once")]

    @property
    def choices(self):
        return SCALES[self.scale]

    @property
    def short_name(self):
        return CONSTRUCTS.get(self.construct, self.text)
