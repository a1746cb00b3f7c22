"""What people say on their forms: most of them kind, a few less so, some questions skipped."""

import uuid
from collections import Counter

from evaluation.actions import feedback, paper
from evaluation.models import Attendance
from evaluation.sealing import Paper
from evaluation.states import BROAD_GROUP_OF

ANSWERED = 0.95
# Not everybody says what kind of work they do.
SAY_THEIR_GROUP = 0.85
ON_PAPER = 2


def fill_in(story, box, *, now):
    """Forms by code, and those on paper as the team has counted them; remarks stand on both."""
    words, chance = story.words, story.chance
    items = list(box.questionnaire.items.all())
    on_paper = words.get("paper", 0)
    typed, written = remarks_on_paper(story)
    remarks = written + [""] * (words["forms"] - len(written))
    chance.shuffle(remarks)
    groups = groups_there(story)
    for number, remark in enumerate(remarks):
        said = groups[number] if number < len(groups) and chance.random() < SAY_THEIR_GROUP else ""
        feedback.cast(box=box, ballot_id=uuid.uuid4(), answers=form(story, items), comment=remark, group=said, now=now)
    if on_paper:
        paper.type_in(box=box, paper=tally(story, items, on_paper, typed), now=now)


def remarks_on_paper(story):
    """Those typed in with the paper forms, and the others."""
    number = 0 if "paper" not in story.words else ON_PAPER if story.words["forms"] else len(story.remarks)
    return story.remarks[:number], story.remarks[number:]


def form(story, items):
    return {str(item.pk): answer(story) for item in items if story.chance.random() < ANSWERED}


def answer(story):
    said = story.words["warmth"] + story.chance.choices([-2, -1, 0, 1], weights=[1, 3, 10, 6])[0]
    return min(max(said, 1), 5)


def tally(story, items, number, remarks):
    counts = {str(item.pk): Counter() for item in items}
    for _ in range(number):
        for item, value in form(story, items).items():
            counts[item][value] += 1
    return Paper(forms=number, counts=counts, comments=tuple(remarks))


def groups_there(story):
    """The kinds of work of those who came, in no order."""
    came = Attendance.objects.filter(round=story.key).order_by("pk").values_list("person", "staff_group")
    found = [BROAD_GROUP_OF.get(said or story.it.group_of.get(person), "") for person, said in came]
    story.chance.shuffle(found)
    return found
