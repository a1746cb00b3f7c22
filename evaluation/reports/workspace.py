"""Where a Round stands: its phases as tasks, and the one that comes next."""

from dataclasses import dataclass, replace

from django.db.models import Prefetch
from django.utils import timezone

from evaluation.reports.panel import panel_tasks
from evaluation.reports.phases import DONE, IN_HAND, NEEDS_YOU, NOT_NEEDED, NOT_STARTED, Phase, Task
from evaluation.reports.round import rounds_with_comments_to_read
from evaluation.states import BoxState
from rounds.models import Storyteller, TeamMember
from rounds.states import Availability, RoundState, TeamPart
from rounds_site.kit.formats import nhs_date


@dataclass(frozen=True)
class Workspace:
    round: object
    phases: list[Phase]

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
    """The Rounds with everything that `workspaces` looks at, in a fixed number of queries."""
    facilitators = TeamMember.objects.filter(part=TeamPart.FACILITATOR).select_related("person")
    return rounds.select_related(
        "venue", "system", "host_organisation", "host_place", "register", "feedback_box", "figure"
    ).prefetch_related(Prefetch("team", facilitators.order_by("person__name", "id"), to_attr="facilitators"))


def workspaces(rounds, *, person, now) -> list[Workspace]:
    """`rounds` come from ``with_all_that_tells``."""
    to_read = rounds_with_comments_to_read([round.pk for round in rounds])
    panels = Storyteller.objects.panels([each for each in rounds if _runs(person, each)], on=timezone.localdate(now))
    return [
        Workspace(round, _as_seen_by(person, round, _phases(round, panels.get(round.pk), round.pk in to_read, now)))
        for round in rounds
    ]


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
    if round.state == RoundState.CANCELLED:
        return []
    return [
        Phase("plan", "Plan", _plan(round)),
        Phase("panel", "Panel", panel_tasks(round, panel, now)),
        Phase("invite", "Invite", _invite(round, now)),
        Phase("day", "On the day", _day(round, now)),
        Phase("after", "After", _after(round, comments_to_read)),
    ]


def _plan(round):
    number = len(round.facilitators)
    alone = "Only one facilitator is named." if number == 1 else f"{number} are named"
    return [
        Task("Theme, date and place", "round_details", DONE),
        Task("Facilitators", "round_team", DONE if number > 1 else IN_HAND, alone, team_only=True),
    ]


def _invite(round, now):
    planned = round.state == RoundState.PLANNED
    booking_over = round.booking_closes_at <= now
    publish = Task(
        "Publish the Round",
        "round_details",
        NEEDS_YOU if planned else DONE,
        "Those invited can find it then, and booking opens at its time." if planned else "",
        "Publish and open booking",
    )
    return [publish, _letters(round, planned, booking_over), _places(round, planned, booking_over)]


def _letters(round, planned, booking_over):
    if round.invitations_released_at:
        word, note = DONE, f"Released on {nhs_date(round.invitations_released_at, weekday=False, year=False)}"
    elif booking_over:
        word, note = NOT_NEEDED, "Booking has closed"
    else:
        word = NOT_STARTED if planned else NEEDS_YOU
        note = "You see how many letters go out before they do."
    return Task("Release the invitations", "round_invitations", word, note, "Go to the invitations")


def _places(round, planned, booking_over):
    word = NOT_STARTED if planned else DONE if booking_over else IN_HAND
    words = " · ".join(dict.fromkeys(Availability(round.availability_for(way)).label for way in round.ways))
    return Task("Places and waiting list", "round_bookings", word, "" if planned else words, team_only=True)


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
        Task(
            "Headcount",
            "round_door",
            DONE if closed else NEEDS_YOU if _begun(round, now) else NOT_STARTED,
            "" if closed else "Count everyone who was in the room, then close the register.",
            "Enter the headcount",
            team_only=True,
        ),
    ]


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
    feedback = Task(
        "Feedback",
        "round_results",
        DONE if counted else IN_HAND if box else NOT_STARTED,
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
    paper = [Task("Paper forms", "round_tallies", IN_HAND, words, team_only=True)] if box and not counted else []
    return [*paper, feedback, read, Task("Close the Round", "", _closing(round), _closing_words(round))]


def _box_words(box):
    if box is None:
        return ""
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
