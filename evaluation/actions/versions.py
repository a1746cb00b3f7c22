"""Versions of the questions, as a system writes them: drafts, and from which day Rounds ask which.

Whatever people were asked stays as they were asked it: a version is changed only while it is a draft.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from evaluation.models import FeedbackBox, Item, Questionnaire, QuestionnaireUse
from evaluation.states import CONSTRUCTS
from members.actions import audit
from members.models import System
from members.models.audit import Act
from rounds_site.kit.refusals import Refused

MOST = 12
# What an item measures that none of our words for it fits.
SOMETHING_ELSE = "other"
MEASURES = {**CONSTRUCTS, SOMETHING_ELSE: "Something else"}
PERMISSION = ("permitted_by", "permitted_on", "permission_reference", "permission_note")
AHEAD = timedelta(days=2 * 365)

FOR_GOOD = "This version is kept as it is, because it was chosen for Rounds. Make a new version to change its words."
A_DRAFT_WAITS = "There is a draft of the next version already. Change that one, or drop it."
SAME_NAME = "There are questions of that name already. Make a new version of those, or choose another name."
TOO_EARLY = "Choose a day from tomorrow on, so that what was printed for today stays right."
TOO_LATE = "Choose a day within the next two years."
DROPPED = "These questions were dropped meanwhile. Choose others."
NOT_YOURS = "These questions are not yours. Write your own, beginning with their words."
HAS_BEGUN = "That choice has begun, so it stays: it says what was asked when. Choose what comes next instead."


@dataclass(frozen=True)
class Question:
    """`words` and `top_first` as on an ``Item``: of answers in words of its own."""

    construct: str
    text: str
    scale: str
    words: str = ""
    top_first: bool = False

    @classmethod
    def of(cls, item):
        return cls(item.construct, item.text, item.scale, item.words, item.top_first)


@dataclass(frozen=True)
class Wording:
    """All that a version says. The permission is the licensor's for official words; empty for the system's own."""

    name: str
    questions: tuple[Question, ...]
    permitted_by: str = ""
    permitted_on: date | None = None
    permission_reference: str = ""
    permission_note: str = ""


def wording_of(questionnaire) -> Wording:
    asked = tuple(Question.of(item) for item in questionnaire.items.all())
    return Wording(questionnaire.name, asked, **{name: getattr(questionnaire, name) for name in PERMISSION})


@transaction.atomic
def write(*, system, wording, by, now) -> Questionnaire:
    """The draft of a first version."""
    _lock(system)
    if Questionnaire.objects.called(system, wording.name).exists():
        raise Refused(SAME_NAME)
    code = Questionnaire.objects.free_code(system, wording.name)
    return _keep(Questionnaire(system=system, code=code, version=1, is_draft=True), wording, by, now)


@transaction.atomic
def write_next(*, system, of, by, now) -> Questionnaire:
    """The draft of the version after `of`, in the same words until they are changed."""
    _lock(system)
    if of.system_id != system.pk:
        raise Refused(NOT_YOURS)
    versions = Questionnaire.objects.filter(system=system, code=of.code)
    if versions.filter(is_draft=True).exists():
        raise Refused(A_DRAFT_WAITS)
    latest = versions.order_by("-version").first()
    made = Questionnaire(system=system, code=of.code, version=latest.version + 1, is_draft=True)
    return _keep(made, wording_of(of), by, now)


@transaction.atomic
def change(*, draft, wording, by, now) -> Questionnaire:
    return _keep(_locked_draft(draft), wording, by, now)


@transaction.atomic
def drop(*, draft, by, now):
    locked = _locked_draft(draft)
    audit.record(Act.QUESTIONS_DROPPED, by=by, where=locked.system, now=now, what=_with_permission(locked))
    locked.delete()


@transaction.atomic
def choose(*, system, questionnaire, occasions, starts_on, by, now):
    """From that day on Rounds of these occasions ask this version, None being what comes with the portal. It is no
    draft any more. Another choice for the same day is replaced; a box that is open keeps what it asks."""
    _lock(system)
    today = timezone.localdate(now)
    if starts_on <= today:
        raise Refused(TOO_EARLY)
    if starts_on > today + AHEAD:
        raise Refused(TOO_LATE)
    if questionnaire and not Questionnaire.objects.filter(pk=questionnaire.pk).update(is_draft=False):
        raise Refused(DROPPED)
    same = QuestionnaireUse.objects.filter(system=system, occasion__in=occasions, starts_on=starts_on)
    replaced = set(same.values_list("questionnaire", flat=True))
    for occasion in occasions:
        QuestionnaireUse.objects.update_or_create(
            system=system, occasion=occasion, starts_on=starts_on, defaults={"questionnaire": questionnaire}
        )
    _make_drafts_again(replaced)
    audit.record(Act.QUESTIONS_CHOSEN, by=by, where=system, now=now, what=_in_words(questionnaire))


@transaction.atomic
def take_back(*, use, by, now):
    """A choice that has not begun: the one before it goes on, and what nobody was asked is a draft again."""
    _lock(use.system)
    if use.starts_on <= timezone.localdate(now):
        raise Refused(HAS_BEGUN)
    audit.record(Act.QUESTIONS_TAKEN_BACK, by=by, where=use.system, now=now, what=_in_words(use.questionnaire))
    use.delete()
    _make_drafts_again({use.questionnaire_id})


def _make_drafts_again(keys):
    """Those of a system that no Round asks, asked or will ask."""
    uses = QuestionnaireUse.objects.filter(questionnaire=OuterRef("pk"))
    boxes = FeedbackBox.objects.filter(questionnaire=OuterRef("pk"))
    unasked = Questionnaire.objects.filter(~Exists(uses), ~Exists(boxes), system__isnull=False)
    unasked.filter(pk__in=keys - {None}).update(is_draft=True)


def _in_words(questionnaire):
    return str(questionnaire) if questionnaire else "the wording that comes with this portal"


def _with_permission(version):
    """What the log says of its words, so that a claim to have been permitted is somebody's."""
    if not version.permitted_by:
        return str(version)
    return f"{version}, with permission of {version.permitted_by}, reference {version.permission_reference}"


def _lock(system):
    """Versions and choices of one system are written one after another."""
    System.objects.select_for_update(no_key=True).get(pk=system.pk)


def _locked_draft(draft):
    locked = Questionnaire.objects.select_for_update(of=("self",)).filter(pk=draft.pk).first()
    if locked is None or not locked.is_draft or FeedbackBox.objects.filter(questionnaire=locked).exists():
        raise Refused(FOR_GOOD)
    return locked


def _keep(draft, wording, by, now):
    draft.name = wording.name
    for field in PERMISSION:
        setattr(draft, field, getattr(wording, field))
    draft.save()
    draft.items.all().delete()
    Item.objects.bulk_create(
        Item(questionnaire=draft, number=number, **asdict(each))
        for number, each in enumerate(wording.questions, start=1)
    )
    audit.record(Act.QUESTIONS_KEPT, by=by, where=draft.system, now=now, what=_with_permission(draft))
    return draft
