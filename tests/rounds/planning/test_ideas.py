"""An idea for a Round: kept without a date, planned later, dropped without a trace."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from evaluation.actions import clock
from members.actions.leaving import leave
from members.models import Delivery, Membership, SecurityEvent
from rounds import access
from rounds.actions import ideas, leaving, scheduling
from rounds.models import Round, RoundTemplate, TeamMember
from rounds.states import RoundState, TeamPart
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory
from tests.factories.rounds import IdeaFactory, RoundFactory, StorytellerFactory
from tests.worlds import NOON

from .answering import answers, errors

pytestmark = pytest.mark.django_db
PAGES = [
    "round_workspace",
    "round_details",
    "round_change",
    "round_team",
    "round_panel",
    "round_bookings",
    "round_door",
]
WORDS = {"title": "The empty chair", "subject": "theme", "kind": "ordinary", "about": "Who is missing."}


@pytest.fixture
def idea(world):
    return ideas.keep(key=uuid4(), system=world.system, **WORDS, by=world.ada, now=NOON)


@pytest.fixture
def plan_of(world):
    def planned(idea, by=world.ada):
        like = RoundFactory.build(venue=world.room, system=world.system)
        names = "format starts_at ends_at venue places booking_opens_at booking_closes_at".split()
        fields = {name: getattr(like, name) for name in names}
        who = {"partners": [world.elmbridge], "facilitators": [world.ada], "by": by, "now": NOON}
        return scheduling.plan(draft=idea.pk, system=world.system, title="The empty chair", **fields, **who)

    return planned


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client


def words(answer):
    return answer.content.decode()


class TestKeeping:
    def test_a_title_is_enough(self, ada, world):
        page = ada.get(reverse("keep_idea"))
        key = page.context["form"]["key"].value()
        for _ in range(2):
            ada.post(reverse("keep_idea"), {"key": str(key), "title": "The empty chair", "subject": "theme"})
        idea = Round.objects.get()
        assert (idea.state, idea.title, idea.starts_at, idea.system) == (
            RoundState.IDEA,
            "The empty chair",
            None,
            world.system,
        )
        assert [member.person for member in idea.team.all()] == [world.ada]
        assert SecurityEvent.objects.filter(act="rounds.idea_kept", about=str(idea.pk)).count() == 1

    def test_without_a_title_it_is_asked_for_and_the_rest_kept(self, ada):
        answer = ada.post(reverse("keep_idea"), {"key": str(uuid4()), "subject": "theme", "about": "Who is missing."})
        assert "Enter a title" in errors(answer)
        assert "Who is missing." in words(answer)
        assert Round.objects.count() == 0

    def test_only_where_one_may_plan(self, client, world):
        client.force_login(world.ben)
        assert client.get(reverse("keep_idea")).status_code == 403


class TestItsPage:
    def test_shows_and_changes_what_it_says(self, ada, idea):
        page = reverse("idea", args=[idea.pk])
        assert "Kept by Ada Facilitator." in words(ada.get(page))
        ada.post(page, WORDS | {"title": "The empty chair, again"})
        assert Round.objects.get().title == "The empty chair, again"
        assert "The empty chair, again" in words(ada.get(reverse("organise")))

    def test_nobody_else_finds_it(self, client, world, idea):
        other = PersonFactory(works_for=world.elmbridge)
        RoleGrantFactory(person=other, role="facilitator", system=world.system)
        for person in (other, world.ben, world.ines):
            client.force_login(person)
            assert client.get(reverse("idea", args=[idea.pk])).status_code == 404
            assert "The empty chair" not in words(client.get(reverse("home")))

    def test_an_administrator_of_its_system_does(self, client, world, idea):
        admin = PersonFactory(works_for=world.elmbridge)
        RoleGrantFactory(person=admin, role="administrator", system=world.system)
        client.force_login(admin)
        assert client.get(reverse("idea", args=[idea.pk])).status_code == 200

    @pytest.mark.parametrize("name", PAGES)
    def test_no_page_of_a_round_opens_for_it(self, ada, idea, name):
        assert ada.get(reverse(name, args=[idea.pk])).status_code == 404

    def test_dropped_nothing_is_left_but_that_somebody_did(self, ada, idea):
        ada.post(reverse("drop_idea", args=[idea.pk]))
        assert Round.objects.count() == 0
        assert SecurityEvent.objects.filter(act="rounds.idea_dropped").count() == 1

    def test_the_two_logs_call_it_an_idea(self, idea):
        from rounds.reports.team import named_in_a_log

        assert named_in_a_log([idea.pk]) == {idea.pk: "an idea for a Round"}

    def test_it_is_shown_to_whoever_kept_it(self, ada, idea):
        assert "“The empty chair”, an idea" in words(ada.get(reverse("all_we_hold")))


class TestWhoeverHasLeft:
    def test_keeps_it_no_longer_and_administrators_of_its_system_do(self, client, world, idea):
        [job] = Membership.objects.filter(person=world.ada)
        said = "Your idea “The empty chair” is left to those who keep it with you or may plan Rounds there"
        assert said in leaving.would_go(world.ada, job.organisation, NOON)
        assert leaving.in_sight([(world.ada.pk, job.organisation_id)], (), None, NOON) == []
        leave(membership=job, by=world.ada, now=NOON)
        assert idea.team.get().suspended_at == NOON
        assert not Delivery.objects.filter(about=idea.pk).exists()
        client.force_login(world.ada)
        for answer in (client.get, client.post):
            assert answer(reverse("idea", args=[idea.pk]), WORDS).status_code == 404
        assert client.post(reverse("plan_idea", args=[idea.pk])).status_code == 404

    @pytest.mark.parametrize("how", ["left where they worked", "may not sign in", "was forgotten"])
    def test_it_is_there_for_whoever_plans_rounds_there_and_one_takes_it(self, client, world, idea, how):
        if how == "left where they worked":
            leave(membership=Membership.objects.get(person=world.ada), by=world.ada, now=NOON)
        elif how == "may not sign in":
            world.ada.is_active = False
            world.ada.save()
        else:
            idea.team.all().delete()
        page = reverse("idea", args=[idea.pk])
        first, second = [PersonFactory(name=name, works_for=world.elmbridge) for name in ("Fay First", "Sam Second")]
        for person in (first, second):
            RoleGrantFactory(person=person, role="facilitator", system=world.system)
        for person, sees in ((first, 200), (second, 200), (world.ben, 404)):
            client.force_login(person)
            assert client.get(page).status_code == sees
        client.force_login(first)
        assert "and nobody keeps it" in words(client.get(reverse("organise")))
        assert "Whoever kept it has left" in words(client.get(page))
        for _ in range(2):
            client.post(reverse("take_idea", args=[idea.pk]))
        assert "Kept by Fay First." in words(client.get(page))
        assert [each.person for each in idea.team.all()] == [first]
        with pytest.raises(ideas.Refused, match="Somebody else keeps this idea"):
            ideas.take(idea=idea, by=second, now=NOON)
        client.force_login(second)
        assert client.post(reverse("take_idea", args=[idea.pk])).status_code == 404
        assert "The empty chair" not in words(client.get(reverse("organise")))

    def test_an_administrator_who_plans_none_does_not_take_it(self, client, world, idea):
        idea.team.all().delete()
        admin = PersonFactory(works_for=world.elmbridge)
        RoleGrantFactory(person=admin, role="administrator", system=world.system)
        client.force_login(admin)
        assert "Keep this idea from now on" not in words(client.get(reverse("idea", args=[idea.pk])))
        assert client.post(reverse("take_idea", args=[idea.pk])).status_code == 403
        assert idea.team.count() == 0

    def test_nor_does_whoever_plans_elsewhere(self, client, world, idea):
        idea.team.all().delete()
        away = OrganisationFactory(system=SystemFactory(name="Elsewhere"))
        other = PersonFactory(works_for=away)
        RoleGrantFactory(person=other, role="facilitator", organisation=away)
        client.force_login(other)
        for answer in (client.get(reverse("idea", args=[idea.pk])), client.post(reverse("take_idea", args=[idea.pk]))):
            assert answer.status_code == 404

    def test_does_not_plan_it_from_an_old_tab(self, world, idea, plan_of):
        idea.team.update(suspended_at=NOON)
        TeamMember.objects.create(round=idea, person=world.ben, part=TeamPart.FACILITATOR)
        with pytest.raises(scheduling.Refused):
            plan_of(idea)
        assert Round.objects.get().state == RoundState.IDEA


class TestBecomingAPlan:
    def test_through_the_questions_of_planning(self, ada, world, idea, tab):
        answer = ada.post(reverse("plan_idea", args=[idea.pk]))
        tab.url = answer.url
        typed = answers(world)
        del typed["about"]
        for step, data in typed.items():
            assert tab.step == step
            tab.post(data)
        tab.post({})
        round = Round.objects.get()
        assert (round.pk, round.state, round.title) == (idea.pk, RoundState.PLANNED, "The empty chair")
        assert {member.person for member in round.team.all()} == {world.ada, world.ben}
        assert list(SecurityEvent.objects.filter(act="rounds.planned").values_list("about", flat=True)) == [
            str(idea.pk)
        ]
        assert Delivery.objects.count() == 0
        assert ada.get(reverse("round_details", args=[idea.pk])).status_code == 200
        assert ada.get(reverse("idea", args=[idea.pk])).status_code == 404

    def test_begins_with_a_template_where_there_are_any_and_is_never_a_series(self, ada, world, idea, tab):
        template = RoundTemplate.objects.create(system=world.system, name="Lunch online", format="online")
        tab.url = ada.post(reverse("plan_idea", args=[idea.pk])).url
        assert tab.step == "start"
        page = tab.get().content.decode()
        assert "Lunch online" in page
        assert "A series of Rounds" not in page
        assert "Choose what you plan" in tab.post({"kind": "series"}).content.decode()
        tab.post({"kind": "one", "template": str(template.pk)})
        assert tab.step == "about"
        assert "The empty chair" in tab.get().content.decode()

    def test_a_second_press_finds_the_round(self, world, idea, plan_of):
        first, second = plan_of(idea), plan_of(idea)
        assert first == second
        assert Round.objects.count() == 1

    def test_not_by_somebody_who_does_not_keep_it(self, world, idea, plan_of):
        with pytest.raises(scheduling.Refused):
            plan_of(idea, by=world.ines)
        assert Round.objects.get().state == RoundState.IDEA

    def test_by_then_it_can_no_longer_be_dropped(self, world, idea, plan_of):
        plan_of(idea)
        with pytest.raises(scheduling.Refused, match="has become a Round"):
            ideas.drop(idea=idea, by=world.ada, now=NOON)

    def test_an_administrator_who_plans_may_make_the_round_and_one_who_does_not_gets_no_button(
        self, client, world, idea, plan_of
    ):
        admin = PersonFactory(works_for=world.elmbridge)
        RoleGrantFactory(person=admin, role="administrator", system=world.system)
        client.force_login(admin)
        assert "Plan this Round" not in words(client.get(reverse("idea", args=[idea.pk])))
        assert client.post(reverse("plan_idea", args=[idea.pk])).status_code == 403
        RoleGrantFactory(person=admin, role="facilitator", system=world.system)
        client.force_login(admin)
        assert "Plan this Round" in words(client.get(reverse("idea", args=[idea.pk])))
        assert client.post(reverse("plan_idea", args=[idea.pk])).status_code == 302
        made = plan_of(idea, by=admin)
        assert (made.pk, made.state) == (idea.pk, RoundState.PLANNED)
        assert [member.person for member in made.team.all()] == [world.ada]


class TestElsewhere:
    def test_the_clock_leaves_it_alone(self, idea):
        clock.follow(now=NOON)
        assert scheduling.mark_held(now=NOON) == 0
        assert Round.objects.get().state == RoundState.IDEA

    def test_it_is_in_no_list_of_rounds(self, world, idea):
        assert not access.rounds_to_arrange(world.ada, now=NOON).exists()
        assert not access.rounds_to_attend(world.ada, now=NOON).exists()
        assert not Round.objects.without_anybody_to_run_them(NOON).exists()

    def test_what_is_no_idea_has_its_times(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            IdeaFactory(state="planned")

    def test_a_panel_is_asked_for_once_it_is_a_plan(self, ada, idea):
        """A row made by hand opens no page either."""
        teller = StorytellerFactory(round=idea)
        assert ada.get(reverse("round_storyteller", args=[idea.pk, teller.pk])).status_code == 404
