"""Partners on their way to their first three Rounds: what ticks itself, what is ticked, and who sees it."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import training
from members.models import Coverage, Licence, Succession, SystemSuccession
from rounds.actions import new_hosts, steering, successions
from rounds.models import NewHost
from rounds.states import RoundState, StartStep
from tests.factories.members import OrganisationFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.rounds.pages import buttons_of, words_of
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
WEEK = dt.timedelta(weeks=1)
PAGE = "/organise/programme/new-hosts/"


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        yield small_world()


@pytest.fixture
def ines(client, world):
    client.force_login(world.ines)
    return client


@pytest.fixture
def host(world):
    return new_hosts.begin(system=world.system, organisation=world.quarry_lane, interested_on=TODAY)


def steps(world):
    [(_, found)] = new_hosts.ways_of(new_hosts.hosts_of(world.system), system=world.system, now=NOON)
    return {each.step.value: each for each in found}


def done(world):
    return [code for code, each in steps(world).items() if each.done]


def role(world, code, **fields):
    return RoleGrantFactory(role=code, organisation=world.quarry_lane, **fields).person


def held(world, weeks, **fields):
    RoundFactory(
        **{"system": world.system, "host_organisation": world.quarry_lane} | fields,
        starts_at=NOON - weeks * WEEK,
        booking_opens_at=NOON - (weeks + 4) * WEEK,
        state=RoundState.HELD if weeks > 0 else RoundState.PLANNED,
    )


# --- What the portal sees -----------------------------------------------------------------------------


def test_whoever_has_just_said_so_is_interested_and_nothing_else(world, host):
    assert done(world) == ["interested"]
    assert list(steps(world)) == StartStep.values


def test_each_step_ticks_itself_as_it_comes_to_be(world, host):
    role(world, "sponsor")
    assert done(world) == ["interested", "sponsor"]
    first, second = role(world, "facilitator"), role(world, "clinical_lead")
    assert done(world)[2:] == ["facilitators"]
    facts = {"course": "", "mentor": None, "first_round_on": None, "refresh_due": None}
    training.note(person=first, held_on=TODAY, **facts)
    assert (steps(world)["trained"].done, steps(world)["trained"].note) == (False, "")
    training.note(person=second, held_on=TODAY, **facts)
    assert done(world)[3:] == ["trained"]
    role(world, "steering_group")
    licence = Licence.objects.create(system=world.system, number="1", starts_on=TODAY)
    assert done(world)[4:] == ["steering"]
    Coverage.objects.create(licence=licence, organisation=world.quarry_lane, memorandum_on=TODAY)
    held(world, -4)
    assert done(world)[5:] == ["licence", "planned"]
    held(world, 9)
    held(world, 5, host_organisation=world.elmbridge, co_host=world.quarry_lane)
    assert steps(world)["held"].note == "2 of 3"
    held(world, 1)
    assert done(world)[7:] == ["held"]


def test_what_is_over_called_off_or_elsewhere_ticks_nothing(world, host):
    role(world, "sponsor", ends_on=TODAY)
    RoleGrantFactory(role="sponsor", organisation=world.elmbridge)
    RoundFactory(system=world.system, host_organisation=world.quarry_lane, state=RoundState.CANCELLED)
    held(world, 4, system=SystemFactory())
    role(world, "facilitator")
    assert done(world) == ["interested"]
    assert steps(world)["facilitators"].note == "1 of 2"


def test_it_asks_no_more_for_three_than_for_one(world, host):
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            new_hosts.ways_of(new_hosts.hosts_of(world.system), system=world.system, now=NOON)
        counts.append(len(asked))
        for _ in range(2):
            partner = OrganisationFactory(system=world.system)
            new_hosts.begin(system=world.system, organisation=partner, interested_on=TODAY)
            RoleGrantFactory(role="facilitator", organisation=partner)
    assert counts[0] == counts[1]


# --- The page -----------------------------------------------------------------------------------------


def add(client, partner):
    said = {f"interested_on_{part}": getattr(TODAY, part) for part in ("day", "month", "year")}
    return client.post(f"{PAGE}add/", {"organisation": partner.pk} | said, follow=True)


def test_a_partner_is_put_on_the_list_once(ines, world):
    words = words_of(add(ines, world.quarry_lane))
    assert "Quarry Lane Care Homes is on the list." in words
    assert "Quarry Lane Care Homes: next, sponsor found" in words
    add(ines, world.quarry_lane)
    assert NewHost.objects.count() == 1
    far = OrganisationFactory(system=SystemFactory())
    assert "Choose a partner from the list" in words_of(add(ines, far))


def test_what_the_portal_may_not_know_is_ticked_by_hand_and_taken_back(ines, world, host):
    address = reverse("set_new_host", args=[host.pk])
    ines.post(address, {"done": "trained"})
    answer = ines.post(address, {"done": "sponsor"})
    assert answer.url == f"{PAGE}?open={host.pk}#host-{host.pk}"
    assert NewHost.objects.get().by_hand == ["sponsor", "trained"]
    assert "Sponsor found Done (ticked by hand)" in words_of(ines.get(PAGE))
    ines.post(address, {"undo": "sponsor"})
    assert NewHost.objects.get().by_hand == ["trained"]


def test_the_one_that_was_changed_is_open_and_a_round_keeps_its_capital(ines, world, host):
    other = new_hosts.begin(system=world.system, organisation=world.elmbridge, interested_on=TODAY)
    NewHost.objects.filter(pk=host.pk).update(by_hand=["sponsor", "facilitators", "trained", "steering", "licence"])
    page = ines.get(PAGE, {"open": str(other.pk)}).content.decode()
    opened = [key for key in (host.pk, other.pk) if f'id="host-{key}" open' in page]
    assert opened == [other.pk]
    assert "Quarry Lane Care Homes: next, first Round planned" in page


@pytest.mark.parametrize("step", ["held", "planned", "interested", "nonsense", ""])
def test_what_it_sees_nobody_ticks(ines, world, host, step):
    ines.post(reverse("set_new_host", args=[host.pk]), {"done": step})
    assert NewHost.objects.get().by_hand == []


def test_a_step_that_is_seen_has_no_button(ines, world, host):
    before = buttons_of(ines.get(PAGE))
    role(world, "sponsor")
    assert len(buttons_of(ines.get(PAGE))) == len(before) - 1


def test_a_partner_leaves_the_list_and_nothing_else_changes(ines, world, host):
    for _ in range(2):
        assert ines.post(reverse("set_new_host", args=[host.pk]), {"take_off": "1"}).url == PAGE
    assert not NewHost.objects.exists()
    world.quarry_lane.refresh_from_db()


def test_it_stands_on_the_agenda(world, host):
    assert "Partners on the list of new hosts: 1" in steering.state_of(
        steering.as_it_stands(world.system, now=NOON), now=NOON
    )


def test_that_of_another_system_is_not_there_and_facilitators_do_not_keep_it(client, world, host):
    far = RoleGrantFactory(role="ics_lead", system=SystemFactory()).person
    for person, status in ((far, 302), (world.ada, 403), (world.ben, 403)):
        client.force_login(person)
        assert client.post(reverse("set_new_host", args=[host.pk]), {"take_off": "1"}).status_code == status
    assert NewHost.objects.count() == 1


# --- The database, and mergers ------------------------------------------------------------------------


def test_once_in_a_system(world, host):
    with pytest.raises(IntegrityError), transaction.atomic():
        NewHost.objects.create(system=world.system, organisation=world.quarry_lane, interested_on=TODAY)


@pytest.mark.parametrize("heir_is_on_it", [False, True])
def test_in_a_merger_who_follows_goes_on_from_there(world, host, heir_is_on_it):
    heir = OrganisationFactory(system=world.system)
    if heir_is_on_it:
        new_hosts.begin(system=world.system, organisation=heir, interested_on=TODAY)
    successions.move_rounds(world.quarry_lane, [heir], NOON)
    assert NewHost.objects.get().organisation == heir


def test_with_a_system_that_goes_on_as_another_they_go_along(world, host):
    heir = SystemFactory()
    new_hosts.begin(system=heir, organisation=world.elmbridge, interested_on=TODAY)
    new_hosts.begin(system=world.system, organisation=world.elmbridge, interested_on=TODAY)
    successions.move_new_hosts(world.system, lambda key: heir, NOON)
    assert sorted(str(each.organisation) for each in heir.new_hosts.all()) == [
        "Elmbridge Hospital NHS Trust",
        "Quarry Lane Care Homes",
    ]


def test_in_a_division_each_goes_where_the_partner_goes(world, host):
    first, second = SystemFactory(), SystemFactory()
    other = new_hosts.begin(system=world.system, organisation=world.elmbridge, interested_on=TODAY)
    where = {None: first, world.elmbridge.pk: first, world.quarry_lane.pk: second}
    assert successions.new_hosts_in(world.system, NOON) == sorted([host.pk, other.pk])
    successions.move_new_hosts(world.system, where.get, NOON)
    assert dict(NewHost.objects.values_list("pk", "system")) == {host.pk: second.pk, other.pk: first.pk}


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 partner on its way goes on in"), (2, "2 partners on their way go on in")]
)
def test_the_preview_counts_them(number, said):
    assert successions.new_hosts_in_words(number, "South Moor").startswith(f"{said} South Moor")


def test_rounds_before_a_merger_still_count(world, host):
    heir = OrganisationFactory(system=world.system)
    held(world, 9)
    held(world, 5)
    held(world, 7, host_organisation=world.elmbridge)
    Succession.objects.create(predecessor=world.quarry_lane, successor=heir, kind="merger", on=TODAY)
    successions.move_rounds(world.quarry_lane, [heir], NOON)
    assert steps(world)["held"].note == "2 of 3"


def test_rounds_before_the_system_had_a_new_name_still_count(world, host):
    heir = SystemFactory()
    held(world, 9)
    SystemSuccession.objects.create(predecessor=world.system, successor=heir, kind="renaming", on=TODAY)
    successions.move_new_hosts(world.system, lambda key: heir, NOON)
    [(_, found)] = new_hosts.ways_of(new_hosts.hosts_of(heir), system=heir, now=NOON)
    assert found[-1].note == "1 of 3"


def test_it_reads_the_rounds_of_those_on_the_list_alone(world, host):
    held(world, 5, host_organisation=world.elmbridge)
    with CaptureQueriesContext(connection) as asked:
        new_hosts.ways_of(new_hosts.hosts_of(world.system), system=world.system, now=NOON)
    [query] = [each["sql"] for each in asked if 'FROM "rounds_round"' in each["sql"]]
    assert '"host_organisation_id" IN' in query
