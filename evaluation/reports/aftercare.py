"""What is left to do after a Round, as tasks for its team: talking it over, and words that somebody is owed."""

from django.db.models import Exists, OuterRef, Q

from evaluation.reports.phases import DONE, IN_HAND, NEEDS_YOU, NOT_NEEDED, Task
from members.access import today
from rounds.models import CareOwed, TeamMember
from rounds.models.after import TALKED_OF
from rounds.states import DebriefOf, RoundState
from rounds_site.kit.formats import nhs_date


def after_tasks(round, owed, person, now):
    """`round` carries `talked_over`; `owed` are its own of ``care_owed_after``."""
    able = {member.person_id for member in round.facilitators}
    return [_debriefs(round, now), *(_care(each, person, able, today(now)) for each in owed)]


def care_owed_after(rounds):
    """{key of each of the Rounds: what is owed there still}"""
    found = {round.pk: [] for round in rounds}
    for each in CareOwed.objects.open().filter(round__in=found).order_by("due_on", "pk"):
        found[each.round_id].append(each)
    return found


def care_due(person, *, now):
    """They wanted to get in touch by now, or nobody who can does."""
    there = TeamMember.objects.facilitating().filter(round=OuterRef("round"), person=OuterRef("owner"))
    waiting = Q(owner=person, due_on__lte=today(now)) | ~Exists(there)
    return CareOwed.objects.open().filter(waiting)


def _debriefs(round, now):
    """Said kindly: it never needs anybody at once. Of a Round that is closed it may stay undone."""
    page, done = "round_after", round.talked_over
    if done == len(DebriefOf):
        return Task("How it went", page, DONE, team_only=True)
    late = (round.state == RoundState.CLOSED and not done) or now >= round.ends_at + TALKED_OF
    note = "One of two is written down." if done else "A few words of the committee and of the panel, without names."
    return Task("Write down how it went", page, NOT_NEEDED if late else IN_HAND, "" if late else note, team_only=True)


def _care(care, person, able, on):
    page, by = "round_after", nhs_date(care.due_on, year=False)
    if care.owner_id not in able:
        note = f"By {by}. Nobody sees to it at present."
        return Task("Somebody is owed a word", page, NEEDS_YOU, note, "See to it", team_only=True)
    if care.owner_id != person.pk:
        return Task("Somebody is owed a word", page, IN_HAND, f"By {by}. It is seen to.", team_only=True)
    word = NEEDS_YOU if care.is_due(on) else IN_HAND
    return Task("Get in touch, as you wanted to", page, word, f"By {by}.", "Go there", team_only=True)
