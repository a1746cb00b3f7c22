"""Rounds of a large system: what is known of each that is over, the register of the last thirty days, and the bookings
to come."""

from datetime import datetime, time, timedelta
from itertools import islice

from django.utils import timezone

from evaluation.actions import half_year_answers, questionnaires, releases
from evaluation.models import (
    Attendance,
    FeedbackBox,
    FirstRoundCounted,
    Folded,
    Register,
    RoundFigure,
    Tally,
)
from evaluation.models.results import Comment, Counted, CrossCount, ItemCount, PoolCount
from evaluation.questions import OURS_AT
from evaluation.reports.half_years import HalfYear
from evaluation.states import BROAD_GROUPS, STAYS_OPEN
from evaluation.tables import EMPLOYER, FIRST_TIMERS, FORMAT, MIXING, PARTNERS, TIME, WAITED, WORK
from rounds.days import TIMES_OF_DAY
from rounds.models import (
    Backfill,
    Booking,
    Debrief,
    Round,
    RoundPartner,
    Series,
    SteeringLine,
    SteeringMeeting,
    Suggestion,
    TeamMember,
    Theme,
    ThemeUse,
)
from rounds.states import OF_ONE_TEAM, Format, Kind, RoundState, Way
from rounds_site.kit.blunt import rounded

from .pouring import pour

STARTS = (time(12, 30), time(8, 0), time(14, 0), time(10, 0), time(17, 30))
FORMATS = (Format.IN_PERSON, Format.IN_PERSON, Format.ONLINE, Format.HYBRID)
TITLES = ("The shift I still think of", "Thrown in at the deep end", "What I could not say", "A hand on the shoulder")
KEPT, BOOKED_AHEAD, PLANNED_AHEAD = timedelta(days=30), timedelta(days=60), timedelta(days=180)
# Within these days a box may be open still, whose key would lie beside the portal.
QUIET = timedelta(days=4)
# Of so many Rounds that follow each other so many belong to a series each, which has twelve Rounds.
EVERY, IN_A_SERIES, LENGTH = 25, 10, 12
PLACES, HAVING_ONE, WAITING, CAME, WALKED_IN = 40, 38, 4, 34, 3
VALUES = {5: 13, 4: 8, 3: 3, 2: 1}
FORMS = 25


def make_rounds(world, rounds):
    """As many as asked for in the half-years that are over; in the present one and ahead they go on at that pace."""
    asked = {}
    for at, code in OURS_AT.items():
        asked[at] = questionnaires.ours(code)
    world.questions = {each.pk: list(each.items.all()) for each in asked.values()}
    world.asked = asked
    days = (world.present.begins - world.begins).days
    pace = timedelta(days=days) / max(rounds, 1)
    end = world.today + PLANNED_AHEAD
    number = rounds + (end - world.present.begins) // pace if rounds else 0
    planned = [n for n in range(number) if n % EVERY < IN_A_SERIES]
    world.series = {key: world.key() for key in sorted(map(_series, planned))}
    pour(Series, (_fields(_rule(world, key)) for key in world.series))
    every = [_round(world, n, world.begins + n * pace) for n in range(number)]
    world.rounds = [each for each in every if each.ends_at < world.now - QUIET or each.starts_at > world.now]
    pour(Round, (_fields(each) for each in world.rounds))
    pour(RoundPartner, (_pair(each, partner) for each in world.rounds for partner in _invited(world, each)))
    pour(TeamMember, (_facilitates(world, each, n) for each in world.rounds for n in range(2)))


def _series(n):
    """(which of those that go on at that time, how many have ended before it); None of a Round by itself."""
    return (n % EVERY, n // (EVERY * LENGTH)) if n % EVERY < IN_A_SERIES else None


def _rule(world, key):
    which, before = key
    return Series(
        pk=world.series[key],
        system=world.system,
        host_organisation=world.large[which % len(world.large)],
        title=f"Schwartz Round in [month], {which}",
        week=2,
        weekday=1,
        first_on=world.begins + timedelta(days=365 * before),
        number=LENGTH,
        starts=STARTS[0],
        ends=time(13, 30),
    )


def _round(world, n, day):
    day += timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])
    starts_at = timezone.make_aware(datetime.combine(day, STARTS[n % len(STARTS)]))
    held = FORMATS[n % len(FORMATS)]
    hosting = _hosting(world, n)
    return Round(
        pk=world.key(),
        created_at=starts_at - timedelta(days=80),
        system=world.system,
        series_id=world.series.get(_series(n)),
        title=f"{TITLES[n % len(TITLES)]}, {n}",
        about="Colleagues tell us how it felt, and the room listens.",
        kind=Kind.UNIT if n % 15 == 7 else Kind.ORDINARY,
        format=held,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        venue=None if held == Format.ONLINE else world.rooms[n % len(world.rooms)],
        joining_details="" if held == Format.IN_PERSON else "https://meet.longmere.example/round",
        places=None if held == Format.ONLINE else PLACES,
        online_places=None if held == Format.IN_PERSON else PLACES,
        state=_state(world, starts_at),
        version=2,
        booking_opens_at=starts_at - BOOKED_AHEAD,
        booking_closes_at=starts_at - timedelta(hours=1),
        reminder_days=[7, 1],
        published_at=None if starts_at > world.now + BOOKED_AHEAD else starts_at - BOOKED_AHEAD,
        invitations_released_at=None if starts_at > world.now + BOOKED_AHEAD else starts_at - BOOKED_AHEAD,
        invitations_sent=900 if starts_at < world.now - KEPT else 0,
        **hosting,
    )


def _hosting(world, n):
    if _series(n):
        return {"host_organisation": world.large[n % EVERY % len(world.large)]}
    host = {"host_organisation": world.large[n % len(world.large)]}
    return (host, {"host_place": world.places[n % len(world.places)]}, {})[n % 3]


def _state(world, starts_at):
    if starts_at < world.now:
        return RoundState.CLOSED
    return RoundState.PUBLISHED if starts_at <= world.now + BOOKED_AHEAD else RoundState.PLANNED


def _fields(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _invited(world, each):
    """Every fifth invites all partners; the others a dozen, whoever hosts among them."""
    n = world.number_of(each)
    if n % 5 == 0:
        return world.partners
    dozen = islice(world.partners, n % max(len(world.partners) - 12, 1), None)
    return {partner.pk: partner for partner in [*islice(dozen, 12), world.large[n % len(world.large)]]}.values()


def _pair(each, partner):
    return {"round_id": each.pk, "organisation_id": partner.pk}


def _facilitates(world, each, n):
    """Those of a series by the same two."""
    facilitators, number = world.holders["facilitator"], world.number_of(each)
    person = facilitators[((number % EVERY if each.series_id else number) * 2 + n) % len(facilitators)]
    return {"round_id": each.pk, "person_id": person, "part": "facilitator"}


def make_facts(world):
    """Of all Rounds that are over: what remains once nobody is named any more."""
    over = [each for each in world.rounds if each.ends_at < world.now]
    headcount, forms = rounded(CAME + WALKED_IN), rounded(FORMS)
    for each in over:
        each.counted_at = each.ends_at + STAYS_OPEN
        each.asked = world.asked_at(each)
    pour(
        RoundFigure,
        (
            {
                "round_id": each.pk,
                "headcount": headcount,
                "headcount_entered_at": each.ends_at,
                "forms": forms,
                "forms_entered_at": each.counted_at,
            }
            for each in over
        ),
    )
    pour(Folded, ({"round_id": each.pk} for each in over if each.kind not in OF_ONE_TEAM))
    pour(
        FeedbackBox,
        (
            {
                "round_id": each.pk,
                "room_code": f"{world.code}{n}",
                "questionnaire_id": each.asked.pk,
                "opens_at": each.starts_at,
                "closes_at": each.counted_at,
                "state": "counted",
                "counted_at": each.counted_at,
            }
            for n, each in enumerate(over)
        ),
    )
    pour(Counted, ({"round_id": each.pk, "forms": forms, "for_the_team": FORMS, "left_out": ""} for each in over))
    pour(ItemCount, (count for each in over for count in _counts(world, each)))
    said = ("It helped to hear that.", "I shall tell my team to come.")
    pour(Comment, ({"round_id": each.pk, "text": text, "review": "shown"} for each in over for text in said))
    pour(Backfill, (_cover(world, each, n) for n, each in enumerate(over) if n % 3 == 0))
    recent = [each for each in over if each.ends_at > world.now - timedelta(days=360)]
    pour(Debrief, ({"round_id": each.pk, "of": "panel", "went_well": "It was quiet."} for each in recent))
    _themes(world, over)


def _counts(world, each):
    for item in world.questions[each.asked.pk]:
        for value, n in VALUES.items():
            yield {
                "round_id": each.pk,
                "questionnaire_id": each.asked.pk,
                "item_id": item.pk,
                "value": value,
                "n": n,
            }


def _cover(world, each, n):
    partner = world.partners[n % len(world.partners)]
    said = {"round_id": each.pk, "organisation_id": partner.pk, "hours": "6.00", "rate": "14.50", "state": "paid"}
    return {**said, "invoice": f"{world.code}-{n}", "changed_at": each.ends_at}


def _themes(world, over):
    themes = [Theme(pk=world.key(), system=world.system, title=f"Theme {n}") for n in range(max(len(over) // 50, 1))]
    pour(Theme, ({"id": each.pk, "system_id": world.system.pk, "title": each.title} for each in themes))
    uses = enumerate(over[::10])
    pour(ThemeUse, ({"theme_id": themes[n % len(themes)].pk, "round_id": each.pk} for n, each in uses))


def make_register(world):
    """Who came in the last thirty days, and who has a place or waits for one at Rounds since and to come."""
    named = [each for each in world.rounds if each.ends_at > world.now - KEPT and each.state != RoundState.PLANNED]
    pour(Booking, (booking for each in named for booking in _bookings(world, each)))
    over = [each for each in named if each.ends_at < world.now]
    pour(
        Register,
        ({"round_id": each.pk, "headcount": CAME + WALKED_IN, "closed_at": each.ends_at} for each in over),
    )
    pour(Attendance, (one for each in over for one in _came(world, each)))
    pour(FirstRoundCounted, ({"person_id": person} for person in world.people[::5]))


def _who(world, each):
    """People from all over, others at every Round."""
    step = max(len(world.people) // (HAVING_ONE + WAITING), 1)
    return islice(world.people, world.number_of(each) % step, None, step)


def _bookings(world, each):
    way = Way.ONLINE if each.format == Format.ONLINE else Way.IN_PERSON
    for n, person in enumerate(islice(_who(world, each), HAVING_ONE + WAITING)):
        yield {
            "round_id": each.pk,
            "person_id": person,
            "way": way,
            "state": "place" if n < HAVING_ONE else "waiting",
            "queue_number": n + 1,
            "changed_at": each.booking_opens_at + timedelta(hours=n),
        }


def _came(world, each):
    nobody = {"person_id": None, "name": "", "organisation_id": None, "staff_group": ""}
    for person in islice(_who(world, each), CAME):
        yield {"round_id": each.pk, **nobody, "person_id": person}
    for n in range(WALKED_IN):
        walked_in = {"name": f"Walker {n}", "organisation_id": world.partners[n].pk, "staff_group": "nursing"}
        yield {"round_id": each.pk, **nobody, **walked_in}


def make_half_years(world):
    """Those that are over are released, by the portal's own hand, from sums as folding would have left them."""
    over = [each for each in world.half_years if each != world.present]
    pour(Tally, (tally for each in world.half_years for tally in _tallies(world, each)))
    for each in over:
        releases.release(system=world.system, half_year=each, now=world.now)
    pour(CrossCount, (count for each in over for count in _crossed(world, each)))
    pour(PoolCount, (count for each in over for count in _answers(world, each, {})))
    for each in over:
        half_year_answers.keep(system=world.system, half_year=each)
    pour(
        Suggestion,
        (
            {
                "organisation_id": world.large[n % len(world.large)].pk,
                "half_year": each.begins,
                "text": "A quiet room for the night shift.",
                "answer": "There is one now.",
                "shared": True,
            }
            for each in world.half_years[-4:]
            for n in range(20)
        ),
    )
    meetings = [
        SteeringMeeting(pk=world.key(), system=world.system, on=each.begins + timedelta(days=30 * n))
        for each in over
        for n in range(6)
    ]
    pour(SteeringMeeting, map(_fields, meetings))
    line = {"kind": "action", "text": "Ask the care homes which hours suit them."}
    pour(
        SteeringLine,
        ({**line, "meeting_id": each.pk, "due_on": each.on, "done_on": each.on} for each in meetings for _ in range(4)),
    )


def _tallies(world, half_year):
    held = [each for each in world.rounds if each.ends_at < world.now and HalfYear.of_round(each) == half_year]
    came = len(held) * (CAME + WALKED_IN)
    for (table, cell), number in _cells(world, came).items():
        row = {"system_id": world.system.pk, "half_year": half_year.key}
        yield {**row, "table": table.key, "cell": cell, "number": number}


def _cells(world, came):
    cells = {(MIXING, ""): came // 4, (WAITED, ""): came // 30}
    cells |= {(WAITED, str(place.pk)): came // 40 for place in world.places}
    for partner in world.partners:
        cells[PARTNERS, f"{partner.sector}/{partner.pk}"] = 1
        if partner in world.large:
            cells[EMPLOYER, str(partner.pk)] = came * partner.staff // world.staff
    for sector in {partner.sector for partner in world.partners}:
        own = came * sum(each.staff for each in world.partners if each.sector == sector) // world.staff
        cells[FIRST_TIMERS, sector] = own // 4
        cells |= {(WORK, f"{sector}/{work}"): own // 6 for work in [*BROAD_GROUPS, "not_said"]}
        cells |= {(TIME, f"{sector}/{hour}"): own // 4 for hour in TIMES_OF_DAY}
        cells |= {(FORMAT, f"{sector}/{each}"): own // 3 for each in Format}
    return cells


def _crossed(world, half_year):
    return (count for group in BROAD_GROUPS for count in _answers(world, half_year, {"staff_group": group}))


def _answers(world, half_year, about):
    for questionnaire, items in world.questions.items():
        for item in items:
            for value, n in VALUES.items():
                row = {"system_id": world.system.pk, "half_year": half_year.key, **about}
                yield {**row, "questionnaire_id": questionnaire, "item_id": item.pk, "value": value, "n": n * 8}
