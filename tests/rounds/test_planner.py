"""The year: rounds/clashes.py, views/planner.py, and what the questions of a plan say of a date."""

import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import SecurityEvent
from rounds.clashes import Around, not_offered
from rounds.models import AvoidedDates, Round
from rounds.states import Format, RoundState, Step
from rounds_site.kit.formats import nhs_date
from tests.factories.members import OrganisationFactory, PersonFactory, PlaceFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import LONDON, RoundFactory, StorytellerFactory, VenueFactory
from tests.worlds import NOON, small_world

from .pages import buttons_of, main_of, words_of
from .planning.answering import Tab, answers, date, errors

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def world():
    world = small_world()
    world.room = VenueFactory(organisation=world.elmbridge, name="Lecture theatre", address="", room_limit=80)
    world.maud = PersonFactory(name="Maud Morrow", works_for=world.quarry_lane)
    RoleGrantFactory(person=world.maud, role="facilitator", organisation=world.quarry_lane)
    return world


@pytest.fixture
def make_round(world):
    def made(title, day, hour=12, year=2027, **fields):
        starts_at = dt.datetime(year, *day, hour, 30, tzinfo=LONDON)
        options = {"facilitators": [world.ada], "partners": [world.elmbridge], "venue": world.room}
        options |= {"system": world.system, "booking_opens_at": starts_at - dt.timedelta(days=30)}
        return RoundFactory(title=title, starts_at=starts_at, **options | fields)

    return made


def clashes_of(round, person, world):
    return Around(world.system, [round.starts_at.date()], person=person, now=NOON).of_round(round)


def year(client, person, **query):
    client.force_login(person)
    return words_of(client.get(reverse("planner"), query))


class TestClashes:
    def test_of_a_round_alone_there_is_none(self, world, make_round):
        assert clashes_of(make_round("Deep end", (6, 16)), world.ada, world) == []

    def test_a_bank_holiday(self, world, make_round):
        assert clashes_of(make_round("Deep end", (5, 31)), world.ada, world) == [
            "It is a bank holiday: Spring Bank Holiday."
        ]

    def test_the_same_room_at_the_same_hour(self, world, make_round):
        one = make_round("Deep end", (6, 16))
        make_round("Elsewhere", (6, 16), venue=VenueFactory(), partners=[world.quarry_lane], facilitators=[])
        make_round("After it", (6, 16), hour=13, partners=[world.quarry_lane], facilitators=[])
        assert clashes_of(one, world.ada, world) == []
        make_round("In it", (6, 16), hour=12, partners=[world.quarry_lane], facilitators=[])
        assert clashes_of(one, world.ada, world) == [
            "Lecture theatre is taken from 12:30pm to 1:30pm by another Round."
        ]

    def test_what_was_called_off_is_no_clash(self, world, make_round):
        one = make_round("Deep end", (6, 16))
        for state in (RoundState.CANCELLED, RoundState.POSTPONED):
            make_round("In it", (6, 16), state=state)
        assert clashes_of(one, world.ada, world) == []

    def test_other_rounds_near_it_for_the_same_staff(self, world, make_round):
        one = make_round("Deep end", (6, 16))
        make_round("Two days after", (6, 18), venue=VenueFactory())
        make_round("Of others", (6, 17), venue=VenueFactory(), partners=[world.quarry_lane])
        make_round("Four days after", (6, 20), venue=VenueFactory())
        assert clashes_of(one, world.ada, world) == [
            "Near it, for staff of Elmbridge Hospital NHS Trust: “Two days after” on Friday 18 June."
        ]

    def test_of_many_near_it_a_few_are_named_and_the_others_counted(self, world, make_round):
        one = make_round("Deep end", (6, 16))
        for hour in range(7, 14):
            make_round(f"At {hour}", (6, 18), hour=hour, venue=VenueFactory())
        *named, rest = clashes_of(one, world.ada, world)
        assert [each.split("“")[1].split("”")[0] for each in named] == [f"At {hour}" for hour in range(7, 10)]
        assert rest == "4 more are near it for the same staff."
        Round.objects.filter(title__in=["At 11", "At 12", "At 13"]).delete()
        assert clashes_of(one, world.ada, world)[-1] == "1 more is near it for the same staff."

    def test_of_days_far_apart_what_lies_between_is_not_read(self, world, make_round):
        make_round("Between", (6, 16))
        near = [make_round("Near one", (6, 4)), make_round("Near the other", (6, 24))]
        around = Around(world.system, [dt.date(2027, 6, 1), dt.date(2027, 6, 27)], person=world.ada, now=NOON)
        assert around.rounds == near

    def test_its_own_other_times_are_none_unless_they_are_at_once(self, world, make_round):
        of_one = {"repeat": uuid.uuid4()}
        early = make_round("Deep end", (6, 16), hour=7, **of_one)
        late = make_round("Deep end", (6, 16), hour=17, **of_one)
        assert clashes_of(early, world.ada, world) == clashes_of(late, world.ada, world) == []
        make_round("Deep end", (6, 16), hour=7, **of_one)
        assert clashes_of(early, world.ada, world) != []

    def test_another_rounds_several_times_are_one_line(self, world, make_round):
        one = make_round("Deep end", (6, 16))
        repeat = uuid.uuid4()
        for hour in (7, 17):
            make_round("Two days after", (6, 18), hour=hour, venue=VenueFactory(), repeat=repeat)
        assert clashes_of(one, world.ada, world) == [
            "Near it, for staff of Elmbridge Hospital NHS Trust: “Two days after” on Friday 18 June."
        ]

    def test_dates_to_avoid_of_whom_they_concern(self, world, make_round):
        one = make_round("Deep end", (6, 16), host_organisation=world.elmbridge)
        for owner, why in ((None, "All move"), (world.elmbridge, "Wards move"), (world.quarry_lane, "Homes move")):
            days = {"starts_on": dt.date(2027, 6, 14), "ends_on": dt.date(2027, 6, 16)}
            AvoidedDates.objects.create(system=world.system, organisation=owner, why=why, **days)
        assert sorted(clashes_of(one, world.ada, world)) == [
            "To avoid: All move (North Vale Integrated Care System).",
            "To avoid: Wards move (Elmbridge Hospital NHS Trust).",
        ]

    def test_a_facilitator_twice_only_for_those_who_may_read_both_teams(self, world, make_round):
        one = make_round("Deep end", (6, 16), state=RoundState.PLANNED, partners=[world.quarry_lane])
        other = {"venue": VenueFactory(), "partners": [world.elmbridge], "state": RoundState.PLANNED}
        make_round("Also hers", (6, 16), **other)
        said = "Ada Facilitator facilitates another Round from 12:30pm to 1:30pm."
        assert clashes_of(one, world.ada, world) == [said]
        assert clashes_of(one, world.maud, world) == []
        administrator = PersonFactory()
        RoleGrantFactory(person=administrator, role="administrator", system=world.system)
        assert clashes_of(one, administrator, world) == [said]

    @pytest.mark.parametrize("also", ["tells", "facilitates"])
    def test_a_storyteller_only_to_whoever_runs_both(self, world, make_round, also):
        """Whoever does not reads byte for byte what they would read if nobody told a story."""
        tara = PersonFactory(name="Tara Teller", works_for=world.elmbridge)
        one = make_round("Deep end", (6, 16), hour=9, facilitators=[world.ada], partners=[world.elmbridge])
        apart = {"venue": VenueFactory(), "partners": [world.quarry_lane], "hour": 15}
        both = [world.ada, *([tara] if also == "facilitates" else [])]
        other = make_round("Other", (6, 16), facilitators=both, **apart)
        administrator, team = PersonFactory(), PersonFactory()
        RoleGrantFactory(person=administrator, role="administrator", system=world.system)
        other.team.create(person=team, part="facilitator")
        viewers = [administrator, team, world.maud, tara, world.ines]
        before = [clashes_of(each, who, world) for who in viewers for each in (one, other)]
        StorytellerFactory(round=one, person=tara, done=[Step.AGREED])
        if also == "tells":
            StorytellerFactory(round=other, person=tara, done=[Step.AGREED])
        assert [clashes_of(each, who, world) for who in viewers for each in (one, other)] == before
        said = "Somebody is needed at this and at another Round of yours on the same day."
        for each in (one, other):
            assert clashes_of(each, world.ada, world) == [said]


def test_times_that_are_not_offered():
    def at(*hours, day=16):
        return [
            RoundFactory.build(system=None, venue=None, starts_at=dt.datetime(2027, 6, day, hour, 30, tzinfo=LONDON))
            for hour in hours
        ]

    assert not_offered(at(12)) == ["before 8am", "after 6pm", "at night", "at a weekend"]
    assert not_offered(at(7, 18)) == ["at night", "at a weekend"]
    assert not_offered(at(7, 23) + at(12, day=19)) == []


class TestThePage:
    def test_shows_the_year_month_by_month(self, client, world, make_round):
        make_round("Deep end", (6, 16))
        make_round("Another year", (6, 16), year=2026)
        page = year(client, world.ada)
        assert "Wednesday 16 June Deep end 12:30pm to 1:30pm, Lecture theatre. Published" in page
        assert "Friday 26 March Bank holiday: Good Friday" in page
        assert "No Round before 8am, after 6pm, at night or at a weekend this year." in page
        assert "Another year" not in page
        assert "Another year" in year(client, world.ada, year=2026)

    def test_the_rounds_of_one_day_follow_each_other(self, client, world, make_round):
        for title, hour in [("Noon", 12), ("Evening", 16), ("Dawn", 7)]:
            make_round(title, (6, 16), hour=hour)
        page = year(client, world.ada)
        assert page.index("Dawn") < page.index("Noon") < page.index("Evening")

    def test_a_plan_of_others_is_one_of_its_host_without_title_or_team(self, client, world, make_round):
        make_round("Secret title", (6, 16), state=RoundState.PLANNED, host_organisation=world.elmbridge)
        for person in (world.maud, world.ines):
            page = year(client, person)
            assert "A Round of Elmbridge Hospital NHS Trust" in page
            assert "Planned" in page
            assert "Secret title" not in page
            assert "Ada" not in page

    def test_of_a_partner_a_place_and_nobody_elses(self, client, world, make_round):
        alder = PlaceFactory(system=world.system, name="Alder", code="alder")
        there = OrganisationFactory(system=world.system, place=alder)
        make_round("Theirs", (6, 16), host_organisation=there, partners=[there])
        make_round("Invites them", (6, 21), partners=[there])
        make_round("Other", (7, 21))
        make_round("Far", (6, 2), system=SystemFactory())
        titles = ("Theirs", "Invites them", "Other", "Far")
        system = f"ics-{world.system.code.lower()}"
        found = {}
        for where in (f"org-{there.code.lower()}", "place-alder", system, "org-nobody", "%00"):
            page = year(client, world.ada, where=where)
            found[where] = [title for title in titles if title in page]
        assert list(found.values()) == [
            ["Theirs", "Invites them"],
            ["Theirs"],
            ["Theirs", "Invites them", "Other"],
            ["Theirs", "Invites them", "Other"],
            ["Theirs", "Invites them", "Other"],
        ]

    def test_of_a_busy_month_the_beginning_and_a_page_of_its_own(self, client, world, make_round):
        for number in range(55):
            make_round(f"Round {number:02}", (6, 1 + number // 2), hour=8 + number % 2, year=2026)
        make_round("In July", (7, 1), year=2026)
        of_year = year(client, world.ada, year=2026)
        assert re.findall(r"Round \d\d", of_year) == [f"Round {number:02}" for number in range(20)]
        assert "All of June: 55 Rounds" in of_year
        assert "In July" in of_year
        assert "All of July" not in of_year
        pages, after = [], {}
        while after is not None:
            pages.append(words_of(answer := client.get(reverse("planner"), {"month": "6", "year": "2026"} | after)))
            further = re.search(r"after=([^\"]+)\" rel=\"next\"", answer.content.decode())
            after = {"after": further[1]} if further else None
        assert [len(re.findall(r"Round \d\d", page)) for page in pages] == [50, 5]
        assert len(set(re.findall(r"Round \d\d", " ".join(pages)))) == 55
        assert "More of June" in pages[0]
        assert all("June 2026" in page and "In July" not in page and "Not offered" not in page for page in pages)

    def test_what_clashes_with_a_round_that_is_not_shown_is_said(self, client, world, make_round):
        of_others = {"partners": [world.quarry_lane], "facilitators": []}
        for number in range(19):
            make_round(f"Round {number}", (6, 1 + number), **of_others)
        make_round("Long", (6, 20), hour=11, ends_at=dt.datetime(2027, 6, 20, 13, tzinfo=LONDON), **of_others)
        make_round("Also there", (6, 20), partners=[world.elmbridge], facilitators=[])
        page = year(client, world.ada)
        assert "Also there" not in page
        assert page.count("Lecture theatre is taken from 12:30pm to 1:30pm by another Round.") == 1

    @pytest.mark.parametrize("asked", ["0", "13", "06", "x", "", "²"])
    def test_a_month_that_is_none_is_the_year(self, client, world, make_round, asked):
        make_round("In May", (5, 4))
        make_round("In June", (6, 16))
        page = year(client, world.ada, month=asked)
        assert "In May" in page
        assert "In June" in page

    def test_beside_a_month_lie_others_of_its_year(self, client, world):
        client.force_login(world.ada)
        for month, beside in [(1, ["February"]), (6, ["May", "July"]), (12, ["November"])]:
            html = client.get(reverse("planner"), {"month": month}).content.decode()
            found = re.findall(r'<a href="\?[^"]*year=2027[^"]*">([^<]+)</a>', html)
            assert found == [*beside, "The whole of 2027"]

    @pytest.mark.parametrize("asked", ["1999", "2099", "x", "", "20²7"])
    def test_a_year_that_is_none_is_this_one(self, client, world, asked):
        assert "No Round is planned here in 2027." in year(client, world.ada, year=asked)

    def test_counts_no_bookings(self, client, world, make_round):
        round = make_round("Deep end", (6, 16))
        before = year(client, world.ada)
        Round.objects.filter(pk=round.pk).update(availability="full")
        assert year(client, world.ada) == before

    def test_costs_the_same_for_three_rounds_as_for_one(self, client, world, make_round):
        client.force_login(world.ada)

        def cost():
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse("planner"))
            return len(asked)

        for number, hour in enumerate((9, 12, 15)):
            made = make_round(f"Round {number}", (6, 16), hour=hour, venue=VenueFactory())
            StorytellerFactory(round=made, done=[Step.AGREED])
            if not number:
                one = cost()
        assert cost() == one

    def test_is_for_those_who_plan_arrange_or_answer_for_rounds(self, client, world):
        client.force_login(world.ben)
        assert client.get(reverse("planner")).status_code == 403
        assert client.get(reverse("avoid_dates")).status_code == 403
        client.force_login(world.ines)
        page = words_of(client.get(reverse("planner")))
        assert "Plan a Round" not in page
        assert "Add dates to avoid" not in page
        assert client.get(reverse("avoid_dates")).status_code == 403


class TestDatesToAvoid:
    def typed(self, world, **changes):
        days = date("14 6 2027", "starts_on") | date("16 6 2027", "ends_on")
        return {**days, "why": "The wards move", "whose": f"org-{world.elmbridge.code.lower()}", **changes}

    def test_are_typed_in_shown_and_taken_back(self, client, world):
        client.force_login(world.ada)
        for _ in range(2):
            answer = client.post(reverse("avoid_dates"), self.typed(world))
            assert answer.url == f"{reverse('planner')}?year=2027"
        dates = AvoidedDates.objects.get()
        said = "Monday 14 June to Wednesday 16 June To avoid: The wards move (Elmbridge Hospital NHS Trust)"
        assert said in year(client, world.ada)
        client.get(reverse("take_back_dates", args=[dates.pk]))
        assert AvoidedDates.objects.exists()
        client.post(reverse("take_back_dates", args=[dates.pk]))
        assert said not in year(client, world.ada)

    @pytest.mark.parametrize(
        ("starts_on", "ends_on", "months"),
        [
            (dt.date(2027, 6, 30), dt.date(2027, 8, 1), {6, 7, 8}),
            (dt.date(2027, 6, 1), dt.date(2027, 6, 30), {6}),
            (dt.date(2026, 12, 30), dt.date(2027, 2, 1), {1, 2}),
            (dt.date(2027, 11, 30), dt.date(2028, 2, 1), {11, 12}),
        ],
    )
    def test_stand_whole_in_each_month_that_they_touch(self, client, world, starts_on, ends_on, months):
        AvoidedDates.objects.create(system=world.system, starts_on=starts_on, ends_on=ends_on, why="The wards move")
        said = f"{nhs_date(starts_on, year=False)} to {nhs_date(ends_on, year=False)} To avoid: The wards move"
        assert {month for month in range(1, 13) if said in year(client, world.ada, month=month)} == months
        assert year(client, world.ada).count(said) == len(months)

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"why": " "}, "Enter why"),
            ({"whose": "org-nobody"}, "Choose from what is offered for “Whose are they?”"),
            (date("13 6 2027", "ends_on"), "The last day must be the first day or later"),
            (date("13 8 2028", "ends_on"), "The last day must be within a year of the first"),
            (date("1 3 2027", "starts_on") | date("2 3 2027", "ends_on"), "The last day must be today or later"),
            (date("31 6 2027", "starts_on"), "The first day must be a real date"),
        ],
    )
    def test_what_is_wrong_is_said(self, client, world, changes, sentence):
        client.force_login(world.ada)
        answer = client.post(reverse("avoid_dates"), self.typed(world, **changes))
        assert sentence in errors(answer)
        assert not AvoidedDates.objects.exists()

    def test_of_the_system_and_of_others_a_partner_reads_and_takes_back_its_own(self, client, world):
        days = {"system": world.system, "starts_on": NOON.date(), "ends_on": NOON.date()}
        all_of_it = AvoidedDates.objects.create(**days, why="All of it")
        others = AvoidedDates.objects.create(**days, why="Of another", organisation=world.elmbridge)
        own = AvoidedDates.objects.create(**days, why="Our own", organisation=world.quarry_lane)
        RoleGrantFactory(person=world.cleo, role="facilitator", system=None, organisation=world.quarry_lane)
        client.force_login(world.cleo)
        text = client.get(reverse("planner")).content.decode()
        assert [reverse("take_back_dates", args=[each.pk]) in text for each in (all_of_it, others, own)] == [
            False,
            False,
            True,
        ]
        for dates, status in [(all_of_it, 404), (others, 404), (own, 302)]:
            assert client.post(reverse("take_back_dates", args=[dates.pk])).status_code == status
        assert set(AvoidedDates.objects.all()) == {all_of_it, others}
        assert SecurityEvent.objects.filter(act="rounds.dates_taken_back", about=str(own.pk)).count() == 1

    def test_of_another_system_nobody_takes_back(self, client, world):
        days = {"starts_on": NOON.date(), "ends_on": NOON.date(), "why": "x"}
        far = AvoidedDates.objects.create(system=SystemFactory(), **days)
        client.force_login(world.ada)
        assert client.post(reverse("take_back_dates", args=[far.pk])).status_code == 404
        assert AvoidedDates.objects.count() == 1


class TestInAMove:
    def preview(self, client, round, day):
        typed = date(day) | {"starts": "12:30pm", "ends": "1:30pm"}
        return words_of(client.post(reverse("round_change_to", args=[round.pk, "when"]), typed, follow=True))

    def test_the_preview_says_what_speaks_against_the_new_date(self, client, world, make_round):
        one = make_round("Deep end", (6, 16))
        make_round("In it", (8, 30), partners=[world.quarry_lane])
        client.force_login(world.ada)
        page = self.preview(client, one, "30 8 2027")
        for sentence in (
            "It is a bank holiday: Late Summer Bank Holiday.",
            "Lecture theatre is taken from 12:30pm to 1:30pm by another Round.",
            "Ada Facilitator facilitates another Round from 12:30pm to 1:30pm.",
            "It can move all the same.",
        ):
            assert sentence in page
        assert "Worth a second look" not in self.preview(client, one, "23 6 2027")

    def test_a_storyteller_of_both_only_to_whoever_runs_both(self, client, world, make_round):
        tara, administrator = PersonFactory(works_for=world.elmbridge), PersonFactory()
        RoleGrantFactory(person=administrator, role="administrator", system=world.system)
        one = make_round("Deep end", (6, 16))
        other = make_round("Other", (7, 21), hour=16, venue=VenueFactory(), partners=[world.quarry_lane])
        for each in (one, other):
            StorytellerFactory(round=each, person=tara, done=[Step.AGREED])
        said = "Somebody is needed at this and at another Round of yours on the same day."
        client.force_login(world.ada)
        assert said in self.preview(client, one, "21 7 2027")
        client.force_login(administrator)
        assert "Somebody is needed" not in self.preview(client, one, "21 7 2027")


class TestInThePlan:
    def test_the_date_is_asked_again_once_and_may_stand(self, client, world, make_round):
        make_round("Deep end", (8, 4), venue=VenueFactory())
        client.force_login(world.ada)
        tab = Tab(client).to("when", answers(world))
        page = words_of(tab.post(answers(world)["when"]))
        assert "Worth a second look" in page
        # Enter takes the first, so what nobody has seen is not passed over.
        assert buttons_of(tab.answer)[-2:] == ["Check again", "Go on with this date"]
        html = main_of(tab.answer)
        green = re.findall(r'<button class="nhsuk-button"[^>]*>\s*([^<]+?)\s*</button>', html)
        assert green == ["Go on with this date"]
        assert "Ada Facilitator facilitates another Round from 12:30pm to 1:30pm." in page
        assert 'value="12:30pm"' in tab.answer.content.decode()
        tab.post(answers(world)["when"] | {"anyway": "1"})
        assert tab.step == "where"

    def test_a_free_date_is_not_asked_about(self, client, world):
        client.force_login(world.ada)
        Tab(client).to("where", answers(world))

    def test_what_is_known_at_the_end_is_said_before_it_is_saved(self, client, world, make_round):
        make_round("In it", (8, 4), facilitators=[], partners=[world.quarry_lane], format=Format.IN_PERSON)
        client.force_login(world.ada)
        typed = answers(world)
        typed["when"]["anyway"] = "1"
        tab = Tab(client).to("check", typed)
        page = words_of(tab.get())
        assert "Lecture theatre is taken from 12:30pm to 1:30pm by another Round." in page
        assert "You can save it all the same." in page
        tab.post({})
        assert Round.objects.count() == 2

    def test_each_day_of_a_series_says_its_own(self, client, world, make_round):
        make_round("In it", (9, 14), facilitators=[], partners=[world.quarry_lane])
        client.force_login(world.ada)
        tab = Tab(client)
        tab.url = reverse("plan_round", args=["start"])
        when = {"week": "2", "weekday": "1", "every": "1", "number": "3", "starts": "12:30pm", "ends": "1:30pm"}
        typed = {"start": {"kind": "series"}} | answers(
            world,
            when=when | date("1 8 2027", "first_on"),
            booking={"opens": "42", "closes": "day"},
        )
        page = words_of(tab.to("check", typed).get())
        assert "Tuesday 14 September 2027 Lecture theatre is taken from 12:30pm to 1:30pm by another Round." in page
