"""What this app keeps on people, why, and how it ends: its part of the table of which docs/privacy.md is written.

One Round at a time and under its lock, so that nobody books, steps back or is named while it happens.
"""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from members.actions import guests
from members.actions.retention import rows_of
from members.models import CareEntry, Delivery
from members.registry import Keeping, keepings
from rounds import emails
from rounds.models import (
    Approach,
    Backfill,
    Booking,
    CareOwed,
    Debrief,
    Needs,
    Offer,
    Round,
    Series,
    Storyteller,
    TeamMember,
)
from rounds.models.after import CARED_FOR, TALKED_OF
from rounds.models.needs import KEPT_AFTER
from rounds.models.story import Story
from rounds.states import TeamPart
from rounds_site.kit.privacy import Kept

from . import offers, registration, story_ends, suggestions, voices

TEAM = "you and the facilitators of that Round"


def of_rounds(rows, over):
    """{due, forget, at_once} of a class that is rows of Rounds: `rows` of which model, `over(now)` which Rounds."""

    def due(now):
        return rounds_with(rows, over(now))

    def forget(*, keys, now):
        return sum(rows.filter(round=round).delete()[0] for round in locked(keys, over(now)))

    return {"due": due, "forget": forget, "at_once": 1}


def rounds_with(rows, rounds):
    there = Exists(rows.filter(round=OuterRef("pk")))
    return rounds.filter(there).order_by("ends_at", "pk").values_list("pk", flat=True)


def locked(keys, rounds):
    """Those of them that are still to be dealt with once they are held: one may have been given a new date."""
    for key in keys:
        round = registration.lock(key)
        if rounds.filter(pk=key).exists():
            yield round


def forgotten(now):
    return Round.objects.forgotten(now)


def done_with(now):
    return Round.objects.done_with(now)


def next_names(now):
    """The day on which names of the next Round go, as anybody can reckon it."""
    until = Round.objects.next_forgotten(now)
    return until and timezone.localdate(until)


def next_needs(now):
    recent = Round.objects.was_shown().filter(ends_at__gt=now - KEPT_AFTER, ends_at__lte=now)
    last = recent.order_by("ends_at").first()
    return last and timezone.localdate(last.ends_at + KEPT_AFTER)


def stories():
    """Those on a panel who have written something."""
    return Storyteller.objects.filter(Exists(Story.objects.filter(storyteller=OuterRef("pk"))))


def stories_due(now):
    return rounds_with(stories(), forgotten(now))


def forget_stories(keys, now):
    return sum(story_ends.destroy(panel=stories().filter(round=round)) for round in locked(keys, forgotten(now)))


def panels_due(now):
    return rounds_with(Storyteller.objects.all(), forgotten(now))


def forget_panels(*, keys, now):
    """With the letters to its people, and the accounts that were made for it alone. How many voices there were, and of
    which kind, is counted first."""
    number = 0
    for round in locked(keys, forgotten(now)):
        voices.fold(round=round)
        panel = list(round.panel.select_related("person"))
        Delivery.objects.filter(about__in=[each.pk for each in panel]).delete()
        story_ends.destroy(panel=panel)
        round.meetings.all().delete()
        number += round.panel.all().delete()[0]
        for each in panel:
            guests.forget_if_unused(person=each.person)
    return number


def offers_due(now):
    return Offer.objects.over(now).order_by("pk").values_list("pk", flat=True)


def forget_offers(*, keys, now):
    return offers.forget(Offer.objects.over(now).filter(pk__in=keys))


def old_care(now):
    return CareOwed.objects.filter(round__ends_at__lte=now - CARED_FOR)


def care_keys_due(now):
    return old_care(now).order_by("pk").values_list("pk", flat=True)


def forget_care(*, keys, now):
    """With the letters about it."""
    gone = list(old_care(now).filter(pk__in=keys).values_list("pk", flat=True))
    emails.forget_care(gone)
    return CareOwed.objects.filter(pk__in=gone).delete()[0]


def old_debriefs(now):
    return Debrief.objects.filter(round__ends_at__lte=now - TALKED_OF)


def helpers():
    return TeamMember.objects.filter(part=TeamPart.HELPER)


def helpers_due(now):
    return rounds_with(helpers(), done_with(now))


def forget_helpers(*, keys, now):
    number = 0
    for round in locked(keys, done_with(now)):
        helped = [each.person for each in helpers().filter(round=round).select_related("person")]
        number += helpers().filter(round=round).delete()[0]
        for person in helped:
            guests.forget_if_unused(person=person)
    return number


def rounds_of_planners(now):
    named = Q(planned_by__isnull=False) | Q(invitations_released_by__isnull=False)
    return forgotten(now).filter(named)


def series_of_planners(now):
    """Of which no Round is ahead, nor has been for so long."""
    kept = Round.objects.filter(series=OuterRef("pk")).exclude(pk__in=forgotten(now).values("pk"))
    return Series.objects.filter(~Exists(kept), planned_by__isnull=False, first_on__lte=timezone.localdate(now))


def planners_due(now):
    found = (
        *rounds_of_planners(now).values_list("pk", flat=True),
        *series_of_planners(now).values_list("pk", flat=True),
    )
    return sorted(found)


def forget_planners(*, keys, now):
    rounds = rounds_of_planners(now).filter(pk__in=keys).update(planned_by=None, invitations_released_by=None)
    return rounds + series_of_planners(now).filter(pk__in=keys).update(planned_by=None)


def whose_work_due(now):
    return Backfill.objects.saying_whose_work(now).order_by("pk").values_list("pk", flat=True)


def forget_whose_work(*, keys, now):
    """The money stays."""
    return Backfill.objects.saying_whose_work(now).filter(pk__in=keys).update(staff_group="")


def openings_due(now):
    return _naming_rounds(now).order_by("pk").values_list("pk", flat=True)


def forget_openings(*, keys, now):
    """That somebody opened a list stays; which Round it was goes when the list goes."""
    return _naming_rounds(now).filter(pk__in=keys).update(about=None)


def _naming_rounds(now):
    return CareEntry.objects.naming(forgotten(now).values("pk"))


def register():
    """Called once, when the app is ready."""
    for keeping in KEEPINGS:
        keepings.register(keeping)


KEEPINGS = [
    Keeping(
        "needs",
        "What you need to get in, and what you eat, if you tell us",
        Kept.DAY_AFTER,
        purpose="So that you can come, and that there is food for you",
        seen_by="the facilitators of that Round, without your name",
        remains="for how many people food was ordered",
        covers=("rounds.Needs",),
        **rows_of(Needs.objects.over),
        ends="giving your place back",
        next_due=next_needs,
    ),
    Keeping(
        "places",
        "A place you booked or waited for, and its entry in your diary",
        Kept.ROUND_30,
        purpose="So that nobody's place is given twice, and that the entry moves with the Round",
        seen_by=f"{TEAM}, and on the day those who help at its door",
        covers=("rounds.Booking", "rounds.DiaryEntry"),
        **of_rounds(Booking.objects.all(), forgotten),
        next_due=next_names,
    ),
    Keeping(
        "stories",
        "A story that you write down beforehand, and who may read it",
        Kept.ROUND_30,
        purpose="So that you can prepare it with a facilitator, if you want to",
        seen_by="you and the facilitators of that Round whom you choose; it lies sealed",
        remains="the month in which stories were destroyed",
        covers=("rounds.Story", "rounds.StoryReader"),
        due=stories_due,
        forget=forget_stories,
        at_once=1,
        ends="deleting it, saying no or stepping back, at once, with the key that opens it",
        next_due=next_names,
    ),
    Keeping(
        "panel",
        "That you were asked to tell a story, how and when you prepare it, and what you allow with it",
        Kept.ROUND_30,
        purpose="So that a facilitator is beside you",
        seen_by=TEAM,
        remains="how many told a story in a quarter, by kind of work and sector",
        covers=(
            "rounds.Storyteller",
            "rounds.PreparationStep",
            "rounds.StoryConsent",
            "rounds.Meeting",
            "rounds.MeetingAnswer",
        ),
        due=panels_due,
        forget=forget_panels,
        at_once=1,
        ends="saying no or stepping back, at once",
        next_due=next_names,
    ),
    Keeping(
        "offers",
        "That you might tell a story, if you write so to somebody who looks for voices",
        Kept.VOICES,
        purpose="So that they can speak with you",
        seen_by="you and those whom you choose",
        covers=("rounds.Offer",),
        due=offers_due,
        forget=forget_offers,
        ends="your taking it back or leaving, at once",
    ),
    Keeping(
        "approaches",
        "That somebody asked you to tell a story. Not what you answered",
        Kept.VOICES,
        purpose="So that you are not asked again and again",
        seen_by="you, and the facilitators and clinical leads of that system",
        covers=("rounds.Approach",),
        **rows_of(Approach.objects.over),
        ends="your taking yourself out of the list, or stepping back from the panel, at once",
    ),
    Keeping(
        "themes",
        "A theme for Rounds that you suggest, without your name",
        Kept.REVIEWED,
        purpose="So that Rounds are about what moves people",
        seen_by="the facilitators and clinical leads of that system",
        covers=("rounds.Theme",),
        ends="one of those, who drops it or says it in other words",
    ),
    Keeping(
        "care_owed",
        "That you see to a word which somebody is owed after a Round",
        Kept.CARE_OWED,
        purpose="So that nobody is forgotten. To whom it is owed and why stands nowhere",
        seen_by="the facilitators of that Round",
        covers=("rounds.CareOwed",),
        due=care_keys_due,
        forget=forget_care,
        ends="a facilitator, who takes it back",
    ),
    Keeping(
        "debriefs",
        "What a committee and a panel say of their Round, without names",
        Kept.DEBRIEF,
        purpose="So that the next Round is better",
        seen_by="the facilitators of that Round",
        covers=("rounds.Debrief",),
        **rows_of(old_debriefs),
        ends="a facilitator, who takes the words out",
    ),
    Keeping(
        "suggestions",
        "A suggestion that a Round led to, and its answer, without names",
        Kept.SUGGESTION,
        purpose="So that something changes",
        seen_by="those who facilitate there and those who answer it; all who work there, once they say so",
        covers=("rounds.Suggestion",),
        **rows_of(suggestions.had_their_time),
        ends="whoever answers it",
    ),
    Keeping(
        "helpers",
        "That you facilitate a Round, or help at its door",
        Kept.FACILITATED,
        purpose="So that its list is open to you, and that facilitators find their Rounds again",
        seen_by="everybody who works for a partner it invites sees who facilitates; only the team who helps",
        covers=("rounds.TeamMember",),
        due=helpers_due,
        forget=forget_helpers,
        at_once=1,
        ends="being taken off its team",
        next_due=next_names,
    ),
    Keeping(
        "planners",
        "That you planned a Round, or let its invitations go",
        Kept.PLANNER,
        purpose="So that its team knows whom to ask",
        seen_by="those who run or arrange it",
        remains="the Round",
        covers=("rounds.Round", "rounds.Series"),
        due=planners_due,
        forget=forget_planners,
        next_due=next_names,
    ),
    Keeping(
        "cover",
        "Of which staff group the hours were that cover was asked for",
        Kept.COVER,
        purpose="So that the hours are paid. A partner may have one nurse, so the group can be a name",
        seen_by="those who ask for the hours and those who pay",
        remains="the hours, their cost and the partner",
        covers=("rounds.Backfill",),
        due=whose_work_due,
        forget=forget_whose_work,
        next_due=next_names,
    ),
    Keeping(
        "openings",
        "At which Round you opened a list",
        Kept.CARE_LOG,
        purpose="So that it can be seen who opened what is confidential",
        seen_by="the information-governance lead",
        remains="that you opened one, for 12 months",
        covers=("members.CareEntry",),
        due=openings_due,
        forget=forget_openings,
        next_due=next_names,
    ),
    Keeping(
        "diary_feed",
        "The address of a diary of your own",
        Kept.ACCOUNT,
        purpose="So that your diary fetches your places. We keep it in a form that opens nothing",
        seen_by="nobody: it cannot be read",
        covers=("rounds.DiaryFeed",),
        ends="your ending it, or the end of your account",
    ),
    Keeping(
        "steering",
        "That you see to a decision or an action of a steering group",
        Kept.ACCOUNT,
        purpose="So that what was agreed is done",
        seen_by="those who steer the system",
        remains="the line, without your name",
        covers=("rounds.SteeringLine",),
        ends="the end of your account, or whoever takes the line out",
    ),
]
