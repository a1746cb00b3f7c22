"""Versions of the questions: drafts, whose permission official words need, and which version a Round asks."""

import datetime as dt
import re
import uuid
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.actions import feedback, past_questions, questionnaires, versions
from evaluation.actions.versions import Question, Wording
from evaluation.models import FeedbackBox, Item, Questionnaire, QuestionnaireUse
from evaluation.questions import SETS
from evaluation.states import OPENS_BEFORE, Occasion
from members.actions.succession.systems import NextSystem, SystemPlan, change_system, preview_system
from members.models import SecurityEvent
from members.models.audit import Act
from rounds.states import Format, Kind, RoundState
from rounds_site.kit.refusals import Refused
from rounds_site.kit.wording import NOT_OFFERED
from tests.factories.evaluation import FeedbackBoxFactory, counted
from tests.factories.members import RoleGrantFactory, SystemFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db(databases=["default", "box"])

TODAY = NOON.date()
TOMORROW = TODAY + dt.timedelta(days=1)
OFFICIAL = {
    "permitted_by": "The Licensing Body",
    "permitted_on": dt.date(2026, 3, 3),
    "permission_reference": "LB/2026/17",
    "permission_note": "© The Licensing Body",
}
PERMITTED = (
    "The Licensing Body gave permission to use these questions on Tuesday 3 March 2026, reference LB/2026/17. "
    "© The Licensing Body"
)


def wording(name="Ward questions", **more):
    asked = (Question("insight", "It opened my eyes.", "agreement"), Question("overall", "All in all?", "rating"))
    return Wording(name, asked, **more)


@pytest.fixture
def world():
    world = small_world()
    world.olu = RoleGrantFactory(role="administrator", system=world.system).person
    return world


@pytest.fixture
def draft(world):
    return versions.write(system=world.system, wording=wording(**OFFICIAL), by=world.olu, now=NOON)


@pytest.fixture
def client(client, world):
    with time_machine.travel(NOON, tick=False):
        client.force_login(world.olu)
        yield client


def choose(world, questionnaire, *occasions, on=TOMORROW):
    versions.choose(
        system=world.system, questionnaire=questionnaire, occasions=occasions, starts_on=on, by=world.olu, now=NOON
    )


def a_round(world, *, days=1, **facts):
    starts_at = NOON + dt.timedelta(days=days)
    facts |= {"starts_at": starts_at, "ends_at": starts_at + dt.timedelta(hours=1)}
    return RoundFactory(system=world.system, state=RoundState.PUBLISHED, partners=[world.elmbridge], **facts)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


# --- Drafts ---


def test_a_draft_is_changed_and_dropped_and_asked_nowhere(world, draft):
    assert (draft.version, draft.is_draft, draft.system) == (1, True, world.system)
    versions.change(draft=draft, wording=wording(name="Other words"), by=world.olu, now=NOON)
    draft.refresh_from_db()
    assert (draft.name, draft.permission) == ("Other words", "")
    assert [item.number for item in draft.items.all()] == [1, 2]
    assert str(draft.pk) not in dict(past_questions.choices(system=world.system))
    with pytest.raises(Refused):
        past_questions.asked(system=world.system, by=str(draft.pk))
    versions.drop(draft=draft, by=world.olu, now=NOON)
    assert not Questionnaire.objects.exists()
    assert not Item.objects.exists()


def test_what_was_chosen_is_neither_changed_nor_dropped(world, draft):
    choose(world, draft, Occasion.IN_PERSON)
    who = {"by": world.olu, "now": NOON}
    with pytest.raises(Refused, match="kept as it is"):
        versions.change(draft=draft, wording=wording(), **who)
    with pytest.raises(Refused, match="kept as it is"):
        versions.drop(draft=draft, **who)
    assert [item.text for item in draft.items.all()] == ["It opened my eyes.", "All in all?"]


def test_the_next_version_begins_with_the_same_words_and_leaves_the_old_alone(world, draft):
    with pytest.raises(Refused, match="draft of the next version"):
        versions.write_next(system=world.system, of=draft, by=world.olu, now=NOON)
    choose(world, draft, Occasion.IN_PERSON)
    made = versions.write_next(system=world.system, of=draft, by=world.olu, now=NOON)
    assert (made.code, made.version, made.is_draft, made.permission) == (draft.code, 2, True, PERMITTED)
    versions.change(draft=made, wording=wording(permitted_by=""), by=world.olu, now=NOON)
    assert Questionnaire.objects.get(pk=draft.pk).permission == PERMITTED


def test_two_first_versions_have_two_names_and_nobody_goes_on_with_others_versions(world, draft):
    with pytest.raises(Refused, match="of that name already"):
        versions.write(system=world.system, wording=wording(), by=world.olu, now=NOON)
    elsewhere = SystemFactory(code="QYY")
    assert versions.write(system=elsewhere, wording=wording(), by=world.olu, now=NOON).version == 1
    with pytest.raises(Refused, match="not yours"):
        versions.write_next(system=elsewhere, of=draft, by=world.olu, now=NOON)


def test_names_that_begin_alike_or_have_no_latin_letters_are_questions_of_their_own(world, draft):
    names = [f"What we ask people after Rounds of {what}" for what in ("kindness", "courage")] + ["質問", "もの", "own"]
    made = [versions.write(system=world.system, wording=wording(name=name), by=world.olu, now=NOON) for name in names]
    assert {each.version for each in made} == {1}
    assert len({each.code for each in made}) == len(names)
    assert questionnaires.ours("own").system is None
    typed = past_questions.official(system=world.system, name="もの", permission_note="", questions=[])
    assert (typed.code, typed.version) == (made[3].code, 2)


def test_the_same_code_in_another_system_is_another_questionnaire(world, draft):
    elsewhere = SystemFactory(code="QYY")
    said = {"name": draft.name, "permission_note": "By letter", "questions": []}
    typed = past_questions.official(system=elsewhere, **said)
    assert (typed.system, typed.code, typed.version) == (elsewhere, draft.code, 1)


def test_a_draft_that_was_dropped_meanwhile_is_not_chosen(world, draft):
    versions.drop(draft=draft, by=world.olu, now=NOON)
    draft.pk = draft.id = uuid.uuid4()
    with pytest.raises(Refused, match="dropped meanwhile"):
        choose(world, draft, Occasion.ONLINE)
    assert not QuestionnaireUse.objects.exists()


# --- Which version a Round asks ---


def test_a_round_asks_what_was_chosen_for_its_day_and_format(world, draft):
    choose(world, draft, Occasion.IN_PERSON)
    asked = {
        "before": questionnaires.asked_at(a_round(world, days=0)),
        "in person": questionnaires.asked_at(a_round(world)),
        "both ways": questionnaires.asked_at(a_round(world, format=Format.HYBRID)),
        "online": questionnaires.asked_at(a_round(world, format=Format.ONLINE)),
        "team": questionnaires.asked_at(a_round(world, kind=Kind.TEAM_TIME)),
        "unit": questionnaires.asked_at(a_round(world, kind=Kind.UNIT)),
        "elsewhere": questionnaires.asked_at(RoundFactory(starts_at=NOON + dt.timedelta(days=1))),
    }
    assert {name: each.code for name, each in asked.items()} == {
        "before": "own",
        "in person": draft.code,
        "both ways": draft.code,
        "online": "own-online",
        "team": "own-team",
        "unit": draft.code,
        "elsewhere": "own",
    }


def test_a_choice_for_students_goes_before_one_for_the_format_until_it_is_given_up(world, draft):
    ordinary = versions.write(system=world.system, wording=wording(name="Everybody"), by=world.olu, now=NOON)
    choose(world, ordinary, Occasion.IN_PERSON)
    choose(world, draft, Occasion.STUDENT)
    choose(world, None, Occasion.STUDENT, on=TODAY + dt.timedelta(days=10))
    choose(world, None, Occasion.IN_PERSON, on=TODAY + dt.timedelta(days=20))
    days = (1, 10, 20)
    asked = [questionnaires.asked_at(a_round(world, days=day, kind=Kind.STUDENT)).code for day in days]
    assert asked == [draft.code, ordinary.code, "own"]


def test_a_box_keeps_the_version_it_opened_with(world, draft):
    round = a_round(world)
    now = round.starts_at - OPENS_BEFORE
    box = feedback.open_box(round=round, now=now)
    assert box.questionnaire.code == "own"
    QuestionnaireUse.objects.create(
        system=world.system, occasion=Occasion.IN_PERSON, questionnaire=draft, starts_on=TODAY
    )
    assert feedback.open_box(round=round, now=now).questionnaire.code == "own"
    assert FeedbackBox.objects.get(pk=box.pk).questionnaire.code == "own"
    asked, items = questionnaires.questions_at(type(round).objects.get(pk=round.pk))
    assert asked.code == "own"
    assert len(items) == 5


@pytest.mark.parametrize(("days", "sentence"), [(0, "from tomorrow on"), (-1, "from tomorrow on"), (800, "two years")])
def test_a_choice_begins_tomorrow_at_the_earliest_and_within_two_years(world, draft, days, sentence):
    with pytest.raises(Refused, match=sentence):
        choose(world, draft, Occasion.IN_PERSON, on=TODAY + dt.timedelta(days=days))
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_choice_is_taken_back_until_it_begins_and_both_are_written_down(world, draft):
    choose(world, draft, Occasion.ONLINE)
    use = QuestionnaireUse.objects.get()
    with pytest.raises(Refused, match="has begun"):
        versions.take_back(use=use, by=world.olu, now=NOON + dt.timedelta(days=1))
    versions.take_back(use=use, by=world.olu, now=NOON)
    assert not QuestionnaireUse.objects.exists()
    draft.refresh_from_db()
    assert draft.is_draft
    versions.drop(draft=draft, by=world.olu, now=NOON)
    said = SecurityEvent.objects.filter(act__startswith="settings.").values_list("act", "by", "said")
    permitted = "Ward questions, version 1, with permission of The Licensing Body, reference LB/2026/17"
    assert {act: (by, said["what"]) for act, by, said in said} == {
        Act.QUESTIONS_KEPT: (world.olu.pk, permitted),
        Act.QUESTIONS_DROPPED: (world.olu.pk, permitted),
        Act.QUESTIONS_CHOSEN: (world.olu.pk, "Ward questions, version 1"),
        Act.QUESTIONS_TAKEN_BACK: (world.olu.pk, "Ward questions, version 1"),
    }


def test_what_was_replaced_before_its_day_is_a_draft_again_and_what_was_asked_is_not(world, draft):
    other = versions.write(system=world.system, wording=wording(name="Others"), by=world.olu, now=NOON)
    for questionnaire in (draft, other, None):
        choose(world, questionnaire, Occasion.ONLINE)
    choose(world, other, Occasion.IN_PERSON)
    assert list(Questionnaire.objects.filter(is_draft=True)) == [draft]
    FeedbackBoxFactory(round=a_round(world), questionnaire=other)
    versions.take_back(use=QuestionnaireUse.objects.get(questionnaire=other), by=world.olu, now=NOON)
    other.refresh_from_db()
    assert not other.is_draft


# --- A system that goes on as others ---


def go_on(world, *codes, to=()):
    successors = tuple(NextSystem(code, f"Greater {code}", code) for code in codes)
    plan = SystemPlan(world.system, successors, TODAY, to=dict(to))
    told = preview_system(plan, by=None, now=NOON)
    return told.parts["questions"].sentence, change_system(plan, seen=told.seen, by=None, now=NOON)


def test_rounds_to_come_ask_what_was_chosen_before_their_system_went_on_as_another(world, draft):
    choose(world, draft, Occasion.IN_PERSON)
    round = a_round(world)
    said, (after,) = go_on(world, "QYY")
    assert said.startswith("2 versions and choices of questions go on in Greater QYY.")
    round.refresh_from_db()
    assert (round.system, questionnaires.asked_at(round)) == (after, draft)
    draft.refresh_from_db()
    assert (draft.system, list(draft.uses.values_list("system", flat=True))) == (after, [after.pk])


def test_what_the_system_that_takes_over_chose_stays_and_no_code_is_there_twice(world, draft):
    choose(world, draft, Occasion.IN_PERSON, Occasion.ONLINE)
    after = SystemFactory(code="QYY")
    theirs = versions.write(system=after, wording=wording(), by=world.olu, now=NOON)
    QuestionnaireUse.objects.create(
        system=after, occasion=Occasion.IN_PERSON, questionnaire=theirs, starts_on=TODAY - dt.timedelta(days=9)
    )
    go_on(world, "QYY")
    uses = QuestionnaireUse.objects.order_by("occasion").values_list("system", "occasion", "questionnaire")
    assert list(uses) == [(after.pk, "in_person", theirs.pk), (after.pk, "online", draft.pk)]
    assert Questionnaire.objects.filter(system=after).order_by().values("code").distinct().count() == 2


def test_after_a_division_each_part_asks_and_knows_what_was_chosen(world, draft):
    choose(world, draft, Occasion.IN_PERSON)
    partners = world.system.edges.values_list("organisation", flat=True)
    keys = [*partners, *world.system.places.values_list("pk", flat=True)]
    to = dict.fromkeys(keys, 0) | {world.elmbridge.pk: 1}
    _, parts = go_on(world, "QYY", "QZZ", to=to)
    for part in parts:
        assert questionnaires.asked_at(RoundFactory(system=part, starts_at=NOON + dt.timedelta(days=2))) == draft
        assert draft in Questionnaire.objects.known_to(part)
    assert draft not in Questionnaire.objects.known_to(SystemFactory(code="QXX"))


# --- By whose permission ---


def test_the_permission_stands_wherever_the_words_do(world, draft, client):
    round = RoundFactory(
        system=world.system, state=RoundState.CLOSED, facilitators=[world.ada], partners=[world.elmbridge]
    )
    box = counted(round, values={1: {5: 9}})
    FeedbackBox.objects.filter(pk=box.pk).update(questionnaire=draft)
    assert PERMITTED in text_of(client.get(reverse("manage_questionnaire", args=[draft.pk])))
    client.force_login(world.ada)
    for page in ("round_results", "round_paper_form"):
        assert PERMITTED in text_of(client.get(reverse(page, args=[round.pk])))
    asking = a_round(world, days=0)
    box = FeedbackBoxFactory(round=asking, questionnaire=draft)
    client.logout()
    assert PERMITTED in text_of(client.get(reverse("feedback"), {"code": box.room_code}))


def test_our_own_words_need_nobodys_permission(world):
    assert questionnaires.ours("own").permission == ""


# --- Pages ---


def typed(**more):
    return {
        "name": "Ward questions",
        "whose": "official",
        "permitted_by": "The Licensing Body",
        "permitted_on_0": "3",
        "permitted_on_1": "3",
        "permitted_on_2": "2026",
        "permitted_on_day": "3",
        "permitted_on_month": "3",
        "permitted_on_year": "2026",
        "permission_reference": "LB/2026/17",
        "text_1": "It opened my eyes.",
        "measures_1": "insight",
        "scale_1": "agreement",
        **more,
    }


def test_an_administrator_writes_sees_and_chooses_questions(client, world):
    answer = client.post(reverse("manage_questionnaire_add"), typed(), follow=True)
    made = Questionnaire.objects.get()
    assert answer.redirect_chain == [(reverse("manage_questionnaire", args=[made.pk]), 302)]
    page = text_of(answer)
    assert "A draft: nobody has been asked it yet" in page
    assert page.count("It opened my eyes.") == 1
    assert "Completely agree" in page
    day = {"starts_on_day": TOMORROW.day, "starts_on_month": TOMORROW.month, "starts_on_year": TOMORROW.year}
    answer = client.post(
        reverse("manage_questionnaire", args=[made.pk]), {"occasions": ["in_person", "student"], **day}, follow=True
    )
    assert "Chosen for later" in text_of(answer)
    assert "Take back" in text_of(answer)
    assert {use.occasion for use in QuestionnaireUse.objects.all()} == {"in_person", "student"}
    answer = client.get(reverse("manage_questionnaire_change", args=[made.pk]), follow=True)
    assert "This version is kept as it is" in text_of(answer)
    assert "Make a new version" in text_of(answer)
    answer = client.post(reverse("write_next_version", args=[made.pk]), follow=True)
    assert "It opened my eyes." in text_of(answer)
    assert "Ward questions, version 2" in text_of(answer)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"permitted_by": ""}, "Enter who let you use these words"),
        ({"permission_reference": ""}, "Enter the reference of their letter or contract"),
        (
            {"permitted_on_day": "", "permitted_on_month": "", "permitted_on_year": ""},
            "Enter the day on which they did",
        ),
        ({"permitted_on_day": "31", "permitted_on_month": "2"}, "must be a real date"),
        ({"whose": ""}, "Say whose words they are"),
        ({"text_1": "", "measures_1": ""}, "Enter at least one question"),
        ({"measures_1": ""}, "Say what question 1 measures"),
        ({"text_2": "it opened my EYES.", "measures_2": "overall"}, "Question 2 stands above already"),
        ({"measures_3": "overall"}, "Enter the words of question 3"),
        ({"measures_1": "<script>"}, NOT_OFFERED.format(label="What it measures")),
        ({"scale_1": "smileys"}, NOT_OFFERED.format(label="Its answers")),
        ({"text_1": "x" * 201}, "must be 200 characters or fewer"),
        ({"name": " \x07 "}, "Enter what these questions are called"),
    ],
)
def test_what_makes_no_questionnaire_is_said_and_kept(client, world, said, sentence):
    answer = client.post(reverse("manage_questionnaire_add"), typed(**said))
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert not Questionnaire.objects.exists()


def test_words_are_shown_as_words(client, world):
    answer = client.post(
        reverse("manage_questionnaire_add"), typed(text_1="<b onclick=x>Eyes</b> {{ 7 }}"), follow=True
    )
    assert "&lt;b onclick=x&gt;Eyes&lt;/b&gt; {{ 7 }}" in text_of(answer)


def test_the_names_of_what_comes_with_the_portal_are_renewed_where_they_are_stored(draft):
    """On a partner's page they had read as that partner's own."""
    for code in SETS:
        questionnaires.ours(code)
    stored = Questionnaire.objects.filter(system=None)
    stored.update(name="Our own questions")
    import_module("evaluation.migrations.0025_standard_questions").renew_names(apps, None)
    assert dict(stored.values_list("code", "name")) == {code: name for code, (name, *_) in SETS.items()}
    assert Questionnaire.objects.get(pk=draft.pk).name == "Ward questions"


def test_the_portals_words_are_where_others_begin(client, world):
    page = text_of(client.get(reverse("manage_questionnaire_add"), {"begin": "own-online"}))
    assert "From where I sat I could take part as much as I wished." in page
    for begin in ("nothing", "\x00", "0" * 36):
        assert client.get(reverse("manage_questionnaire_add"), {"begin": begin}).status_code == 200
    assert client.get(reverse("manage_portal_questions", args=["nothing"])).status_code == 404
    answer = client.post(reverse("manage_portal_questions", args=["own"]), {"starts_on_day": "x"})
    assert "Choose at least one kind of Round" in text_of(answer)


def test_the_draft_of_another_system_is_not_here(client, world):
    other = versions.write(system=SystemFactory(code="QYY"), wording=wording(), by=world.olu, now=NOON)
    for page in ("manage_questionnaire", "manage_questionnaire_change"):
        assert client.get(reverse(page, args=[other.pk])).status_code == 404
    for verb in ("drop_questionnaire", "write_next_version"):
        assert client.post(reverse(verb, args=[other.pk])).status_code == 404
    assert client.get(reverse("manage_questionnaire_add"), {"begin": other.pk}).status_code == 404
    assert "Ward questions" not in text_of(client.get(reverse("manage_questionnaires")))
    assert Questionnaire.objects.filter(pk=other.pk).exists()


def test_verbs_lead_back_with_a_sentence(client, world, draft):
    choose(world, draft, Occasion.ONLINE)
    use = QuestionnaireUse.objects.get()
    assert "kept as it is" in text_of(client.post(reverse("drop_questionnaire", args=[draft.pk]), follow=True))
    assert "taken back" in text_of(client.post(reverse("take_back_questions", args=[use.pk]), follow=True))
    assert client.post(reverse("take_back_questions", args=[use.pk])).status_code == 404


def test_the_list_asks_the_database_as_often_for_many_as_for_few(client, world, draft, django_assert_num_queries):
    choose(world, draft, Occasion.IN_PERSON)
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("manage_questionnaires"))
    for number in range(3):
        more = versions.write(system=world.system, wording=wording(name=f"More {number}"), by=world.olu, now=NOON)
        choose(world, more, Occasion.ONLINE, on=TOMORROW + dt.timedelta(days=number))
    with django_assert_num_queries(len(few)):
        client.get(reverse("manage_questionnaires"))
