"""Finding voices: who reads what staff offer, who was asked, what goes with whoever steps back, and what is counted."""

import datetime as dt
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import correspondence, leaving, retention
from members.models import Delivery, Person, RoleGrant
from members.roles import ROLES, May
from rounds.actions import approaches, offers, panel, themes
from rounds.models import Approach, Offer, Round, Storyteller, Theme, ThemeUse, VoiceTally
from rounds.models.voices import year_counted
from rounds.states import RoundState, Step
from rounds_site.kit.refusals import Refused
from rounds_site.kit.sight import seen_by
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.factories.rounds import ApproachFactory, OfferFactory, RoundFactory, StorytellerFactory, ThemeFactory
from tests.rounds.pages import buttons_of, headings_of, words_of
from tests.rounds.panels import statuses
from tests.rounds.traces import places_naming
from tests.worlds import LONDON, NOON, World, small_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
YEAR = dt.timedelta(days=365)
TELL, VOICES = "/tell-a-story/", "/organise/voices/"
NOTE, THEMES = f"{VOICES}asked/", f"{VOICES}themes/"
FINDERS_ALONE = {"finder": 200, "finder too": 200, "staff": 403, "lead": 403, "administrator": 403, "nobody": 302}


@dataclass
class Found:
    """Ada and Fay look for voices, Zoe in another system; Ben and Cleo might tell a story."""

    world: World
    fay: Person
    zoe: Person
    ann: Person

    def everyone(self):
        world = self.world
        return {
            "finder": world.ada,
            "finder too": self.fay,
            "staff": world.ben,
            "lead": world.ines,
            "administrator": self.ann,
            "nobody": None,
        }


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def found():
    world, elsewhere = small_world(), SystemFactory(code="QYY", short_name="South Fell")
    far = OrganisationFactory(system=elsewhere)
    found = Found(
        world=world,
        fay=PersonFactory(name="Fay Facilitator", works_for=world.quarry_lane),
        zoe=PersonFactory(name="Zoe Elsewhere", works_for=far),
        ann=PersonFactory(name="Ann Administrator", works_for=world.elmbridge),
    )
    RoleGrantFactory(person=found.fay, role="clinical_lead", system=None, organisation=world.quarry_lane)
    RoleGrantFactory(person=found.zoe, role="facilitator", system=elsewhere)
    RoleGrantFactory(person=found.ann, role="administrator", system=world.system)
    return found


def signed_in(client, person):
    client.logout()
    client.force_login(person)
    return client


def write(found, *readers):
    readers = [(found.world.system, reader) for reader in readers or [found.world.ada]]
    with seen_by(found.world.ben):
        return offers.make(person=found.world.ben, readers=readers, about="The night of the storm", now=NOON)


def hand_over(now=NOON):
    while correspondence.dispatch(now=now):
        pass


class TestOffering:
    def test_all_who_look_for_voices_can_be_chosen_and_nobody_else(self, client, found):
        page = signed_in(client, found.world.ben).get(TELL)
        assert [str(label) for _, label in page.context["form"].fields["readers"].choices] == [
            "Ada Facilitator",
            "Fay Facilitator",
        ]
        assert buttons_of(page) == ["Send it to those I ticked"]

    def test_whoever_looks_for_voices_does_not_write_to_themself(self, client, found):
        page = signed_in(client, found.world.ada).get(TELL)
        assert [str(label) for _, label in page.context["form"].fields["readers"].choices] == ["Fay Facilitator"]

    def test_is_read_by_those_ticked_and_by_nobody_else(self, client, found):
        sent = {"readers": [found.world.ada.pk], "about": "The night of the storm", "reach": "After six"}
        assert signed_in(client, found.world.ben).post(TELL, sent).url == TELL
        assert "You wrote on 3 March 2027, to Ada Facilitator The night of the storm" in words_of(client.get(TELL))
        for person, reads in ((found.world.ada, True), (found.fay, False), (found.zoe, False)):
            said = words_of(signed_in(client, person).get(VOICES))
            assert ("Ben Booker might tell a story The night of the storm" in said) == reads
            assert ("After six" in said) == reads
        for person in (found.world.ines, found.ann, found.world.cleo):
            assert "storm" not in words_of(signed_in(client, person).get(TELL))

    def test_nothing_need_be_said_but_who_may_read_it(self, client, found):
        page = signed_in(client, found.world.ben).post(TELL, {"about": "Typed"})
        assert "Select who may read it" in words_of(page)
        assert page.context["form"]["about"].value() == "Typed"
        client.post(TELL, {"readers": [found.fay.pk]})
        assert Offer.objects.get().reader == found.fay

    @pytest.mark.parametrize("readers", [["x"], ["zoe"], ["ines"]])
    def test_nobody_else_is_written_to_by_a_form_of_ones_own(self, client, found, readers):
        keys = {"zoe": found.zoe.pk, "ines": found.world.ines.pk}
        page = signed_in(client, found.world.ben).post(TELL, {"readers": [keys.get(each, each) for each in readers]})
        assert "does not look for voices any more" in words_of(page)
        assert Offer.objects.count() == 0

    def test_what_is_too_long_stays_in_the_box(self, client, found):
        page = signed_in(client, found.world.ben).post(TELL, {"readers": [found.fay.pk], "about": "x" * 1001})
        assert "Make it shorter: 1000 characters at most" in words_of(page)
        assert "x" * 1001 in page.content.decode()

    def test_once_until_it_is_taken_back(self, found):
        write(found)
        with pytest.raises(Refused, match="Take that back first"):
            write(found, found.fay)

    def test_the_reader_loses_it_with_the_role(self, client, found):
        write(found)
        RoleGrant.objects.filter(person=found.world.ada).update(ends_on=NOON.date())
        assert signed_in(client, found.world.ada).get(VOICES).status_code == 403

    def test_whoever_works_nowhere_is_told_what_to_do(self, client, found):
        page = signed_in(client, PersonFactory()).get(TELL)
        assert "You can write here once you work for a partner" in words_of(page)

    def test_where_nobody_looks_for_voices_it_says_so(self, client, found):
        lonely = PersonFactory(works_for=OrganisationFactory(system=SystemFactory(code="QZZ")))
        assert "Nobody looks for stories" in words_of(signed_in(client, lonely).get(TELL))

    def test_a_theme_is_chosen_among_those_kept(self, client, found):
        for title, suggested in (("The last to leave", False), ("Not yet kept", True)):
            ThemeFactory(system=found.world.system, title=title, is_suggested=suggested)
        page = signed_in(client, found.world.ben).get(TELL)
        assert page.context["form"].fields["theme"].choices == [
            ("", "None in particular"),
            ("The last to leave", "The last to leave"),
        ]


class TestLetter:
    def test_says_neither_who_nor_what(self, found):
        write(found)
        hand_over()
        [letter] = mail.outbox
        assert (letter.to, letter.subject) == ([found.world.ada.email], "You have a message in the Rounds portal")
        for word in ("Ben", "storm", "story", "voice"):
            assert word not in letter.body.replace("/organise/voices/", "")

    @pytest.mark.parametrize("gone", ["taken back", "role"])
    def test_is_not_sent_once_there_is_nothing_to_read(self, found, gone):
        write(found)
        if gone == "role":
            RoleGrant.objects.filter(person=found.world.ada).update(ends_on=NOON.date())
        else:
            offers.take_back(person=found.world.ben)
        hand_over()
        assert mail.outbox == []


class TestTakingBack:
    def test_leaves_nothing(self, client, found):
        ben = found.world.ben
        before = places_naming(ben.pk, ben.email, "storm")
        keys = [each.pk for each in write(found, found.world.ada, found.fay)]
        hand_over()
        assert ("default", "rounds_offer") in places_naming("storm")
        assert signed_in(client, ben).post("/tell-a-story/take-back/").url == TELL
        client.get(TELL)
        client.logout()
        assert places_naming(ben.pk, ben.email, "storm") == before
        assert places_naming(*keys) == {}

    def test_nobody_takes_back_what_is_anothers(self, client, found):
        write(found)
        signed_in(client, found.world.cleo).post("/tell-a-story/take-back/")
        assert Offer.objects.count() == 1

    def test_goes_with_whoever_leaves(self, found):
        write(found, found.world.ada, found.fay)
        leaving.leave(membership=found.world.ben.memberships.get(), by=found.ann, now=NOON)
        assert Offer.objects.count() == 0

    def test_stays_where_another_leaves_a_partner_of_that_system(self, found):
        """Two who leave at once, each of another system: what Ben wrote in a system that he does not work in stays."""
        far = OrganisationFactory(system=SystemFactory(code="QXX"))
        here = MembershipFactory(person=PersonFactory(), organisation=found.world.elmbridge)
        OfferFactory(system=found.world.system, person=PersonFactory(works_for=far), reader=found.world.ada)
        writer = Offer.objects.get().person
        jobs = [(writer.pk, far.pk), (here.person_id, found.world.elmbridge.pk)]
        writer.memberships.all().delete()
        offers.let_go(jobs, NOON)
        assert Offer.objects.count() == 1

    def test_stays_while_another_partner_of_the_system_employs_them(self, found):
        write(found)
        MembershipFactory(person=found.world.ben, organisation=found.world.quarry_lane)
        job = found.world.ben.memberships.get(organisation=found.world.elmbridge)
        leaving.leave(membership=job, by=found.ann, now=NOON)
        assert Offer.objects.count() == 1


class TestReaderWhoIsGone:
    """Whoever wrote is told, and may choose somebody else for the same words."""

    @pytest.fixture(params=["role", "job"])
    def teller(self, client, found, request):
        write(found)
        if request.param == "job":
            leaving.leave(membership=found.world.ada.memberships.get(), by=found.ann, now=NOON)
        RoleGrant.objects.filter(person=found.world.ada).update(ends_on=NOON.date())
        return signed_in(client, found.world.ben)

    def test_is_said_and_another_is_chosen(self, teller, found):
        page = teller.get(TELL)
        assert "and nobody reads it now" in words_of(page)
        assert "Ada Facilitator does not read it any more" in words_of(page)
        [(key, name)] = page.context["form"].fields["readers"].choices
        assert name == "Fay Facilitator"
        assert teller.post(TELL, {"readers": [key]}).url == TELL
        row = Offer.objects.get()
        assert (row.reader, row.about, row.created_at) == (found.fay, "The night of the storm", NOON)
        mail.outbox.clear()
        hand_over()
        written = [letter.to for letter in mail.outbox if "Somebody has written to you" in letter.body]
        assert written == [[found.fay.email]]
        assert "does not read it" not in words_of(teller.get(TELL))

    def test_the_others_read_on(self, client, found):
        write(found, found.world.ada, found.fay)
        RoleGrant.objects.filter(person=found.world.ada).update(ends_on=NOON.date())
        words = words_of(signed_in(client, found.world.ben).get(TELL))
        assert "You wrote on 3 March 2027, to Fay Facilitator" in words
        assert "There is nobody else to choose just now." in words

    def test_what_was_taken_back_meanwhile_goes_to_nobody(self, teller, found):
        offers.take_back(person=found.world.ben)
        with pytest.raises(Refused, match="not there any more"):
            offers.choose_again(person=found.world.ben, readers=[(found.world.system, found.fay)], now=NOON)


class TestList:
    def test_is_seen_by_those_who_ask_and_by_nobody_else(self, client, found):
        ApproachFactory(system=found.world.system, person=found.world.cleo, by=found.world.ada)
        for address in (VOICES, NOTE, THEMES, f"{THEMES}add/"):
            assert statuses(client, found.everyone(), address) == FINDERS_ALONE
        assert "Cleo Carer March 2027, by Ada Facilitator" in words_of(signed_in(client, found.fay).get(VOICES))
        assert "Cleo" not in words_of(signed_in(client, found.zoe).get(VOICES))

    def test_asking_through_a_panel_writes_it(self, found):
        round = RoundFactory(system=found.world.system, facilitators=[found.world.ada])
        panel.ask(round=round, email=found.world.cleo.email, by=found.world.ada, now=NOON)
        row = Approach.objects.get()
        assert (row.person, row.by, row.system, row.created_at) == (
            found.world.cleo,
            found.world.ada,
            found.world.system,
            NOON,
        )

    def test_whoever_is_asked_reads_it_beside_the_question(self, client, found):
        round = RoundFactory(system=found.world.system, facilitators=[found.world.ada])
        asked = panel.ask(round=round, email=found.world.cleo.email, by=found.world.ada, now=NOON)
        page = signed_in(client, found.world.cleo).get(reverse("preparation", args=[asked.pk]))
        assert "Only that you were asked, and not for which Round nor what you answered" in words_of(page)
        assert f'href="{TELL}#asked"' in page.content.decode()

    def test_is_noted_by_hand_and_knows_who_has_an_account(self, client, found):
        signed_in(client, found.fay)
        client.post(NOTE, {"called": "C. C.", "email": found.world.cleo.email.upper()})
        client.post(NOTE, {"called": "Nora Newcomer"})
        assert set(Approach.objects.values_list("person__name", "name", "by__name")) == {
            ("Cleo Carer", "C. C.", "Fay Facilitator"),
            (None, "Nora Newcomer", "Fay Facilitator"),
        }

    def test_noting_an_address_does_not_tell_whose_it_is_or_whether_it_is_known(self, client, found):
        carer = PersonFactory(name="Cleo Canary")
        signed_in(client, found.fay)
        pages = []
        for email in (carer.email, "nobody@elsewhere.example"):
            client.post(NOTE, {"called": "Someone", "email": email})
            again = client.post(NOTE, {"called": "Another", "email": email})
            pages.append((again.status_code, sorted(words_of(client.get(VOICES)).split())))
            Approach.objects.all().delete()
        assert "Canary" not in pages[0][1] + pages[1][1]
        assert pages[0] == pages[1]

    @pytest.mark.parametrize(("called", "at"), [("nora newcomer", ""), ("X", "cleo"), ("cleo carer", "")])
    def test_somebody_asked_before_takes_a_second_press(self, client, found, called, at):
        ApproachFactory(system=found.world.system, person=found.world.cleo, by=found.world.ada)
        ApproachFactory(system=found.world.system, name="Nora Newcomer", by=found.world.ada)
        said = {"called": called, "email": at and found.world.cleo.email}
        page = signed_in(client, found.fay).post(NOTE, said)
        assert "was asked in March 2027 Ada Facilitator asked them" in words_of(page)
        assert buttons_of(page) == ["Note it all the same"]
        assert page.context["form"]["called"].value() == said["called"]
        assert Approach.objects.count() == 2
        client.post(NOTE, said | {"anyway": page.context["form"].whom})
        assert Approach.objects.count() == 3

    def test_which_holds_for_those_alone_of_whom_it_warned(self, client, found):
        for name in ("Nora", "Nina"):
            ApproachFactory(system=found.world.system, name=name, by=found.world.ada)
        signed_in(client, found.fay)
        page = client.post(
            NOTE, {"called": "Nina", "anyway": client.post(NOTE, {"called": "Nora"}).context["form"].whom}
        )
        assert "Nina was asked in" in words_of(page)
        assert Approach.objects.count() == 2

    def test_so_does_asking_through_a_panel_in_whatever_team(self, client, found):
        """A facilitator of one Round, with no role, too: they ask as well."""
        cleo, guest = found.world.cleo, PersonFactory()
        ApproachFactory(system=found.world.system, person=cleo, by=found.world.ada)
        round = RoundFactory(system=found.world.system, facilitators=[guest])
        address, said = reverse("round_panel", args=[round.pk]), {"email": cleo.email, "called": "Cleo"}
        page = signed_in(client, guest).post(address, said)
        assert "They were asked within the last 12 months" in words_of(page)
        assert "Cleo Carer" not in words_of(page)
        assert "Ada Facilitator asked" not in words_of(page)
        assert Storyteller.objects.count() == 0
        assert client.post(address, {"email": "nobody@elsewhere.example", "called": "Cleo Carer"}).status_code == 302
        Storyteller.objects.all().delete()
        client.post(address, said | {"anyway": page.context["asking"].whom})
        assert Storyteller.objects.get().person == cleo
        assert client.post(address, said).status_code == 302

    def test_another_system_warns_of_nobody(self, client, found):
        ApproachFactory(system=SystemFactory(code="QZZ"), person=found.world.cleo)
        signed_in(client, found.fay).post(NOTE, {"called": "Cleo Carer"})
        assert Approach.objects.filter(system=found.world.system).count() == 1

    def test_a_person_sees_that_they_stand_there_and_takes_themself_out(self, client, found):
        for system in (found.world.system, found.world.system, SystemFactory(code="QZZ")):
            ApproachFactory(system=system, person=found.world.ben, by=found.world.ada)
        other = ApproachFactory(system=found.world.system, person=found.world.cleo)
        page = signed_in(client, found.world.ben).get(TELL)
        assert "You were asked to tell a story 1 March 2027 By Ada Facilitator" in words_of(page)
        client.post("/tell-a-story/take-me-out/")
        assert Approach.objects.get() == other
        assert "You were asked" not in words_of(client.get(TELL))

    def test_whoever_asks_takes_out_a_row_of_their_system_and_of_no_other(self, client, found):
        here, there = ApproachFactory(system=found.world.system), ApproachFactory(system=SystemFactory(code="QZZ"))
        signed_in(client, found.fay)
        answers = [client.post(reverse("take_out_approach", args=[row.pk])).status_code for row in (here, there)]
        assert answers == [302, 404]
        assert Approach.objects.get() == there

    def test_holds_no_account(self, found):
        """One that was made for a panel goes with the panel, and this with it."""
        round = RoundFactory(system=found.world.system, facilitators=[found.world.ada])
        panel.ask(round=round, email="nora@elsewhere.example", called="Nora New", by=found.world.ada, now=NOON)
        retention.run(now=round.ends_at + 31 * DAY)
        assert places_naming("nora@elsewhere.example") == {}
        assert Approach.objects.count() == 0


class TestSteppingBack:
    def rows_of(self, person):
        return set(Approach.objects.filter(person=person).values_list("by__name", flat=True))

    def test_takes_along_all_that_says_they_were_asked_since(self, found):
        world = found.world
        round = RoundFactory(system=world.system, facilitators=[world.ada])
        asked = panel.ask(round=round, email=world.cleo.email, by=world.ada, now=NOON)
        panel.agree(storyteller=asked, now=NOON)
        with seen_by(found.fay):
            approaches.note(system=world.system, name="C.", email=world.cleo.email, by=found.fay, now=NOON + DAY)
            approaches.note(system=world.system, name="cleo carer", by=found.fay, now=NOON + DAY)
            approaches.note(system=world.system, name="Somebody Else", by=found.fay, now=NOON + DAY)
        leaving.leave(membership=found.fay.memberships.get(), by=found.ann, now=NOON + DAY)
        round.team.all().delete()
        assert panel.step_back(storyteller=asked) is False
        assert [str(row) for row in Approach.objects.all()] == ["Somebody Else"]
        assert places_naming(asked.pk) == {}

    def test_leaves_what_was_before_and_what_is_of_another_system(self, found):
        world = found.world
        round = RoundFactory(system=world.system, facilitators=[world.ada])
        for system, by, days in ((world.system, found.fay, -1), (SystemFactory(code="QZZ"), found.zoe, 1)):
            ApproachFactory(system=system, person=world.cleo, by=by, created_at=NOON + days * DAY)
        asked = panel.ask(round=round, email=world.cleo.email, by=world.ada, now=NOON)
        panel.agree(storyteller=asked, now=NOON)
        panel.step_back(storyteller=asked)
        assert self.rows_of(world.cleo) == {"Fay Facilitator", "Zoe Elsewhere"}

    def test_whoever_says_no_at_once_stands_there_like_whoever_has_told(self, found):
        """Were they gone, those who stay would be those who said yes."""
        world = found.world
        round = RoundFactory(system=world.system, facilitators=[world.ada])
        asked = panel.ask(round=round, email=world.cleo.email, by=world.ada, now=NOON)
        panel.step_back(storyteller=asked)
        assert self.rows_of(world.cleo) == {"Ada Facilitator"}
        assert places_naming(asked.pk) == {}


class TestTwelveMonths:
    @pytest.mark.parametrize(("make", "other"), [(OfferFactory, "reader"), (ApproachFactory, "by")])
    def test_and_not_a_day_longer(self, found, make, other):
        world = found.world
        row = make(system=world.system, person=world.ben, created_at=NOON, **{other: world.ada})
        retention.run(now=NOON + YEAR - dt.timedelta(seconds=1))
        assert type(row).objects.count() == 1
        retention.run(now=NOON + YEAR)
        assert type(row).objects.count() == 0

    def test_nobody_is_shown_older_whenever_the_rows_go(self, client, found, time_machine):
        world = found.world
        OfferFactory(system=world.system, person=world.ben, reader=world.ada, created_at=NOON)
        ApproachFactory(system=world.system, person=world.ben, by=world.ada, created_at=NOON)
        time_machine.move_to(NOON + YEAR, tick=False)
        assert "Ben Booker" not in words_of(signed_in(client, world.ada).get(VOICES))
        assert headings_of(signed_in(client, world.ben).get(TELL))[0] != "You were asked to tell a story"
        assert approaches.last(system=world.system, name="Ben Booker", now=NOON + YEAR) is None


class TestThemes:
    def test_what_staff_suggest_bears_no_name(self, client, found):
        signed_in(client, found.world.ben)
        key = client.get("/tell-a-story/theme/").context["form"].initial["key"]
        for _ in range(2):
            client.post("/tell-a-story/theme/", {"key": key, "title": "The day I could not fix it"})
        theme = Theme.objects.get()
        assert (theme.is_suggested, theme.system) == (True, found.world.system)
        assert ("default", "rounds_theme") not in places_naming(found.world.ben.pk)

    def test_is_kept_once_it_is_saved_with_how_it_went_and_where(self, client, found):
        theme = ThemeFactory(system=found.world.system, is_suggested=True)
        held = RoundFactory(system=found.world.system, state=RoundState.HELD, title="The night shift")
        RoundFactory(system=SystemFactory(code="QZZ"), state=RoundState.HELD, title="Elsewhere")
        address = reverse("theme", args=[theme.pk])
        page = signed_in(client, found.fay).get(address)
        assert [label for _, label in page.context["form"].fields["rounds"].choices] == ["The night shift"]
        said = {"key": theme.pk, "title": "In at the deep end", "went": "Quiet, then all at once", "rounds": [held.pk]}
        assert client.post(address, said).url == THEMES
        assert "In at the deep end The night shift, 17 March 2027 Quiet, then all at once" in words_of(
            client.get(THEMES)
        )
        client.post(address, said | {"rounds": []})
        assert ThemeUse.objects.count() == 0

    @pytest.mark.parametrize("adds", [True, False])
    def test_names_are_pointed_at_first_and_a_second_press_is_believed(self, client, found, adds):
        theme = ThemeFactory(system=found.world.system, title="The last to leave")
        address = f"{THEMES}add/" if adds else reverse("theme", args=[theme.pk])
        said = {"key": uuid4(), "title": "The last to leave", "went": "Ben Booker wept"}
        page = signed_in(client, found.fay).post(address, said)
        assert "“Ben Booker” is the name of somebody who works here" in words_of(page)
        assert "Save it as it is" in buttons_of(page)
        assert not Theme.objects.exclude(went="").exists()
        client.post(address, said | {"looked_at": page.context["form"]["looked_at"].value()})
        assert Theme.objects.get(went="Ben Booker wept").title == "The last to leave"

    def test_whoever_suggests_one_is_shown_names_too(self, client, found):
        said = {"key": uuid4(), "title": "What Cleo Carer taught me"}
        page = signed_in(client, found.world.ben).post("/tell-a-story/theme/", said)
        assert "“Cleo Carer” is the name of somebody who works here" in words_of(page)
        assert (buttons_of(page), Theme.objects.count()) == (["Suggest it as it is"], 0)
        client.post("/tell-a-story/theme/", said | {"looked_at": page.context["form"]["looked_at"].value()})
        assert Theme.objects.get().title == said["title"]

    def test_no_moment_finer_than_a_month_is_kept(self, found):
        held = RoundFactory(system=found.world.system, state=RoundState.HELD)
        late = dt.datetime(2027, 4, 1, 0, 30, tzinfo=LONDON)
        theme = themes.add(key=uuid4(), system=found.world.system, title="The last to leave", now=NOON)
        themes.keep(theme=theme, title="The last to leave", about="", went="", rounds=[held], now=late)
        moments = [Theme.objects.get().created_at, ThemeUse.objects.get().created_at]
        assert moments == [dt.datetime(2027, month, 1, tzinfo=LONDON) for month in (3, 4)]

    def test_what_was_dropped_meanwhile_is_not_kept(self, found):
        theme = ThemeFactory(system=found.world.system)
        type(theme).objects.all().delete()
        with pytest.raises(Refused, match="dropped this theme meanwhile"):
            themes.keep(theme=theme, title="Anew", about="", went="", now=NOON)

    def test_adding_one_changes_none_whatever_key_is_sent(self, client, found):
        theme = ThemeFactory(system=SystemFactory(code="QZZ"), title="Theirs")
        signed_in(client, found.fay).post(f"{THEMES}add/", {"key": theme.pk, "title": "Mine"})
        assert list(Theme.objects.values_list("title", flat=True)) == ["Theirs"]

    def test_of_another_system_is_not_here(self, client, found):
        theme = ThemeFactory(system=SystemFactory(code="QZZ"))
        signed_in(client, found.fay)
        for name in ("theme", "drop_theme"):
            assert client.post(reverse(name, args=[theme.pk])).status_code == 404

    def test_dropped_it_is_gone_and_the_round_stays(self, client, found):
        held = RoundFactory(system=found.world.system, state=RoundState.HELD)
        theme = ThemeFactory(system=found.world.system, rounds=[held])
        signed_in(client, found.fay).post(reverse("drop_theme", args=[theme.pk]))
        assert (Theme.objects.count(), Round.objects.count()) == (0, 1)


class TestBalance:
    """The quarter is January to March 2027; its voices are shown from 1 May on."""

    def told(self, found, people, **fields):
        fields = {"state": RoundState.HELD, "system": found.world.system} | fields
        round = RoundFactory(**fields)
        for person in people:
            StorytellerFactory(round=round, person=person, done=[Step.AGREED])
        return round

    def people(self, number, organisation=None, **job):
        found = PersonFactory.create_batch(number)
        for person in found if organisation else ():
            MembershipFactory(person=person, organisation=organisation, **job)
        return found

    def mix(self, client, found, now, time_machine):
        time_machine.move_to(now, tick=False)
        return signed_in(client, found.world.ada).get(VOICES).context["mixes"][0]

    def test_is_counted_as_the_panel_is_forgotten_and_shown_once_the_quarter_is(self, client, found, time_machine):
        world = found.world
        nurses = self.people(13, world.elmbridge, staff_group="nursing")
        cooks = self.people(1, world.quarry_lane, staff_group="estates")
        round = self.told(found, [*nurses, *cooks, *self.people(1)])
        StorytellerFactory(round=round)  # who was asked and has not said yes
        retention.run(now=round.ends_at + 31 * DAY)
        assert Storyteller.objects.count() == 0
        april, may = dt.datetime(2027, 4, 29, 12, tzinfo=NOON.tzinfo), dt.datetime(2027, 5, 1, 12, tzinfo=NOON.tzinfo)
        assert self.mix(client, found, april, time_machine)["enough"] is False
        mix = self.mix(client, found, may, time_machine)
        assert [(fact["term"], fact["lines"]) for fact in mix["kinds"]] == [
            ("Clinical", ["About 15"]),
            ("Not clinical", ["Fewer than 8"]),
            ("From elsewhere", ["Fewer than 8"]),
        ]
        assert [(fact["term"], fact["lines"]) for fact in mix["sectors"]] == [
            ("Acute hospitals", ["About 15"]),
            ("Social care", ["Fewer than 8"]),
        ]

    @pytest.mark.parametrize(("number", "enough"), [(7, False), (8, True)])
    def test_fewer_than_eight_are_not_shown(self, client, found, time_machine, number, enough):
        VoiceTally.objects.create(
            system=found.world.system, quarter=dt.date(2027, 1, 1), kind="clinical", sector="acute", number=number
        )
        may = dt.datetime(2027, 5, 1, 12, tzinfo=NOON.tzinfo)
        assert self.mix(client, found, may, time_machine)["enough"] is enough
        said = words_of(signed_in(client, found.world.ada).get(VOICES))
        assert ("Too few are counted yet" in said) is not enough
        assert ("Social care Nobody yet" in said) is enough

    @pytest.mark.parametrize("state", [RoundState.CANCELLED, RoundState.POSTPONED])
    def test_of_a_round_that_was_not_held_nobody_is_counted(self, found, state):
        round = self.told(found, self.people(2), state=state)
        retention.run(now=round.ends_at + 32 * DAY)
        assert VoiceTally.objects.count() == 0

    def test_whoever_steps_back_even_after_the_round_is_in_no_number(self, found):
        round = self.told(found, self.people(2))
        panel.step_back(storyteller=round.panel.first())
        retention.run(now=round.ends_at + 31 * DAY)
        retention.run(now=round.ends_at + 32 * DAY)
        assert VoiceTally.objects.get().number == 1

    def test_a_year_is_four_whole_quarters(self):
        assert year_counted(dt.date(2027, 4, 30)) == (dt.date(2026, 1, 1), dt.date(2027, 1, 1))
        assert year_counted(dt.date(2027, 5, 1)) == (dt.date(2026, 4, 1), dt.date(2027, 4, 1))
        assert year_counted(dt.date(2028, 1, 30)) == (dt.date(2026, 10, 1), dt.date(2027, 10, 1))

    def test_two_rounds_of_a_quarter_add_up(self, found):
        for _ in range(2):
            round = self.told(found, self.people(2))
        retention.run(now=round.ends_at + 31 * DAY)
        assert VoiceTally.objects.get().number == 4


def test_pages_ask_the_same_number_of_questions_whatever_there_is(client, found):
    world, numbers = found.world, []
    for _ in range(2):
        for _ in range(2):
            person = PersonFactory(works_for=world.elmbridge)
            OfferFactory(system=world.system, person=person, reader=world.ada)
            ApproachFactory(system=world.system, person=person, by=world.ada)
            ApproachFactory(system=world.system, person=world.ben, by=found.fay)
            ThemeFactory(system=world.system, rounds=[RoundFactory(system=world.system, state=RoundState.HELD)])
            RoleGrantFactory(person=person, role="facilitator", system=world.system)
        for person, address in ((world.ada, VOICES), (world.ada, THEMES), (world.ben, TELL)):
            signed_in(client, person).get(address)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            numbers.append(len(asked))
    assert numbers[:3] == numbers[3:]


def test_the_database_knows_the_roles_that_look_for_voices():
    """As the policy of the migration names them."""
    assert {role.code for role in ROLES.values() if May.FIND_VOICES in role.may} == {"facilitator", "clinical_lead"}


def test_nothing_of_it_is_in_a_log(client, found, caplog):
    caplog.set_level("DEBUG", logger="rounds")
    signed_in(client, found.world.ben).post(TELL, {"readers": [found.fay.pk], "about": "The night of the storm"})
    assert "storm" not in caplog.text
    assert Delivery.objects.values_list("kind", flat=True).get() == "offered"
