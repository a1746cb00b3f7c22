"""The pages on what becomes of a partner: a question each, a preview from the live rows, one act."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from members.actions.succession.plan import Plan, Successor
from members.actions.succession.preview import Part, Preview
from members.models import Membership, Organisation, Site, Succession
from members.models.succession import Kind
from members.views import succession
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory, RoleGrantFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import small_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def olu(client, world):
    person = RoleGrantFactory(role="administrator", system=world.system, person__name="Olu Administrator").person
    client.force_login(person)
    return person


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def address(partner, step=""):
    return f"/manage/organisations/{partner.code}/merge/" + (f"{step}/" if step else "")


def answer(client, partner, **answers):
    """Each step with what is typed there; the address that the last one leads to."""
    for step, typed in answers.items():
        response = client.post(address(partner, step), typed)
        assert response.status_code == 302, (step, text(response))
    return response.url


def today():
    day = timezone.localdate()
    return {"day_day": day.day, "day_month": day.month, "day_year": day.year}


def seen(response):
    return re.search(r'name="seen" value="([^"]*)"', response.content.decode())[1].replace("&quot;", '"')


def test_a_merger_from_the_first_question_to_the_end(client, world, olu):
    starts_at = timezone.now() + timedelta(days=20)
    RoundFactory(
        partners=[world.quarry_lane],
        starts_at=starts_at,
        booking_opens_at=starts_at - timedelta(days=10),
        host_organisation=world.quarry_lane,
    )
    last = answer(
        client,
        world.quarry_lane,
        what={"what": "together"},
        others={"others": [world.elmbridge.code]},
        name={"name": "Vale Care", "code": "xv9", "sector": "acute", "postcode": "zz1 1aa"},
        day=today(),
    )
    assert last == address(world.quarry_lane, "check")
    check = client.get(last)
    assert "1 Round to come and four people will be shown under Vale Care." in text(check)
    assert "1 Round to come invites Vale Care instead, or is at home there." in text(check)
    done = client.post(last, {"seen": seen(check)})
    vale = Organisation.objects.get(name="Vale Care")
    assert (done.status_code, done.url) == (302, "/manage/organisations/XV9/")
    assert (vale.code, vale.sector, vale.postcode) == ("XV9", "acute", "ZZ1 1AA")
    assert Succession.objects.filter(successor=vale, kind="merger").count() == 2
    assert client.get(last).status_code in (302, 404)


def test_joining_another_and_a_new_name(client, world, olu):
    last = answer(client, world.quarry_lane, what={"what": "joins"}, into={"into": world.elmbridge.code}, day=today())
    page = client.get(last)
    assert "One person will be shown under Elmbridge Hospital NHS Trust." in text(page).replace("one", "One")
    client.post(last, {"seen": seen(page)})
    assert Succession.objects.get().successor == world.elmbridge
    last = answer(
        client,
        world.elmbridge,
        what={"what": "renamed"},
        name={"name": "Elm Trust", "code": "", "sector": "acute", "postcode": ""},
        day=today(),
    )
    client.post(last, {"seen": seen(client.get(last))})
    assert Succession.objects.get(predecessor=world.elmbridge).kind == "renaming"


def test_what_changed_meanwhile_is_said_and_nothing_is_done(client, world, olu):
    last = answer(client, world.quarry_lane, what={"what": "joins"}, into={"into": world.elmbridge.code}, day=today())
    mark = seen(client.get(last))
    MembershipFactory(organisation=world.quarry_lane)
    again = client.post(last, {"seen": mark})
    assert "One thing changed since you looked: people. Here is the preview as it is now." in text(again)
    assert not Succession.objects.exists()
    client.post(last, {"seen": seen(again)})
    assert Succession.objects.count() == 1


def test_a_division_by_site_and_by_hand(client, world, olu, monkeypatch):
    monkeypatch.setattr("members.forms.succession_draft.A_PAGE", 2)
    wards, office = (Site.objects.create(organisation=world.elmbridge, name=name) for name in ("Wards", "Office"))
    for site, number in ((wards, 3), (office, 3)):
        for n in range(number):
            person = PersonFactory(name=f"{site.name} person {n}")
            MembershipFactory(person=person, organisation=world.elmbridge, site=site)
    answer(
        client,
        world.elmbridge,
        what={"what": "divided"},
        parts={"name_1": "North Trust", "code_1": "XN1", "name_2": "Quarry Lane Care Homes"},
        day=today(),
        sites={wards.pk.hex: "0", office.pk.hex: "hand", "none": "1"},
    )
    people = address(world.elmbridge, "people")
    jobs = [job.pk.hex for job in Membership.objects.filter(site=office).order_by("person__name")]
    first = client.get(people)
    assert ("Page 1 of 2" in text(first), "Office person 2" in text(first)) == (True, False)
    half = client.post(people, {jobs[0]: "0"})
    assert "Choose where Office person 1 goes on" in text(half)
    assert client.get(address(world.elmbridge, "check")).url == address(world.elmbridge, "heir")
    assert client.post(people, {jobs[0]: "0", jobs[1]: "1"}).url == people + "?page=2"
    answer(client, world.elmbridge, heir={"heir": "1"})
    assert client.get(address(world.elmbridge, "check")).url == people
    assert client.post(people + "?page=2", {jobs[2]: "1"}).url == address(world.elmbridge, "heir")
    check = client.get(address(world.elmbridge, "check"))
    assert ("Nine people will be shown" in text(check).replace("nine", "Nine"), "4 people" in text(check)) == (
        True,
        True,
    )
    client.post(address(world.elmbridge, "check"), {"seen": seen(check)})
    north = Organisation.objects.get(code="XN1")
    went = Membership.objects.filter(ends_on=None, organisation=north).values_list("person__name", flat=True)
    assert sorted(went) == ["Office person 0", "Wards person 0", "Wards person 1", "Wards person 2"]
    # The other is a partner by name, with one who works there already.
    assert Membership.objects.filter(ends_on=None, organisation=world.quarry_lane).count() == 6


@pytest.mark.parametrize(
    ("step", "typed", "words"),
    [
        ("what", {}, "Choose what becomes of it"),
        ("into", {"into": "XXX"}, "Choose a partner from the list"),
        ("others", {}, "Choose at least one other partner"),
        ("name", {"name": "", "code": "?", "sector": ""}, "A code has 2 to 12 letters and numbers, like RXX"),
        ("day", {"day_day": 1, "day_month": 1, "day_year": 2090}, "The day must be today or earlier"),
        ("parts", {"name_1": "Alone"}, "Name at least two organisations that it becomes"),
        ("parts", {"name_1": "A", "name_2": "B", "code_3": "XA"}, "Enter the name that belongs to this code"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(client, world, olu, step, typed, words):
    way = {"into": "joins", "parts": "divided", "others": "together", "name": "renamed"}.get(step, "renamed")
    if step != "what":
        answer(client, world.elmbridge, what={"what": way})
    assert words in text(client.post(address(world.elmbridge, step), typed))


def test_steps_are_taken_in_their_order(client, world, olu):
    for step in ("check", "into", "people", "nonsense"):
        assert client.get(address(world.elmbridge, step)).url == address(world.elmbridge, "what")
    answer(client, world.elmbridge, what={"what": "joins"})
    assert client.get(address(world.elmbridge, "name")).url == address(world.elmbridge, "what")
    assert client.get(address(world.elmbridge, "check")).url == address(world.elmbridge, "into")


def test_who_may_open_it(client, world):
    local = RoleGrantFactory(role="administrator", organisation=world.elmbridge, person=PersonFactory()).person
    stranger = RoleGrantFactory(role="administrator", organisation=OrganisationFactory()).person
    expected = {world.ines: 200, local: 403, stranger: 404, world.ben: 403, world.cleo: 404}
    for person, status in expected.items():
        client.force_login(person)
        assert client.get(address(world.elmbridge)).status_code == status, person


def test_the_sentence_counts_as_people_read(world):
    plan = Plan(Kind.MERGER, (world.elmbridge,), (Successor("Vale Care"),), timezone.localdate())
    told = Preview({name: Part(name, "", number=number) for name, number in (("rounds", 12), ("people", 340))})
    assert succession.headline(plan, told) == "12 Rounds to come and 340 people will be shown under Vale Care."
    nothing = Preview({name: Part(name, "") for name in ("rounds", "people")})
    assert succession.headline(plan, nothing).startswith("Nobody works there and no Round is planned.")
