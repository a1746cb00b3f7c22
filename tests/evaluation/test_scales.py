"""Questions whose answers are in other words: they are asked, counted, shown and told of in these."""

import re
import uuid

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from evaluation.actions import counting, feedback, paper, versions
from evaluation.actions.versions import Question, Wording
from evaluation.models import FeedbackBox, Item, Questionnaire
from evaluation.models.results import ItemCount
from evaluation.reports.trend import trend_of
from evaluation.sealing import Paper
from evaluation.states import OWN_WORDS, SCALES
from rounds.states import RoundState
from tests.evaluation.dashboard.reading import rows_of
from tests.evaluation.past import OFFICIAL, own, read, take
from tests.evaluation.test_over_time import held
from tests.factories.evaluation import FeedbackBoxFactory, RegisterFactory, counted
from tests.factories.members import RoleGrantFactory
from tests.factories.rounds import RoundFactory, SeriesFactory
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db(databases=["default", "box"])

OFTEN = "Always\nOften\nNow and then\nNever"
ASKED = (
    Question("insight", "Did you see how the work feels to others?", OWN_WORDS, OFTEN, top_first=True),
    Question("again", "Will you come again?", "yes_no"),
    Question("recommend", "How likely are you to tell a colleague?", "likelihood"),
)
# Places of the four answers, the best first.
PLACES = [5, 4, 2, 1]


@pytest.fixture
def world():
    world = small_world()
    world.olu = RoleGrantFactory(role="administrator", system=world.system).person
    world.series = SeriesFactory(system=world.system)
    return world


@pytest.fixture
def asked(world):
    return versions.write(system=world.system, wording=Wording("How often", ASKED), by=world.olu, now=NOON)


def text_of(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def offered(page, number):
    boxes = re.findall(rf'<input[^>]*name="question_{number}"[^>]*>', page)
    return [re.search(r'value="(\d?)"', box)[1] for box in boxes]


def answered(round, questionnaire, values):
    """What counting left of the Round's box, which asked these. `values`: item number → {place: how many}."""
    box = counted(round, values={})
    FeedbackBox.objects.filter(pk=box.pk).update(questionnaire=questionnaire)
    ItemCount.objects.bulk_create(
        ItemCount(round_id=round.pk, questionnaire_id=questionnaire.pk, item_id=item.pk, value=value, n=n)
        for item in questionnaire.items.all()
        for value, n in values.get(item.number, {}).items()
    )
    return FeedbackBox.objects.get(pk=box.pk)


# --- Writing ---


def typed(**more):
    return {
        "name": "Ward questions",
        "whose": "own",
        "text_1": "How often did you think of it?",
        "measures_1": "insight",
        "scale_1": "own",
        "words_1": "Always\r\n Often \r\n\r\nNow and then\r\nNever\r\n",
        "best_1": "first",
        **more,
    }


@pytest.fixture
def olu(client, world):
    with time_machine.travel(NOON, tick=False):
        client.force_login(world.olu)
        yield client


def test_answers_in_words_of_ones_own_are_written_seen_and_go_into_the_next_version(olu, world):
    page = text_of(olu.post(reverse("manage_questionnaire_add"), typed(), follow=True))
    item = Item.objects.get()
    assert (item.scale, item.words, item.top_first) == (OWN_WORDS, OFTEN, True)
    assert item.choices == list(zip(PLACES, OFTEN.splitlines(), strict=True))
    assert offered(page, 1) == ["5", "4", "2", "1", ""]
    change = text_of(olu.get(reverse("manage_questionnaire_change", args=[item.questionnaire_id])))
    assert "Always Often Now and then Never</textarea>" in change
    assert change.count('<details class="nhsuk-details" open>') == 1
    Questionnaire.objects.update(is_draft=False)
    olu.post(reverse("write_next_version", args=[item.questionnaire_id]))
    following = Item.objects.get(questionnaire__version=2)
    assert following.answers == item.answers


def test_one_of_ours_needs_no_words(olu):
    said = typed(scale_1="extent", words_1="", best_1="last")
    page = text_of(olu.post(reverse("manage_questionnaire_add"), said, follow=True))
    item = Item.objects.get()
    assert (item.scale, item.words, item.top_first) == ("extent", "", False)
    assert "In part" in page


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"words_1": ""}, "Enter 2 to 5 answers, one on each line, to question 1"),
        ({"words_1": "Yes"}, "Enter 2 to 5 answers, one on each line, to question 1"),
        ({"words_1": "a\nb\nc\nd\ne\nf"}, "Enter 2 to 5 answers, one on each line, to question 1"),
        ({"words_1": "Yes\nyes"}, "Enter each answer once to question 1"),
        ({"words_1": f"{'x' * 41}\nno"}, "Use at most 40 letters for each answer to question 1"),
        ({"words_1": "Yes\nNo answer"}, "Leave out “No answer”, which everybody can choose"),
        ({"scale_1": "agreement"}, "Choose “In other words, which you enter below”, or delete what you entered there"),
    ],
)
def test_what_makes_no_scale_is_said_and_kept(olu, said, sentence):
    page = text_of(olu.post(reverse("manage_questionnaire_add"), typed(**said)))
    assert sentence in page
    assert "nhsuk-details" in page
    assert not Questionnaire.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"scale": OWN_WORDS},
        {"scale": "agreement", "words": "Yes\nNo"},
        {"scale": "agreement", "top_first": True},
    ],
)
def test_the_database_knows_no_scale_without_words_nor_words_beside_one_of_ours(asked, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        asked.items.create(number=9, construct="insight", text="?", **facts)


@pytest.mark.parametrize("name", sorted(SCALES))
def test_of_each_scale_the_best_answers_are_favourable(name):
    scale = SCALES[name]
    assert len(scale.favourable) == (2 if len(scale.words) > 3 else 1)
    assert scale.from_the_top[0][1] == scale.favourable[-1]


# --- Asking and counting ---


def test_forms_and_paper_ask_and_are_counted_in_their_words(client, world, asked):
    round = RoundFactory(system=world.system, facilitators=[world.ada], partners=[world.elmbridge], places=40)
    box = FeedbackBoxFactory(round=round, questionnaire=asked)
    RegisterFactory(round=round, headcount=30)
    items = {item.number: item for item in asked.items.all()}
    with time_machine.travel(round.ends_at, tick=False):
        page = text_of(client.get(reverse("feedback"), {"code": box.room_code}))
        assert offered(page, 2) == ["5", "3", "1", ""]
        for words in (*OFTEN.splitlines(), "Not sure", "Very likely"):
            assert words in page
        client.force_login(world.ada)
        for name in ("round_paper_form", "round_tallies"):
            assert "Now and then" in text_of(client.get(reverse(name, args=[round.pk])))
        said = {f"count_1_{place}": "2" for place in PLACES}
        client.post(reverse("round_tallies", args=[round.pk]), {"forms_counted": "8", "comments": "", **said})
        assert paper.tally_of(round) == Paper(8, {str(items[1].pk): dict.fromkeys(PLACES, 2)}, ())
        with pytest.raises(feedback.Refused):
            paper.type_in(box=box, paper=Paper(1, {str(items[1].pk): {3: 1}}), now=round.ends_at)
        for number in range(9):
            # What is no answer to a question, sealed by whoever likes, counts nowhere.
            given = {str(items[1].pk): 5, str(items[2].pk): 4 if number else 3, str(items[3].pk): 2}
            feedback.cast(box=box, ballot_id=uuid.UUID(int=number), answers=given, comment="", now=round.ends_at)
    counting.count(box=box, now=box.closes_at)
    found = {(row.item_id, row.value): row.n for row in ItemCount.objects.order_by("id")}
    assert found == {
        (items[1].pk, 5): 11,
        **{(items[1].pk, place): 2 for place in PLACES[1:]},
        (items[3].pk, 2): 9,
    }


# --- Telling ---


def test_results_are_told_in_their_words(client, world, asked):
    round = RoundFactory(
        system=world.system, state=RoundState.CLOSED, facilitators=[world.ada], partners=[world.elmbridge]
    )
    answered(round, asked, {1: {5: 10, 4: 5, 2: 5}, 2: {5: 12, 3: 4, 1: 4}, 3: {5: 15, 1: 5}})
    client.force_login(world.ada)
    answer = client.get(reverse("round_results", args=[round.pk]))
    figures = answer.context["figures"]
    assert [figure["sentence"] for figure in figures] == [
        "75% said “Often” or “Always”: “Did you see how the work feels to others?”",
        "60% said “Yes”: “Will you come again?”",
        "75% said “Likely” or “Very likely”: “How likely are you to tell a colleague?”",
    ]
    assert [figure["table"]["head"][2] for figure in figures][:2] == ["Said “Often” or “Always”", "Said “Yes”"]
    assert figures[0]["key"] == ["Always", "Often", "", "Now and then", "Never"]
    page = text_of(answer)
    assert page.count("</svg>Always</li>") == 1
    assert "</svg></li>" not in page
    assert "agreed" not in page


def test_a_trend_never_joins_answers_to_other_words(world, asked):
    rounds = [held(world, months) for months in (4, 3, 2, 1)]
    for round in rounds[:2]:
        counted(round, values={1: {5: 20, 2: 5}})
    for round in rounds[2:]:
        answered(round, asked, {1: {5: 10, 1: 10}})
    found = {each.name: each for each in trend_of(rounds[0], world.ada).measures}
    assert list(found) == [
        "Insight into others, “Somewhat agree” or “Completely agree”",
        "Insight into others, “Often” or “Always”",
    ]
    assert [[point.at for point in each.points] for each in found.values()] == [rounds[:2], rounds[2:]]


def test_half_years_and_their_file_say_which_answers_are_counted(client, world, asked):
    round = held(world, 0)
    answered(round, asked, {1: {5: 10, 4: 5, 2: 5}, 2: {5: 12, 1: 8}})
    lead = RoleGrantFactory(role="ics_lead", system=world.system).person
    scope = f"ics-{world.system.code.lower()}"
    with time_machine.travel(NOON, tick=False):
        client.force_login(lead)
        page = text_of(client.get(reverse("dashboard", args=[scope])))
        head, *rows = rows_of(client.get(reverse("dashboard_file", args=[scope, "feedback"])))
    assert "The share of answers that said “Often” or “Always”, or said “Yes”." in page
    assert "Insight into others: “Often” or “Always”" in page
    assert [dict(zip(head, row, strict=True))["Share of"] for row in rows] == ["Often + Always", "Yes"]


# --- Past Rounds ---


WORDS = "often | How often? | Never / Now and then / Often / Always\nagain | Again? | yes_no\n"


def test_past_rounds_are_entered_with_the_words_of_their_scale(world):
    from evaluation.actions import past_questions

    then = past_questions.asked(system=world.system, **OFFICIAL | {"questions": WORDS})
    head = "Date,Title,Format,Headcount,Forms,often Never,often Now and then,often 3,often 4,again Yes,again 1"
    line = read(world.system, "4/3/2026,The night shift,Online,30,20,1,2,8,9,12,3", head=head, asked=then).lines[0]
    assert line.counts == {1: {1: 1, 2: 2, 4: 8, 5: 9}, 2: {1: 3, 5: 12}}
    take(world.system, "4/3/2026,The night shift,Online,30,20,1,2,8,9,12,3", head=head, asked=then)
    assert {item.text: item.answers.favourable for item in Item.objects.filter(questionnaire__system=world.system)} == {
        "How often?": ["Often", "Always"],
        "Again?": ["Yes"],
    }
    assert past_questions.asked(system=world.system, **OFFICIAL | {"questions": WORDS}).questionnaire().version == 1
    with pytest.raises(feedback.Refused, match="not on the scale of 1 to 4"):
        read(world.system, "4/3/2026,A,Online,30,20,1", head="Date,Title,Format,Headcount,Forms,often 5", asked=then)
    assert own(world.system)
