"""Offers, their end by the clock, and who is put first: rounds/actions/waiting.py and registration.py."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from members.actions import erasure
from members.models import CareEntry, Delivery, SecurityEvent
from rounds import tasks
from rounds.actions import postponing, registration, scheduling, waiting
from rounds.models import Booking
from rounds.states import BookingState, Format, Jump, RoundState, Way, answer_by, renewed_answer_by
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import NOON, small_world

from .pages import buttons_of, page_of, words_of

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def book(round, person=None, way=Way.IN_PERSON, now=NOON):
    return registration.book(round=round, person=person or PersonFactory(), way=way, now=now)


def cancel(booking, now=NOON):
    return registration.cancel(round=booking.round, person=booking.person, now=now)


def take(booking, now=NOON):
    return registration.take_place(round=booking.round, person=booking.person, now=now)


def states(*bookings):
    return [Booking.objects.get(pk=each.pk).state for each in bookings]


def turn(booking):
    return waiting.turn(Booking.objects.get(pk=booking.pk))


def letters(booking):
    written = Delivery.objects.filter(person=booking.person).exclude(kind="reminder")
    return list(written.order_by("created_at", "kind").values_list("kind", flat=True))


@pytest.fixture
def full():
    """(holder, three who wait) of a Round with one place."""
    round = RoundFactory(places=1)
    return [book(round) for _ in range(4)]


class TestTimeToAnswer:
    """Of a Round that begins at 12:30pm on Wednesday 17 March 2027."""

    @pytest.mark.parametrize(
        ("made", "ends"),
        [
            # Two days at least while it is a fortnight ahead, and then until five o'clock.
            ("2027-03-01 09:00", "2027-03-03 17:00"),
            ("2027-03-01 18:00", "2027-03-04 17:00"),
            # Not at a weekend, while there is time.
            ("2027-03-05 09:00", "2027-03-08 17:00"),
            # A day, from a fortnight to a week ahead.
            ("2027-03-04 09:00", "2027-03-05 17:00"),
            ("2027-03-09 18:00", "2027-03-11 17:00"),
            # Six hours in the last week, and never later than a day before it.
            ("2027-03-11 09:00", "2027-03-11 17:00"),
            ("2027-03-11 12:00", "2027-03-12 17:00"),
            ("2027-03-15 12:29", "2027-03-16 12:30"),
        ],
    )
    def test_shortens_as_the_round_nears(self, made, ends):
        starts_at = london("2027-03-17 12:30")
        assert answer_by(starts_at, london(made)) == london(ends)

    def test_none_is_made_in_the_last_48_hours(self):
        starts_at = london("2027-03-17 12:30")
        assert answer_by(starts_at, starts_at - 48 * HOUR) is None

    def test_five_oclock_stays_five_oclock_when_the_clocks_change(self):
        """They go forward on Sunday 28 March 2027."""
        assert answer_by(london("2027-04-20 12:30"), london("2027-03-27 12:00")) == london("2027-03-29 17:00")

    def test_nobody_ever_has_less_than_six_hours_or_answers_in_the_last_day(self):
        starts_at = london("2027-03-17 07:00")
        for hours in range(49, 24 * 30):
            now = starts_at - hours * HOUR
            ends = answer_by(starts_at, now)
            assert now + 6 * HOUR <= ends <= starts_at - DAY

    def test_of_one_renewed_is_six_hours_too_and_never_in_the_last_day_or_none(self):
        starts_at = london("2027-03-17 07:00")
        for ahead in range(1, 24 * 30):
            for old in range(-72, 240, 12):
                now = starts_at - ahead * HOUR
                ends = renewed_answer_by(starts_at, now + old * HOUR, now)
                assert (ends is None) == (ahead < 30)
                assert ends is None or now + 6 * HOUR <= ends <= starts_at - DAY


def london(words):
    return timezone.make_aware(dt.datetime.fromisoformat(words))


class TestOffer:
    def test_holds_the_place_for_the_first_in_line(self, full):
        holder, first, second, _ = full
        cancel(holder)
        assert states(*full) == ["cancelled", "offered", "waiting", "waiting"]
        first.refresh_from_db()
        assert first.offer_ends_at == london("2027-03-05 17:00")
        assert (letters(first), letters(second)) == (["on_waiting_list", "place_offered"], ["on_waiting_list"])
        # Nobody else gets it meanwhile, and nobody outside sees that it was given back.
        assert book(holder.round).state == BookingState.WAITING
        assert Booking.objects.get(pk=first.pk).round.availability == "full"

    def test_is_taken(self, full):
        cancel(full[0])
        for _ in range(2):
            assert take(full[1]).state == BookingState.PLACE
        assert letters(full[1]) == ["on_waiting_list", "place_confirmed", "place_offered"]
        assert Delivery.objects.filter(person=full[1].person, kind="reminder").count() == 2

    def test_can_be_taken_after_booking_has_closed_and_not_once_the_round_has_begun(self, full):
        round = full[0].round
        type(round).objects.update(booking_closes_at=NOON + HOUR)
        cancel(full[0])
        with pytest.raises(registration.NotOpen):
            take(full[1], now=round.starts_at)
        assert take(full[1], now=NOON + 2 * HOUR).state == BookingState.PLACE

    def test_declined_goes_to_the_next(self, full):
        cancel(full[0])
        assert registration.leave_the_list(round=full[1].round, person=full[1].person, now=NOON).was_offered
        assert states(*full) == ["cancelled", "cancelled", "offered", "waiting"]

    def test_leaving_the_list_never_gives_back_a_place(self, full):
        assert registration.leave_the_list(round=full[0].round, person=full[0].person, now=NOON) is None
        assert states(full[0]) == ["place"]

    def test_is_a_place_outright_where_the_round_says_so(self, full):
        type(full[0].round).objects.update(gives_outright=True)
        cancel(full[0])
        assert states(*full) == ["cancelled", "place", "waiting", "waiting"]
        assert letters(full[1]) == ["on_waiting_list", "place_freed"]

    def test_counts_as_held_when_a_room_shrinks(self, full):
        """Two places, one of them offered."""
        world = small_world()
        round = RoundFactory(system=world.system, places=2, facilitators=[world.ada])
        first, _, _ = book(round), book(round), book(round)
        cancel(first)
        with pytest.raises(
            scheduling.TooSmall, match="2 people have a place or are offered one, and there would be 1 in the room"
        ):
            scheduling.move(round=round, changes={"places": 1}, seen_version=1, by=world.ada, now=NOON)

    def test_has_a_new_end_when_the_round_moves(self, full):
        world = small_world()
        round = full[0].round
        cancel(full[0])
        for days, ends in [(30, "2027-03-05 17:00"), (-12, "2027-03-04 12:30")]:
            start = london("2027-03-17 12:30") + days * DAY
            changes = {"starts_at": start, "ends_at": start + HOUR}
            seen = type(round).objects.get(pk=round.pk).version
            scheduling.move(round=round, changes=changes, seen_version=seen, by=world.ada, now=NOON)
            full[1].refresh_from_db()
            assert full[1].offer_ends_at == london(ends)

    def test_ends_at_once_with_its_letter_where_the_round_moves_to_tomorrow(self, full):
        """Six hours to answer would reach into the last day, when nobody could arrange to come any more."""
        world, round = small_world(), full[0].round
        cancel(full[0])
        start = NOON + 25 * HOUR
        changes = {"starts_at": start, "ends_at": start + HOUR}
        scheduling.move(round=round, changes=changes, seen_version=1, by=world.ada, now=NOON)
        assert states(*full[1:]) == ["lapsed", "waiting", "waiting"]
        assert {"offer_lapsed", "round_moved"} <= set(letters(full[1]))
        round.refresh_from_db()
        assert round.availability != "full"

    def test_that_waited_for_a_new_date_leaves_six_hours_to_answer(self, full):
        world, round = small_world(), full[0].round
        cancel(full[0])
        round = postponing.postpone(round=round, seen_version=1, by=world.ada, now=NOON)
        now = NOON + 9 * DAY
        changes = {"starts_at": now + 40 * HOUR, "ends_at": now + 41 * HOUR}
        postponing.set_new_date(round=round, changes=changes, seen_version=2, by=world.ada, now=now)
        assert waiting.lapse_offers(now=now) == 0
        assert Booking.objects.get(pk=full[1].pk).offer_ends_at == now + 6 * HOUR

    def test_waits_while_the_round_is_postponed_and_has_a_new_end_with_its_new_date(self, full):
        world, round = small_world(), full[0].round
        cancel(full[0])
        round = postponing.postpone(round=round, seen_version=1, by=world.ada, now=NOON)
        assert waiting.lapse_offers(now=NOON + 9 * DAY) == 0
        with pytest.raises(registration.NotOpen, match="postponed"):
            take(full[1])
        start, now = round.starts_at + 30 * DAY, NOON + 9 * DAY
        changes = {"starts_at": start, "ends_at": start + HOUR}
        postponing.set_new_date(round=round, changes=changes, seen_version=2, by=world.ada, now=now)
        assert states(*full[1:3]) == ["offered", "waiting"]
        assert Booking.objects.get(pk=full[1].pk).offer_ends_at == london("2027-03-15 17:00")

    def test_always_has_an_end(self, full):
        with pytest.raises(IntegrityError), transaction.atomic():
            Booking.objects.filter(pk=full[1].pk).update(state=BookingState.OFFERED)


class TestLapse:
    def test_goes_to_the_next_by_the_clock(self, full):
        cancel(full[0])
        ends = london("2027-03-05 17:00")
        assert waiting.lapse_offers(now=ends - dt.timedelta(seconds=1)) == 0
        assert [waiting.lapse_offers(now=ends) for _ in range(2)] == [1, 0]
        assert states(*full) == ["cancelled", "lapsed", "offered", "waiting"]
        assert letters(full[1]) == ["on_waiting_list", "place_offered", "offer_lapsed"]

    def test_until_nobody_is_left_and_the_place_is_free(self, full, time_machine):
        cancel(full[0])
        for now in (NOON + 3 * DAY, NOON + 6 * DAY, NOON + 9 * DAY):
            time_machine.move_to(now)
            tasks.lapse_offers()
        assert states(*full) == ["cancelled", "lapsed", "lapsed", "lapsed"]
        assert book(full[0].round, now=NOON + 9 * DAY).state == BookingState.PLACE

    def test_in_the_last_48_hours_the_place_is_open_to_whoever_looks(self, full):
        round = full[0].round
        cancel(full[0], now=round.starts_at - 49 * HOUR)
        late = round.starts_at - 24 * HOUR
        assert waiting.lapse_offers(now=late) == 1
        assert states(*full) == ["cancelled", "lapsed", "waiting", "waiting"]
        assert take(full[3], now=late).state == BookingState.PLACE

    def test_can_join_again_at_the_end_of_the_list(self, full):
        cancel(full[0])
        waiting.lapse_offers(now=NOON + 3 * DAY)
        with pytest.raises(Refused, match="The time to answer has passed"):
            take(full[1], now=NOON + 3 * DAY)
        again = book(full[1].round, full[1].person, now=NOON + 3 * DAY)
        assert (again.state, turn(again).position) == (BookingState.WAITING, 2)

    def test_leaves_a_round_alone_that_is_called_off(self, full):
        cancel(full[0])
        type(full[0].round).objects.update(state=RoundState.CANCELLED)
        assert waiting.lapse_offers(now=NOON + 9 * DAY) == 0

    def test_one_round_that_breaks_harms_no_other_twice(self, full, monkeypatch):
        """Killed after the first Round: what is left is done by the next ring."""
        other = book(RoundFactory(places=1))
        late = book(other.round)
        cancel(full[0])
        cancel(other)
        real, calls = waiting._lapse, []

        def killed(key, now):
            calls.append(key)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return real(key, now)

        monkeypatch.setattr(waiting, "_lapse", killed)
        with pytest.raises(KeyboardInterrupt):
            waiting.lapse_offers(now=NOON + 3 * DAY)
        monkeypatch.undo()
        assert waiting.lapse_offers(now=NOON + 3 * DAY) == 1
        assert states(full[1], late) == ["lapsed", "lapsed"]
        assert Delivery.objects.filter(kind="offer_lapsed").count() == 2


class TestPutFirst:
    @pytest.fixture
    def world(self):
        return small_world()

    @pytest.fixture
    def line(self, world):
        round = RoundFactory(system=world.system, places=1, facilitators=[world.ada])
        return [book(round) for _ in range(5)]

    def put_first(self, world, booking, reason=Jump.SMALL_PARTNER, by=None, now=NOON):
        by = by or world.ada
        return waiting.put_first(round=booking.round, booking=booking, reason=reason, by=by, now=now)

    def test_comes_next_and_the_others_read_why(self, world, line):
        holder, first, second, third, fourth = line
        self.put_first(world, third)
        assert [turn(each).position for each in (third, first, second, fourth)] == [1, 2, 3, 4]
        assert turn(second) == waiting.Turn(3, "a place was kept for a smaller partner", 2)
        assert turn(fourth) == waiting.Turn(4)
        cancel(holder)
        assert states(third, first) == ["offered", "waiting"]
        # They stand where they stood, and still read that somebody came before them.
        assert turn(second) == waiting.Turn(2, "a place was kept for a smaller partner", None)

    def test_comes_after_those_who_were_put_first_before(self, world, line):
        self.put_first(world, line[4])
        self.put_first(world, line[3], now=NOON + HOUR)
        assert [turn(each).position for each in (line[4], line[3], line[1])] == [1, 2, 3]
        assert turn(line[4]).reason == ""

    def test_whoever_has_gone_again_is_no_reason_any_more(self, world, line):
        self.put_first(world, line[4])
        cancel(line[4])
        assert turn(line[1]) == waiting.Turn(1)

    @pytest.mark.parametrize("reason", ["", "Ben asked me", None])
    def test_needs_a_reason(self, world, line, reason):
        with pytest.raises(Refused, match="Choose why they come before those who joined earlier"):
            self.put_first(world, line[3], reason=reason)
        assert turn(line[3]).position == 3

    def test_needs_a_reason_in_the_database_too(self, line):
        with pytest.raises(IntegrityError), transaction.atomic():
            Booking.objects.filter(pk=line[3].pk).update(jumped_at=NOON)

    def test_only_by_a_facilitator_and_of_somebody_who_waits(self, world, line):
        for booking, by, sentence in [
            (line[3], world.ines, "Only"),
            (line[0], world.ada, "not on the waiting list any more"),
            (line[1], world.ada, "They are first already"),
        ]:
            with pytest.raises(Refused, match=sentence):
                self.put_first(world, booking, by=by)
        self.put_first(world, line[3])
        self.put_first(world, line[4], now=NOON + HOUR)
        with pytest.raises(Refused, match="put first already"):
            self.put_first(world, line[4], now=NOON + 2 * HOUR)

    def test_not_in_the_last_48_hours(self, world, line):
        with pytest.raises(Refused, match="In the last 48 hours no place is offered any more"):
            self.put_first(world, line[3], now=line[0].round.starts_at - 40 * HOUR)

    def test_the_log_says_why_and_names_nobody(self, world, line):
        """Whoever is put first, and at whichever Round: the same row, but for when."""
        other = book(RoundFactory(system=world.system, places=1, facilitators=[world.ada]))
        for booking in (line[3], [book(other.round) for _ in range(3)][2]):
            self.put_first(world, booking)
        rows = SecurityEvent.objects.values_list("act", "by", "about", "where", "said")
        assert list(rows) == [("rounds.put_first", world.ada.pk, "", world.system.pk, {"reason": "small_partner"})] * 2
        assert CareEntry.objects.count() == 0


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


class TestPages:
    @pytest.fixture
    def world(self):
        return small_world()

    @pytest.fixture
    def round(self, world):
        partners = [world.elmbridge, world.quarry_lane]
        return RoundFactory(system=world.system, places=1, facilitators=[world.ada], partners=partners)

    @pytest.fixture
    def offered(self, client, world, round):
        holder = book(round)
        book(round, world.ben)
        book(round)
        cancel(holder)
        client.force_login(world.ben)
        return round

    def test_an_offer_on_the_round_page(self, client, offered):
        page = client.get(page_of(offered))
        assert (
            "A place is yours if you want it We are holding a place for you until 5pm on Friday 5 March."
            in words_of(page)
        )
        assert buttons_of(page) == ["Take the place at " + offered.title, "No thank you to " + offered.title]

    @pytest.mark.parametrize("name", ["my_rounds", "home"])
    def test_an_offer_where_one_looks_first(self, client, offered, name):
        page = client.get(reverse(name))
        assert "A place is yours if you want it" in words_of(page)
        assert "Take the place at " + offered.title in buttons_of(page)

    def test_taken_in_one_tap(self, client, offered):
        page = client.post(page_of(offered, "take_place"), follow=True)
        assert "You have a place. You find it under My Rounds." in words_of(page)

    def test_declined_in_one_tap_from_my_rounds(self, client, offered, world):
        page = client.post(page_of(offered, "leave_waiting_list"), {"my_rounds": "1"}, follow=True)
        assert page.redirect_chain == [(reverse("my_rounds"), 302)]
        assert "Thank you for answering: somebody else can come now." in words_of(page)
        assert states(Booking.objects.get(person=world.ben)) == ["cancelled"]

    def test_opening_the_taps_changes_nothing(self, client, offered, world):
        for name in ("take_place", "leave_waiting_list"):
            assert client.get(page_of(offered, name)).url == page_of(offered)
        assert states(Booking.objects.get(person=world.ben)) == ["offered"]

    def test_a_lapsed_offer_has_kind_words_and_a_way_back(self, client, world, offered, time_machine):
        time_machine.move_to(NOON + 3 * DAY)
        tasks.lapse_offers()
        client.force_login(world.ben)
        page = client.get(page_of(offered))
        assert "The time to answer has passed, so the next person was offered the place." in words_of(page)
        assert buttons_of(page) == ["Join the waiting list again"]
        assert "The time to answer has passed" in words_of(client.get(reverse("my_rounds")))
        taken = client.post(page_of(offered, "take_place"))
        assert "The time to answer has passed, so the place went on to others." in words_of(taken)
        page = client.post(page_of(offered, "book"), {"offered": ""}, follow=True)
        assert "You are on the waiting list. We offer places in the order people joined." in words_of(page)

    def test_a_lapsed_offer_of_a_place_that_nobody_else_wanted(self, client, world, round, time_machine):
        holder = book(round)
        book(round, world.ben)
        cancel(holder)
        time_machine.move_to(NOON + 3 * DAY)
        tasks.lapse_offers()
        client.force_login(world.ben)
        page = client.get(page_of(round))
        assert "The time to answer has passed, so the place is there for whoever books it." in words_of(page)
        assert buttons_of(page) == ["Book my place"]

    def test_somebody_overtaken_reads_why(self, client, world, round):
        line = [book(round, person) for person in (None, PersonFactory(), world.ben, world.cleo)]
        waiting.put_first(round=round, booking=line[3], reason=Jump.SMALL_PARTNER, by=world.ada, now=NOON)
        client.force_login(world.ben)
        words = words_of(client.get(page_of(round)))
        assert "You were 2nd and are now 3rd: a place was kept for a smaller partner." in words
        cancel(line[0])
        words = words_of(client.get(page_of(round)))
        assert (
            "You are 2nd. Somebody who joined later was offered a place before you: a place was kept for a smaller"
            " partner." in words
        )

    def test_the_team_offers_out_of_turn_with_a_reason(self, client, world, round):
        line = [book(round, person) for person in (None, PersonFactory(), world.ben, world.cleo)]
        client.force_login(world.ada)
        address = reverse("offer_place", args=[round.pk, line[3].pk])
        assert "Cleo Carer, Quarry Lane Care Homes" in words_of(client.get(address))
        assert "Choose why they come before those who joined earlier" in words_of(client.post(address))
        page = client.post(address, {"reason": "small_partner"}, follow=True)
        assert "They come first now, and are offered the next place that comes free." in words_of(page)
        assert "1st Cleo Carer Put first: a place was kept for a smaller partner" in words_of(page)
        cancel(line[0])
        assert client.get(address).status_code == 404
        words = words_of(client.get(reverse("round_bookings", args=[round.pk])))
        assert "1 offered, and held until they answer" in words
        assert "Cleo Carer Quarry Lane Care Homes 5pm on Friday 5 March" in words

    def test_of_a_way_that_is_not_theirs_nothing_is_said(self, client, world, round):
        type(round).objects.update(format=Format.HYBRID, online_places=1)
        round.refresh_from_db()
        book(round, way=Way.ONLINE)
        book(round)
        book(round, world.ben)
        late = [book(round, way=Way.ONLINE) for _ in range(2)][1]
        waiting.put_first(round=round, booking=late, reason=Jump.SELDOM, by=world.ada, now=NOON)
        client.force_login(world.ben)
        assert "You are 1st. We offer" in words_of(client.get(page_of(round)))


def test_an_erased_account_with_an_offer_leaves_the_place_to_the_next(full):
    cancel(full[0])
    erasure.erase(person=full[1].person, by=full[1].person, now=NOON)
    assert states(full[2]) == ["offered"]


def test_bookings_page_asks_as_much_for_300_as_for_3(client, django_assert_max_num_queries):
    world = small_world()
    round = RoundFactory(system=world.system, places=100, facilitators=[world.ada])
    client.force_login(world.ada)
    address = reverse("round_bookings", args=[round.pk])
    for state in ("place", "offered", "waiting"):
        BookingFactory(round=round, state=state, offer_ends_at=NOON + DAY)
    with django_assert_max_num_queries(16) as few:
        client.get(address)
    people = PersonFactory.create_batch(97)
    given = {"round": round, "way": Way.IN_PERSON, "changed_at": NOON, "offer_ends_at": NOON + DAY}
    for n, state in enumerate(("place", "offered", "waiting")):
        some = enumerate(people, start=10 + 100 * n)
        if n:
            some = enumerate(PersonFactory.create_batch(97), start=10 + 100 * n)
        Booking.objects.bulk_create(Booking(person=each, state=state, queue_number=m, **given) for m, each in some)
    with django_assert_max_num_queries(len(few)):
        client.get(address)
