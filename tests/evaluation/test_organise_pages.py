"""What needs doing next, and the workspace of a Round."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.models.results import Comment
from evaluation.states import BoxState
from members.models import RoleGrant
from rounds.states import RoundState
from rounds_site.kit.formats import nhs_date, nhs_time
from tests.factories.evaluation import FeedbackBoxFactory, RegisterFactory, counted
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import BackfillFactory, BookingFactory, RoundFactory, VenueFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        yield small_world()


def a_round(world, **options):
    return RoundFactory(system=world.system, facilitators=[world.ada], partners=[world.elmbridge], **options)


def page(client, person, name="organise", *args, **query):
    client.force_login(person)
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer


def queries(client, person, address):
    client.force_login(person)
    with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["box"]) as other:
        assert client.get(address).status_code == 200
    return len(one) + len(other)


def test_organise_is_for_those_who_organise(client, world):
    client.force_login(world.ben)
    assert client.get(reverse("organise")).status_code == 403
    for person in (world.ada, world.ines):
        page(client, person)


def test_someone_who_facilitates_one_round_without_a_role_finds_it(client, world):
    once = PersonFactory()
    round = RoundFactory(system=world.system, facilitators=[once])
    assert round.title in page(client, once).content.decode()


def test_with_nothing_to_do_the_page_says_what_to_do(client, world):
    answer = page(client, world.ada).content.decode()
    assert "Nothing needs you just now." in answer
    assert "Plan the next one" in answer


@pytest.mark.parametrize("where", ["system", "organisation"])
@pytest.mark.parametrize(("role", "leads_to"), [("sponsor", "/figures/"), ("administrator", "/organise/planner/")])
def test_without_a_round_it_leads_to_what_is_open_to_the_reader(client, world, where, role, leads_to):
    scope = {"system": world.system, "organisation": world.elmbridge}[where]
    reader = RoleGrantFactory(role=role, **{where: scope}).person
    said = page(client, reader).content.decode().partition("You have no Round coming.")[2].partition("</p>")[0]
    assert re.findall('href="([^"]*)"', said) == [leads_to]
    assert client.get(leads_to, follow=True).status_code == 200


def test_whoever_ran_one_round_without_a_role_is_led_nowhere_that_is_closed(client, world):
    once = PersonFactory()
    RoundFactory(system=world.system, facilitators=[once], state=RoundState.CANCELLED)
    assert "You have no Round coming.</p>" in page(client, once).content.decode()


def test_on_the_day_the_door_comes_before_everything_else(client, world):
    today = a_round(world, starts_at=NOON + 3 * HOUR)
    a_round(world, state=RoundState.HELD, starts_at=NOON - timedelta(days=1), booking_closes_at=NOON - 24 * 2 * HOUR)
    first = page(client, world.ada).context["first"]
    assert (first["round"], first["task"]["title"]) == (today, "Tick people in")
    phases = page(client, world.ada, "round_workspace", today.pk).context["phases"]
    assert [phase["title"] for phase in phases if phase["now"]] == ["On the day"]


def test_from_the_end_until_the_box_is_counted_the_headcount_has_its_last_hour(client, world):
    round = a_round(world, starts_at=NOON - timedelta(hours=2), booking_closes_at=NOON - timedelta(days=2))
    FeedbackBoxFactory(round=round)

    def headcount():
        return page(client, world.ada).context["first"]["task"]

    with time_machine.travel(round.ends_at - timedelta(minutes=1), tick=False):
        assert headcount()["title"] == "Headcount"
    for moment in (round.ends_at, round.ends_at + timedelta(hours=71)):
        with time_machine.travel(moment, tick=False):
            due = f"{nhs_date(round.ends_at + timedelta(hours=72), year=False)}, {nhs_time(round.ends_at)}"
            assert headcount()["title"] == f"Enter the headcount by {due}"
            assert headcount()["note"] == "Feedback is counted then. Without the headcount it may stay closed."
            door = page(client, world.ada, "round_door", round.pk).content.decode()
            assert f"Enter the headcount by {due}.</strong> Feedback is counted then." in door
    with time_machine.travel(round.ends_at + timedelta(hours=72), tick=False):
        assert headcount()["title"] == "Headcount"
        assert "Enter the headcount by" not in page(client, world.ada, "round_door", round.pk).content.decode()


def test_what_is_owed_to_the_past_comes_first_then_by_date(client, world):
    later = a_round(world, state=RoundState.PLANNED, title="Saying goodbye")
    sooner = a_round(world, title="A day in the life", starts_at=NOON + timedelta(days=5))
    held = a_round(
        world,
        state=RoundState.HELD,
        title="The long night",
        starts_at=NOON - timedelta(days=1),
        booking_closes_at=NOON - timedelta(days=2),
    )
    context = page(client, world.ada).context
    found = [(each["round"], each["task"]["title"]) for each in [context["first"], *context["others"]]]
    assert found == [(held, "Headcount"), (sooner, "Release the invitations"), (later, "Publish the Round")]
    assert [card["title"] for card in context["coming"]] == ["A day in the life", "Saying goodbye"]
    assert [card["title"] for card in context["over"]] == ["The long night"]


def test_organise_asks_as_many_questions_for_three_rounds_as_for_one(client, world):
    def one_of_each():
        a_round(world)
        over = NOON - timedelta(days=1)
        a_round(world, state=RoundState.HELD, starts_at=over, booking_closes_at=over - HOUR)

    one_of_each()
    one = queries(client, world.ada, reverse("organise"))
    one_of_each()
    one_of_each()
    assert queries(client, world.ada, reverse("organise")) == one


def phases(context):
    return {phase["title"]: (phase["knot"], phase["word"]) for phase in context["phases"]}


def test_a_planned_round_wants_to_be_published(client, world):
    round = a_round(world, state=RoundState.PLANNED)
    context = page(client, world.ada, "round_workspace", round.pk).context
    assert phases(context) == {
        "Plan": ("half", "In hand, 2 of 4 done"),
        "Panel": ("empty", "Not started"),
        "Invite": ("diamond", "Needs you, 0 of 3 done"),
        "On the day": ("empty", "Not started"),
        "After": ("empty", "Not started"),
    }
    assert [phase["title"] for phase in context["phases"] if phase["now"]] == ["Invite"]
    assert [task["title"] for phase in context["phases"] for task in phase["tasks"] if task["now"]] == [
        "Publish the Round"
    ]


def test_a_published_round_wants_its_letters_released(client, world):
    context = page(client, world.ada, "round_workspace", a_round(world).pk).context
    assert phases(context)["Invite"] == ("diamond", "Needs you, 1 of 3 done")


@pytest.mark.parametrize("kind", ["unit", "team_time"])
def test_of_one_for_a_team_nobody_is_urged_to_write_to_whole_partners(client, world, kind):
    round = a_round(world, kind=kind)
    context = page(client, world.ada, "round_workspace", round.pk, phase="invite").context
    assert phases(context)["Invite"] == ("half", "In hand, 2 of 3 done")
    assert page(client, world.ada).context["first"] is None


def test_after_the_hour_the_headcount_is_wanted_and_then_the_clock_does_the_rest(client, world):
    round = a_round(world, invitations_released_at=NOON)
    FeedbackBoxFactory(round=round)
    with time_machine.travel(round.ends_at, tick=False):
        context = page(client, world.ada, "round_workspace", round.pk).context
        assert phases(context)["On the day"] == ("diamond", "Needs you, 2 of 4 done")
        RegisterFactory(round=round, headcount=30, closed_at=round.ends_at)
        round.state = RoundState.HELD
        round.save()
        answer = page(client, world.ada, "round_workspace", round.pk, phase="after")
    assert phases(answer.context)["On the day"] == ("full", "Done")
    assert phases(answer.context)["After"] == ("half", "In hand, 0 of 5 done")
    said = "The box is opened on 20 March. Answers are only counted; facilitators read the words."
    assert said in answer.content.decode()


def test_comments_to_review_need_the_facilitators_and_nobody_else(client, world):
    round = a_round(world, state=RoundState.CLOSED)
    RegisterFactory(round=round, headcount=30, closed_at=round.ends_at)
    counted(round, values={1: {5: 9}}, comments=["A quiet hour."])
    with time_machine.travel(round.ends_at + 100 * HOUR, tick=False):
        context = page(client, world.ada, "round_workspace", round.pk).context
        assert phases(context)["After"] == ("diamond", "Needs you, 3 of 4 done")
        administrator = RoleGrantFactory(role="administrator", system=world.system).person
        context = page(client, administrator, "round_workspace", round.pk).context
    assert phases(context)["After"] == ("full", "Done")


def test_comments_wait_among_what_needs_doing_though_the_clock_has_closed_the_round(client, world):
    round = a_round(world, state=RoundState.CLOSED)
    counted(round, values={1: {5: 9}}, comments=["A quiet hour."])
    read = a_round(world, state=RoundState.CLOSED)
    counted(read, values={1: {5: 9}}, comments=[])
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    with time_machine.travel(round.ends_at + 100 * HOUR, tick=False):
        mine = page(client, world.ada, "organise").context
        theirs = page(client, administrator, "organise").context
    assert (mine["first"]["round"], mine["first"]["task"]["title"]) == (round, "Review the comments")
    assert (mine["others"], theirs["first"]) == ([], None)


def test_of_a_closed_round_the_day_is_done_when_its_register_is_forgotten(client, world):
    round = a_round(world, state=RoundState.CLOSED)
    with time_machine.travel(round.ends_at + timedelta(days=31), tick=False):
        context = page(client, world.ada, "round_workspace", round.pk).context
    assert phases(context)["On the day"] == ("full", "Done")


def test_any_phase_can_be_opened_by_its_link(client, world):
    round = a_round(world)
    for query, opened in [("day", "On the day"), ("nonsense", "Invite"), ("<b>", "Invite")]:
        context = page(client, world.ada, "round_workspace", round.pk, phase=query).context
        assert [phase["title"] for phase in context["phases"] if phase["now"]] == [opened]


def test_administrators_see_words_and_links_that_are_theirs(client, world):
    round = a_round(world, places=3)
    BookingFactory.create_batch(3, round=round)
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    seen = page(client, administrator, "round_workspace", round.pk, phase="day")
    main = seen.content.decode().split("<main")[1].split("</main>")[0]
    for name in ("round_bookings", "round_door", "round_screen", "round_results"):
        assert reverse(name, args=[round.pk]) not in main
    assert "Places available" in main
    assert not re.search(r"\b3 (people|places|bookings)", main)


def test_two_worlds_that_differ_in_bookings_look_alike_to_an_administrator(client, world):
    round = a_round(world, places=60)
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    before = page(client, administrator, "round_workspace", round.pk).content
    BookingFactory.create_batch(5, round=round)
    BookingFactory(round=round, state="waiting")
    assert without_tokens(page(client, administrator, "round_workspace", round.pk).content) == without_tokens(before)


def test_two_worlds_that_differ_in_a_comment_look_alike_to_an_administrator(client, world):
    round = a_round(world, state=RoundState.CLOSED)
    counted(round, values={1: {5: 9}}, comments=[])
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    with time_machine.travel(round.ends_at + 100 * HOUR, tick=False):
        before = page(client, administrator, "round_workspace", round.pk, phase="after").content
        Comment.objects.create(round_id=round.pk, text="A quiet hour.")
        after = page(client, administrator, "round_workspace", round.pk, phase="after").content
    assert without_tokens(after) == without_tokens(before)


def test_nobody_learns_how_many_forms_lie_in_a_box(client, world):
    from tests.factories.evaluation import fill

    round = a_round(world, invitations_released_at=NOON)
    box = FeedbackBoxFactory(round=round)
    pages = ["round_workspace", "round_results"]
    with time_machine.travel(round.ends_at, tick=False):
        before = [without_tokens(page(client, world.ada, name, round.pk).content) for name in pages]
        fill(box, 23, comment="A quiet hour.")
        after = [without_tokens(page(client, world.ada, name, round.pk).content) for name in pages]
    assert after == before
    assert box.state == BoxState.OPEN


def without_tokens(content):
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", content)


def test_a_cancelled_round_has_nothing_left_to_do(client, world):
    round = a_round(world, state=RoundState.CANCELLED)
    answer = page(client, world.ada, "round_workspace", round.pk)
    assert "This Round is cancelled" in answer.content.decode()
    assert answer.context["phases"] == []


def test_a_cancelled_round_says_what_no_letter_calls_off(client, world):
    venue = VenueFactory(organisation=world.elmbridge, name="Lecture theatre", contact="Rooms desk", phone="")
    ordered = {"food": "Soup", "caterer": "Kitchen", "caterer_phone": "01632 960 001", "venue": venue}
    round = a_round(world, state=RoundState.CANCELLED, **ordered)
    BackfillFactory(round=round, organisation=world.elmbridge)

    def said(person):
        return page(client, person, "round_workspace", round.pk).context["still_to_tell"]

    food, room = (
        "The food: ring Kitchen on 01632 960 001.",
        "The room, Lecture theatre: tell Rooms desk that it is free again.",
    )
    assert said(world.ada) == [food, room]
    RoleGrantFactory(person=world.ada, role="administrator", organisation=world.elmbridge)
    cover = f"Hours of cover for {world.elmbridge.name}: the partner that asked withdraws them under Hours of cover."
    assert said(world.ada) == [food, room, cover]
    answer = page(client, world.ada, "round_workspace", round.pk).content.decode()
    assert "Nothing more needs doing" not in answer
    with time_machine.travel(round.ends_at, tick=False):
        assert said(world.ada) == [cover]


def test_outsiders_learn_nothing_and_insiders_are_refused(client, world):
    round = a_round(world)
    for person, status in [(world.ben, 403), (world.cleo, 404), (world.ines, 403)]:
        client.force_login(person)
        assert client.get(reverse("round_workspace", args=[round.pk])).status_code == status
    RoleGrant.objects.filter(person=world.ada).delete()
    page(client, world.ada, "round_workspace", round.pk)
