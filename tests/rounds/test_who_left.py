"""Somebody of a team leaves where they worked: what it opened rests until another facilitator says that they go on."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.models import DoorLink
from members.access import today
from members.actions import correspondence, leaving, staff_changes, staff_lists
from members.models import Delivery, Membership, Organisation, SecurityEvent
from rounds.actions import scheduling, team
from rounds.models import TeamMember
from rounds.states import TeamPart
from rounds_site.kit.links import sign
from rounds_site.kit.refusals import Refused
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory, TeamMemberFactory
from tests.members.test_joining import text
from tests.worlds import NOON

from .pages import buttons_of, words_of
from .panels import around

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
# Nothing of this is a letter's to say.
UNSAID = ("Thrown in", "Rhian", "left", "Lantern Hill", "Olga", "Dev")


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def found():
    """Rhian of Lantern Hill runs the Round with Ada; Hal helps."""
    found = around()
    found.lantern = OrganisationFactory(name="Lantern Hill", system=found.world.system)
    found.rhian = PersonFactory(name="Rhian Roe", works_for=found.lantern)
    TeamMemberFactory(round=found.round, person=found.rhian)
    return found


def leave(found, person=None, by=None):
    person = person or found.rhian
    job = Membership.objects.in_force(today(NOON)).get(person=person)
    leaving.leave(membership=job, by=by or person, now=NOON)


def row(found, person=None):
    return found.round.team.get(person=person or found.rhian)


PAGES = ("round_bookings", "round_team", "round_panel", "round_door", "round_results", "round_run_sheet")


def doors(client, found, person):
    client.force_login(person)
    return {name: client.get(reverse(name, args=[found.round.pk])).status_code for name in PAGES}


class TestWhatRests:
    def test_bookings_panel_and_door_close_and_the_rest_of_the_team_stays(self, client, found):
        link = DoorLink.objects.create(round=found.round, made_by=found.rhian)
        before = doors(client, found, found.rhian)
        leave(found)
        assert set(before.values()) == {200}
        assert set(doors(client, found, found.rhian).values()) == {404}
        assert set(doors(client, found, found.world.ada).values()) == {200}
        assert not DoorLink.objects.open(found.round.starts_at).filter(pk=link.pk).exists()
        assert client.post(reverse("door_link", args=[sign(link.pk, purpose="door")])).status_code == 404
        assert (row(found).suspended_at, row(found, found.hal).suspended_at) == (NOON, None)

    def test_a_helper_is_let_in_no_more(self, client, found):
        MembershipFactory(person=found.hal, organisation=found.lantern)
        leave(found, found.hal)
        client.force_login(found.hal)
        assert client.get(reverse("round_door", args=[found.round.pk])).status_code == 404
        assert "You help at the door" not in words_of(client.get(reverse("home")))

    def test_who_works_for_another_partner_goes_on_save_where_the_round_is_at_home(self, found):
        MembershipFactory(person=found.rhian, organisation=found.world.elmbridge)
        hosted = RoundFactory(system=found.world.system, host_organisation=found.lantern, facilitators=[found.rhian])
        job = found.rhian.memberships.get(organisation=found.lantern)
        leaving.leave(membership=job, by=found.rhian, now=NOON)
        assert (row(found).suspended_at, hosted.team.get().suspended_at) == (None, NOON)

    def test_a_round_elsewhere_and_one_whose_names_are_gone_are_left_alone(self, found):
        elsewhere = RoundFactory(facilitators=[found.rhian])
        early = {"booking_opens_at": NOON - 90 * DAY, "starts_at": NOON - 60 * DAY, "system": found.world.system}
        past = RoundFactory(facilitators=[found.rhian], **early)
        lately = RoundFactory(facilitators=[found.rhian], **early | {"starts_at": NOON - 20 * DAY})
        leave(found)
        assert (elsewhere.team.get().suspended_at, past.team.get().suspended_at) == (None, None)
        assert lately.team.get().suspended_at == NOON

    def test_a_list_does_the_same(self, found):
        leaving.leave_by_list(jobs=[(found.rhian.pk, found.lantern.pk)], by=None, now=NOON)
        assert row(found).suspended_at == NOON

    def test_as_many_statements_for_three_people_as_for_one(self, found):
        def statements(number):
            people = [PersonFactory(works_for=found.lantern) for _ in range(number)]
            for person in people:
                TeamMemberFactory(round=found.round, person=person)
            with CaptureQueriesContext(connection) as captured:
                leaving.leave_by_list(jobs=[(each.pk, found.lantern.pk) for each in people], by=None, now=NOON)
            return len(captured)

        assert statements(1) == statements(3)

    def test_their_own_place_stays_and_they_read_that_the_part_rests(self, client, found):
        BookingFactory(round=found.round, person=found.rhian)
        leave(found)
        assert found.round.bookings.get(person=found.rhian).state == "place"
        client.force_login(found.rhian)
        said = "“Thrown in”, Wednesday 17 March 2027, which rests until a facilitator of it says that you go on"
        assert said in text(client.get(reverse("all_we_hold")))


def test_whoever_asks_what_a_row_opens_asks_for_those_that_stand():
    """Doors, pages, letters and figures; the actions that change teams know what they do."""
    root, asked = (
        Path(settings.BASE_DIR),
        re.compile(r"TeamMember\.objects\.(filter|get|all|exclude)\(|\.team\.filter\("),
    )
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for app in ("rounds", "evaluation")
        for path in sorted((root / app).rglob("*.py"))
        if not {"actions", "migrations"} & set(path.parts)
        for line in path.read_text().splitlines()
        if asked.search(line)
    ]
    assert found == ALL_ROWS


ALL_ROWS = [
    # What is held about somebody, and the question itself.
    'rounds/holdings.py: rows = TeamMember.objects.filter(person=person).select_related("round")'
    '.order_by("round__starts_at", "part")',
]


class TestTheQuestion:
    def test_is_on_the_page_of_the_team_and_in_the_workspace(self, client, found):
        leave(found)
        client.force_login(found.world.ada)
        page = client.get(reverse("round_team", args=[found.round.pk]))
        assert "Rhian Roe has left Lantern Hill. Do they still facilitate?" in words_of(page)
        assert buttons_of(page)[:2] == ["Yes, they do : Rhian Roe", "No, take them off : Rhian Roe"]
        workspace = client.get(reverse("round_workspace", args=[found.round.pk]))
        assert "Somebody in the team has left where they worked. Do they go on here?" in words_of(workspace)

    def test_one_tap_lets_them_go_on(self, client, found):
        leave(found)
        client.force_login(found.world.ada)
        keep = reverse("keep_in_team", args=[found.round.pk, row(found).pk])
        assert client.get(keep).url == reverse("round_team", args=[found.round.pk])
        assert row(found).suspended_at == NOON
        assert "They are in the team as before." in words_of(client.post(keep, follow=True))
        assert set(doors(client, found, found.rhian).values()) == {200}

    def test_another_takes_them_off(self, client, found):
        leave(found)
        client.force_login(found.world.ada)
        client.post(reverse("take_off_team", args=[found.round.pk, row(found).pk]))
        assert not found.round.team.filter(person=found.rhian).exists()

    def test_nobody_answers_it_for_themself_or_from_outside(self, client, found):
        leave(found)
        keep = reverse("keep_in_team", args=[found.round.pk, row(found).pk])
        for person, status in ((found.rhian, 404), (found.hal, 403), (found.ann, 403), (found.world.cleo, 404)):
            client.force_login(person)
            assert client.post(keep).status_code == status
        for person in (found.rhian, found.hal, found.ann):
            with pytest.raises(Refused, match="Only its facilitators"):
                team.keep(round=found.round, member_id=row(found).pk, by=person, now=NOON)
        assert row(found).suspended_at == NOON

    def test_naming_them_again_is_a_yes_and_leaving_them_unticked_is_no_answer(self, found):
        leave(found)
        scheduling.name_facilitators(round=found.round, facilitators=[found.world.ada], by=found.world.ada, now=NOON)
        assert row(found).suspended_at == NOON
        both = [found.world.ada, found.rhian]
        scheduling.name_facilitators(round=found.round, facilitators=both, by=found.world.ada, now=NOON)
        assert row(found).suspended_at is None
        TeamMember.objects.filter(pk=row(found).pk).update(suspended_at=NOON)
        said = {"email": found.rhian.email, "part": TeamPart.FACILITATOR, "by": found.world.ada, "now": NOON}
        team.name(round=found.round, **said)
        assert row(found).suspended_at is None


class TestLetters:
    def sent(self):
        correspondence.run(now=NOON)
        return [(*letter.to, letter.body) for letter in mail.outbox]

    def test_the_others_are_asked_in_words_that_say_nothing(self, found):
        leave(found)
        ((address, body),) = self.sent()
        assert address == found.world.ada.email
        assert "There is a question about the team of a Round that you facilitate." in body
        assert [word for word in UNSAID if word in body] == []
        assert SecurityEvent.objects.count() == 0

    def test_once_it_is_answered_nobody_is_asked(self, found):
        leave(found)
        team.keep(round=found.round, member_id=row(found).pk, by=found.world.ada, now=NOON)
        assert self.sent() == []
        assert Delivery.objects.get().state == "cancelled"

    def test_where_nobody_else_runs_it_administrators_are_told(self, found):
        elsewhere = RoundFactory(system=found.world.system, facilitators=[PersonFactory()])
        found.round.team.filter(person=found.world.ada).delete()
        leave(found)
        ((address, body),) = self.sent()
        assert address == found.ann.email
        assert "A Round that you look after has nobody to run it." in body
        assert [word for word in UNSAID if word in body] == []
        assert (str(found.round.pk) in body, str(elsewhere.pk) in body) == (True, False)


class TestPreviews:
    def test_the_person_reads_it_of_both_parts(self, client, found):
        TeamMemberFactory(round=found.round, person=found.rhian, part=TeamPart.HELPER)
        client.force_login(found.rhian)
        page = text(client.get(reverse("leave_work", args=[found.rhian.memberships.get().pk])))
        rests = "“Thrown in” on Wednesday 17 March 2027 rests until another facilitator says that you go on"
        assert f"What you see as a facilitator of {rests}" in page
        assert f"What you see at the door of {rests}" in page

    def test_an_administrator_reads_what_they_may_read_anyway(self, client, found):
        found.round.panel.filter(person=found.dev).update(person=found.rhian)
        RoundFactory(title="Far away", system=found.world.system, facilitators=[PersonFactory()])
        helps = RoundFactory(title="A helping hand", system=found.world.system, facilitators=[found.world.ada])
        TeamMemberFactory(round=helps, person=found.rhian, part=TeamPart.HELPER)
        address = reverse("end_membership", args=[found.rhian.pk, found.rhian.memberships.get().pk])
        client.force_login(found.ann)
        page = text(client.get(address))
        assert page.count("Rhian Roe facilitates “Thrown in” on Wednesday 17 March 2027") == 1
        assert [words for words in ("A helping hand", "Far away", "story", "panel") if words in page] == []

    def test_one_of_the_partner_alone_reads_of_its_own_rounds(self, client, found):
        hosted = {"system": found.world.system, "host_organisation": found.lantern}
        RoundFactory(title="At home", facilitators=[found.rhian], **hosted)
        client.force_login(RoleGrantFactory(role="administrator", organisation=found.lantern).person)
        address = reverse("end_membership", args=[found.rhian.pk, found.rhian.memberships.get().pk])
        page = text(client.get(address))
        assert ("At home" in page, "Thrown in" in page) == (True, False)

    def test_a_staff_list_says_it_and_knows_who_goes_to_another_partner(self, found):
        def said(rows):
            organisations = Organisation.objects.filter(pk__in=[found.lantern.pk, found.world.elmbridge.pk])
            listed = ["name,email,organisation code", *rows]
            staff_list = staff_lists.read("\n".join(listed).encode(), organisations=organisations)
            told = staff_changes.compare(staff_list, organisations=organisations, now=NOON)
            jobs = {"starting": told.jobs_starting, "by": found.ann, "now": NOON}
            return leaving.rest_in_sight(told.jobs_ending, **jobs)

        Membership.objects.exclude(person=found.rhian).update(source="added")
        other = f"Someone,someone@lantern.example,{found.lantern.code}"
        assert said([other]) == ["Rhian Roe facilitates “Thrown in” on Wednesday 17 March 2027"]
        assert said([other, f"Rhian Roe,{found.rhian.email},{found.world.elmbridge.code}"]) == []
