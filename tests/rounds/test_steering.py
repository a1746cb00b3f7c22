"""The steering group: its agenda is drawn from the state of the programme, and what comes of it is kept in a line."""

import datetime as dt
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.logbook import told
from members.models import Licence, SecurityEvent, SystemSuccession
from members.roles import ROLES, May
from rounds.actions import steering, successions
from rounds.models import SteeringLine, SteeringMeeting, Suggestion
from rounds.states import RoundState
from tests.factories.members import PersonFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.rounds.pages import buttons_of, words_of
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        world.gus = RoleGrantFactory(
            role="steering_group", system=world.system, person__name="Gus Group", ends_on=TODAY + 60 * DAY
        ).person
        yield world


@pytest.fixture
def gus(client, world):
    client.force_login(world.gus)
    return client


def held(world, *weeks_ago, **fields):
    for weeks in weeks_ago:
        begins = NOON - dt.timedelta(weeks=weeks)
        made = {"food": "Soup", "affirmed": ["senior", "own"], "facilitators": [world.ada, PersonFactory()]}
        RoundFactory(
            **{"system": world.system, "host_organisation": world.elmbridge} | made | fields,
            created_at=begins - dt.timedelta(weeks=5),
            starts_at=begins,
            booking_opens_at=begins - dt.timedelta(weeks=4),
            state=RoundState.HELD if weeks > 0 else RoundState.PUBLISHED,
        )


def state(world):
    return state_of(world.system)


def state_of(system):
    return steering.state_of(steering.as_it_stands(system, now=NOON), now=NOON)


def planned(world, on=TODAY + 7 * DAY):
    return steering.plan(system=world.system, on=on, now=NOON)


def in_boxes(name, day):
    return {f"{name}_{part}": getattr(day, part) for part in ("day", "month", "year")}


# --- The state of the programme -----------------------------------------------------------------------


def test_of_a_programme_that_has_just_begun_there_is_little_to_say(world):
    assert state(world) == [
        "Facilitators: 1",
        "Terms in this group that end within three months: 1",
    ]


def test_hosts_the_licence_suggestions_and_what_is_open_are_on_it(world):
    held(world, 20, 16, 12)
    held(world, 5, host_organisation=world.quarry_lane, food="")
    Licence.objects.create(
        system=world.system, holder=world.elmbridge, number="1", starts_on=TODAY, last_on=TODAY + 5 * DAY
    )
    Suggestion.objects.create(organisation=world.elmbridge, half_year=dt.date(2026, 10, 1), text="A bench")
    Suggestion.objects.create(
        organisation=world.elmbridge, half_year=dt.date(2026, 10, 1), text="Tea", answer="There is some"
    )
    meeting = planned(world, TODAY - DAY)
    for done_on in (None, TODAY):
        SteeringLine.objects.create(meeting=meeting, kind="action", text="Do", done_on=done_on)
    assert state(world) == [
        "Elmbridge Hospital NHS Trust: it is longer than usual since the last Round",
        "Quarry Lane Care Homes: food before the hour, or online, not at every Round",
        "The licence ends on 8 March 2027",
        "No memorandum is noted with Quarry Lane Care Homes",
        "Facilitators: 1",
        "Suggestions from Rounds that wait for an answer: 1",
        "Terms in this group that end within three months: 1",
        "Actions still open: 1",
    ]


def test_no_title_person_or_suggestion_stands_in_it(world):
    held(world, 5, title="Canary of a title", food="")
    Suggestion.objects.create(organisation=world.elmbridge, half_year=dt.date(2026, 10, 1), text="Canary of a text")
    said = " ".join(state(world))
    assert [word for word in ("Canary", "Ada", "Gus") if word in said] == []


def test_it_asks_no_more_for_many_hosts_than_for_one(world):
    counts = []
    for number in (1, 2):
        for _ in range(number):
            held(world, 8, 4, host_organisation=RoleGrantFactory(organisation=world.quarry_lane).organisation)
        with CaptureQueriesContext(connection) as asked:
            state(world)
        counts.append(len(asked))
        held(world, 6)
    assert counts[0] == counts[1]


# --- The pages ----------------------------------------------------------------------------------------


def test_who_sits_in_it_and_whose_term_ends_soon(gus, world):
    RoleGrantFactory(role="sponsor", system=world.system, person__name="Sal Sponsor", ends_on=TODAY + 200 * DAY)
    RoleGrantFactory(role="steering_group", system=world.system, person__name="Past", ends_on=TODAY)
    words = words_of(gus.get(reverse("steering")))
    assert "Gus Group, Steering group member, until 1 May 2027 Ends soon" in words
    assert "Sal Sponsor, Sponsor, until 18 September 2027" in words
    assert words.count("Ends soon") == 1
    assert "Past" not in words


def test_a_meeting_is_planned_once_with_an_agenda_that_can_be_edited(gus, world):
    day = in_boxes("on", TODAY + 7 * DAY)
    for _ in range(2):
        answer = gus.post(reverse("plan_steering"), day, follow=True)
    meeting = SteeringMeeting.objects.get()
    assert meeting.agenda.splitlines() == [*state(world), steering.REACH]
    form = answer.context["agenda_form"]
    said = {"agenda": "Just tea", "seen": form["seen"].value()}
    assert "The agenda is saved." in words_of(
        gus.post(reverse("steering_meeting", args=[meeting.pk]), said, follow=True)
    )
    meeting.refresh_from_db()
    assert meeting.agenda == "Just tea"


def test_a_meeting_that_is_over_is_entered_without_the_agenda_of_today(gus, world):
    on = TODAY - 40 * DAY
    gus.post(reverse("plan_steering"), in_boxes("on", on))
    meeting = SteeringMeeting.objects.get()
    assert (meeting.on, meeting.agenda) == (on, "")
    assert list(gus.get(reverse("steering")).context["over"]) == [meeting]


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        (TODAY - 367 * DAY, "The day must be within a year of today"),
        (TODAY + 367 * DAY, "The day must be within a year of today"),
        (TODAY.replace(year=1207), "The day must have a year from 2000 to 2099"),
    ],
)
def test_no_meeting_is_entered_by_a_slip_and_what_was_typed_stays(gus, world, day, refusal):
    answer = gus.post(reverse("plan_steering"), in_boxes("on", day))
    assert refusal in words_of(answer)
    assert answer.context["form"]["on"].value() == [str(day.day), str(day.month), str(day.year)]
    assert not SteeringMeeting.objects.exists()


def test_what_somebody_else_wrote_meanwhile_is_not_written_over_unseen(gus, world):
    meeting = planned(world)
    page = reverse("steering_meeting", args=[meeting.pk])
    seen = gus.get(page).context["agenda_form"]["seen"].value()
    SteeringMeeting.objects.update(agenda="Theirs")
    answer = gus.post(page, {"agenda": "Mine", "seen": seen})
    assert "Somebody else changed the agenda" in words_of(answer)
    assert SteeringMeeting.objects.get().agenda == "Theirs"
    form = answer.context["agenda_form"]
    assert form["agenda"].value() == "Mine"
    gus.post(page, {"agenda": form["agenda"].value(), "seen": form["seen"].value()})
    assert SteeringMeeting.objects.get().agenda == "Mine"


def test_a_name_in_the_agenda_is_looked_at_before_it_is_kept(gus, world):
    meeting = planned(world)
    page = reverse("steering_meeting", args=[meeting.pk])
    form = gus.get(page).context["agenda_form"]
    said = {"agenda": "What Ben Booker told", "seen": form["seen"].value()}
    answer = gus.post(page, said)
    assert "Could this give somebody away?" in words_of(answer)
    assert "Ben Booker" not in SteeringMeeting.objects.get().agenda
    looked_at = answer.context["agenda_form"]["looked_at"].value()
    gus.post(page, said | {"looked_at": looked_at})
    assert SteeringMeeting.objects.get().agenda == "What Ben Booker told"


def line(**fields):
    return {"key": uuid4(), "kind": "action", "text": "Ask the  hospice"} | fields


def test_decisions_and_actions_stand_in_a_line_each(gus, world):
    meeting = planned(world)
    note, page = (reverse(name, args=[meeting.pk]) for name in ("note_steering", "steering_meeting"))
    action = line(owner=world.gus.pk) | in_boxes("due_on", TODAY + 9 * DAY)
    for _ in range(2):
        gus.post(note, action)
    gus.post(note, line(kind="decision", text="Two Rounds a month") | in_boxes("due_on", TODAY + 9 * DAY))
    words = words_of(gus.get(page))
    assert "Action : Ask the hospice. Gus Group, by 12 March 2027" in words
    assert "Decision : Two Rounds a month" in words
    assert SteeringLine.objects.count() == 2
    assert SteeringLine.objects.get(kind="decision").due_on is None
    assert "Ask the hospice Gus Group, by 12 March 2027" in words_of(gus.get(reverse("steering")))


@pytest.mark.parametrize("kind", ["action", "decision"])
def test_a_name_in_a_line_is_looked_at_before_it_is_kept(gus, world, kind):
    note = reverse("note_steering", args=[planned(world).pk])
    said = line(kind=kind, text="Ask Ben Booker")
    answer = gus.post(note, said)
    assert "Could this give somebody away?" in words_of(answer)
    assert "Note it as it is" in buttons_of(answer)
    assert not SteeringLine.objects.exists()
    gus.post(note, said | {"looked_at": answer.context["line_form"]["looked_at"].value()})
    assert SteeringLine.objects.get().text == "Ask Ben Booker"


def test_an_action_is_done_opened_again_and_taken_out(gus, world):
    meeting = planned(world)
    row = SteeringLine.objects.create(meeting=meeting, kind="action", text="Ask")
    address = reverse("set_steering", args=[meeting.pk, row.pk])
    gus.post(address, {"done": "1"})
    assert SteeringLine.objects.get().done_on == TODAY
    assert "Open again : Ask" in buttons_of(gus.get(reverse("steering_meeting", args=[meeting.pk])))
    gus.post(address, {"open": "1"})
    assert SteeringLine.objects.get().done_on is None
    for _ in range(2):
        assert gus.post(address, {"take_out": "1"}).status_code == 302
    steering.take_out(line=row, system=world.system, by=world.gus, now=NOON)
    assert not SteeringLine.objects.exists()


@pytest.mark.parametrize("kind", ["action", "decision"])
def test_what_is_taken_out_stands_in_the_log_without_its_words(gus, world, kind):
    row = SteeringLine.objects.create(meeting=planned(world), kind=kind, text="Canary")
    gus.post(reverse("set_steering", args=[row.meeting_id, row.pk]), {"take_out": "1"})
    event = SecurityEvent.objects.get(act="rounds.steering_line_taken_out")
    assert (event.by, event.where, event.about) == (world.gus.pk, world.system.pk, str(row.pk))
    [(_, sentence)] = told([event])
    assert sentence.startswith(f"Gus Group took out what a steering group had noted: {kind}, ")
    assert "Canary" not in sentence


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"text": "  "}, "Write it in a line"),
        ({"text": "a" * 201}, "200"),
        ({"kind": "wish"}, "Select one"),
        (in_boxes("due_on", TODAY + 6 * DAY), "The day must not be before the meeting"),
    ],
)
def test_what_is_no_line_is_not_kept(gus, world, said, refusal):
    answer = gus.post(reverse("note_steering", args=[planned(world).pk]), line(**said))
    assert refusal in words_of(answer)
    assert not SteeringLine.objects.exists()


def test_nobody_sees_to_it_who_does_not_steer(gus, world):
    answer = gus.post(reverse("note_steering", args=[planned(world).pk]), line(owner=world.ben.pk))
    assert "Choose somebody from the list" in words_of(answer)


# --- Who, and for how long ----------------------------------------------------------------------------


def test_who_steers():
    steer = {code for code, role in ROLES.items() if May.STEER in role.may}
    assert steer == {"ics_lead", "administrator", "sponsor", "steering_group"}


@pytest.mark.parametrize("scope", ["organisation", "elsewhere", "facilitator"])
def test_nobody_else_reads_it(client, world, scope):
    where = {
        "organisation": {"role": "steering_group", "organisation": world.elmbridge},
        "elsewhere": {"role": "steering_group", "system": SystemFactory()},
        "facilitator": {"role": "facilitator", "system": world.system},
    }[scope]
    client.force_login(RoleGrantFactory(**where).person)
    meeting = planned(world)
    refused = 404 if scope == "elsewhere" else 403
    assert client.get(reverse("steering_meeting", args=[meeting.pk])).status_code == refused


def test_a_line_of_another_meeting_is_not_there(gus, world):
    far = SteeringMeeting.objects.create(system=SystemFactory(), on=TODAY)
    row = SteeringLine.objects.create(meeting=far, kind="action", text="Theirs")
    assert gus.post(reverse("set_steering", args=[planned(world).pk, row.pk]), {"take_out": "1"}).status_code == 302
    assert SteeringLine.objects.count() == 1


def test_the_name_goes_with_the_account_and_the_line_stays(world):
    row = SteeringLine.objects.create(meeting=planned(world), kind="action", text="Ask", owner=world.cleo)
    world.cleo.delete()
    row.refresh_from_db()
    assert (row.owner, row.text) == (None, "Ask")


def test_the_database_knows_what_a_line_is(world):
    meeting = planned(world)
    for fields in ({"kind": "wish"}, {"kind": "decision", "due_on": TODAY}, {"kind": "decision", "done_on": TODAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SteeringLine.objects.create(meeting=meeting, text="x", **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        SteeringMeeting.objects.create(system=world.system, on=meeting.on)


def test_meetings_to_come_go_on_with_the_system_that_follows(world):
    heir = SystemFactory()
    past, ahead, same_day = (planned(world, TODAY + days * DAY) for days in (-1, 5, 6))
    SteeringMeeting.objects.create(system=heir, on=same_day.on)
    assert successions.steering_in(world.system, NOON) == sorted([ahead.pk, same_day.pk])
    successions.move_steering(world.system, lambda key: heir, NOON)
    whose = dict(SteeringMeeting.objects.values_list("pk", "system"))
    assert [whose[each.pk] for each in (past, ahead, same_day)] == [world.system.pk, heir.pk, world.system.pk]


def test_what_was_agreed_before_is_read_where_the_system_goes_on(client, world):
    heir = SystemFactory()
    past = planned(world, TODAY - DAY)
    row = SteeringLine.objects.create(meeting=past, kind="action", text="Ask the hospice")
    SystemSuccession.objects.create(predecessor=world.system, successor=heir, kind="renaming", on=TODAY)
    lead = RoleGrantFactory(role="ics_lead", system=heir).person
    client.force_login(lead)
    page = words_of(client.get(reverse("steering")))
    assert ("Ask the hospice" in page, "Earlier meetings" in page) == (True, True)
    assert "Actions still open: 1" in state_of(heir)
    form = client.get(reverse("steering_meeting", args=[past.pk])).context["line_form"]
    assert list(form.fields["owner"].queryset) == [lead]
    client.post(reverse("set_steering", args=[past.pk, row.pk]), {"done": "1"})
    assert SteeringLine.objects.get().done_on == TODAY


def test_an_agenda_of_many_hosts_can_be_saved(gus, world):
    meeting = planned(world)
    page = reverse("steering_meeting", args=[meeting.pk])
    seen = gus.get(page).context["agenda_form"]["seen"].value()
    answer = gus.post(page, {"agenda": "a" * 10_001, "seen": seen})
    assert "Make it shorter: 10,000 characters at most" in words_of(answer)
    gus.post(page, {"agenda": "a" * 10_000, "seen": seen})
    assert len(SteeringMeeting.objects.get().agenda) == 10_000


@pytest.mark.parametrize("name", ["steering", "steering_meeting"])
def test_a_page_asks_no_more_for_three_lines_than_for_one(gus, world, name):
    meeting = planned(world)
    address = reverse(name, args=[meeting.pk] if name == "steering_meeting" else [])
    counts = []
    for number in (1, 2):
        for _ in range(number):
            owner = RoleGrantFactory(role="steering_group", system=world.system).person
            SteeringLine.objects.create(meeting=meeting, kind="action", text="Ask", owner=owner)
            SteeringMeeting.objects.create(system=world.system, on=TODAY + SteeringMeeting.objects.count() * 30 * DAY)
        gus.get(address)
        with CaptureQueriesContext(connection) as asked:
            gus.get(address)
        counts.append(len(asked))
    assert counts[0] == counts[1]
