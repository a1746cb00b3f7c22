"""What the forms of past Rounds asked: one of our questionnaires, or official words that a licensed site types in."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils.text import slugify

from evaluation.actions.questionnaires import items_of, ours
from evaluation.models import Item, Questionnaire
from evaluation.questions import SETS
from evaluation.states import OWN_WORDS, PLACES, SCALES, Scale, scale_of
from members.actions.staff_groups import plain
from rounds_site.kit.links import as_uuid
from rounds_site.kit.refusals import Refused

MOST = 20
OTHER = "other"


@dataclass(frozen=True)
class Question:
    """`heading` is what stands above its columns, and tells what it measures where that is one of our words. `scale`,
    `words` and `top_first` as on an ``Item``."""

    number: int
    heading: str
    text: str
    scale: str
    words: str = ""
    top_first: bool = False

    @property
    def answers(self) -> Scale:
        return scale_of(self.scale, self.words, self.top_first)

    @property
    def construct(self):
        return slugify(self.heading)[:30]

    @property
    def names(self) -> set[str]:
        """All that may stand above its columns, before the value."""
        number = self.number
        said = (self.heading, self.text, str(number), f"Q{number}", f"Question {number}", f"Item {number}")
        return {plain(words) for words in said}


def parse(text) -> list[Question]:
    """One question a line: heading | words | scale. Without a scale it is the one of agreement; the words of another
    stand in its place, the lowest first, with / between them."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > MOST:
        raise Refused(f"Enter 1 to {MOST} questions, one a line.")
    questions = [_question(number, line) for number, line in enumerate(lines, start=1)]
    names = [question.construct for question in questions]
    if len(set(names)) < len(names):
        raise Refused("Two questions have the same heading. Give each its own.")
    return questions


def _question(number, line):
    parts = [" ".join(part.split()) for part in line.split("|")]
    heading, text, scale = [*parts, *[""] * 3][:3]
    if len(parts) > 3 or not slugify(heading) or not text or len(text) > 200 or not text.isprintable():
        raise Refused(f"Line {number} must read: heading | the words of the question | scale.")
    if "/" in scale:
        return Question(number, heading, text, OWN_WORDS, _own_words(number, scale))
    scale = scale.casefold() or "agreement"
    if scale not in SCALES:
        raise Refused(
            f"The scale in line {number} must be one of {', '.join(SCALES)}, or its words, the lowest first, with / "
            "between them."
        )
    return Question(number, heading, text, scale)


def _own_words(number, scale):
    words = [word.strip() for word in scale.split("/")]
    if len(words) not in PLACES or not all(words) or len({word.casefold() for word in words}) < len(words):
        raise Refused(f"The scale in line {number} must have {min(PLACES)} to {max(PLACES)} words, each of them once.")
    return "\n".join(words)


@dataclass(frozen=True)
class Asked:
    """What the forms asked. `questionnaire()` is the one with these questions, made where it is not there yet."""

    questions: list[Question]
    questionnaire: Callable[[], Questionnaire]


def choices(*, system) -> list[tuple[str, str]]:
    """What somebody may say that the forms asked: our own sets, what that system wrote or typed in before, or other
    words."""
    ours = [(code, f"{name}, version {version}") for code, (name, version, _) in SETS.items()]
    newest = {(code, version) for code, (_, version, _) in SETS.items()}
    stored = Questionnaire.objects.known_to(system).for_good().newest_first()
    typed = [(str(each.pk), str(each)) for each in stored if each.system_id or _key(each) not in newest]
    return [*ours, *typed, (OTHER, "Other questions, in official words")]


def _key(questionnaire):
    return questionnaire.code, questionnaire.version


def asked(*, system, by, name="", permission_note="", questions="") -> Asked:
    """`by`: one of the ``choices``; what else was said counts for OTHER only. Refused where the words make no sense."""
    if by == OTHER:
        parsed, said = parse(questions), {"name": name, "permission_note": permission_note}
        return Asked(parsed, lambda: official(system=system, questions=parsed, **said))
    if by in SETS:
        return Asked(_of(items_of(by)), lambda: ours(by))
    key = as_uuid(by)
    stored = Questionnaire.objects.known_to(system).for_good()
    questionnaire = stored.filter(pk=key).first() if key else None
    if questionnaire is None:
        raise Refused("These questions are not here any more. Choose again.")
    return Asked(_of(questionnaire.items.all()), lambda: questionnaire)


def _of(items):
    return [Question(item.number, item.construct, item.text, item.scale, item.words, item.top_first) for item in items]


@transaction.atomic
def official(*, system, name, permission_note, questions) -> Questionnaire:
    """That system's questionnaire of that name with exactly these questions. Other words under the same name are its
    next version: answers to different words are never added up."""
    named = Questionnaire.objects.called(system, name).first()
    code = named.code if named else Questionnaire.objects.free_code(system, name)
    versions = list(
        Questionnaire.objects.filter(system=system, code=code).order_by("version").prefetch_related("items")
    )
    for version in versions:
        if not version.is_draft and [_said(item) for item in version.items.all()] == [
            _said(question) for question in questions
        ]:
            return version
    latest = versions[-1].version if versions else 0
    made = Questionnaire.objects.create(
        system=system, code=code, version=latest + 1, name=name, permission_note=permission_note
    )
    Item.objects.bulk_create(
        Item(
            questionnaire=made,
            number=each.number,
            construct=each.construct,
            text=each.text,
            scale=each.scale,
            words=each.words,
            top_first=each.top_first,
        )
        for each in questions
    )
    return made


def _said(question):
    return question.number, question.construct, question.text, question.answers
