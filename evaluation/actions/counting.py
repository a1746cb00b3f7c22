"""A box is opened by the clock, all forms at once: counts and shuffled comments remain, the forms do not.

One transaction in `box` reads, writes and destroys; only then does `default` hear of it. Interrupted anywhere, the
next turn of the clock begins again or finds the count done. No row ever holds two answers of one person, and nothing
is written in the order in which the forms came: bulk statements leave no such trace, row-by-row writing would.

Nothing is opened without the key of the box. Where that is missing the box waits for it, and is given up on after a
week: nobody can open it then, and what lies in it is destroyed.

What of a Round may be shown stays with it. From 5 forms on the counts of a smaller one go into a pool (``pools``), its
comments are destroyed; fewer than 5 are not even read.

Paper forms are counted with the others, under the same cap. Whoever typed them in knows what they say and could take
them from the sum, so forms sent by code or card stay closed beside them unless they are 8 by themselves, and so does
each question.
"""

import logging
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from secrets import SystemRandom

from django.db import transaction

from evaluation.actions import box_keys, half_year_answers, pools
from evaluation.actions.attendance import most_forms_of, people_seen
from evaluation.actions.feedback import destroy_forms
from evaluation.actions.paper import tally_of
from evaluation.disclosure import POOLED_FROM, THRESHOLD, groups_to_add, may_be_pooled, may_be_shown, rounded
from evaluation.models import CardDeck, FeedbackBox, RoundFigure
from evaluation.models.box import Form
from evaluation.models.results import Comment, Counted, CrossCount, ItemCount
from evaluation.reports.half_years import HalfYear, closes_at
from evaluation.sealing import Paper, Said, is_sealed, unpacked, unseal
from evaluation.states import BoxState, LeftOut
from members.models import System
from rounds.states import RoundState

logger = logging.getLogger(__name__)


class KeyMissed(Exception):
    """The key of a box that is to be opened is not where it should be."""


@transaction.atomic
def count(*, box, now) -> FeedbackBox:
    """Count a box whose time has come; any other is left as it is."""
    locked = FeedbackBox.objects.select_for_update(of=("self",)).select_related("round").get(pk=box.pk)
    not_held = locked.round.state in (RoundState.CANCELLED, RoundState.POSTPONED)
    if locked.state != BoxState.OPEN or now < locked.closes_at or not_held:
        return locked
    # Boxes of one system are counted one after another: they add to the same half-year.
    System.objects.select_for_update(no_key=True).get(pk=locked.round.system_id)
    try:
        forms = _emptied_into_counts(locked, now)
    except KeyMissed:
        return _waits_for_its_key(locked, now)
    if not locked.round.is_of_one_team:
        figure, _ = RoundFigure.objects.get_or_create(round=locked.round)
        figure.forms, figure.forms_entered_at = forms, now
        figure.save(update_fields=["forms", "forms_entered_at"])
    CardDeck.objects.filter(round=locked.round_id).delete()
    locked.state, locked.counted_at, locked.key_missed_at = BoxState.COUNTED, now, None
    locked.save(update_fields=["state", "counted_at", "key_missed_at"])
    return locked


def _waits_for_its_key(box, now):
    """It may be on a disk that is not there just now. What lies in a box that was given up on is destroyed with what
    may be left of its key (``feedback.destroy_key``)."""
    logger.error("A box cannot be opened: its key is not in BOX_KEY_DIR")
    if box.key_missed_at is None:
        box.key_missed_at = now
    elif now >= box.given_up_on:
        CardDeck.objects.filter(round=box.round_id).delete()
        box.state = BoxState.LOST
    box.save(update_fields=["state", "key_missed_at"])
    return box


@dataclass(frozen=True)
class Counting:
    """What of a box is counted: forms sent by code or card, what the team counted on paper, or both. `may_be_pooled`:
    whatever their number."""

    sent: list[Said] = field(default_factory=list)
    paper: Paper = field(default_factory=Paper)
    left_out: str = ""
    may_be_pooled: bool = False

    @property
    def forms(self) -> int:
        return len(self.sent) + self.paper.forms

    def all_answers(self) -> Counter:
        """(item, value) → how many, with those on paper."""
        tally = Counter(self.answers())
        for item, values in self.paper.counts.items():
            tally.update({(item, value): number for value, number in values.items()})
        return tally

    def answers(self) -> Counter:
        """(item, value) → how many, of the forms that were sent."""
        tally = Counter(answer for said in self.sent for answer in said.answers.items())
        if not self.paper.forms:
            return tally
        to_each = Counter(item for said in self.sent for item in said.answers)
        return Counter({(item, value): n for (item, value), n in tally.items() if to_each[item] >= THRESHOLD})


def _emptied_into_counts(box, now) -> int | None:
    """The number of forms as figures may know it: to the nearest 5, None if too few to show their answers."""
    with transaction.atomic(using="box"):
        counted = Counted.objects.filter(pk=box.round_id).first()
        if counted:
            return counted.forms
        present = people_seen(box.round) - box.round.team.count()
        found = _opened(box, present)
        shown = may_be_shown(forms=found.forms, present=present)
        counted = Counted.objects.create(
            round_id=box.round_id,
            forms=rounded(found.forms) if shown else None,
            for_the_team=found.forms if shown else None,
            left_out=found.left_out if shown else "",
        )
        if shown:
            ItemCount.objects.bulk_create(_counts(found, box))
            Comment.objects.bulk_create(_shuffled_comments(found, box))
            half_year_answers.forget(system_id=box.round.system_id, half_years=[HalfYear.of_round(box.round)])
            if not box.round.is_of_one_team:
                _add_to_half_year(found, box, now)
        small = not shown and found.may_be_pooled and may_be_pooled(forms=found.forms, present=present)
        pools.add(answers=found.answers() if small else {}, box=box, now=now)
        destroy_forms(box)
        return counted.forms


def _opened(box, present) -> Counting:
    """The forms that may be counted; those that may not are not even read."""
    waiting, paper = Form.objects.filter(round_id=box.round_id), tally_of(box.round)
    number, left_out = waiting.count(), ""
    # Whoever typed paper in knows a part of the Round, and of one team everybody knows who was there.
    may_be_pooled = not paper.forms and not box.round.is_of_one_team
    if paper.forms and number + paper.forms > most_forms_of(box.round):
        paper, left_out = Paper(), LeftOut.PAPER
    sent = _read(waiting, box) if min(number, present) >= (POOLED_FROM if may_be_pooled else THRESHOLD) else []
    if paper.forms and len(sent) < THRESHOLD:
        sent, left_out = [], LeftOut.SENT if number else ""
    return Counting(sent, paper, left_out, may_be_pooled)


def _read(waiting, box) -> list[Said]:
    """What every form says that says something this questionnaire asks."""
    allowed = {str(item.pk): {value for value, _ in item.choices} for item in box.questionnaire.items.all()}
    forms = []
    for content in _unsealed(list(waiting.order_by().values_list("ballot_id", "content")), box):
        said = unpacked(content)
        valid = {item: value for item, value in said.answers.items() if value in allowed.get(item, ())}
        if valid or said.comment:
            forms.append(said._replace(answers=valid))
    return forms


def _unsealed(rows, box):
    """What is not sealed is of before forms were, or no form at all."""
    key = None
    if any(is_sealed(content) for _, content in rows):
        key = box_keys.find(box)
        if key is None:
            raise KeyMissed
    for ballot_id, content in rows:
        sealed = is_sealed(content)
        yield unseal(content, key=key, round_id=box.round_id, ballot_id=ballot_id) if sealed else content


def _counts(found, box):
    return [
        ItemCount(round_id=box.round_id, questionnaire_id=box.questionnaire_id, item_id=item_id, value=value, n=number)
        for (item_id, value), number in sorted(found.all_answers().items())
    ]


def _shuffled_comments(found, box):
    texts = [said.comment for said in found.sent if said.comment] + list(found.paper.comments)
    SystemRandom().shuffle(texts)
    return [Comment(round_id=box.round_id, text=text) for text in texts]


def _add_to_half_year(found, box, now):
    """The answers by kind of work. All rows of this half-year and questionnaire are written anew, so that none keeps
    which Round it came from. What is shown of a half-year changes no more."""
    half_year = HalfYear.of_round(box.round)
    added = _by_kind_of_work(found)
    if not added or now >= closes_at(half_year):
        return
    where = {"system_id": box.round.system_id, "half_year": half_year.key, "questionnaire_id": box.questionnaire_id}
    known = CrossCount.objects.filter(**where)
    sums = Counter({(row.staff_group, str(row.item_id), row.value): row.n for row in known.order_by("id")})
    sums.update(added)
    known.delete()
    CrossCount.objects.bulk_create(
        CrossCount(**where, staff_group=group, item_id=item, value=value, n=number)
        for (group, item, value), number in sorted(sums.items())
    )


def _by_kind_of_work(found) -> Counter:
    """(kind of work, item, value) → how many, of those that may be added to the half-year."""
    everybody, of_groups = defaultdict(Counter), defaultdict(lambda: defaultdict(Counter))
    for (item, value), number in found.all_answers().items():
        everybody[item][value] = number
    counted = found.answers().keys()
    for said in found.sent:
        for item, value in said.answers.items():
            if said.group and (item, value) in counted:
                of_groups[item][said.group][value] += 1
    added = Counter()
    for item, groups in of_groups.items():
        for group in groups_to_add(groups, answers=everybody[item]):
            added.update({(group, item, value): number for value, number in groups[group].items()})
    return added
