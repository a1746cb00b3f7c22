"""What was offered, where and when, of a system and of one of its Places."""

import datetime as dt
import doctest
import re
from decimal import Decimal

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.views.figure import equity
from members.models import PlaceEdge, Succession, SystemEdge
from rounds.models import Backfill, TeamMember
from rounds.states import Format, RoundState, TeamPart
from tests.factories.members import OrganisationFactory, PersonFactory, PlaceFactory, RoleGrantFactory
from tests.factories.rounds import BackfillFactory, RoundFactory, VenueFactory
from tests.rounds.pages import words_of
from tests.worlds import LONDON

from .reading import rows_of

pytestmark = pytest.mark.django_db(databases=["default", "box"])


@pytest.fixture
def alder(world):
    return PlaceFactory(system=world.system, code="alder", name="Alder")


@pytest.fixture
def beech(world):
    return PlaceFactory(system=world.system, code="beech", name="Beech")


def serves(organisation, *places):
    for place in places:
        PlaceEdge.objects.create(place=place, organisation=organisation, starts_on=dt.date(2020, 1, 1))


def offer(world, *partners, year=2027, month=2, day=4, hour=12, state=RoundState.CLOSED, **facts):
    starts_at = dt.datetime(year, month, day, hour, 30, tzinfo=LONDON)
    return RoundFactory(
        system=world.system,
        state=state,
        starts_at=starts_at,
        booking_opens_at=starts_at - dt.timedelta(days=30),
        booking_closes_at=starts_at - dt.timedelta(hours=1),
        partners=partners or [world.elmbridge],
        **facts,
    )


def address(world, name, *place):
    return reverse(name, args=[f"ics-{world.system.code.lower()}", *place])


def page(client, world, *place, name="offered", half_year="2026-10"):
    client.force_login(world.ines)
    name = f"{name}_in_place" if place else name
    return client.get(address(world, name, *place), {"half_year": half_year})


def rows(answer, key):
    found = next(each for each in answer.context["figures"] if each["id"] == key)
    return {row[0]: row[1:] for row in found["table"]["rows"]}


def test_places_come_from_the_room_and_without_one_from_the_host(client, world, alder, beech):
    serves(world.elmbridge, alder)
    serves(world.quarry_lane, beech)
    in_alder = VenueFactory(organisation=world.elmbridge)
    offer(world, world.elmbridge, world.quarry_lane, venue=in_alder, host_organisation=world.quarry_lane, places=30)
    offer(world, day=5, venue=None, host_organisation=world.quarry_lane, format=Format.ONLINE, online_places=50)
    offer(world, day=6, venue=None, host_organisation=None, format=Format.ONLINE, online_places=20)
    offer(world, month=3, day=20, state=RoundState.PUBLISHED, venue=in_alder, places=10)
    offer(world, day=7, state=RoundState.CANCELLED, venue=in_alder)
    answer = page(client, world)
    found = rows(answer, "by_place")
    assert {label: row[:4] for label, row in found.items()} == {
        "Alder": ["1", "1", "40", "2"],
        "Beech": ["1", "0", "50", "1"],
        "Without a Place": ["1", "0", "20", "1"],
    }
    assert answer.context["sentence"] == (
        "October 2026 to March 2027: 3 Rounds were held and 1 is planned. They offer 110 places to 2 partners."
    )


def test_a_room_that_serves_two_places_counts_in_both_and_once_in_all(client, world, alder, beech):
    serves(world.elmbridge, alder, beech)
    offer(world, venue=VenueFactory(organisation=world.elmbridge), places=30)
    answer = page(client, world)
    assert {label: row[0] for label, row in rows(answer, "by_place").items()} == {"Alder": "1", "Beech": "1"}
    assert "one Round" not in answer.context["sentence"]
    assert answer.context["sentence"].endswith("1 Round was held. It offers 30 places to one partner.")


def test_a_place_shows_its_own_rounds_and_its_own_partners(client, world, alder, beech):
    serves(world.elmbridge, alder)
    serves(world.quarry_lane, beech)
    offer(world, world.elmbridge, venue=VenueFactory(organisation=world.elmbridge), hour=7, places=30)
    offer(world, world.quarry_lane, day=5, venue=VenueFactory(organisation=world.quarry_lane), places=9)
    answer = page(client, world, "alder")
    assert answer.context["sentence"].endswith("1 Round was held. It offers 30 places to one partner.")
    assert {label: row[0] for label, row in rows(answer, "by_time").items()} == {
        "Before 9am": "1",
        "9am to midday": "0",
        "Midday to 5pm": "0",
        "After 5pm": "0",
    }
    words = words_of(answer)
    assert "The one partner is not yet hosting." in words
    assert world.quarry_lane.name not in words
    assert "No Round begins from 9am to midday, from midday to 5pm or after 5pm." in words


def test_whoever_leads_one_place_begins_there_and_goes_on_to_the_whole_system(client, world, alder, beech):
    lead = RoleGrantFactory(role="place_lead", place=alder).person
    scope = f"ics-{world.system.code.lower()}"
    client.force_login(lead)
    here = client.get(reverse("figures")).url
    assert here == reverse("offered_in_place", args=[scope, "alder"])
    whole = reverse("dashboard", args=[scope])
    [onwards] = [
        link for link in re.findall(r'href="([^"]+)"', client.get(here).content.decode()) if whole + "?" in link
    ]
    assert client.get(onwards).status_code == 200


def test_to_be_without_a_place_is_to_be_at_none_and_without_places_nothing_is_said_of_them(client, world):
    for day in (4, 5):
        offer(world, day=day, venue=None, host_organisation=world.quarry_lane, format=Format.ONLINE, online_places=50)
    assert [each["id"] for each in page(client, world).context["figures"]] == ["by_time", "by_format"]
    PlaceFactory(system=world.system, code="alder", name="Alder")
    assert page(client, world).context["figures"][0]["sentence"] == "No Round is at a partner of Alder."
    serves(world.quarry_lane, PlaceFactory(system=world.system, code="beech", name="Beech"))
    assert page(client, world).context["figures"][0]["sentence"] == "Every Round is at a partner of Beech."


def test_what_is_planned_is_drawn_and_said_apart_from_what_was_held(client, world):
    offer(world)
    assert [each["key"] for each in page(client, world).context["figures"]] == [[], []]
    offer(world, day=5, state=RoundState.PUBLISHED)
    offer(world, day=8, hour=8, state=RoundState.PUBLISHED)
    by_time, by_format = page(client, world).context["figures"]
    assert by_time["desc"].split("; ")[0] == "Before 9am: 1 planned"
    assert by_format["desc"] == "In person: 1 held and 2 planned; Online: none; In person and online: none"
    assert by_format["key"] == ["Held", "Planned"]
    drawn = by_format["wide"]["rows"][0]
    assert (drawn["words"], float(drawn["more_long"])) == ("3", 2 * float(drawn["length"]))


@pytest.mark.parametrize("role", ["sponsor", "place_lead"])
def test_whoever_sees_more_than_one_place_begins_with_the_whole_system(client, world, alder, beech, role):
    lead = RoleGrantFactory(role="place_lead", place=alder).person
    RoleGrantFactory(person=lead, role=role, **({"place": beech} if role == "place_lead" else {"system": world.system}))
    client.force_login(lead)
    assert client.get(reverse("figures")).url == reverse("dashboard", args=[f"ics-{world.system.code.lower()}"])


def test_a_place_without_a_round_says_so(client, world, alder):
    offer(world)
    answer = page(client, world, "alder")
    assert "no Round was held and none is planned here" in words_of(answer)
    assert answer.context["figures"] == []


def test_of_a_half_year_that_is_over_it_speaks_in_the_past(client, world, alder, beech):
    serves(world.elmbridge, alder)
    serves(world.quarry_lane, beech)
    offer(world, year=2026, venue=VenueFactory(organisation=world.elmbridge), places=30)
    here = {"half_year": "2025-10"}
    answer = page(client, world, **here)
    assert answer.context["sentence"].endswith("1 Round was held. It offered 30 places to one partner.")
    assert [each["sentence"] for each in answer.context["figures"]] == [
        "No Round was at a partner of Beech.",
        "No Round began before 9am, from 9am to midday or after 5pm.",
        "No Round was online or in person and online.",
    ]
    assert answer.context["months"]["sentence"] == "1 Round was held, in February 2026."
    assert answer.context["regularity"]["sentence"] == ("No host had held Rounds often enough to say what is usual.")
    partner = client.get(address(world, "partner_figures", world.quarry_lane.code.lower()), here)
    assert partner.context["sentence"].endswith("was invited to none of the one Round and hosted none.")
    empty = client.get(address(world, "equity"), {"half_year": "2026-04"})
    assert empty.context["sentence"] == "No Round was held in this half-year."
    offer(world, year=2025, month=11, venue=VenueFactory(organisation=world.quarry_lane))
    answer = page(client, world, **here)
    assert answer.context["figures"][0]["sentence"] == "There was a Round at a partner of every Place."
    assert answer.context["months"]["sentence"] == (
        "From November 2025 to March 2026, 2 Rounds were held, in 2 of 5 months."
    )


def test_another_systems_place_is_not_found(client, world):
    PlaceFactory(code="fell", name="Fell")
    assert page(client, world, "fell").status_code == 404
    assert page(client, world, "fell", name="offered").status_code == 404


def test_those_who_hold_the_role_and_ran_a_round_are_counted_once(client, world):
    grant = RoleGrantFactory(role="facilitator", system=world.system)
    for day in (4, 5):
        round = offer(world, day=day)
        TeamMember.objects.create(round=round, person=grant.person, part=TeamPart.FACILITATOR)
        TeamMember.objects.create(round=round, person=PersonFactory(), part=TeamPart.FACILITATOR)
    before = page(client, world).context["facilitators"]
    RoleGrantFactory(role="facilitator", system=world.system)
    after = page(client, world).context["facilitators"]
    assert before != after
    assert "1 of them ran a Round" in after


def test_of_a_single_facilitator_nothing_is_said_of_what_they_ran(client, world):
    round = offer(world, day=4)
    before = page(client, world)
    TeamMember.objects.create(round=round, person=world.ada, part=TeamPart.FACILITATOR)
    said = [answer.context["facilitators"].partition("trained.")[0] for answer in (before, page(client, world))]
    assert set(said) == {"One person holds the role of facilitator. Ask who else would like to be "}
    assert "How many people facilitate is exact" in words_of(before)


def test_where_no_facilitator_ran_a_round_all_are_to_be_asked(client, world):
    for _ in range(2):
        RoleGrantFactory(role="facilitator", system=world.system)
    offer(world, day=4)
    said = page(client, world).context["facilitators"]
    assert said.startswith("3 people hold the role of facilitator; no Round was run by any of them")
    assert "Ask them what they need to begin." in said


def test_of_an_earlier_half_year_nothing_is_said_of_who_holds_the_role_today(client, world):
    RoleGrantFactory(role="facilitator", system=world.system)
    offer(world, day=4)
    offer(world, month=5, day=4, year=2026)
    assert page(client, world).context["facilitators"]
    assert page(client, world, half_year="2026-04").context["facilitators"] == ""


def test_cover_counts_the_hours_that_stand(client, world):
    round = offer(world)
    for state, hours in (("asked", 2), ("approved", 4), ("asked", "1.5"), ("declined", 8)):
        BackfillFactory(round=round, organisation=OrganisationFactory(), state=state, hours=Decimal(hours))
    said = "7.5 hours of cover were asked for so that somebody could leave the floor"
    assert page(client, world).context["cover"] == f"{said}."
    for _ in range(2):
        BackfillFactory(round=round, organisation=OrganisationFactory(), state="approved", hours=Decimal(1))
    assert page(client, world).context["cover"] == f"{said.replace('7.5', '9.5')}."
    BackfillFactory(round=round, organisation=OrganisationFactory(), state="asked", hours=Decimal(1))
    assert page(client, world).context["cover"] == f"{said.replace('7.5', '10.5')}, and 6 granted."


def test_nor_are_the_hours_of_the_only_one_that_was_granted_none(client, world):
    round = offer(world)
    asking = [BackfillFactory(round=round, organisation=OrganisationFactory(), hours=Decimal(2)) for _ in range(4)]
    Backfill.objects.filter(pk__in=[each.pk for each in asking[:3]]).update(state="approved")
    said = "8 hours of cover were asked for so that somebody could leave the floor"
    assert page(client, world).context["cover"] == f"{said}."
    Backfill.objects.filter(pk=asking[3].pk).update(state="approved")
    assert page(client, world).context["cover"] == f"{said}, and 8 granted."


def test_the_hours_of_one_partner_are_not_told(client, world, alder):
    """Nor are they what is left of two when one takes away its own, or of the system without a Place."""
    serves(world.elmbridge, alder)
    round = offer(world, venue=VenueFactory(organisation=world.elmbridge))
    BackfillFactory(round=round, organisation=world.quarry_lane, hours=Decimal(3))
    assert "hours of cover" not in words_of(page(client, world))
    BackfillFactory(round=round, organisation=world.elmbridge, hours=Decimal(3))
    assert "hours of cover" not in words_of(page(client, world))
    BackfillFactory(round=round, organisation=OrganisationFactory(), hours=Decimal(3))
    assert "9 hours of cover" in words_of(page(client, world))
    assert "hours of cover" not in words_of(page(client, world, "alder"))


def test_partners_count_under_the_names_of_today(client, world):
    one, other = (OrganisationFactory(system=world.system) for _ in range(2))
    offer(world, one, other, world.elmbridge, host_organisation=one, co_host=other)
    for predecessor in (one, other):
        Succession.objects.create(
            predecessor=predecessor, successor=world.elmbridge, kind="merger", on=dt.date(2027, 3, 1)
        )
        SystemEdge.objects.filter(organisation=predecessor).update(ends_on=dt.date(2027, 3, 1))
    assert rows(page(client, world), "by_time")["Midday to 5pm"][-2:] == ["1", "1"]


@pytest.mark.parametrize("place", [(), ("alder",)])
def test_the_file_says_what_the_page_says(client, world, alder, place):
    serves(world.elmbridge, alder)
    offer(world, venue=VenueFactory(organisation=world.elmbridge), places=30)
    answer = page(client, world, *place)
    there = client.get(answer.context["csv_url"])
    head, *lines = rows_of(there)
    assert head[:3] == ["Half-year", "By", "What"]
    shown = [[label, *row] for figure in answer.context["figures"] for label, *row in figure["table"]["rows"]]
    assert [line[2:] for line in lines] == shown


@pytest.mark.parametrize("place", [(), ("alder",)])
def test_as_many_queries_for_three_places_and_rounds_as_for_one(client, world, alder, place):
    def asked():
        with CaptureQueriesContext(connections["default"]) as there, CaptureQueriesContext(connections["box"]) as box:
            page(client, world, *place)
        return len(there) + len(box)

    serves(world.elmbridge, alder)
    offer(world, venue=VenueFactory(organisation=world.elmbridge))
    page(client, world, *place)
    one = asked()
    for number, day in enumerate((5, 6)):
        partner = OrganisationFactory(system=world.system)
        serves(partner, PlaceFactory(system=world.system, code=f"more-{number}", name=f"More {number}"), alder)
        offer(world, partner, world.elmbridge, day=day, venue=VenueFactory(organisation=partner))
    assert asked() == one
    assert one <= 31


def test_doctests():
    assert doctest.testmod(equity).failed == 0
