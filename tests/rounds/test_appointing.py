"""A Round that nobody can run: who says so, who names somebody else, and what neither of them sees."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse

from members.actions import correspondence, erasure
from members.models import Person, SecurityEvent
from members.models.audit import Act
from rounds.access import people_to_appoint
from rounds.actions import appointing, team
from rounds.models import Round
from rounds_site.kit.refusals import Refused
from tests.factories.members import OrganisationFactory, PersonFactory, PlaceFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory, TeamMemberFactory
from tests.worlds import NOON

from .pages import buttons_of, words_of
from .panels import around, statuses

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def found():
    """Ada alone runs the Round; Fay holds the role in the whole system, Ann administers it."""
    return around()


def stranded(found):
    """Nobody can run it any more."""
    found.round.team.filter(person=found.world.ada).update(suspended_at=NOON)
    return found


def page_of(found):
    return reverse("name_facilitator", args=[found.round.pk])


def appoint(found, person, by=None, now=NOON):
    return appointing.appoint(round=found.round, person=person, by=by or found.ann, now=now)


def wanted(found, now=NOON):
    return Round.objects.without_anybody_to_run_them(now).filter(pk=found.round.pk).exists()


def letters(now=NOON):
    mail.outbox.clear()
    correspondence.run(now=now)
    return {letter.to[0]: letter.body for letter in mail.outbox}


class TestNaming:
    def test_somebody_who_holds_the_role_there(self, client, found):
        stranded(found)
        client.force_login(found.ann)
        page = client.get(page_of(found))
        assert "Fay Facilitator" in words_of(page)
        answer = client.post(page_of(found), {"person": str(found.fay.pk)}, follow=True)
        assert "Fay Facilitator facilitates this Round now. We write to them." in words_of(answer)
        assert found.round.team.facilitating().get().person == found.fay

    def test_stands_in_the_log_and_the_named_one_gets_a_letter_that_says_nothing(self, found):
        appoint(stranded(found), found.fay)
        event = SecurityEvent.objects.get()
        assert (event.act, event.by, event.about) == (Act.FACILITATOR_NAMED, found.ann.pk, str(found.round.pk))
        assert (event.where, event.said) == (found.world.system.pk, {"named": str(found.fay.pk)})
        sent = letters()
        assert list(sent) == [found.fay.email]
        assert "You were named as a facilitator of a Round." in sent[found.fay.email]
        assert [word for word in ("Thrown in", "Ann", "Ada", "17 March") if word in sent[found.fay.email]] == []

    def test_never_while_somebody_runs_it(self, found):
        with pytest.raises(Refused, match="so its facilitators say who facilitates"):
            appoint(found, found.fay)

    @pytest.mark.parametrize("who", ["ann", "hal", "dev"])
    def test_never_oneself_nor_who_holds_no_such_role(self, found, who):
        RoleGrantFactory(person=found.ann, role="facilitator", system=found.world.system)
        with pytest.raises(Refused, match="Choose somebody else who holds the role of a facilitator"):
            appoint(stranded(found), getattr(found, who))

    def test_who_may_be_named_is_of_the_host_or_around_it(self, found):
        place = PlaceFactory(system=found.world.system)
        lantern = OrganisationFactory(name="Lantern Hill", system=found.world.system, place=place)
        round = RoundFactory(system=found.world.system, host_organisation=lantern)
        scopes = {
            "of the host": {"organisation": lantern},
            "of its Place": {"place": place},
            "of another partner": {"organisation": found.world.elmbridge},
            "of another system": {"system": RoundFactory().system},
        }
        for name, scope in scopes.items():
            RoleGrantFactory(person=PersonFactory(name=name), role="clinical_lead", **scope)
        RoleGrantFactory(person=PersonFactory(name="closed", is_active=False), role="facilitator", organisation=lantern)
        offered = [str(person) for person in people_to_appoint(found.ann, round, now=NOON)]
        assert offered == ["Ada Facilitator", "Cora Clinical", "Fay Facilitator", "of its Place", "of the host"]
        everywhere = [str(person) for person in people_to_appoint(found.ann, found.round, now=NOON)]
        assert ("of another partner" in everywhere, "of another system" in everywhere) == (True, False)

    def test_is_for_administrators_of_its_system_and_host(self, client, found):
        stranded(found)
        assert statuses(client, found.everyone(), page_of(found)) == {
            "facilitator": 403,
            "another facilitator": 403,
            "clinical lead": 403,
            "administrator": 200,
            "ICS lead": 403,
            "invited staff": 403,
            "other staff": 404,
            "helper": 403,
            "storyteller": 403,
            "another storyteller": 404,
            "nobody": 302,
        }

    def test_shows_no_storyteller_and_nobody_who_booked(self, client, found):
        stranded(found)
        BookingFactory(round=found.round, person=found.world.ben)
        client.force_login(found.ann)
        page = words_of(client.get(page_of(found)))
        assert [each for each in (found.dev, found.olga, found.hal, found.world.ben) if str(each) in page] == []
        for name in ("round_bookings", "round_panel", "round_team", "round_door"):
            assert client.get(reverse(name, args=[found.round.pk])).status_code == 403

    def test_says_what_to_do_where_nobody_can_be_named(self, client, found):
        stranded(found)
        Person.objects.filter(pk__in=[found.world.ada.pk, found.fay.pk, found.cora.pk]).update(is_active=False)
        client.force_login(found.ann)
        assert "Give somebody that role first" in words_of(client.get(page_of(found)))

    def test_bad_input_changes_nothing(self, client, found):
        stranded(found)
        client.force_login(found.ann)
        for data in ({}, {"person": "x"}, {"person": str(found.dev.pk)}):
            assert client.post(page_of(found), data).status_code == 200
        assert not found.round.team.facilitating().exists()

    def test_shows_itself_that_it_is_them_first(self, client, found, time_machine):
        stranded(found)
        client.force_login(found.ann)
        time_machine.shift(11 * 60)
        assert "Show that it is you" in words_of(client.get(page_of(found)))

    def test_a_closed_account_runs_nothing(self, found):
        Person.objects.filter(pk=found.world.ada.pk).update(is_active=False)
        assert wanted(found)
        appoint(found, found.fay)
        assert not wanted(found)

    def test_what_is_over_or_called_off_needs_nobody(self, found):
        stranded(found)
        for state, is_wanted in (("planned", True), ("held", True), ("closed", False), ("cancelled", False)):
            Round.objects.filter(pk=found.round.pk).update(state=state)
            assert wanted(found) is is_wanted
        Round.objects.filter(pk=found.round.pk).update(state="held")
        assert not wanted(found, now=found.round.kept_until + DAY)


class TestWhatAnAdministratorFinds:
    def test_the_first_thing_to_do_where_nobody_runs_it(self, client, found):
        client.force_login(found.ann)
        assert "Name a facilitator" not in words_of(client.get(reverse("organise")))
        stranded(found)
        page = client.get(reverse("organise"))
        assert "Nobody can run this Round at present." in words_of(page)
        assert f'href="{page_of(found)}"' in page.content.decode()
        workspace = words_of(client.get(reverse("round_workspace", args=[found.round.pk])))
        assert ("Nobody at present" in workspace, "Name a facilitator" in workspace) == (True, True)

    def test_who_runs_it_where_somebody_does(self, client, found):
        client.force_login(found.ann)
        page = client.get(page_of(found))
        assert "Ada Facilitator is the only facilitator, and alone says who else is." in words_of(page)
        TeamMemberFactory(round=found.round, person=found.fay)
        page = client.get(page_of(found))
        assert "Ada Facilitator and Fay Facilitator facilitate this Round" in words_of(page)
        assert [word for word in buttons_of(page) if "reached" in word] == []


class TestWhoCannotGoOn:
    def press(self, client, found, **data):
        client.force_login(found.world.ada)
        return client.post(reverse("hand_over", args=[found.round.pk]), data, follow=True)

    def test_says_so_and_keeps_everything_until_another_is_named(self, client, found):
        page = self.press(client, found)
        assert "We have written to those who can name another facilitator." in words_of(page)
        assert client.get(reverse("round_bookings", args=[found.round.pk])).status_code == 200
        sent = letters()
        assert list(sent) == [found.ann.email]
        member = found.round.team.get(person=found.world.ada)
        with pytest.raises(Refused, match="A Round needs someone who runs it"):
            team.take_off(round=found.round, member_id=member.pk, by=found.world.ada, now=NOON)
        appoint(found, found.fay)
        sent = letters()
        assert set(sent) == {found.fay.email, found.world.ada.email}
        assert "Another facilitator was named for a Round of yours." in sent[found.world.ada.email]
        team.take_off(round=found.round, member_id=member.pk, by=found.world.ada, now=NOON)
        assert found.round.team.facilitating().get().person == found.fay

    def test_takes_it_back(self, client, found):
        self.press(client, found)
        assert "You facilitate this Round as before." in words_of(self.press(client, found, after_all="1"))
        assert not wanted(found)
        assert letters() == {}
        with pytest.raises(Refused, match="Somebody runs this Round"):
            appoint(found, found.fay)

    def test_a_second_press_tells_nobody_again(self, client, found):
        self.press(client, found)
        letters()
        self.press(client, found)
        assert letters() == {}

    def test_with_another_they_take_themself_off_instead(self, client, found):
        TeamMemberFactory(round=found.round, person=found.fay)
        assert "You are not the only facilitator" in words_of(self.press(client, found))
        client.force_login(found.world.ada)
        page = client.get(reverse("round_team", args=[found.round.pk]))
        assert "I cannot do this one" not in buttons_of(page)

    def test_only_a_facilitator_says_it(self, client, found):
        address = reverse("hand_over", args=[found.round.pk])
        everyone = found.everyone()
        del everyone["facilitator"]
        assert set(statuses(client, everyone, address, {}).values()) == {302, 403, 404}
        assert not wanted(found)

    def test_may_erase_the_account_once_another_is_named(self, client, found):
        with pytest.raises(Refused, match="say in its team that you cannot do it"):
            erasure.erase(person=found.world.ada, by=found.world.ada, now=NOON)
        self.press(client, found)
        appoint(found, found.fay)
        erasure.erase(person=found.world.ada, by=found.world.ada, now=NOON)
        assert found.round.team.facilitating().get().person == found.fay

    def test_of_two_who_cannot_neither_leaves_the_other_alone_with_it(self, client, found):
        self.press(client, found)
        appoint(found, found.fay)
        fays = found.round.team.get(person=found.fay)
        with pytest.raises(Refused, match="A Round needs someone who runs it"):
            team.take_off(round=found.round, member_id=fays.pk, by=found.fay, now=NOON)


class TestWhoCannotBeReached:
    def say(self, found, by=None, now=NOON):
        return appointing.say_unreachable(round=found.round, by=by or found.ann, now=now)

    def test_is_written_to_and_replaced_a_day_later(self, client, found):
        client.force_login(found.ann)
        page = client.post(reverse("facilitator_away", args=[found.round.pk]), follow=True)
        assert "We write to Ada Facilitator. You can name another facilitator from" in words_of(page)
        sent = letters()
        assert list(sent) == [found.world.ada.email]
        assert "There is a question about the team of a Round that you facilitate." in sent[found.world.ada.email]
        assert SecurityEvent.objects.filter(act=Act.FACILITATOR_MISSED, by=found.ann.pk).count() == 1
        with pytest.raises(Refused, match="Somebody runs this Round"):
            appoint(found, found.fay, now=NOON + DAY - HOUR)
        appoint(found, found.fay, now=NOON + DAY)
        assert {member.person for member in found.round.team.facilitating()} == {found.world.ada, found.fay}

    def test_goes_on_with_one_tap(self, client, found):
        self.say(found)
        client.force_login(found.world.ada)
        page = client.get(reverse("round_team", args=[found.round.pk]))
        assert "I can do it after all" in buttons_of(page)
        client.post(reverse("hand_over", args=[found.round.pk]), {"after_all": "1"})
        with pytest.raises(Refused, match="Somebody runs this Round"):
            appoint(found, found.fay, now=NOON + 2 * DAY)

    def test_on_the_day_itself_nobody_waits(self, found):
        today = {"booking_closes_at": NOON + HOUR, "starts_at": NOON + 6 * HOUR}
        Round.objects.filter(pk=found.round.pk).update(**today)
        found.round.refresh_from_db()
        assert self.say(found).replaceable_from == NOON

    def test_a_second_press_changes_nothing(self, found):
        self.say(found)
        assert self.say(found, now=NOON + HOUR).replaceable_from == NOON + DAY
        assert SecurityEvent.objects.count() == 1

    def test_is_said_of_the_only_one_and_by_somebody_else(self, found):
        RoleGrantFactory(person=found.world.ada, role="administrator", system=found.world.system)
        with pytest.raises(Refused, match="You facilitate it yourself"):
            self.say(found, by=found.world.ada)
        TeamMemberFactory(round=found.round, person=found.fay)
        with pytest.raises(Refused, match="Its facilitators say who facilitates this Round"):
            self.say(found)

    def test_is_for_administrators_of_its_system_and_host(self, client, found):
        everyone = found.everyone()
        del everyone["administrator"]
        address = reverse("facilitator_away", args=[found.round.pk])
        assert set(statuses(client, everyone, address, {}).values()) == {302, 403, 404}
        assert found.round.team.get(person=found.world.ada).replaceable_from is None
