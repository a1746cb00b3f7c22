"""The team of one Round: rounds/actions/team.py, its page, and what a helper finds."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import invitations
from members.models import Delivery, Membership, Person, RoleGrant
from rounds.actions import scheduling, team
from rounds.models import PreparationStep, TeamMember
from rounds.states import RoundState, Step, TeamPart
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory
from tests.factories.rounds import BookingFactory, RoundFactory, TeamMemberFactory
from tests.worlds import NOON

from .pages import buttons_of, headings_of, tab_of, words_of
from .panels import around, statuses

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MARKUP = "<script>alert(1)</script>"
FORMAT = "Enter an email address in the correct format, like name@example.com"
TOO_LONG = "“Name” must be 100 characters or fewer"
NAMELESS = "Enter their name"
UNSEEN = "Leave out characters that cannot be seen"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def found():
    return around()


@pytest.fixture
def ada(client, found):
    client.force_login(found.world.ada)
    return client


def page_of(found):
    return reverse("round_team", args=[found.round.pk])


def name(found, email, called="", part=TeamPart.HELPER):
    return team.name(round=found.round, email=email, called=called, part=part, by=found.world.ada, now=NOON)


def take_off(found, member):
    return team.take_off(round=found.round, member_id=member.pk, by=found.world.ada, now=NOON)


def parts(found):
    return {(str(each.person), each.part) for each in found.round.team.select_related("person")}


class TestActions:
    def test_a_second_facilitator_from_anywhere(self, found):
        member = name(found, f" {found.world.cleo.email.upper()} ", part=TeamPart.FACILITATOR)
        assert member.person == found.world.cleo
        assert ("Cleo Carer", "facilitator") in parts(found)

    def test_somebody_new_gets_an_account_and_nothing_else(self, found):
        person = name(found, "new@elsewhere.example", "Nora New").person
        assert (person.name, person.is_active) == ("Nora New", True)
        assert EmailAddress.objects.get(user=person).verified is True
        assert Membership.objects.filter(person=person).count() == 0
        assert RoleGrant.objects.filter(person=person).count() == 0
        assert Delivery.objects.count() == 0

    def test_who_is_known_keeps_their_own_name(self, found):
        assert name(found, found.world.cleo.email, "Somebody Else").person.name == "Cleo Carer"

    def test_twice_is_once(self, found):
        assert name(found, found.world.cleo.email).pk == name(found, found.world.cleo.email).pk

    def test_one_person_may_have_both_parts(self, found):
        name(found, found.hal.email, part=TeamPart.FACILITATOR)
        assert {part for who, part in parts(found) if who == "Hal Helper"} == {"facilitator", "helper"}

    def test_a_closed_account_stays_closed(self, found):
        closed = PersonFactory(is_active=False)
        with pytest.raises(Refused, match="That account is closed"):
            name(found, closed.email)

    def test_an_account_that_was_begun_and_not_confirmed_is_not_swept_away(self, found):
        begun = invitations.account_for(email="begun@elsewhere.example", now=NOON)
        name(found, begun.email)
        invitations.account_for(email="later@elsewhere.example", now=NOON + 3 * DAY)
        assert ("begun@elsewhere.example", "helper") in parts(found)

    def test_only_facilitators_name_anyone(self, found):
        for by in (found.ann, found.hal, found.fay):
            with pytest.raises(Refused, match="Only its facilitators"):
                team.name(round=found.round, email=by.email, part=TeamPart.FACILITATOR, by=by, now=NOON)
            with pytest.raises(Refused, match="Only its facilitators"):
                team.take_off(round=found.round, member_id=found.round.team.first().pk, by=by, now=NOON)

    def test_taking_off(self, found):
        take_off(found, found.round.team.get(person=found.hal))
        assert parts(found) == {("Ada Facilitator", "facilitator")}

    def test_taking_off_who_is_gone_already_does_nothing(self, found):
        member = found.round.team.get(person=found.hal)
        take_off(found, member)
        assert take_off(found, member) is None

    def test_nobody_of_another_round_is_taken_off(self, found):
        other = TeamMemberFactory(part=TeamPart.HELPER)
        assert take_off(found, other) is None
        assert TeamMember.objects.filter(pk=other.pk).exists()

    def test_the_last_facilitator_stays(self, found):
        with pytest.raises(Refused, match="Name another facilitator first"):
            take_off(found, found.round.team.get(person=found.world.ada))
        TeamMemberFactory(round=found.round, person=PersonFactory(is_active=False))
        with pytest.raises(Refused, match="Name another facilitator first"):
            take_off(found, found.round.team.get(person=found.world.ada))

    def test_who_leaves_owns_no_steps(self, found):
        second = name(found, found.fay.email, part=TeamPart.FACILITATOR)
        steps = PreparationStep.objects.filter(storyteller=found.devs)
        steps.filter(kind=Step.GROUP).update(owner=found.fay)
        steps.filter(kind=Step.DEBRIEFED).update(owner=found.world.ada)
        take_off(found, second)
        assert [steps.get(kind=kind).owner for kind in (Step.GROUP, Step.DEBRIEFED)] == [None, found.world.ada]

    def test_nor_does_who_is_unticked_on_the_page_of_changes(self, found):
        steps = PreparationStep.objects.filter(storyteller=found.devs, kind=Step.GROUP)
        steps.update(owner=found.world.ada)
        scheduling.name_facilitators(round=found.round, facilitators=[found.fay], by=found.world.ada, now=NOON)
        assert steps.get().owner is None


class TestAccountsMadeForIt:
    def test_go_when_nothing_else_names_them(self, found):
        member = name(found, "new@elsewhere.example", "Nora New")
        take_off(found, member)
        assert Person.objects.filter(email="new@elsewhere.example").count() == 0
        assert EmailAddress.objects.filter(email="new@elsewhere.example").count() == 0

    def test_stay_with_another_part_a_booking_or_an_employer(self, found):
        for use in (
            lambda person: TeamMemberFactory(person=person, part=TeamPart.HELPER),
            lambda person: BookingFactory(person=person),
            lambda person: RoundFactory(planned_by=person),
        ):
            member = name(found, "new@elsewhere.example", "Nora New")
            use(member.person)
            take_off(found, member)
            assert Person.objects.filter(email="new@elsewhere.example").count() == 1
        member = name(found, found.world.cleo.email)
        take_off(found, member)
        assert Person.objects.filter(pk=found.world.cleo.pk).exists()


class TestPage:
    def test_is_for_its_facilitators(self, client, found):
        assert statuses(client, found.everyone(), page_of(found)) == {
            "facilitator": 200,
            "another facilitator": 403,
            "clinical lead": 403,
            "administrator": 403,
            "ICS lead": 403,
            "invited staff": 403,
            "other staff": 404,
            "helper": 403,
            "storyteller": 403,
            "another storyteller": 404,
            "nobody": 302,
        }

    def test_nobody_else_changes_anything_by_posting(self, client, found):
        member = found.round.team.get(person=found.hal)
        data = {"email": found.world.cleo.email, "part": "helper"}
        everyone = found.everyone()
        del everyone["facilitator"]
        for address in (page_of(found), reverse("take_off_team", args=[found.round.pk, member.pk])):
            assert set(statuses(client, everyone, address, data).values()) == {302, 403, 404}
        assert parts(found) == {("Ada Facilitator", "facilitator"), ("Hal Helper", "helper")}

    def test_says_who_does_what_and_how_to_name_someone(self, ada, found):
        page = ada.get(page_of(found))
        assert headings_of(page) == ["Facilitators", "Helping at the door", "Name someone"]
        assert "Ada Facilitator (you)" in words_of(page)
        assert "Only one facilitator is named. Two is kinder" in words_of(page)
        assert buttons_of(page)[-1] == "Put them in the team"
        assert (found.hal.email in page.content.decode(), tab_of(page)) == (False, "Team: Rounds portal")

    def test_names_someone_and_writes_to_nobody(self, ada, found):
        data = {"email": "new@elsewhere.example", "called": "Nora New", "part": "helper"}
        page = ada.post(page_of(found), data, follow=True)
        assert "Nobody was written to: tell them yourself" in words_of(page)
        assert ("Nora New", "helper") in parts(found)
        assert (Delivery.objects.count(), mail.outbox) == (0, [])

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({}, ["Enter their email address", NAMELESS, "Choose what they do"]),
            ({"email": "no address", "part": "helper", "called": "A"}, [FORMAT]),
            ({"email": "a@b.example", "part": "boss", "called": "A"}, ["Choose what they do"]),
            ({"email": "a@b.example", "part": "helper"}, [NAMELESS]),
            ({"email": "a@b.example", "part": "helper", "called": "A\x00"}, [UNSEEN]),
            ({"email": "a@b.example", "part": "helper", "called": "A" * 101}, [TOO_LONG]),
            ({"email": "a" * 250 + "@b.example", "part": "helper", "called": "A"}, [FORMAT]),
        ],
    )
    def test_bad_input(self, ada, found, data, said):
        page = ada.post(page_of(found), data)
        assert [error for errors in page.context["naming"].errors.values() for error in errors] == said
        assert tab_of(page) == "Error: Team: Rounds portal"
        assert len(parts(found)) == 2

    def test_asks_for_a_name_whoever_it_is(self, ada, found):
        """Otherwise the question would tell who has an account."""
        for email in (found.world.cleo.email, "new@elsewhere.example"):
            page = ada.post(page_of(found), {"email": email, "part": "helper"})
            assert page.context["naming"].errors == {"called": [NAMELESS]}

    def test_a_name_is_text(self, ada, found):
        ada.post(page_of(found), {"email": "new@elsewhere.example", "called": MARKUP, "part": "helper"})
        assert MARKUP not in ada.get(page_of(found)).content.decode()
        assert MARKUP in words_of(ada.get(page_of(found)))

    def test_takes_someone_off_and_keeps_the_last(self, ada, found):
        def press(person):
            member = found.round.team.get(person=person)
            return ada.post(reverse("take_off_team", args=[found.round.pk, member.pk]), follow=True)

        assert "They are no longer in the team." in words_of(press(found.hal))
        refused = press(found.world.ada)
        assert "A Round needs someone who runs it. Name another facilitator first, or say that" in words_of(refused)
        assert parts(found) == {("Ada Facilitator", "facilitator")}
        name(found, found.fay.email, part=TeamPart.FACILITATOR)
        assert "You are no longer in the team." in words_of(press(found.world.ada))
        assert parts(found) == {("Fay Facilitator", "facilitator")}

    def test_a_get_changes_nothing(self, ada, found):
        member = found.round.team.get(person=found.hal)
        assert ada.get(reverse("take_off_team", args=[found.round.pk, member.pk])).url == page_of(found)
        assert len(parts(found)) == 2

    def test_as_many_queries_for_three_helpers_as_for_one(self, ada, found):
        ada.get(page_of(found))
        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                ada.get(page_of(found))
            counts.append(len(queries))
            TeamMemberFactory(round=found.round, part=TeamPart.HELPER)
        assert counts[0] == counts[2]


class TestWhoHelps:
    def test_is_led_to_the_door_from_home_and_let_in(self, client, found):
        client.force_login(found.hal)
        home = client.get(reverse("home"))
        assert "You help at the door of “Thrown in” on Wednesday 17 March 2027." in words_of(home)
        door = reverse("round_door", args=[found.round.pk])
        assert f'href="{door}"' in home.content.decode()
        assert client.get(door).status_code == 200

    @pytest.mark.parametrize(
        ("state", "days", "led"),
        [
            (RoundState.PLANNED, 0, True),
            (RoundState.CANCELLED, 0, False),
            (RoundState.HELD, 14, True),
            (RoundState.HELD, 16, False),
        ],
    )
    def test_only_while_there_is_a_door(self, client, found, time_machine, state, days, led):
        type(found.round).objects.update(state=state)
        time_machine.move_to(NOON + days * DAY + dt.timedelta(hours=6))
        client.force_login(found.hal)
        assert ("You help at the door" in words_of(client.get(reverse("home")))) is led

    def test_nobody_else_reads_it(self, client, found):
        for person in (found.world.ada, found.dev, found.world.ben):
            client.force_login(person)
            assert "You help at the door" not in words_of(client.get(reverse("home")))

    def test_gains_no_role(self, client, found):
        client.force_login(found.hal)
        assert client.get(reverse("organise")).status_code == 403
        assert RoleGrant.objects.filter(person=found.hal).count() == 0
