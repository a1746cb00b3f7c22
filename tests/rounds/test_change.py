"""Details, publishing, moving and cancelling as organisers meet them: rounds/views/{details,change}.py."""

import datetime as dt
import html
import re
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from members.models import Delivery
from rounds.actions import scheduling
from rounds.models import Round, Venue
from rounds.states import BookingState, Format, RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory, VenueFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WEDNESDAY = dt.datetime(2027, 8, 4, 12, 30, tzinfo=LONDON)
MARKUP = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def world():
    world = small_world()
    world.room = VenueFactory(organisation=world.elmbridge, name="Lecture theatre", room_limit=80)
    world.admin = PersonFactory(name="Ann Administrator", works_for=world.elmbridge)
    RoleGrantFactory(person=world.admin, role="administrator", system=world.system)
    return world


@pytest.fixture
def round(world):
    return make(world)


def make(world, **fields):
    usual = {"system": world.system, "facilitators": [world.ada], "partners": [world.elmbridge], "venue": world.room}
    return RoundFactory(**usual | {"starts_at": WEDNESDAY, "title": "Thrown in"} | fields)


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client


def when(day="5 8 2027", starts="12:30pm", ends="1:30pm"):
    return dict(zip(["day_day", "day_month", "day_year"], day.split(), strict=True)) | {"starts": starts, "ends": ends}


def where(world, **changes):
    return {"room": str(world.room.pk), "places": "60"} | changes


def to(round, what, verb="round_change_to"):
    return reverse(verb, args=[round.pk, what])


def preview_in(answer):
    return html.unescape(re.search(r'name="preview" value="([^"]+)"', answer.content.decode()).group(1))


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def errors(answer):
    return [sentence for wrong in answer.context["form"].errors.values() for sentence in wrong]


def moved(client, round, what, typed):
    """Through the preview to the end, at once."""
    preview = preview_in(client.post(to(round, what), typed))
    return client.post(to(round, what, "confirm_change"), {"preview": preview})


class TestDetails:
    def details(self, client, round):
        return client.get(reverse("round_details", args=[round.pk]))

    def test_says_all_that_was_planned(self, ada, round):
        page = words(self.details(ada, round))
        for line in ("Thrown in", "Wednesday 4 August 2027", "12:30pm to 1:30pm", "60 in the room", "Ada Facilitator"):
            assert line in page

    def test_a_plan_is_published_by_one_press(self, ada, world):
        round = make(world, state=RoundState.PLANNED)
        assert "Publish and open booking" in words(self.details(ada, round))
        publish = reverse("publish_round", args=[round.pk])
        assert ada.get(publish).url == reverse("round_details", args=[round.pk])
        assert Round.objects.get().state == RoundState.PLANNED
        assert ada.post(publish).url == reverse("round_invitations", args=[round.pk])
        assert ada.post(publish).status_code == 302
        assert Round.objects.get().state == RoundState.PUBLISHED

    def test_what_cannot_be_published_is_refused_with_the_reason(self, ada, world, time_machine):
        round = make(world, state=RoundState.PLANNED)
        time_machine.move_to(WEDNESDAY)
        ada.force_login(world.ada)
        answer = ada.post(reverse("publish_round", args=[round.pk]))
        assert errors(answer) == ["The Round must start in the future."]

    def test_history_in_its_order(self, ada, world, round):
        moved(ada, round, "when", when())
        moved(ada, round, "cancel", {"reason": MARKUP})
        page = self.details(ada, round)
        assert "Changed once Cancelled: " + MARKUP in words(page)
        assert MARKUP not in page.content.decode()

    def test_an_administrator_sees_neither_numbers_nor_the_way_to_bookings(self, client, world, round):
        BookingFactory.create_batch(3, round=round)
        client.force_login(world.admin)
        page = self.details(client, round).content.decode()
        assert reverse("round_bookings", args=[round.pk]) not in page
        assert reverse("round_change", args=[round.pk]) in page

    def test_as_many_queries_with_three_facilitators_and_partners(
        self, ada, world, round, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(30) as one:
            self.details(ada, round)
        team = [world.ada, world.ben, world.cleo]
        several = make(world, facilitators=team, partners=[world.elmbridge, world.quarry_lane])
        with django_assert_max_num_queries(len(one)):
            self.details(ada, several)


PAGES = ["round_details", "round_change", "publish_round"]


class TestDoors:
    @pytest.mark.parametrize("name", PAGES)
    def test_signed_out(self, client, round, name):
        assert client.get(reverse(name, args=[round.pk])).url.startswith("/account/login")

    @pytest.mark.parametrize("name", PAGES)
    def test_an_outsider_learns_nothing(self, client, world, round, name):
        client.force_login(world.cleo)
        assert client.get(reverse(name, args=[round.pk])).status_code == 404

    @pytest.mark.parametrize("name", PAGES)
    def test_an_insider_without_the_right(self, client, world, round, name):
        client.force_login(world.ben)
        assert client.get(reverse(name, args=[round.pk])).status_code == 403

    @pytest.mark.parametrize("what", ["when", "where", "cancel"])
    def test_of_the_changes(self, client, world, round, what):
        for person, status in ((world.cleo, 404), (world.ben, 403)):
            client.force_login(person)
            assert client.get(to(round, what)).status_code == status
            assert client.post(to(round, what), {}).status_code == status
            assert client.post(to(round, what, "confirm_change"), {}).status_code == status

    def test_an_unknown_change(self, ada, round):
        assert ada.get(to(round, "burn")).status_code == 404
        assert ada.post(to(round, "burn", "confirm_change")).url == reverse("round_change", args=[round.pk])

    def test_a_get_confirms_nothing(self, ada, round):
        assert ada.get(to(round, "cancel", "confirm_change")).url == reverse("round_change", args=[round.pk])


class TestChoosing:
    def test_leads_to_the_values(self, ada, round):
        choose = reverse("round_change", args=[round.pk])
        assert ada.get(choose, {"what": "when"}).url == to(round, "when")
        assert errors(ada.get(choose, {"what": ""})) == ["Choose what is changing"]
        assert errors(ada.get(choose, {"what": "burn"})) == ["Select one of the choices"]

    def test_the_page_begins_with_what_is(self, ada, round):
        page = ada.get(to(round, "when")).content.decode()
        assert 'value="12:30pm"' in page
        page = ada.get(to(round, "where")).content.decode()
        assert 'value="60"' in page


class TestMoving:
    @pytest.mark.parametrize(
        ("places", "waiting", "among"),
        [
            (0, 0, "the same letter."),
            (2, 0, "the same letter, the 2 with a place among them."),
            (0, 1, "the same letter, the 1 waiting among them."),
        ],
    )
    def test_what_nobody_has_is_left_out(self, ada, round, places, waiting, among):
        BookingFactory.create_batch(places, round=round)
        BookingFactory.create_batch(waiting, round=round, state=BookingState.WAITING)
        letter = {"created_at": NOON, "due_at": NOON, "about": round.pk, "kind": "invitation", "state": "sent"}
        Delivery.objects.create(**letter, person=PersonFactory(), dedupe_key="1")
        page = words(ada.post(to(round, "when"), when()))
        assert among in page
        assert "diary" not in page
        assert " 0 " not in page

    def test_shows_what_changes_and_who_is_told_and_saves_nothing(self, ada, world, round):
        BookingFactory(round=round, person=world.ben, in_diary=True)
        BookingFactory(round=round, person=world.cleo, state=BookingState.WAITING)
        letter = {"created_at": NOON, "due_at": NOON, "about": round.pk, "kind": "invitation", "state": "sent"}
        for number in range(3):
            Delivery.objects.create(**letter, person=PersonFactory(), dedupe_key=f"{number}")
        page = words(ada.post(to(round, "when"), when()))
        assert (
            "5 people : the same letter, the 1 with a place and the 1 waiting among them. 1 diary entry moves." in page
        )
        assert "Now Wednesday 4 August 2027, 12:30pm to 1:30pm Then Thursday 5 August 2027" in page
        assert "Booking closes Now 11:30am on Wednesday 4 August 2027 Then 11:30am on Thursday 5 August" in page
        assert Round.objects.get().version == 1
        assert Delivery.objects.filter(kind="round_moved").count() == 0

    def test_does_what_was_shown(self, ada, world, round):
        BookingFactory(round=round, person=world.ben)
        assert moved(ada, round, "when", when()).url == reverse("round_details", args=[round.pk])
        round.refresh_from_db()
        assert (round.starts_at, round.ends_at, round.version) == (WEDNESDAY + DAY, WEDNESDAY + DAY + HOUR, 2)
        assert list(Delivery.objects.filter(kind="round_moved").values_list("person", flat=True)) == [world.ben.pk]

    def test_to_a_new_room_with_more_places(self, ada, world, round):
        room = {"room": "new", "new_name": "Chapel", "new_organisation": str(world.elmbridge.pk), "new_limit": "90"}
        moved(ada, round, "where", room | {"places": "90"})
        round.refresh_from_db()
        assert (round.venue, round.places) == (Venue.objects.get(name="Chapel"), 90)

    def test_of_places_alone_nobody_is_told(self, ada, world, round):
        BookingFactory(round=round, person=world.ben)
        answer = ada.post(to(round, "where"), where(world, places="50"))
        assert "Nobody. When and where stay as they are." in words(answer)
        done = ada.post(to(round, "where", "confirm_change"), {"preview": preview_in(answer)}, follow=True)
        assert "The Round has changed. Nobody was written to." in words(done)
        assert (Round.objects.get().places, Delivery.objects.filter(kind="round_moved").count()) == (50, 0)

    def test_twice_pressed_is_done_once(self, ada, world, round):
        preview = preview_in(ada.post(to(round, "when"), when()))
        confirm = to(round, "when", "confirm_change")
        assert ada.post(confirm, {"preview": preview}).status_code == 302
        again = ada.post(confirm, {"preview": preview})
        assert errors(again) == ["Nothing would change. Enter what is different, or leave the Round as it is."]
        assert Round.objects.get().version == 2

    def test_a_stale_preview_is_refused_and_shown_anew(self, ada, world, round):
        preview = preview_in(ada.post(to(round, "when"), when()))
        for version, hours in ((1, 2), (2, 3)):
            changes = {"ends_at": WEDNESDAY + hours * HOUR}
            scheduling.move(round=round, changes=changes, seen_version=version, by=world.ada, now=NOON)
        answer = ada.post(to(round, "when", "confirm_change"), {"preview": preview})
        assert errors(answer) == ["Two things changed since you looked."]
        assert "Thursday 5 August 2027" in words(answer)
        assert Round.objects.get().starts_at == WEDNESDAY
        assert ada.post(to(round, "when", "confirm_change"), {"preview": preview_in(answer)}).status_code == 302
        assert Round.objects.get().starts_at == WEDNESDAY + DAY

    def test_a_preview_lapses_and_is_shown_anew(self, ada, world, round, time_machine):
        preview = preview_in(ada.post(to(round, "when"), when()))
        time_machine.move_to(NOON + dt.timedelta(minutes=31))
        answer = ada.post(to(round, "when", "confirm_change"), {"preview": preview})
        assert errors(answer)[0].startswith("This preview is more than half an hour old.")
        assert Round.objects.get().version == 1
        assert ada.post(to(round, "when", "confirm_change"), {"preview": preview_in(answer)}).status_code == 302

    def test_a_preview_is_for_one_round_one_person_and_one_change(self, ada, client, world, round):
        preview = preview_in(ada.post(to(round, "when"), when()))
        other = make(world)
        for url in (to(other, "when", "confirm_change"), to(round, "cancel", "confirm_change")):
            assert ada.post(url, {"preview": preview}).status_code == 302
        client.force_login(world.admin)
        client.post(to(round, "when", "confirm_change"), {"preview": preview})
        for forged in ("", "x", preview[:-2], "a:b:c", preview.swapcase()):
            ada.post(to(round, "when", "confirm_change"), {"preview": forged})
        assert set(Round.objects.values_list("version", "starts_at")) == {(1, WEDNESDAY)}

    def test_a_day_that_passed_meanwhile_is_asked_again(self, ada, world, round, time_machine):
        preview = preview_in(ada.post(to(round, "when"), when("3 3 2027", "12:10pm", "1:10pm")))
        time_machine.move_to(NOON + dt.timedelta(minutes=15))
        answer = ada.post(to(round, "when", "confirm_change"), {"preview": preview})
        assert errors(answer) == ["The date of the Round must be in the future"]

    @pytest.mark.parametrize(
        ("what", "typed", "sentence"),
        [
            ("when", {}, "Enter the date of the Round"),
            ("when", when("31 2 2027"), "The date of the Round must be a real date"),
            ("when", when("2 3 2027"), "The date of the Round must be in the future"),
            ("when", when(ends="12pm"), "The time it ends must be after the time it starts"),
            ("when", when("28 3 2027", "1:30am", "2:30am"), "so there is no 1:30am. Choose another time"),
            ("when", when("4 8 2027"), "Nothing would change. Enter what is different"),
            ("where", {}, "Choose a room, or enter a new one"),
            ("where", {"places": "many"}, "Places in the room must be a whole number, like 60"),
            ("where", {"places": "81"}, "The room takes 80. Enter that many places or fewer"),
            ("cancel", {"reason": "x" * 201}, "The reason must be 200 letters or fewer"),
        ],
    )
    def test_wrong_values_are_said(self, ada, world, round, what, typed, sentence):
        typed = where(world, **typed) if what == "where" and typed else typed
        answer = ada.post(to(round, what), typed)
        assert sentence in " ".join(errors(answer))
        assert answer.content.decode().count("There is a problem") == 1

    def test_a_room_too_small_for_those_who_come(self, ada, world, round):
        BookingFactory.create_batch(4, round=round)
        answer = ada.post(to(round, "where"), where(world, places="3"))
        assert errors(answer)[0].startswith("4 people have a place, the room takes 3.")

    def test_a_hybrid_round_asks_for_both(self, ada, world):
        round = make(world, format=Format.HYBRID)
        typed = where(world, joining_details="https://meet.northvale.example/2", online_places="120")
        moved(ada, round, "where", typed)
        round.refresh_from_db()
        assert (round.online_places, round.joining_details) == (120, "https://meet.northvale.example/2")

    def test_nobody_is_told_of_a_plan(self, ada, world):
        round = make(world, state=RoundState.PLANNED)
        page = words(ada.post(to(round, "when"), when()))
        assert "Nobody. This Round was not published" in page
        moved(ada, round, "when", when())
        assert Delivery.objects.count() == 0

    def test_what_is_over_is_not_moved(self, ada, world):
        round = make(world, state=RoundState.HELD, starts_at=NOON - DAY, published_at=NOON - 2 * DAY,
                     booking_opens_at=NOON - 9 * DAY)  # fmt: skip
        answer = ada.post(to(round, "when"), when())
        assert errors(answer) == ["This Round has begun or was called off, so it can no longer be changed."]


class TestAnAdministrator:
    @pytest.fixture
    def ann(self, client, world):
        client.force_login(world.admin)
        return client

    def test_sees_the_words_and_no_number(self, ann, world, round):
        BookingFactory.create_batch(7, round=round, in_diary=True)
        page = words(ann.post(to(round, "when"), when()))
        main = page[page.index("Who will be told Everyone") : page.index("What changes")]
        assert "In person: places available" in main
        assert re.findall(r"\d", main) == []

    def test_is_not_asked_who_facilitates(self, ann, round):
        page = ann.get(reverse("round_change", args=[round.pk])).content.decode()
        assert re.findall(r'name="what" type="radio" value="(\w+)"', page) == ["when", "where", "words", "cancel"]

    def test_can_move_it(self, ann, round):
        moved(ann, round, "when", when())
        assert Round.objects.get().version == 2

    def test_cannot_find_the_number_of_bookings_by_trying(self, ann, world, round):
        BookingFactory.create_batch(4, round=round)
        answers = {errors(ann.post(to(round, "where"), where(world, places=str(n))))[0] for n in (3, 4, 59, 61)}
        sentence = "Only its facilitators can change how many places this Round has, because they see who has booked."
        assert answers == {sentence}


class TestCancelling:
    def test_says_who_is_told_then_does_it(self, ada, world, round):
        BookingFactory(round=round, person=world.ben)
        page = words(ada.post(to(round, "cancel"), {"reason": "Both facilitators are ill"}))
        assert "The reason they read Both facilitators are ill" in page
        assert "1 person : the same letter" in page
        assert Round.objects.get().state == RoundState.PUBLISHED
        moved(ada, round, "cancel", {"reason": "Both facilitators are ill"})
        round.refresh_from_db()
        assert (round.state, round.cancelled_reason) == (RoundState.CANCELLED, "Both facilitators are ill")
        assert Delivery.objects.filter(kind="round_cancelled", person=world.ben).count() == 1

    def test_needs_no_reason(self, ada, round):
        moved(ada, round, "cancel", {})
        assert Round.objects.get().state == RoundState.CANCELLED

    def test_twice_is_refused_kindly(self, ada, round):
        moved(ada, round, "cancel", {})
        answer = ada.post(to(round, "cancel"), {})
        assert errors(answer) == ["This Round is over or was called off already, so it can no longer be cancelled."]

    def test_markup_in_the_reason_is_shown_as_typed(self, ada, round):
        page = ada.post(to(round, "cancel"), {"reason": MARKUP}).content.decode()
        assert MARKUP not in page
        assert html.escape(MARKUP) in page


class TestPuttingRight:
    def test_the_words_and_nobody_is_written_to(self, ada, world, round):
        BookingFactory(round=round, person=world.ben)
        assert 'value="Thrown in"' in ada.get(to(round, "words")).content.decode()
        answer = ada.post(to(round, "words"), {"title": MARKUP, "about": "It felt so", "food": ""})
        assert answer.url == reverse("round_details", args=[round.pk])
        round.refresh_from_db()
        assert (round.title, round.about, round.food, round.version) == (MARKUP, "It felt so", "", 1)
        assert Delivery.objects.count() == 0

    def test_a_title_is_needed(self, ada, round):
        assert errors(ada.post(to(round, "words"), {"title": " "})) == ["Enter a title"]

    def test_not_of_what_is_called_off(self, ada, world):
        round = make(world, state=RoundState.CANCELLED)
        answer = ada.post(to(round, "words"), {"title": "Other"})
        assert errors(answer) == ["This Round has begun or was called off, so it can no longer be changed."]

    def test_a_second_facilitator_is_found_and_named(self, ada, world, round):
        page = ada.post(to(round, "team"), {"facilitators": [str(world.ada.pk)], "search": "Booker", "find": "1"})
        assert "We found one person, and ticked them." in words(page)
        both = [str(world.ada.pk), str(world.ben.pk)]
        assert ada.post(to(round, "team"), {"facilitators": both}).status_code == 302
        assert {member.person for member in round.team.all()} == {world.ada, world.ben}
        assert ada.get(to(round, "team")).content.decode().count(" checked") == 2

    def test_one_alone_is_asked_about_once(self, ada, world, round):
        only = {"facilitators": [str(world.ada.pk)]}
        assert "Only one facilitator is named." in words(ada.post(to(round, "team"), only))
        assert ada.post(to(round, "team"), only | {"alone": "1"}).status_code == 302

    def test_whoever_hands_over_sees_it_no_more(self, ada, world, round):
        answer = ada.post(to(round, "team"), {"facilitators": [str(world.ben.pk)], "alone": "1"})
        assert answer.url == reverse("organise")
        assert [member.person for member in round.team.all()] == [world.ben]

    def test_an_administrator_cannot_put_themself_into_the_team(self, client, world, round):
        client.force_login(world.admin)
        assert client.get(to(round, "team")).status_code == 403
        assert client.post(to(round, "team"), {"facilitators": [str(world.admin.pk)]}).status_code == 403
        with pytest.raises(Refused, match="Only its facilitators"):
            scheduling.name_facilitators(round=round, facilitators=[world.admin], by=world.admin, now=NOON)
        assert [member.person for member in round.team.all()] == [world.ada]
