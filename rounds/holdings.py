"""What this app holds about one person, in words for their own eyes. No other storyteller or colleague is named."""

from operator import attrgetter

from django.db.models import Q

from members.registry import Held, Holding, holdings
from rounds.models import (
    Approach,
    Booking,
    CareOwed,
    DiaryFeed,
    Meeting,
    MeetingAnswer,
    Needs,
    Offer,
    PreparationStep,
    Round,
    Series,
    SteeringLine,
    Storyteller,
    TeamMember,
)
from rounds.models.story import Story, StoryConsent, StoryReader
from rounds.states import BookingState, Diet, RoundState
from rounds_site.kit.formats import listed, nhs_date, nhs_moment
from rounds_site.kit.privacy import Kept


def bookings(person, now):
    found = []
    mine = Booking.objects.filter(person=person).select_related("round").prefetch_related("diary_entries")
    for each in mine.order_by("round__starts_at", "created_at"):
        found.append(Held(STATES[each.state], f"{_of(each.round)}, {each.get_way_display().lower()}", each))
        found += [_diary_entry(entry, each) for entry in sorted(each.diary_entries.all(), key=attrgetter("created_at"))]
    return found


def _diary_entry(entry, booking):
    ended = ", taken out" if entry.ended_at else ""
    return Held("In your diary", f"{_of(booking.round)}, by a letter to {entry.address}{ended}", entry)


def diary_feed(person, now):
    return [
        Held("Diary address", f"made on {nhs_date(each.created_at, weekday=False)}; we cannot read it ourselves", each)
        for each in DiaryFeed.objects.filter(person=person)
    ]


STATES = {
    BookingState.PLACE: "A place",
    BookingState.OFFERED: "A place that is offered to you",
    BookingState.WAITING: "A turn in the waiting list",
    BookingState.LAPSED: "A place that was offered to you, until the time to answer had passed",
    BookingState.CANCELLED: "Given back",
}


def needs(person, now):
    rows = Needs.objects.filter(person=person).select_related("round").order_by("round__starts_at", "pk")
    return [Held("What you need", f"{_of(each.round)}: {_needed(each)}", each) for each in rows]


def _needed(each):
    return ", ".join([*(Diet(code).label for code in each.diet), *filter(None, [each.food, each.access])])


def team(person, now):
    rows = TeamMember.objects.filter(person=person).select_related("round").order_by("round__starts_at", "part")
    return [
        Held(each.get_part_display(), f"{_of(each.round)}{RESTS if each.suspended_at else ''}", each) for each in rows
    ]


def steering(person, now):
    rows = SteeringLine.objects.filter(owner=person).select_related("meeting").order_by("meeting__on", "created_at")
    return [Held(f"{each.get_kind_display()} of {nhs_date(each.meeting.on)}", each.text, each) for each in rows]


RESTS = ", which rests until a facilitator of it says that you go on"


def panel(person, now):
    """Being asked, and the steps with the dates."""
    rows = []
    asked = Storyteller.objects.filter(person=person).select_related("round").with_steps()
    for each in asked.order_by("round__starts_at", "created_at"):
        rows.append(Held("On the panel", _of(each.round), each))
        rows += [Held("Step", _step(step), step) for step in each.steps_by_kind.values() if step.done_on or step.due_on]
    return rows


def meetings(person, now):
    """When they meet to prepare, and when they said that they can."""
    told = Meeting.objects.of_teller(person).exclude(fixed_at=None).select_related("round").order_by("fixed_at", "pk")
    found = [Held("You meet", f"{_of(each.round)}: {nhs_moment(each.fixed_at)}, {each.place}") for each in told]
    answers = MeetingAnswer.objects.filter(person=person).select_related("meeting__round")
    for each in answers.order_by("created_at", "pk"):
        moments = each.meeting.moments
        said = listed(nhs_moment(moments[text]) for text in each.can) or "at none of the times"
        found.append(Held("You can meet", f"{_of(each.meeting.round)}: {said}", each))
    return found


def stories(person, now):
    """That there is one and what is allowed with it; its words stand on its own page alone, behind a code."""
    theirs = {"storyteller__person": person}
    rows = Story.objects.filter(**theirs).select_related("storyteller__round").order_by("storyteller__round__starts_at")
    found = [
        Held("Your story", f"{_of(each.storyteller.round)}: sealed, to be read on its own page", each) for each in rows
    ]
    for each in _of_tellers(StoryConsent.objects.filter(**theirs)):
        said = f"{each.get_use_display()}, since {nhs_date(each.given_on, weekday=False)}"
        found.append(Held("You allow", f"{_of(each.storyteller.round)}: {said}", each))
    for each in _of_tellers(StoryReader.objects.filter(**theirs)):
        found.append(Held("Shared with a facilitator", _of(each.storyteller.round), each))
    return found


def stories_to_read(person, now):
    """Whose they are is theirs."""
    rows = _of_tellers(StoryReader.objects.filter(person=person))
    return [Held("A story that you may read", _of(each.storyteller.round)) for each in rows]


def _of_tellers(rows):
    return rows.select_related("storyteller__round").order_by("storyteller__round__starts_at", "created_at", "pk")


def _step(step):
    said = [step.get_kind_display()]
    said += [f"due on {nhs_date(step.due_on, weekday=False)}"] if step.due_on else []
    said += [f"done on {nhs_date(step.done_on, weekday=False)}"] if step.done_on else []
    return ", ".join(said)


def owned_steps(person, now):
    """Steps in the preparation of others that the person sees to: whose they are is theirs."""
    owned = PreparationStep.objects.filter(owner=person).select_related("storyteller__round")
    owned = owned.order_by("storyteller__round__starts_at", "kind", "pk")
    return [Held("You see to", f"{each.get_kind_display()}, {_of(each.storyteller.round)}") for each in owned]


def voices(person, now):
    """What they wrote or can read, and that they were asked or did ask; of others no word and no name."""
    wrote, read = (Offer.objects.filter(**{who: person}).order_by("created_at", "pk") for who in ("person", "reader"))
    asked, asks = (Approach.objects.filter(**{who: person}).order_by("created_at", "pk") for who in ("person", "by"))
    found = [Held("You might tell a story", f"to one reader, {_offered(each)}", each) for each in wrote]
    found += [Held("Written to you", f"by somebody who might tell a story, {_day(each)}") for each in read]
    found += [Held("You were asked to tell a story", _day(each)) for each in asked]
    return found + [Held("You asked somebody to tell a story", _day(each)) for each in asks]


def _offered(offer):
    return ", ".join(filter(None, [_day(offer), offer.theme, offer.about, offer.reach]))


def _day(row):
    return nhs_date(row.created_at, weekday=False)


def care_owed(person, now):
    """Words that the person sees to after a Round: to whom is kept nowhere."""
    rows = CareOwed.objects.filter(owner=person).select_related("round").order_by("round__starts_at", "due_on", "pk")
    return [Held("A word that you see to", f"{_of(each.round)}, {_by_when(each)}", each) for each in rows]


def _by_when(care):
    if care.done_on:
        return f"done on {nhs_date(care.done_on, weekday=False)}"
    return f"by {nhs_date(care.due_on, weekday=False)}"


def planned(person, now):
    rows = []
    mine = Round.objects.filter(Q(planned_by=person) | Q(invitations_released_by=person)).order_by("starts_at", "pk")
    for each in mine:
        did = [("You planned", each.planned_by_id), ("You released the letters of", each.invitations_released_by_id)]
        rows += [Held(what, _of(each)) for what, key in did if key == person.pk]
    series = Series.objects.filter(planned_by=person).order_by("first_on", "pk")
    return rows + [Held("You planned the series", f"“{each.title}”, from {nhs_date(each.first_on)}") for each in series]


def _of(round):
    if round.state == RoundState.IDEA:
        return f"“{round.title}”, an idea"
    return f"“{round.title}”, {nhs_date(round.starts_at) if round.has_a_date else 'postponed'}"


def register(*, rounds_held, bookings_erased, needs_erased, team_erased, team_hinders, panel_erased, voices_erased):
    """Called once, when the app is ready, with what erases these from the actions above."""
    for holding in [
        Holding(
            *("bookings", "Places and waiting lists", Kept.ROUND_30, bookings),
            covers=("rounds.Booking.person",),
            erase=bookings_erased,
        ),
        Holding(
            *("diary_feed", "Your diary address", Kept.ACCOUNT, diary_feed),
            covers=("rounds.DiaryFeed.person",),
        ),
        Holding(
            *("needs", "Access and food", Kept.DAY_AFTER, needs),
            covers=("rounds.Needs.person",),
            erase=needs_erased,
        ),
        Holding(
            *("panel", "Telling a story", Kept.ROUND_30, panel),
            covers=("rounds.Storyteller.person",),
            erase=panel_erased,
        ),
        Holding(
            *("voices", "Finding voices", Kept.VOICES, voices),
            covers=("rounds.Offer.person", "rounds.Offer.reader", "rounds.Approach.person", "rounds.Approach.by"),
            erase=voices_erased,
        ),
        Holding(
            *("meetings", "Meetings to prepare", Kept.ROUND_30, meetings),
            covers=("rounds.MeetingAnswer.person",),
        ),
        Holding(*("stories", "What you wrote of your story", Kept.ROUND_30, stories)),
        Holding(
            *("stories_to_read", "Stories that you may read", Kept.ROUND_30, stories_to_read),
            covers=("rounds.StoryReader.person",),
        ),
        Holding(
            *("team", "Your part in Rounds", Kept.FACILITATED, team),
            covers=("rounds.TeamMember.person",),
            hold=rounds_held,
            hinders=team_hinders,
            erase=team_erased,
        ),
        Holding(
            *("owned_steps", "Preparing storytellers", Kept.ROUND_30, owned_steps),
            covers=("rounds.PreparationStep.owner",),
        ),
        Holding(
            *("care_owed", "Words owed after a Round", Kept.CARE_OWED, care_owed),
            covers=("rounds.CareOwed.owner",),
        ),
        Holding(
            *("steering", "What you see to for the steering group", Kept.ACCOUNT, steering),
            covers=("rounds.SteeringLine.owner",),
        ),
        Holding(
            *("planned", "Rounds that you planned", Kept.PLANNER, planned),
            covers=("rounds.Round.planned_by", "rounds.Round.invitations_released_by", "rounds.Series.planned_by"),
        ),
    ]:
        holdings.register(holding)
