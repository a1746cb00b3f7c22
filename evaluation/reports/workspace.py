"""Where a Round stands: its phases as tasks, and the one that comes next."""

from dataclasses import dataclass, field, replace

from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from evaluation.reports.aftercare import after_tasks, care_owed_after
from evaluation.reports.door import headcount_due
from evaluation.reports.early import early_signs
from evaluation.reports.panel import panel_phase
from evaluation.reports.phases import DONE, IN_HAND, NEEDS_YOU, NOT_NEEDED, NOT_STARTED, Phase, Task
from evaluation.reports.round import rounds_with_comments_to_read
from evaluation.states import BoxState
from rounds.actions import fidelity
from rounds.actions.after import is_over
from rounds.models import Debrief, Storyteller, TeamMember
from rounds.reports.team import eating
from rounds.states import Availability, RoundState
from rounds_site.kit.formats import nhs_date, nhs_time, thousands

PLACES = "Places and waiting list"


@dataclass(frozen=True)
class Workspace:
    """`early`: what lapses, as tasks that need nobody at once."""

    round: object
    phases: list[Phase]
    early: list[Task] = field(default_factory=list)

    @property
    def open_phase(self):
        """The first that needs the reader; else the first that is in hand."""
        for state in (NEEDS_YOU, IN_HAND, NOT_STARTED):
            for phase in self._day_first:
                if phase.state == state:
                    return phase
        return self.phases[-1]

    @property
    def next_task(self):
        return next((task for phase in self._day_first for task in phase.tasks if task.word == NEEDS_YOU), None)

    @property
    def _day_first(self):
        """What the day itself asks for cannot wait for anything else."""
        return sorted(self.phases, key=lambda phase: (phase.key, phase.state) != ("day", NEEDS_YOU))


def with_all_that_tells(rounds):
    """The Rounds with what `workspaces` looks at of each, in two queries however many there are."""
    team = TeamMember.objects.with_those_in_question().select_related("person").order_by("person__name", "id")
    talked_over = Debrief.objects.filter(round=OuterRef("pk")).order_by().values("round").values(number=Count("pk"))
    return (
        rounds.with_invited_beside()
        .annotate(talked_over=Coalesce(Subquery(talked_over), 0))
        .select_related(
            "venue", "system", "host_organisation", "host_place", "register", "feedback_box", "figure", "food_order"
        )
        .prefetch_related(Prefetch("team", team, to_attr="named"))
    )


def workspaces(rounds, *, person, now, to_read=None) -> list[Workspace]:
    """`rounds` come from ``with_all_that_tells``. Panels and comments are looked at for a Round's own team alone: that
    somebody wrote one is nobody else's to read off a word. `to_read`: what ``rounds_with_comments_to_read`` says, where
    it was asked already of all that the person runs."""
    for round in rounds:
        round.facilitators = [member for member in round.named if member.suspended_at is None]
    own = [round for round in rounds if _runs(person, round)]
    if to_read is None:
        to_read = rounds_with_comments_to_read([round.pk for round in own])
    panels = Storyteller.objects.panels(own, person=person, on=timezone.localdate(now))
    numbers, owed = eating(own), care_owed_after([round for round in own if is_over(round, now)])
    told = []
    for round in rounds:
        phases = _phases(round, panels.get(round.pk), round.pk in panels and round.pk in to_read, now)
        phases = _with_care(phases, round, owed[round.pk], person, now) if round.pk in owed else phases
        phases = _with_food(phases, round, numbers.get(round.pk), now)
        early = early_signs(round, panels.get(round.pk), now)
        told.append(Workspace(round, _as_seen_by(person, round, phases), early))
    return told


def _runs(person, round):
    return any(member.person_id == person.pk for member in round.facilitators)


def _as_seen_by(person, round, phases):
    """What only the team can do needs nobody else; of its panel others read the same whatever it is."""
    if _runs(person, round):
        return phases
    return [replace(phase, tasks=[_for_others(task) for task in phase.tasks]) for phase in phases]


def _for_others(task):
    if not task.team_only:
        return task
    return replace(task, page="", word=IN_HAND if task.word == NEEDS_YOU else task.word)


def _phases(round, panel, comments_to_read, now):
    """`panel` is None for whoever does not run the Round."""
    if round.state == RoundState.CANCELLED:
        return []
    team = _who_can_be_named(round, now) if panel is None else _team(round)
    if round.state == RoundState.POSTPONED:
        return [
            Phase("plan", "Plan", [_new_date(), *_plan(round, team)]),
            panel_phase(round, panel, now),
        ]
    return [
        Phase("plan", "Plan", _plan(round, team)),
        panel_phase(round, panel, now),
        Phase("invite", "Invite", _invite(round, now)),
        Phase("day", "On the day", _day(round, now)),
        Phase("after", "After", _after(round, comments_to_read)),
    ]


def _with_food(phases, round, eating, now):
    """`eating` is None for whoever does not run the Round: neither a number nor that one has changed is theirs."""
    if not round.food or not round.has_a_date:
        return phases
    task = _food(round, eating, now)
    return [replace(phase, tasks=[*phase.tasks, task]) if phase.key == "plan" else phase for phase in phases]


def _with_care(phases, round, owed, person, now):
    """For its team alone: that somebody is owed a word is nobody else's to know."""
    tasks = after_tasks(round, owed, person, now)
    return [replace(phase, tasks=[*tasks, *phase.tasks]) if phase.key == "after" else phase for phase in phases]


def _food(round, eating, now):
    title, page = "Food", "round_catering"
    if now >= round.ends_at:
        return Task(title, page, DONE, team_only=True)
    if eating is None:
        return Task(title, "", IN_HAND)
    order, late = getattr(round, "food_order", None), timezone.localdate(now) > round.food_by
    day = nhs_date(round.food_by, year=False)
    if not order or not order.people:
        word = NEEDS_YOU if timezone.localdate(now) >= round.food_by else NOT_STARTED
        return Task("Order the food", page, word, f"By {day}.", "See the numbers", team_only=True)
    if order.is_right_for(eating):
        return Task(title, page, DONE, f"{thousands(order.people)} ordered", team_only=True)
    said = f"{thousands(order.people)} ordered, now {thousands(eating)}."
    if late:
        return Task("Tell the caterer", page, NEEDS_YOU, said, "See the numbers", team_only=True)
    return Task(title, page, IN_HAND, f"{said} It can change until {day}.", team_only=True)


def _new_date():
    note = "Until then nobody can book, and the places of those who have one wait for it."
    return Task("Set a new date, or call it off", "round_change", NEEDS_YOU, note, "Set a new date")


def _plan(round, team):
    theme = Task("Theme, date and place" if round.has_a_date else "Theme and place", "round_details", DONE)
    return [theme, *([_room(round)] if round.venue else []), team, _rules(round)]


def _rules(round):
    """Said kindly: it never needs anybody at once."""
    left = len(fidelity.still_open(round, len(round.facilitators)))
    if not left:
        return Task("What makes it a Round", "round_rules", DONE)
    note = "One thing is not settled" if left == 1 else f"{left} things are not settled"
    return Task("What makes it a Round", "round_rules", IN_HAND, f"{note}. Each can be mended, or you say why.")


def _team(round):
    if any(member.suspended_at for member in round.named):
        note = "Somebody in the team has left where they worked. Do they go on here?"
        return Task("Say who is in the team", "round_team", NEEDS_YOU, note, "Go to the team", team_only=True)
    return Task("Facilitators", "round_team", *_named(round), team_only=True)


def _who_can_be_named(round, now):
    """As ``without_anybody_to_run_them`` asks it of many."""
    if round.names_people(now) and not any(member.is_able(now) for member in round.facilitators):
        note = "Nobody can run this Round at present."
        return Task("Name a facilitator", "name_facilitator", NEEDS_YOU, note, "Name a facilitator")
    return Task("Facilitators", "name_facilitator", *_named(round))


def _named(round):
    """A word, and how many there are."""
    number = len(round.facilitators)
    few = {0: "Nobody is named.", 1: "Only one facilitator is named."}
    return DONE if number > 1 else IN_HAND, few.get(number, f"{number} are named")


def _room(round):
    if round.is_over_room_limit:
        limit, places = thousands(round.venue.room_limit), thousands(round.places)
        note = f"The room takes {limit}, and there are {places} places. Fewer places, or another room."
        return Task("The room is too small", "round_change", NEEDS_YOU, note, "Change the room or the places")
    not_said = round.venue.not_said
    note = f"Nobody has said yet: {', '.join(not_said).lower()}." if not_said else ""
    return Task("Room and access", "venue", IN_HAND if not_said else DONE, note, about=round.venue_id)


def _invite(round, now):
    planned = round.state == RoundState.PLANNED
    booking_over = round.booking_closes_at <= now
    publish = Task(
        "Publish the Round",
        "round_details",
        NEEDS_YOU if planned else DONE,
        _once_published(round) if planned else "",
        "Publish and open booking" if round.needs_booking else "Publish",
    )
    places = [_places(round, planned, booking_over)] if round.needs_booking else []
    return [publish, _letters(round, planned, booking_over), *places]


def _once_published(round):
    return f"Those invited can find it then{', and booking opens at its time' if round.needs_booking else ''}."


def _letters(round, planned, booking_over):
    if round.invitations_stopped_at and not booking_over:
        word, note = IN_HAND, "Stopped: letters that had not gone wait for you."
    elif round.invitations_released_at:
        word, note = DONE, f"Released on {nhs_date(round.invitations_released_at, weekday=False, year=False)}"
    elif round.invited_beside and not planned:
        # It may invite a partner that the other does not: its page says whether anybody is left.
        word, note = IN_HAND, "Those of another of its times tell of this one too."
    elif booking_over:
        word, note = NOT_NEEDED, "Booking has closed" if round.needs_booking else "The Round has begun"
    elif round.is_for_part_of_a_partner:
        word, note = NOT_NEEDED, "They go to whole partners. Tell the one team yourselves: a poster helps."
    else:
        word = NOT_STARTED if planned else NEEDS_YOU
        note = "You see how many letters go out before they do."
    return Task("Release the invitations", "round_invitations", word, note, "Go to the invitations")


def _places(round, planned, booking_over):
    word = NOT_STARTED if planned else DONE if booking_over else IN_HAND
    words = " · ".join(dict.fromkeys(Availability(round.availability_for(way)).label for way in round.ways))
    return Task(PLACES, "round_bookings", word, "" if planned else words, team_only=True)


def _day(round, now):
    # Of a Round that is closed the register may have been forgotten by now.
    closed = round.state == RoundState.CLOSED or (hasattr(round, "register") and round.register.closed_at)
    today = timezone.localdate(now) == timezone.localdate(round.starts_at)
    return [
        Task(
            "Run sheet, cards and list to print",
            "round_prints",
            DONE if now >= round.ends_at else IN_HAND if today else NOT_STARTED,
            team_only=True,
        ),
        Task(
            "The screen in the room",
            "round_screen",
            DONE if now >= round.ends_at else IN_HAND if today else NOT_STARTED,
            "Ground rules, the time that is left, and the code for feedback",
            team_only=True,
        ),
        Task(
            "Tick people in",
            "round_door",
            _ticking(round, closed, today, now),
            "The list at the door is open." if today and not closed else "",
            "Open the list",
            team_only=True,
        ),
        _headcount(round, closed, now),
    ]


def _headcount(round, closed, now):
    """Once the Round is over it has a last hour: whatever the box holds is counted by what is known then."""
    title, note = "Headcount", "" if closed else "Count everyone who was in the room, then close the register."
    if not closed and (due := headcount_due(round, now)):
        title = f"Enter the headcount by {nhs_date(due, year=False)}, {nhs_time(due)}"
        note = "Feedback is counted then. Without the headcount it may stay closed."
    word = DONE if closed else NEEDS_YOU if _begun(round, now) else NOT_STARTED
    return Task(title, "round_door", word, note, "Enter the headcount", team_only=True)


def _ticking(round, closed, today, now):
    if closed:
        return DONE
    if _begun(round, now):
        return IN_HAND
    return NEEDS_YOU if today and round.state == RoundState.PUBLISHED else NOT_STARTED


def _begun(round, now):
    return round.state in (RoundState.PUBLISHED, RoundState.HELD) and now >= round.starts_at


def _after(round, comments_to_read):
    box = getattr(round, "feedback_box", None)
    counted = bool(box) and box.state == BoxState.COUNTED
    over = bool(box) and box.state != BoxState.OPEN
    feedback = Task(
        "Feedback",
        "round_results",
        DONE if over else IN_HAND if box else NOT_STARTED,
        _box_words(box),
        team_only=True,
    )
    read = Task(
        "Review the comments",
        "round_results",
        NEEDS_YOU if comments_to_read else DONE if counted else NOT_STARTED,
        "You decide which may leave the team." if comments_to_read else "",
        "Review the comments",
        team_only=True,
    )
    words = "Type in how many say what, while the box is open."
    paper = [Task("Paper forms", "round_tallies", IN_HAND, words, team_only=True)] if box and not over else []
    return [*paper, feedback, read, Task("Close the Round", "", _closing(round), _closing_words(round))]


def _box_words(box):
    if box is None:
        return ""
    if box.state == BoxState.LOST:
        return "The box could not be opened: its key was lost."
    verb, moment = ("was", box.counted_at) if box.state == BoxState.COUNTED else ("is", box.closes_at)
    on = nhs_date(moment, weekday=False, year=False)
    return f"The box {verb} opened on {on}. Answers are only counted; facilitators read the words."


def _closing(round):
    if round.state == RoundState.CLOSED:
        return DONE
    return IN_HAND if round.state == RoundState.HELD else NOT_STARTED


def _closing_words(round):
    if round.state == RoundState.CLOSED:
        return ""
    return "Happens by itself once the register is closed and the box is counted."
