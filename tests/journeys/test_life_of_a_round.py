"""One Round from the first thought to the figures, and one that is called off: over HTTP, with a real worker, a real
beat and a real mail relay, whose letters are read one by one."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from evaluation.models import Attendance, FeedbackBox, RoundFigure
from evaluation.states import BoxState
from members.models import Delivery
from rounds.models import Booking, Round, Venue
from rounds.states import RoundState
from tests.factories.members import JoinLinkFactory, OrganisationFactory, PersonFactory
from tests.journeys.passing import let_pass
from tests.journeys.visitor import Visitor
from tests.running import wait_until
from tests.worlds import small_world

PERSONAL = "You have a message in the Rounds portal"
PLACES = 10


@pytest.fixture(scope="module")
def world(portal):
    """A small world in the databases of the running portal, with enough colleagues to fill a room."""
    world = small_world()
    world.staff = [PersonFactory(name=f"Colleague {n:02}", works_for=world.elmbridge) for n in range(PLACES)]
    world.hospice = OrganisationFactory(
        name="Lantern Hospice",
        sector="hospice",
        system=world.system,
        has_staff_list=False,
        contact_name="Noor Contact",
        contact_email="noor@lantern.example",
    )
    world.join_link = JoinLinkFactory(organisation=world.hospice)
    return world


@pytest.fixture(scope="module")
def visit(portal):
    """A signed-in visitor; each signs in once, by the code in the letter."""
    known = {}

    def visitor(person):
        if person.email not in known:
            known[person.email] = Visitor(portal.url, portal.relay, person.email).sign_in()
        return known[person.email]

    return visitor


def plan(ada, *, title, day, starts="12:30", ends="13:30"):
    """All questions in their order, as a facilitator answers them; returns the id of the planned Round."""
    ada.go("/organise/plan/").press("Continue", kind="one").press(
        "Continue", title=title, subject="theme", about="The first shift alone."
    )
    ada.press("Continue", format="in_person")
    ada.press("Continue", day_day=day.day, day_month=day.month, day_year=day.year, starts=starts, ends=ends)
    if "Worth a second look" in ada.text:
        # The day is counted from today, so it may be a bank holiday.
        ada.press("Go on with this date")
    ada.press("Continue", **room(ada))
    ada.press("Continue", host="system")
    ada.press("Continue", places=PLACES, food="Lunch from 12:15pm", freed="outright")
    opens = timezone.localdate() - dt.timedelta(days=1)
    closes = {"closes_day_day": day.day, "closes_day_month": day.month, "closes_day_year": day.year, "closes": starts}
    ada.press("Continue", opens_day_day=opens.day, opens_day_month=opens.month, opens_day_year=opens.year, **closes)
    ada.press("Continue").reads("Only one facilitator is named")
    ada.press("Go on with one").reads("Check your answers", title, "10 in the room")
    ada.press("Save as planned").reads("saved as planned", title)
    return Round.objects.get(title=title)


def room(ada):
    """The one that is known, or else a new one."""
    known = Venue.objects.first()
    if known:
        return {"room": str(known.pk)}
    return {
        "room": "new",
        "new_name": "Lecture theatre",
        "new_organisation": str(ada.organisation.pk),
        "new_address": "Elmbridge Hospital",
        "new_getting_in": "Step-free from the main entrance.",
        "new_limit": "12",
    }


def letters_to(portal, person, *, count, since=0):
    """Exactly `count` letters came to this person since the relay held `since` letters."""

    def theirs():
        return [letter for letter in letters(portal, since) if person.email in letter.recipients]

    wait_until(lambda: len(theirs()) >= count, seconds=40, what=f"{count} letters to {person.email}")
    settled(portal)
    assert len(theirs()) == count, [letter.subject for letter in theirs()]
    return theirs()


def settled(portal):
    """Nothing that is due waits any more."""
    portal.ring("members.tasks.dispatch_letters")
    waiting = Delivery.objects.filter(state__in=["pending", "claimed", "handing"], due_at__lte=timezone.now())
    wait_until(lambda: not waiting.exists(), seconds=60, what="all letters that are due to go")


def test_a_round_from_plan_to_figures(portal, world, visit):
    ada = visit(world.ada)
    ada.organisation = world.elmbridge

    # Planned, published, released
    day = timezone.localdate() + dt.timedelta(days=20)
    round = plan(ada, title="Thrown in at the deep end", day=day)
    assert (round.state, list(round.partners.order_by("name").values_list("name", flat=True))) == (
        RoundState.PLANNED,
        ["Elmbridge Hospital NHS Trust", "Lantern Hospice", "Quarry Lane Care Homes"],
    )
    page = f"/rounds/{round.pk}/"
    visit(world.ben).go(page, status=404)
    ada.press("Publish and open booking").reads("The Round is published", "14")
    visit(world.ben).go(page).reads("Places available", "Book my place")
    assert invited(portal) == []
    ada.press("Release 14 letters")
    everyone = {world.ada.email, world.ben.email, world.cleo.email, world.ines.email}
    everyone |= {person.email for person in world.staff}
    wait_until(lambda: len(invited(portal)) >= 15, seconds=60, what="15 invitations")
    settled(portal)
    assert sorted(invited(portal)) == sorted([*everyone, "noor@lantern.example"])

    # The hospice has no staff list: its contact passes the link on, and a nurse joins by it
    passed_on = portal.relay.to("noor@lantern.example")[-1]
    assert f"/join/{world.join_link.token}/" in passed_on.text
    dora = Visitor(portal.url, portal.relay, "dora@lantern.example").go(f"/join/{world.join_link.token}/")
    dora.reads("Lantern Hospice").press("Join", name="Dora Nurse", email=dora.email, staff_group="nursing")
    wait_until(lambda: portal.relay.to(dora.email), seconds=20, what="Dora's code")
    dora.enter_code(portal.relay.to(dora.email)[-1])

    # Booked, waited for, given back, promoted
    before = len(portal.relay.letters)
    for person in world.staff:
        visit(person).go(page).press("Book my place").reads("You have a place")
    visit(world.ben).go(page).reads("Full: join the waiting list")
    visit(world.ben).press("Join the waiting list").reads("You are 1st", "You are on the waiting list")
    dora.go(page).press("Join the waiting list").reads("You are 2nd")
    first = world.staff[0]
    visit(first).go(page).press("Send me an entry").reads("We have sent you the diary entry")
    confirmed, entry = letters_to(portal, first, count=2, since=before)
    assert (confirmed.subject, entry.subject) == (PERSONAL, PERSONAL)
    assert "METHOD:REQUEST" in calendar_of(entry)
    assert calendar_of(confirmed) is None
    second = world.staff[1]
    visit(second).go(page).follow("Cancel my place").press("Yes, cancel my place").reads("Your place is cancelled")
    visit(world.ben).go(page).reads("You have a place")
    dora.go(page).reads("You are 1st")
    waited, freed = letters_to(portal, world.ben, count=2, since=before)
    assert "You are on the waiting list" in waited.text
    assert "A place has come free" in freed.text
    assert len(letters_to(portal, second, count=1, since=before)) == 1
    assert Booking.objects.with_a_place().filter(round=round).count() == PLACES

    # Moved: the same letter to everyone written to, the diary entry with it
    before = len(portal.relay.letters)
    later = day + dt.timedelta(days=1)
    ada.go(f"/organise/rounds/{round.pk}/change/").press("Continue", what="when")
    ada.press("Continue", day_day=later.day, day_month=later.month, day_year=later.year)
    ada.reads("Who will be told", "15 people", "1 diary entry moves").press("Move the Round").reads(
        "The Round has moved"
    )
    told = [*world.staff, world.ada, world.ben, world.cleo, world.ines]
    for person in told:
        [moved] = letters_to(portal, person, count=1, since=before)
        assert "The day, the time, the place or the way to join this Round has changed" in moved.text
        assert (calendar_of(moved) is not None) == (person == first)
    assert "SEQUENCE:2" in calendar_of(letters_to(portal, first, count=1, since=before)[0])

    # Reminded a week before and a day before, only those with a place
    before = len(portal.relay.letters)
    until(round, dt.timedelta(days=6, hours=23))
    settled(portal)
    coming = [world.ben, first, *world.staff[2:]]
    assert recipients(portal, before) == sorted(person.email for person in coming)
    before = len(portal.relay.letters)
    until(round, dt.timedelta(hours=23))
    settled(portal)
    assert recipients(portal, before) == sorted(person.email for person in coming)

    # Held: ticked in at the door, the box opens, forms go in, the register closes
    until(round, dt.timedelta(minutes=-20))
    before = len(portal.relay.letters)
    door = f"/organise/rounds/{round.pk}/door/"
    visit(world.ben).go(door, status=403)
    ada.go(door).reads("0 in of 10 on the list")
    for person in coming[1:]:
        ada.press(f"Tick in {person.name}")
    ada.reads("9 in of 10 on the list")
    ada.press("Add", name="Wilma Walk-in", agreed="on").reads("10 in", "1 came beside it")
    assert Attendance.objects.filter(round=round).count() == PLACES
    portal.ring("evaluation.tasks.keep_boxes")
    boxes = FeedbackBox.objects.filter(round=round)
    wait_until(boxes.exists, seconds=60, what="the box to open")
    code = boxes.get().room_code
    ada.go(f"/organise/rounds/{round.pk}/screen/?show=code").reads(boxes.get().code_in_parts)
    for n in range(9):
        give_feedback(portal, code, n)
    until(round, dt.timedelta(hours=-2))
    portal.ring("rounds.tasks.follow_the_clock")
    wait_until(lambda: state_of(round) == RoundState.HELD, seconds=60, what="the Round to be held")
    ada.go(door).press("Close the register", headcount="13").press("Close the register", sure="on")
    ada.go(f"/organise/rounds/{round.pk}/results/").reads("Until then nothing is shown, not even how many forms")

    # Afterwards one letter, the same for all who had a place, whether or not they were ticked in
    portal.ring("evaluation.tasks.follow_the_clock")
    had_a_place = sorted(person.email for person in coming)
    wait_until(lambda: recipients(portal, before) == had_a_place, seconds=60, what="the letters after the Round")
    written = letters(portal, before)
    assert {letter.subject for letter in written} == {PERSONAL}
    assert len({letter.text for letter in written}) == 1
    assert f"/feedback/?code={code}" in written[0].text

    # Counted by the clock, closed, read by its facilitator, seen by the ICS lead
    until(round, dt.timedelta(hours=-75))
    portal.ring("evaluation.tasks.keep_boxes")
    wait_until(lambda: boxes.get().state == BoxState.COUNTED, seconds=90, what="the box to be counted")
    portal.ring("evaluation.tasks.follow_the_clock")
    wait_until(lambda: state_of(round) == RoundState.CLOSED, seconds=90, what="the Round to be closed")
    ada.go(f"/organise/rounds/{round.pk}/results/").reads("Felt heard, take 3", "9 all or nearly all")
    figure = RoundFigure.objects.get(round=round)
    assert (figure.headcount, figure.forms) == (15, 10)
    ines = visit(world.ines).go("/figures/")
    ines.reads("Rounds in North Vale", "1 Round was held. About 15 people came.")
    assert "Felt heard" not in ines.text
    visit(world.ben).go("/figures/", status=403)
    settled(portal)
    assert recipients(portal, before) == had_a_place


def test_a_round_that_is_called_off(portal, world, visit):
    ada = visit(world.ada)
    ada.organisation = world.elmbridge
    day = timezone.localdate() + dt.timedelta(days=30)
    round = plan(ada, title="The patient I still think about", day=day, starts="17:30", ends="18:30")
    ada.press("Publish and open booking").press("Release")
    settled(portal)
    wait_until(
        lambda: Delivery.objects.filter(about=round.pk, kind="invitation", state="sent").count() >= 14,
        seconds=60,
        what="the invitations",
    )
    cleo = visit(world.cleo).go(f"/rounds/{round.pk}/").press("Book my place").press("Send me an entry")
    settled(portal)
    before = len(portal.relay.letters)
    ada.go(f"/organise/rounds/{round.pk}/change/").press("Continue", what="cancel")
    ada.press("Continue", reason="The room is flooded.").reads("Who will be told", "1 diary entry goes")
    ada.press("Cancel the Round").reads("The Round is cancelled")
    settled(portal)
    [letter] = letters_to(portal, world.cleo, count=1, since=before)
    assert "METHOD:CANCEL" in calendar_of(letter)
    assert "The room is flooded." in letter.text
    invited_people = Delivery.objects.filter(about=round.pk, kind="invitation", state="sent").values_list(
        "person__email", flat=True
    )
    assert recipients(portal, before) == sorted([*invited_people, "noor@lantern.example"])
    cleo.go(f"/rounds/{round.pk}/").reads("This Round is cancelled", "The room is flooded.")
    visit(world.ben).go(f"/rounds/{round.pk}/").reads("This Round is cancelled")
    assert not Delivery.objects.filter(about=round.pk).exclude(state__in=["sent", "pending"]).exists()
    before = len(portal.relay.letters)
    until(round, dt.timedelta(days=6))
    settled(portal)
    assert recipients(portal, before) == []


def test_the_panel_the_door_cards_and_paper(portal, world, visit):
    ada = visit(world.ada)
    ada.organisation = world.elmbridge
    round = plan(ada, title="A day in the life", day=timezone.localdate() + dt.timedelta(days=40))
    at = f"/organise/rounds/{round.pk}"
    ada.press("Publish and open booking")

    # A helper from another partner, and two asked to tell a story; one of them steps back and is gone
    ada.go(f"{at}/team/").press(
        "Put them in the team", email=world.cleo.email, called="Cleo Carer", part="helper"
    ).reads("Cleo Carer")
    before = len(portal.relay.letters)
    for person in (world.ben, world.staff[0]):
        ada.go(f"{at}/panel/").press("Ask them", email=person.email, called=person.name).reads(person.name)
    for person in (world.ben, world.staff[0]):
        [question] = letters_to(portal, person, count=1, since=before)
        assert question.subject == PERSONAL
        assert "story" not in question.text.lower()
        visit(person).go("/my-rounds/").follow("A question for you").press("Yes, let us talk")
    ada.go(f"{at}/panel/").press("Set the order")
    visit(world.staff[0]).go("/my-rounds/").follow("Your preparation").follow("Step back").press("Yes, step back")
    visit(world.staff[0]).reads("You owe no one a reason, and we keep none.")
    ada.go(f"{at}/panel/").reads("Ben Booker")
    assert world.staff[0].name not in ada.text
    visit(world.staff[0]).go(f"{at}/panel/", status=404)

    # The day: the helper ticks in, somebody comes without a place, cards and paper are used beside the screen
    for person in world.staff[2:9]:
        visit(person).go(f"/rounds/{round.pk}/").press("Book my place").reads("You have a place")
    sheet = ada.go(f"{at}/prints/").press("Make the cards", number="3").source
    cards = re.findall(r'rd-cut__code">([^<]+)<', sheet)
    assert len(set(cards)) == 3
    until(round, dt.timedelta(minutes=-20))
    door = visit(world.cleo).go(f"{at}/door/")
    for person in world.staff[2:9]:
        door.press(f"Tick in {person.name}")
    door.press("Add", name="Wanda Walkin", agreed="on", first_round="on").reads("8 in", "Wanda Walkin")
    portal.ring("evaluation.tasks.keep_boxes")
    boxes = FeedbackBox.objects.filter(round=round)
    wait_until(boxes.exists, seconds=60, what="the box to open")
    for n in range(6):
        give_feedback(portal, boxes.get().room_code, n)
    for n, card in enumerate(cards):
        give_feedback(portal, card, n)
    ada.go(f"{at}/tallies/").press("Put the paper forms in the box", **{"forms_counted": "2", tally_of(ada): "2"})
    until(round, dt.timedelta(hours=-2))
    portal.ring("rounds.tasks.follow_the_clock")
    wait_until(lambda: state_of(round) == RoundState.HELD, seconds=60, what="the Round to be held")
    ada.go(f"{at}/door/").press("Close the register", headcount="14").press("Close the register", sure="on")
    until(round, dt.timedelta(hours=-75))
    portal.ring("evaluation.tasks.keep_boxes")
    wait_until(lambda: boxes.get().state == BoxState.COUNTED, seconds=90, what="the box to be counted")
    portal.ring("evaluation.tasks.follow_the_clock")
    wait_until(lambda: state_of(round) == RoundState.CLOSED, seconds=90, what="the Round to be closed")
    ada.go(f"{at}/results/").reads("Felt heard, take 3", "What people wrote")
    figure = RoundFigure.objects.get(round=round)
    assert (figure.headcount, figure.forms) == (15, 10)


def tally_of(visitor):
    """The box for the best answer to the first question."""
    return next(name for name in visitor.fields() if name.endswith("_5"))


def until(round, left):
    """Let time pass until so much is left before the Round starts; less than nothing after it has begun."""
    starts_at = Round.objects.get(pk=round.pk).starts_at
    let_pass(starts_at - timezone.now() - left)


def state_of(round):
    return Round.objects.get(pk=round.pk).state


def invited(portal):
    return [
        recipient
        for letter in letters(portal)
        if letter.subject.startswith("Schwartz Round on") and letter.subject.endswith("booking is open")
        for recipient in letter.recipients
    ]


def letters(portal, since=0):
    """Sign-in codes aside."""
    return [letter for letter in portal.relay.letters[since:] if letter.subject != "Your sign-in code"]


def recipients(portal, since):
    return sorted(recipient for letter in letters(portal, since) for recipient in letter.recipients)


def calendar_of(letter):
    for part in letter.message.walk():
        if part.get_content_type() == "text/calendar":
            return part.get_content()
    return None


def give_feedback(portal, code, n):
    """From a browser that never signed in; whatever comes back sets no cookie."""
    visitor = Visitor(portal.url)
    visitor.go("/feedback/").press("Continue", code=code.lower())
    answers = {name: "4" for name in visitor.fields() if name.startswith("question_")}
    questions = {f"question_{number}": "4" if n % 2 else "5" for number in range(1, 6)} | answers
    visitor.press("Put it in the box", comment=f"Felt heard, take {n}", **questions)
    visitor.reads("It is in the box", "Answers are only counted")
    assert not visitor.session.cookies
