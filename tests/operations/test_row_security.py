"""What the roles of the web server and of the worker find in guarded tables: policy by policy, table by table."""

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from evaluation.actions import attendance
from evaluation.models import Attendance, FirstRoundCounted
from members.actions import guests, leaving
from members.models import CareEntry, Person, SystemEdge, SystemSuccession
from members.models.audit import Opened
from rounds.actions import after, approaches, forgetting, offers, openings, panel, registration, team
from rounds.actions.waiting import turn
from rounds.models import (
    Approach,
    Booking,
    CareOwed,
    Debrief,
    DiaryEntry,
    Meeting,
    MeetingAnswer,
    Needs,
    Offer,
    PreparationStep,
    Round,
    Storyteller,
)
from rounds.models.story import Story, StoryConsent, StoryReader
from rounds.states import Step, TeamPart, Way
from rounds_site.kit import acting
from rounds_site.kit.prints import print_of
from rounds_site.kit.refusals import Refused
from rounds_site.kit.sight import at_the_door, said, say, seen_by
from tests.factories.evaluation import AttendanceFactory, RegisterFactory
from tests.factories.members import PersonFactory, PlaceFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import (
    ApproachFactory,
    BookingFactory,
    OfferFactory,
    RoundFactory,
    StorytellerFactory,
    TeamMemberFactory,
)
from tests.row_security import GUARDED
from tests.worlds import NOON, World, small_world

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


@dataclass
class TwoRounds:
    """Ben and Cleo each have one row of everything: Ben at the Round that Ada runs, Cleo at another."""

    world: World
    here: Round
    there: Round
    rows: dict


def rows_of(person, round):
    storyteller = StorytellerFactory(round=round, person=person)
    booking = BookingFactory(round=round, person=person, in_diary=True)
    return {
        Booking: booking,
        DiaryEntry: booking.open_entry,
        Attendance: AttendanceFactory(round=round, person=person),
        Storyteller: storyteller,
        PreparationStep: storyteller.steps.get(kind=Step.AGREED),
        **a_story_of(storyteller),
        **a_meeting_of(storyteller),
        Needs: Needs.objects.create(round=round, person=person, access="A seat by the door"),
        FirstRoundCounted: FirstRoundCounted.objects.create(person=person),
    }


def a_story_of(storyteller):
    """With a reader who has no part in the Round."""
    return {
        Story: Story.objects.create(storyteller=storyteller, version=1, sealed=b"sealed"),
        StoryConsent: StoryConsent.objects.create(storyteller=storyteller, use="theme", given_on=NOON.date()),
        StoryReader: StoryReader.objects.create(storyteller=storyteller, person=PersonFactory()),
    }


def a_meeting_of(storyteller):
    meeting = Meeting.objects.create(round=storyteller.round, storyteller=storyteller, times=[])
    return {
        Meeting: meeting,
        MeetingAnswer: MeetingAnswer.objects.create(meeting=meeting, person=storyteller.person),
    }


@pytest.fixture
def two():
    world = small_world()
    here = RoundFactory(host_organisation=world.elmbridge, facilitators=[world.ada], system=world.system)
    there = RoundFactory(host_organisation=world.quarry_lane, system=world.system)
    rows = {world.ben: rows_of(world.ben, here), world.cleo: rows_of(world.cleo, there)}
    return TwoRounds(world, here, there, rows)


STORIES = [Story, StoryConsent, StoryReader]
MEETINGS = [Meeting, MeetingAnswer]
OF_ROUNDS = [Booking, DiaryEntry, Needs, Attendance, Storyteller, PreparationStep, *STORIES, *MEETINGS]
MODELS = [*OF_ROUNDS, FirstRoundCounted]
each_table = pytest.mark.parametrize("model", MODELS)


def people_in(model):
    """Whose rows there are."""
    of_tellers = dict.fromkeys([PreparationStep, Meeting, *STORIES], "storyteller__person")
    whose = {DiaryEntry: "booking__person", **of_tellers}.get(model, "person")
    return set(model.objects.order_by().values_list(f"{whose}__name", flat=True))


class TestReading:
    @each_table
    def test_nobody_sees_anything(self, model, two, as_web_role):
        with as_web_role():
            assert people_in(model) == set()

    @each_table
    def test_a_person_sees_what_is_theirs(self, model, two, as_web_role):
        with as_web_role(), seen_by(two.world.ben):
            assert people_in(model) == {"Ben Booker"}

    @pytest.mark.parametrize("model", [Booking, Attendance, Storyteller, PreparationStep])
    @pytest.mark.parametrize("part", TeamPart)
    def test_the_team_sees_its_own_round(self, model, part, two, as_web_role):
        member = TeamMemberFactory(round=two.here, part=part).person
        with as_web_role(), seen_by(member):
            assert people_in(model) == {"Ben Booker"}

    @pytest.mark.parametrize("model", [Booking, Needs, Attendance, Storyteller, PreparationStep])
    def test_a_part_that_rests_shows_nothing(self, model, two, as_web_role):
        member = TeamMemberFactory(round=two.here, suspended_at=NOON).person
        with as_web_role(), seen_by(member):
            assert people_in(model) == set()

    @pytest.mark.parametrize("part", TeamPart)
    def test_the_team_does_not_see_in_whose_diary_it_stands(self, part, two, as_web_role):
        member = TeamMemberFactory(round=two.here, part=part).person
        with as_web_role(), seen_by(member):
            assert people_in(DiaryEntry) == set()

    @pytest.mark.parametrize("model", [Story, StoryReader])
    def test_a_story_is_hidden_from_the_team_save_whom_its_teller_chose(self, model, two, as_web_role):
        storyteller = two.rows[two.world.ben][Storyteller]
        with as_web_role(), seen_by(two.world.ada):
            assert people_in(model) == set()
        StoryReader.objects.create(storyteller=storyteller, person=two.world.ada)
        with as_web_role(), seen_by(two.world.ada):
            assert people_in(model) == {"Ben Booker"}
        two.here.team.update(suspended_at=NOON)
        with as_web_role(), seen_by(two.world.ada):
            assert Story.objects.count() == 0

    def test_who_reads_a_story_of_a_round_they_have_no_part_in_reads_nothing(self, two, as_web_role):
        reader = two.rows[two.world.ben][StoryReader].person
        with as_web_role(), seen_by(reader):
            assert Story.objects.count() == 0

    @pytest.mark.parametrize("model", [Needs, *MEETINGS])
    @pytest.mark.parametrize(("part", "seen"), [(TeamPart.FACILITATOR, {"Ben Booker"}), (TeamPart.HELPER, set())])
    def test_what_people_need_is_seen_by_those_who_facilitate_alone(self, part, seen, model, two, as_web_role):
        member = TeamMemberFactory(round=two.here, part=part).person
        with as_web_role(), seen_by(member):
            assert people_in(model) == seen

    def test_of_a_meeting_of_all_each_sees_that_it_is_and_their_own_answer(self, two, as_web_role):
        other = StorytellerFactory(round=two.here, person=PersonFactory(name="Olga Outside"))
        meeting = Meeting.objects.create(round=two.here, times=[])
        for person in (two.world.ben, other.person):
            MeetingAnswer.objects.create(meeting=meeting, person=person)
        with as_web_role(), seen_by(other.person):
            assert list(Meeting.objects.all()) == [meeting]
            assert people_in(MeetingAnswer) == {"Olga Outside"}
        with as_web_role(), seen_by(two.world.cleo):
            assert not Meeting.objects.filter(round=two.here).exists()

    @each_table
    def test_neither_employer_nor_role_shows_anything(self, model, two, as_web_role):
        sponsor = PersonFactory(works_for=two.world.elmbridge)
        for role in ("administrator", "ics_lead", "governance_lead"):
            RoleGrantFactory(person=sponsor, role=role, system=two.world.system)
        with as_web_role(), seen_by(sponsor):
            assert people_in(model) == set()

    @pytest.mark.parametrize(
        ("model", "seen"), [(Booking, {"Ben Booker"}), (Attendance, {"Ben Booker"}), (Storyteller, set())]
    )
    def test_a_device_at_the_door_sees_the_list_and_no_panel(self, model, seen, two, as_web_role):
        with as_web_role(), at_the_door(two.here):
            assert people_in(model) == seen

    @each_table
    def test_the_worker_and_the_owner_see_every_row(self, model, two, as_worker_role):
        both = {"Ben Booker", "Cleo Carer"}
        assert people_in(model) == both
        with as_worker_role():
            assert people_in(model) == both

    def test_a_walk_in_is_seen_by_the_team_alone(self, two, as_web_role):
        Attendance.objects.create(round=two.here, name="Wim")
        names = Attendance.objects.walk_ins().order_by().values_list("name", flat=True)
        with as_web_role():
            with seen_by(two.world.ben):
                assert list(names.all()) == []
            with seen_by(two.world.ada):
                assert list(names.all()) == ["Wim"]


class TestAfterTheRound:
    """What was said of it, and that somebody is owed a word."""

    @pytest.fixture
    def rows(self, two):
        """At each of two Rounds a debrief, and a word that somebody sees to who has no part there."""
        for round, owner in ((two.here, two.world.ben), (two.there, two.world.cleo)):
            Debrief.objects.create(round=round, of="panel", went_well=str(owner))
            CareOwed.objects.create(round=round, owner=owner, due_on=NOON.date())

    def seen(self):
        owners = CareOwed.objects.order_by().values_list("owner__name", flat=True)
        return [set(Debrief.objects.order_by().values_list("went_well", flat=True)), set(owners)]

    def test_it_is_its_facilitators_and_a_word_that_is_owed_its_owners_too(self, two, rows, as_web_role):
        world, ben, both = two.world, {"Ben Booker"}, {"Ben Booker", "Cleo Carer"}
        lead = RoleGrantFactory(person=PersonFactory(), role="ics_lead", system=world.system).person
        helper = TeamMemberFactory(round=two.here, part=TeamPart.HELPER).person
        resting = TeamMemberFactory(round=two.here, suspended_at=NOON).person
        nothing = [set(), set()]
        readers = [(world.ada, [ben, ben]), (world.ben, [set(), ben]), (lead, nothing), (helper, nothing)]
        assert self.seen() == [both, both]
        with as_web_role():
            assert self.seen() == nothing
            for person, found in [*readers, (resting, nothing), (world.ines, nothing)]:
                with seen_by(person):
                    assert self.seen() == found

    def test_the_worker_sees_every_row(self, two, rows, as_worker_role):
        with as_worker_role():
            assert self.seen() == [{"Ben Booker", "Cleo Carer"}] * 2

    @pytest.mark.parametrize("model", [Debrief, CareOwed])
    def test_who_reads_changes_nothing(self, model, two, rows, as_web_role):
        row = model.objects.get(round=two.here)
        with as_web_role(), seen_by(two.world.ada):
            assert model.objects.filter(pk=row.pk).update(round=two.here) == 0
            assert model.objects.filter(pk=row.pk)._raw_delete("default") == 0
            row.pk = uuid.uuid4()
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                row.save(force_insert=True)

    @pytest.mark.parametrize("model", [Debrief, CareOwed])
    def test_an_action_touches_no_other_round(self, model, two, rows, as_web_role):
        with as_web_role():
            assert in_an_action(lambda: model.objects.update(round=two.there), round=two.there) == 1
        assert model.objects.filter(round=two.here).count() == 1

    def test_the_verbs_find_what_they_need_with_the_rights_of_the_web_server(self, two, rows, as_web_role):
        ada, ed, now = two.world.ada, TeamMemberFactory(round=two.here), two.here.ends_at
        said = {"of": "committee", "went_well": "It did.", "to_change": "", "seen": print_of("", "")}
        with as_web_role(), seen_by(ada):
            after.debrief(round=two.here, **said, now=now)
            care = after.owe(round=two.here, key=uuid.uuid4(), owner=ed.person, due_on=NOON.date(), now=now)
            foreign = CareOwed(pk=uuid.uuid4(), round=two.there, due_on=NOON.date())
            in_an_action(lambda: foreign.save(force_insert=True), round=two.there)
            with pytest.raises(Refused, match="Open the page again"):
                after.owe(round=two.here, key=foreign.pk, owner=ada, due_on=NOON.date(), now=now)
            after.settle(round=two.here, care_id=care.pk, done=True, now=now)
            team.take_off(round=two.here, member_id=ed.pk, by=ada, now=now)
            assert CareOwed.objects.get(pk=care.pk).owner is None
            after.take_on(round=two.here, care_id=care.pk, by=ada, now=now)
            assert CareOwed.objects.get(pk=care.pk).owner == ada
            after.take_back(round=two.here, care_id=care.pk)
            assert set(Debrief.objects.values_list("of", flat=True)) == {"committee", "panel"}
        assert not CareOwed.objects.filter(pk=care.pk).exists()

    def test_an_account_that_goes_leaves_a_word_that_waits_for_somebody(self, two, rows, as_web_role):
        CareOwed.objects.filter(round=two.here).update(owner=two.world.ada)
        with as_web_role():
            forgetting.forget_team(two.world.ada, NOON)
        assert CareOwed.objects.get(round=two.here).owner is None


class TestVoices:
    @pytest.fixture
    def rows(self, two):
        """Ben has written to Ada, and was asked; so it is with Cleo in another system."""
        elsewhere = SystemFactory()
        here = {"system": two.world.system, "person": two.world.ben}
        there = {"system": elsewhere, "person": two.world.cleo}
        OfferFactory(**here, reader=two.world.ada)
        ApproachFactory(**here, by=PersonFactory())
        OfferFactory(**there)
        ApproachFactory(**there)
        return elsewhere

    def seen(self):
        return [people_in(Offer), people_in(Approach)]

    def finder(self, role="facilitator", **where):
        return RoleGrantFactory(person=PersonFactory(), role=role, **{"system": None} | where).person

    def test_what_is_offered_is_its_readers_and_who_was_asked_is_known_where_one_asks(self, two, rows, as_web_role):
        world, ben, both = two.world, {"Ben Booker"}, {"Ben Booker", "Cleo Carer"}
        readers = [
            (world.ben, [ben, ben]),
            (world.ada, [ben, ben]),
            (self.finder(organisation=world.quarry_lane, role="clinical_lead"), [set(), ben]),
            (self.finder(place=PlaceFactory(system=world.system)), [set(), ben]),
            (self.finder(system=rows), [set(), {"Cleo Carer"}]),
            (self.finder(system=world.system, role="administrator"), [set(), set()]),
            (self.finder(system=world.system, role="ics_lead"), [set(), set()]),
            (world.ines, [set(), set()]),
        ]
        assert self.seen() == [both, both]
        with as_web_role():
            assert self.seen() == [set(), set()]
            for person, found in readers:
                with seen_by(person):
                    assert self.seen() == found

    def test_the_reader_loses_it_with_the_role(self, two, rows, as_web_role):
        two.world.ada.role_grants.all().delete()
        with as_web_role(), seen_by(two.world.ada):
            assert self.seen() == [set(), set()]

    def test_the_worker_sees_every_row(self, two, rows, as_worker_role):
        with as_worker_role():
            assert self.seen() == [{"Ben Booker", "Cleo Carer"}] * 2

    @pytest.mark.parametrize("model", [Offer, Approach])
    def test_who_reads_changes_nothing(self, model, two, rows, as_web_role):
        row = model.objects.get(person=two.world.ben)
        with as_web_role(), seen_by(two.world.ada):
            assert model.objects.filter(pk=row.pk).update(person=two.world.ben) == 0
            assert model.objects.filter(pk=row.pk)._raw_delete("default") == 0
            row.pk = uuid.uuid4()
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                row.save(force_insert=True)

    def test_the_verbs_find_what_they_need_with_the_rights_of_the_web_server(self, two, rows, as_web_role):
        """Asking warns whoever facilitates one Round without a role; stepping back from a yes takes others' notes."""
        world, guest = two.world, TeamMemberFactory(round=two.here).person
        zoe = PersonFactory(name="Zoe", works_for=world.elmbridge)
        ada = [(world.system, world.ada)]
        with as_web_role():
            with seen_by(guest):
                assert approaches.last(system=world.system, name="Ben Booker", now=NOON).person == world.ben
                asked = panel.ask(round=two.here, email=zoe.email, by=guest, now=NOON)
            with seen_by(world.ada):
                for said in ({"name": "Zoe", "email": zoe.email}, {"name": "zoe"}):
                    approaches.note(system=world.system, **said, by=world.ada, now=NOON)
            with seen_by(zoe):
                offers.make(person=zoe, readers=ada, now=NOON)
                panel.agree(storyteller=asked, now=NOON)
                panel.step_back(storyteller=asked)
                offers.take_back(person=zoe)
            with seen_by(world.ben):
                approaches.take_out_all_of(person=world.ben)
                leaving.leave(membership=world.ben.memberships.get(), by=world.ben, now=NOON)
        assert self.seen() == [{"Cleo Carer"}] * 2
        assert Approach.objects.count() == 1

    def test_an_account_is_erased_with_all_of_it(self, two, rows, as_web_role):
        with as_web_role(), seen_by(two.world.ada):
            forgetting.forget_voices(two.world.ada, NOON)
        assert people_in(Offer) == {"Cleo Carer"}


@acting.acting
def in_an_action(do, *, round=None, person=None):
    if round:
        acting.on_round(round.pk)
    if person:
        acting.for_person(person.pk)
    return do()


class TestActing:
    @each_table
    def test_an_action_sees_all_of_its_round(self, model, two, as_web_role):
        both = {"Ben Booker", "Cleo Carer"} if model is FirstRoundCounted else {"Cleo Carer"}
        with as_web_role():
            assert in_an_action(lambda: people_in(model), round=two.there) == both

    @each_table
    def test_an_action_for_a_person_sees_all_of_theirs(self, model, two, as_web_role):
        with as_web_role():
            assert in_an_action(lambda: people_in(model), person=two.world.cleo) == {"Cleo Carer"}

    @each_table
    def test_who_reads_changes_and_deletes_nothing(self, model, two, as_web_role):
        own = two.rows[two.world.ben][model]
        with as_web_role(), seen_by(two.world.ben):
            assert model._base_manager.filter(pk=own.pk)._raw_delete("default") == 0
            if model is not FirstRoundCounted:
                field = {"way": Way.ONLINE} if model is Booking else {}
                assert model.objects.filter(pk=own.pk).update(**field or _same(own)) == 0
        assert model.objects.filter(pk=own.pk).exists()

    @each_table
    def test_who_reads_adds_nothing(self, model, two, as_web_role):
        row = _another(model, two.here, two.world.ada)
        refused = pytest.raises(ProgrammingError, match="row-level security")
        with as_web_role(), seen_by(two.world.ada), refused, transaction.atomic():
            row.save(force_insert=True)

    @pytest.mark.parametrize("model", OF_ROUNDS)
    def test_an_action_adds_changes_and_deletes_in_its_round(self, model, two, as_web_role):
        row = _another(model, two.here, two.world.ada)

        def live():
            row.save(force_insert=True)
            changed = model.objects.filter(pk=row.pk).update(**_same(row))
            return changed, model._base_manager.filter(pk=row.pk)._raw_delete("default")

        with as_web_role():
            assert in_an_action(live, round=two.here) == (1, 1)

    @pytest.mark.parametrize("model", OF_ROUNDS)
    def test_an_action_touches_no_other_round(self, model, two, as_web_role):
        row, foreign = _another(model, two.here, two.world.ada), two.rows[two.world.ben][model]

        def reach():
            changed = model.objects.filter(pk=foreign.pk).update(**_same(foreign))
            deleted = model._base_manager.filter(pk=foreign.pk)._raw_delete("default")
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                row.save(force_insert=True)
            return changed, deleted

        with as_web_role():
            assert in_an_action(reach, round=two.there) == (0, 0)

    def test_no_row_is_moved_to_another_round(self, two, as_web_role):
        own = two.rows[two.world.ben][Booking]

        def move():
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                Booking.objects.filter(pk=own.pk).update(round=two.there)

        with as_web_role():
            in_an_action(move, round=two.here)

    def test_after_it_its_rows_are_closed_again(self, two, as_web_role):
        with as_web_role(), seen_by(two.world.ada):
            assert in_an_action(lambda: people_in(Booking), round=two.there) == {"Ben Booker", "Cleo Carer"}
            assert people_in(Booking) == {"Ben Booker"}
            with pytest.raises(ZeroDivisionError):
                in_an_action(lambda: 1 / 0, round=two.there)
            assert people_in(Booking) == {"Ben Booker"}
        assert said() is None

    def test_after_an_error_of_the_database_too(self, two, as_web_role):
        def break_off():
            Booking.objects.create(
                round=two.here, person=two.world.ben, way="x", state="y", queue_number=1, changed_at=NOON
            )

        with as_web_role(), seen_by(two.world.ada):
            with pytest.raises(IntegrityError):
                in_an_action(break_off, round=two.here)
            assert people_in(Booking) == {"Ben Booker"}

    def test_outside_a_frame_nothing_is_said(self):
        with pytest.raises(RuntimeError):
            say(person=uuid.uuid4())


def _same(row):
    """A change that changes nothing, of any field."""
    if isinstance(row, DiaryEntry):
        return {"style": row.style}
    if type(row) in STORIES:
        return {"storyteller": row.storyteller_id}
    if isinstance(row, MeetingAnswer):
        return {"can": row.can}
    return {"owner": None} if isinstance(row, PreparationStep) else {"round": row.round_id}


def _another(model, round, person):
    if model is PreparationStep:
        storyteller = StorytellerFactory(round=round, person=PersonFactory())
        storyteller.steps.filter(kind=Step.THANKED).delete()
        return PreparationStep(storyteller=storyteller, kind=Step.THANKED)
    if model in STORIES + MEETINGS:
        make = a_story_of if model in STORIES else a_meeting_of
        rows = make(StorytellerFactory(round=round, person=PersonFactory()))
        rows[model].delete()
        rows[model].pk = uuid.uuid4()
        return rows[model]
    if model is DiaryEntry:
        return BookingFactory(round=round).next_entry()
    if model is FirstRoundCounted:
        return FirstRoundCounted(person=person)
    said = {"way": Way.IN_PERSON, "state": "place", "queue_number": 77, "changed_at": NOON} if model is Booking else {}
    return model(round=round, person=person, **said)


class TestWhatActionsNeed:
    """The verbs that act on other people's rows, with the rights of the web server, as whoever presses the button."""

    def test_a_place_given_back_goes_to_the_next_in_line(self, two, as_web_role):
        world = two.world
        full = RoundFactory(places=1, partners=[world.elmbridge])
        with as_web_role():
            for person in (world.ben, world.ada):
                with seen_by(person):
                    registration.book(round=full, person=person, way=Way.IN_PERSON, now=NOON)
            with seen_by(world.ada):
                own = Booking.objects.get(round=full)
                assert (own.state, turn(own).position) == ("waiting", 1)
            with seen_by(world.ben):
                registration.cancel(round=full, person=world.ben, now=NOON)
                assert set(Booking.objects.filter(round=full).values_list("person", flat=True)) == {world.ben.pk}
        assert Booking.objects.offered().get(round=full).person == world.ada

    def test_the_word_for_what_is_left_counts_everybody(self, two, as_web_role):
        small = RoundFactory(places=2)
        BookingFactory(round=small)
        with as_web_role(), seen_by(two.world.ben):
            registration.book(round=small, person=two.world.ben, way=Way.IN_PERSON, now=NOON)
        small.refresh_from_db()
        assert small.availability == "full"

    def test_forms_are_counted_against_ticks_that_nobody_there_may_see(self, two, as_web_role):
        RegisterFactory(round=two.here)
        before = attendance.most_forms_of(two.here)
        with as_web_role():
            assert attendance.most_forms_of(two.here) == before
            assert attendance.people_seen(two.here) == 1

    def test_the_key_of_another_rounds_walk_in_is_refused(self, two, as_web_role):
        key = Attendance.objects.create(round=two.there, name="Wim").pk
        now = two.here.starts_at
        with as_web_role(), seen_by(two.world.ada), pytest.raises(Refused):
            attendance.add_walk_in(round=two.here, key=key, now=now)

    def test_an_account_in_use_elsewhere_is_not_forgotten(self, two, as_web_role):
        """Its booking stands at a Round of which whoever acts sees nothing."""
        with as_web_role(), seen_by(two.world.ada):
            assert not guests.forget_if_unused(person=two.world.cleo)
        assert Person.objects.filter(pk=two.world.cleo.pk).exists()


class TestCareLog:
    @pytest.fixture(autouse=True)
    def entry(self, two):
        openings.opened(Opened.REGISTER, round=two.here, by=two.world.ada, now=NOON)

    def readers(self, two, where):
        found = PersonFactory()
        RoleGrantFactory(person=found, role="governance_lead", **where)
        return found

    def test_is_written_by_whoever_opens_and_about_nobody_else(self, two, as_web_role):
        with as_web_role(), seen_by(two.world.ada):
            openings.opened(Opened.PANEL, round=two.here, by=two.world.ada, now=NOON)
            openings.opened(Opened.PANEL, round=two.here, by=two.world.ada, now=NOON)
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                openings.opened(Opened.PANEL, round=two.here, by=two.world.ben, now=NOON)
        assert CareEntry.objects.count() == 2

    def test_is_read_where_one_holds_a_role(self, two, as_web_role):
        of_the_host = self.readers(two, {"organisation": two.world.elmbridge})
        of_the_system = self.readers(two, {"system": two.world.system})
        of_another = self.readers(two, {"organisation": two.world.quarry_lane})
        with as_web_role():
            for person, seen in (
                (of_the_host, 1),
                (of_the_system, 1),
                (of_another, 0),
                (two.world.ada, 1),
                (two.world.ben, 0),
            ):
                with seen_by(person):
                    assert CareEntry.objects.count() == seen

    def test_is_read_in_the_system_of_that_day_and_in_what_that_became(self, two, as_web_role):
        first, second, heir = two.world.system, SystemFactory(), SystemFactory()
        left = NOON.date() + dt.timedelta(days=1)
        SystemEdge.objects.filter(organisation=two.world.elmbridge).update(ends_on=left)
        SystemEdge.objects.create(system=second, organisation=two.world.elmbridge, starts_on=left)
        SystemSuccession.objects.create(predecessor=second, successor=heir, kind="renaming", on=left)
        for days in (1, 2):
            openings.opened(Opened.PANEL, round=two.here, by=two.world.ada, now=NOON + dt.timedelta(days=days))
        leads = [self.readers(two, {"system": each}) for each in (first, second, heir)]
        read = []
        with as_web_role():
            for person in leads:
                with seen_by(person):
                    read.append(CareEntry.objects.count())
        assert read == [1, 2, 2]

    def test_what_was_opened_at_a_partner_that_has_ended_is_read_where_it_was_last(self, two, as_web_role):
        SystemEdge.objects.filter(organisation=two.world.elmbridge).update(ends_on=NOON.date())
        lead = self.readers(two, {"system": two.world.system})
        with as_web_role(), seen_by(lead):
            assert CareEntry.objects.count() == 1

    @pytest.mark.parametrize("table", ["members_careentry", "members_securityevent"])
    @pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {}"])
    def test_the_web_role_may_neither_change_nor_delete_a_log(self, table, verb, as_web_role):
        with as_web_role(), pytest.raises(ProgrammingError, match="denied"), transaction.atomic():
            connection.cursor().execute(verb.format(table))


def test_every_table_that_the_tests_call_guarded_is(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity")
        assert {name for (name,) in cursor.fetchall()} == GUARDED
