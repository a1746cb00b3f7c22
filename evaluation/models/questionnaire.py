"""The questions people are asked, in versions that are never changed once used."""

from django.db import models
from django.db.models import Q
from django.utils.text import slugify

from evaluation.questions import SETS
from evaluation.states import CONSTRUCTS, OWN_WORDS, SCALES, Occasion, Scale, scale_of
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


class QuestionnaireQuerySet(models.QuerySet):
    def newest_first(self):
        return self.order_by("name", "code", "-version")

    def for_good(self):
        return self.filter(is_draft=False)

    def known_to(self, system):
        """What that system wrote or typed in with its past Rounds, what its Rounds ask since the system before it was
        divided, and what comes with this portal: a licensor lets one system use their words, and no other."""
        asked = QuestionnaireUse.objects.filter(system=system).exclude(questionnaire=None)
        ours = Q(system=None, code__in=SETS)
        return self.filter(Q(system=system) | Q(pk__in=asked.values("questionnaire")) | ours)

    def called(self, system, name):
        return self.filter(system=system, name__iexact=name)

    def free_code(self, system, name):
        """For a first version of that name: no other questions of that system have it, nor do those of the portal."""
        taken = {*self.filter(system=system).order_by().values_list("code", flat=True), *SETS}
        code = slugify(name)[:30].strip("-") or "questions"
        return next(each for each in (code, *(f"{code[:26]}-{n}" for n in range(2, 1000))) if each not in taken)


class Questionnaire(Record):
    """One version of the questions.

    * `system`: whose version it is; None for the wording that comes with this portal. `code` tells its questions from
      others of the same system.
    * `is_draft`: nobody has been asked it, so that it may still be changed or dropped. Once chosen it is none, and is
      one again only where the choice is taken back before anybody was asked.
    * Official wording is its licensor's: `permitted_by` let this system use it, `permitted_on` and under
      `permission_reference`. `permission_note` is what else they want to be said beside it. All four stand wherever its
      words do (`permission`).
    """

    privacy = {
        Kept.REFERENCE: "system code version name is_draft permitted_by permitted_on permission_reference "
        "permission_note"
    }

    system = models.ForeignKey(
        "members.System", on_delete=models.PROTECT, null=True, blank=True, related_name="questionnaires"
    )
    code = models.SlugField(max_length=30)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    is_draft = models.BooleanField(default=False)
    permitted_by = models.CharField(max_length=100, blank=True)
    permitted_on = models.DateField(null=True, blank=True)
    permission_reference = models.CharField(max_length=60, blank=True)
    permission_note = models.TextField(blank=True)

    objects = QuestionnaireQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "code", "version"], name="questionnaire_version_once"),
            models.UniqueConstraint(
                fields=["code", "version"], condition=Q(system=None), name="questionnaire_version_of_portal_once"
            ),
        ]

    def __str__(self):
        return f"{self.name}, version {self.version}"

    @property
    def permission(self) -> str:
        """By whose permission its words are used, in a sentence or two; "" of wording that needs none, as that of
        this portal."""
        if self.system_id is None:
            return ""
        if not self.permitted_by:
            return self.permission_note
        given = f"{self.permitted_by} gave permission to use these questions on {nhs_date(self.permitted_on)}"
        return f"{given}, reference {self.permission_reference}. {self.permission_note}".strip()


class Item(Record):
    """One question with its scale, tagged by what it measures.

    `scale`: one of ours, or OWN_WORDS; then `words` are its answers as they stand on the form, one a line, and
    `top_first` says that the first of them is the best.
    """

    privacy = {Kept.REFERENCE: "questionnaire number construct text scale words top_first"}

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveSmallIntegerField()
    construct = models.SlugField(max_length=30)
    text = models.CharField(max_length=200)
    scale = models.CharField(max_length=12, choices=[(scale, scale) for scale in (*SCALES, OWN_WORDS)])
    words = models.TextField(blank=True)
    top_first = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "number"], name="item_number_once"),
            models.CheckConstraint(
                condition=Q(scale=OWN_WORDS, words__gt="") | (~Q(scale=OWN_WORDS) & Q(words="", top_first=False)),
                name="item_words_of_its_own",
            ),
        ]

    @property
    def answers(self) -> Scale:
        return scale_of(self.scale, self.words, self.top_first)

    @property
    def choices(self):
        return self.answers.points

    @property
    def is_rating_of_the_round(self) -> bool:
        return (self.construct, self.scale) == ("overall", "rating")

    @property
    def short_name(self):
        return CONSTRUCTS.get(self.construct, self.text)

    @property
    def row_name(self):
        """In a table beside others: with the answers that its share counts, where these are not what everybody expects
        (``SCALES`` with a word of their own for it)."""
        return self.short_name if self.answers.counted else f"{self.short_name}: {self.answers.in_quotes}"


class QuestionnaireUse(Record):
    """From `starts_on` on, Rounds of that occasion in that system ask this version, until another one begins. Without
    a questionnaire they ask what comes with this portal. One that has begun stays: it says what was asked when."""

    privacy = {Kept.REFERENCE: "system occasion questionnaire starts_on"}

    system = models.ForeignKey("members.System", on_delete=models.PROTECT, related_name="+")
    occasion = models.CharField(max_length=10, choices=Occasion.choices)
    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.PROTECT, null=True, blank=True, related_name="uses"
    )
    starts_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "occasion", "starts_on"], name="questionnaire_use_once_a_day"),
            models.CheckConstraint(condition=Q(occasion__in=Occasion.values), name="questionnaire_use_known_occasion"),
        ]
