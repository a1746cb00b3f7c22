"""What goes out on paper and what comes back on it: prints, cards, and the team's count of the paper forms."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from evaluation.actions import clock, counting, feedback, paper
from evaluation.codes import is_card
from evaluation.models import CardDeck, Questionnaire, RoundFigure
from evaluation.models.box import Form, PaperTally
from evaluation.models.results import Comment, Counted, ItemCount
from evaluation.sealing import Paper
from rounds.codes import plain
from rounds.models import Round, TeamMember
from rounds.states import Format, RoundState, Step, TeamPart
from rounds_site.kit.refusals import Refused
from tests.evaluation.test_day_pages import queries_of
from tests.factories.evaluation import FeedbackBoxFactory, RegisterFactory, fill
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory
from tests.worlds import small_world

pytestmark = pytest.mark.django_db
PAGES = [
    "round_run_sheet",
    "round_prints",
    "round_cards",
    "round_cards_file",
    "round_paper_list",
    "round_paper_form",
    "round_tallies",
]


@pytest.fixture
def world():
    world = small_world()
    world.round = RoundFactory(system=world.system, facilitators=[world.ada], partners=[world.elmbridge], places=20)
    with time_machine.travel(world.round.ends_at, tick=False):
        yield world


@pytest.fixture
def box(world):
    return FeedbackBoxFactory(round=world.round)


@pytest.fixture
def ada(client, world):
    client.force_login(world.ada)
    return client


def url(name, round):
    return reverse(name, args=[round.pk])


def text_of(client, name, round, **query):
    """The page, without the token of the button that signs out: it is another at each look."""
    answer = client.get(url(name, round), query)
    assert answer.status_code == 200
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())


def items_of(box):
    return {item.number: str(item.pk) for item in box.questionnaire.items.all()}


def tally(box, forms, *, comments=(), **answers):
    """tally(box, 9, q1={5: 9})"""
    items = items_of(box)
    return Paper(forms, {items[int(name[1:])]: values for name, values in answers.items()}, tuple(comments))


def type_in(box, forms, *, now=None, **said):
    return paper.type_in(box=box, paper=tally(box, forms, **said), now=now or box.opens_at)


def count(box):
    counting.count(box=box, now=box.closes_at)


# --- Who may see and do what ---


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_for_the_facilitators_of_this_round_alone(client, world, box, name):
    paper.make_cards(round=world.round)
    address = url(name, world.round) + "?number=3"
    assert client.get(address).status_code == 302
    helper = PersonFactory()
    TeamMember.objects.create(round=world.round, person=helper, part=TeamPart.HELPER)
    administrator = RoleGrantFactory(role="administrator", system=world.system).person
    other = RoleGrantFactory(role="facilitator", system=world.system).person
    seen = [(world.ada, 200), (helper, 403), (administrator, 403), (world.ben, 403), (other, 404), (world.cleo, 404)]
    for person, status in seen:
        client.force_login(person)
        assert client.get(address).status_code == status


@pytest.mark.parametrize("name", ["make_cards", "round_tallies"])
def test_so_are_the_verbs_and_a_get_changes_nothing(client, world, box, name):
    data = {"number": "3", "forms_counted": "3"}
    for person, status in [(world.ben, 403), (world.cleo, 404)]:
        client.force_login(person)
        assert client.post(url(name, world.round), data).status_code == status
    client.force_login(world.ada)
    assert client.get(url(name, world.round), data).status_code in (200, 302)
    assert not CardDeck.objects.exists()
    assert not PaperTally.objects.exists()


def test_looking_at_what_can_be_printed_writes_nothing(ada, world):
    for name in PAGES:
        ada.get(url(name, world.round), {"number": "3"})
    assert not CardDeck.objects.exists()
    assert not Questionnaire.objects.exists()


# --- Prints ---


def test_the_run_sheet_goes_by_the_clock_and_names_nobody(ada, world):
    BookingFactory(round=world.round, person__name="Tola Adeyemi")
    page = text_of(ada, "round_run_sheet", world.round)
    assert re.findall(r"<dt>(\d[^<]*)</dt>", page) == [
        *("12:30pm", "12:35pm", "12:40pm", "12:45pm", "12:50pm", "1:22pm", "1:30pm")
    ]
    assert "Shred after the Round" in page
    sheet = page.split("<main")[1]
    assert "Tola" not in sheet
    assert "Ada" not in sheet


def test_its_support_has_a_line_each(ada, world):
    world.system.support_text = "Staff support, to 6pm.\n\nChaplain, every evening."
    world.system.save()
    page = text_of(ada, "round_run_sheet", world.round)
    lines = ["Samaritans 116 123", "111, option 2", "Staff support, to 6pm.", "Chaplain, every evening."]
    assert "".join(f"<li>{line}</li>" for line in lines) in page


def test_it_has_a_line_for_each_story_and_says_whose_it_is_nowhere(ada, world):
    for name in ("Sol Story", "Tess Teller"):
        StorytellerFactory(round=world.round, person=PersonFactory(name=name), done=[Step.AGREED])
    page = text_of(ada, "round_run_sheet", world.round)
    times = ["12:30pm", "12:35pm", "12:40pm", "12:45pm", "1:22pm", "1:30pm"]
    assert re.findall(r"<dt>(\d[^<]*)</dt>", page) == times
    assert "Sol" not in page
    assert "Tess" not in page


def test_a_short_round_is_divided_alike(ada, world):
    Round.objects.filter(pk=world.round.pk).update(ends_at=world.round.starts_at + timedelta(minutes=30))
    page = text_of(ada, "round_run_sheet", world.round)
    times = ["12:30pm", "12:33pm", "12:35pm", "12:38pm", "12:40pm", "12:56pm", "1pm"]
    assert re.findall(r"<dt>(\d[^<]*)</dt>", page) == times


def test_cards_are_made_by_a_post_and_printed_ten_a_sheet(ada, world):
    answer = ada.post(url("make_cards", world.round), {"number": "12"})
    assert answer["Location"] == url("round_cards", world.round) + "?number=12"
    page = text_of(ada, "round_cards", world.round, number=12)
    cards = [plain(code) for code in re.findall(r'rd-cut__code">([^<]+)<', page)]
    key = CardDeck.objects.get().key
    assert (len(set(cards)), all(is_card(key, card) for card in cards)) == (12, True)
    assert page.count('class="rd-cut"') == 2
    assert page.count("<svg role=") == 12
    assert text_of(ada, "round_cards", world.round, number=12) == page


def test_the_page_is_as_long_for_every_query_number_of_cards(ada, world):
    paper.make_cards(round=world.round)
    address = url("round_cards", world.round)
    assert queries_of(ada, address + "?number=1") == queries_of(ada, address + "?number=3")


@pytest.mark.parametrize("number", ["", "0", "-1", "61", "many", "9" * 30])
def test_no_more_cards_than_forms_that_the_box_takes(ada, world, number):
    page = ada.post(url("make_cards", world.round), {"number": number}).content.decode()
    assert "There is a problem" in page
    assert not CardDeck.objects.exists()
    paper.make_cards(round=world.round)
    assert ada.get(url("round_cards", world.round), {"number": number}).status_code == 302


@pytest.mark.parametrize("number", ["1,150", "1 150"])
def test_a_number_of_cards_with_its_thousands_apart_is_understood(ada, world, number):
    Round.objects.update(places=2000)
    page = ada.post(url("make_cards", world.round), {"number": number}).content.decode()
    assert f"Enter a number up to {paper.MOST_CARDS}" in page
    assert "in numerals" not in page


@pytest.mark.parametrize("state", [RoundState.CANCELLED, RoundState.CLOSED])
def test_there_are_no_cards_for_rounds_without_a_box(world, state):
    Round.objects.filter(pk=world.round.pk).update(state=state)
    with pytest.raises(Refused, match="no box"):
        paper.make_cards(round=world.round)


@pytest.mark.parametrize("state", [RoundState.CANCELLED, RoundState.CLOSED])
def test_a_round_without_a_box_is_offered_no_cards(ada, world, state):
    assert "Make the cards" in text_of(ada, "round_prints", world.round)
    Round.objects.filter(pk=world.round.pk).update(state=state)
    page = text_of(ada, "round_prints", world.round)
    assert "there is no use for cards any more" in page
    assert "Make the cards" not in page


def test_once_the_box_is_counted_no_cards_are_offered(ada, world, box):
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.HELD)
    assert "Make the cards" in text_of(ada, "round_prints", world.round)
    counting.count(box=box, now=box.closes_at)
    assert "Make the cards" not in text_of(ada, "round_prints", world.round)


def test_online_there_are_no_cards(ada, world):
    round = RoundFactory(format=Format.ONLINE, facilitators=[world.ada])
    assert "put the room code into the chat" in text_of(ada, "round_prints", round)
    with pytest.raises(Refused, match="into the chat"):
        paper.make_cards(round=round)


@pytest.mark.parametrize("how", ["counted", "cancelled"])
def test_the_secret_of_the_cards_goes_with_the_forms(world, box, how):
    paper.make_cards(round=world.round)
    if how == "cancelled":
        Round.objects.filter(pk=world.round.pk).update(state=RoundState.CANCELLED)
    clock.follow(now=box.closes_at)
    assert not CardDeck.objects.exists()


def test_the_list_of_names_leaves_lines_and_says_shred(ada, world):
    BookingFactory(round=world.round, person=PersonFactory(name="Tola <b>", works_for=world.elmbridge))
    page = text_of(ada, "round_paper_list", world.round)
    assert "&lt;b&gt;, Tola" in page
    assert "Shred after the Round" in page
    assert "@" not in page.split("<main")[1].split("</main>")[0]
    assert page.count("<tr><td></td>") == 12


def test_the_list_is_forgotten_with_the_round(ada, world):
    BookingFactory(round=world.round, person__name="Tola Adeyemi")
    with time_machine.travel(world.round.ends_at + timedelta(days=30, hours=1), tick=False):
        ada.force_login(world.ada)
        assert "Tola" not in text_of(ada, "round_paper_list", world.round)


def test_the_list_asks_as_many_questions_for_three_as_for_one(ada, world):
    BookingFactory(round=world.round)
    questions = queries_of(ada, url("round_paper_list", world.round))
    BookingFactory.create_batch(2, round=world.round)
    assert queries_of(ada, url("round_paper_list", world.round)) == questions


@pytest.mark.parametrize(("held", "questions"), [(Format.IN_PERSON, 5), (Format.HYBRID, 5), (Format.ONLINE, 6)])
def test_the_paper_form_asks_what_the_box_will_ask(ada, world, held, questions):
    round = RoundFactory(format=held, facilitators=[world.ada])
    before = text_of(ada, "round_paper_form", round)
    feedback.open_box(round=round, now=round.starts_at)
    assert text_of(ada, "round_paper_form", round) == before
    assert round.feedback_box.questionnaire.items.count() == questions
    assert before.count('class="rd-paper"') == questions + 1


def test_sets_of_questions_are_never_one(world):
    sets = {
        feedback.open_box(round=round, now=round.starts_at).questionnaire.code
        for round in (RoundFactory(), RoundFactory(format=Format.HYBRID), RoundFactory(format=Format.ONLINE))
    }
    assert sets == {"own", "own-online"}


# --- Paper forms, typed in ---


def test_the_counts_lie_in_the_box_and_can_be_corrected(ada, world, box):
    assert 'name="count_1_5"' in text_of(ada, "round_tallies", world.round)
    data = {"forms_counted": "9", "count_1_5": "9", "count_2_1": "2", "comments": "Kind.\n\n  Quiet <b>. \n"}
    answer = ada.post(url("round_tallies", world.round), data, follow=True)
    assert b"The paper forms are in the box." in answer.content
    items = items_of(box)
    found = paper.tally_of(world.round)
    assert found == Paper(9, {items[1]: {5: 9}, items[2]: {1: 2}}, ("Kind.", "Quiet <b>."))
    page = text_of(ada, "round_tallies", world.round)
    assert re.search(r'name="count_1_5"[^>]* value="9"', page)
    assert "Quiet &lt;b&gt;." in page
    ada.post(url("round_tallies", world.round), {"forms_counted": "3", "count_1_4": "3"})
    assert paper.tally_of(world.round) == Paper(3, {items[1]: {4: 3}}, ())
    answer = ada.post(url("round_tallies", world.round), {"forms_counted": "0"}, follow=True)
    assert b"No paper forms are in the box." in answer.content
    assert not PaperTally.objects.exists()


@pytest.mark.parametrize("typed", ["1,150", "1 150"])
def test_the_thousands_of_a_count_may_stand_apart(ada, world, box, typed):
    Round.objects.update(places=2000)
    ada.post(url("round_tallies", world.round), {"forms_counted": typed, "count_1_5": typed})
    assert paper.tally_of(world.round) == Paper(1150, {items_of(box)[1]: {5: 1150}}, ())


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"forms_counted": ""}, "Enter how many paper forms there are"),
        ({"forms_counted": "many"}, "Enter a number, in numerals"),
        ({"forms_counted": "-1"}, "Enter 0 or more"),
        ({"forms_counted": "61"}, "no more than 60 forms"),
        ({"forms_counted": "9" * 40}, "no more than 60 forms"),
        ({"count_1_5": "-1"}, "Enter 0 or more"),
        ({"count_1_5": "<b>"}, "Enter a number, in numerals"),
        ({"count_1_5": "3", "count_1_4": "1"}, "4 answers to question 1, and 3 forms"),
        ({"comments": "a\nb\nc\nd"}, "more comments than forms"),
        ({"comments": "x" * 1501}, "at most 1,500 characters"),
    ],
    ids=str,
)
def test_nonsense_is_told_and_stays_in_the_page(ada, world, box, bad, sentence):
    page = ada.post(url("round_tallies", world.round), {"forms_counted": "3"} | bad).content.decode()
    assert sentence in page
    assert "Error: " in page
    assert not PaperTally.objects.exists()


def test_a_refusal_never_tells_what_else_is_in_the_box(world, box):
    fill(box, 24)
    type_in(box, 24, q1={5: 24})
    assert paper.tally_of(world.round).forms == 24


def test_paper_forms_take_room_in_the_box(world, box):
    RegisterFactory(round=world.round, headcount=20)
    type_in(box, 23)
    feedback.cast(box=box, ballot_id=uuid.uuid4(), answers={}, comment="Kind.", now=box.opens_at)
    with pytest.raises(Refused, match="The box is full"):
        feedback.cast(box=box, ballot_id=uuid.uuid4(), answers={}, comment="Quiet.", now=box.opens_at)


def test_nothing_is_typed_in_before_or_after_the_time_of_the_box(ada, world, box):
    for now in (box.opens_at - timedelta(minutes=1), box.closes_at):
        with pytest.raises(Refused, match="while the box is open"):
            type_in(box, 3, now=now)
    with time_machine.travel(box.closes_at, tick=False):
        ada.force_login(world.ada)
        page = ada.post(url("round_tallies", world.round), {"forms_counted": "3"}).content.decode()
    assert "The box is closed" in page
    assert not PaperTally.objects.exists()


def test_values_and_questions_that_do_not_exist_are_refused(box):
    for counts in ({items_of(box)[1]: {9: 1}}, {str(uuid.uuid4()): {5: 1}}):
        with pytest.raises(Refused):
            paper.type_in(box=box, paper=Paper(3, counts), now=box.opens_at)


# --- Paper and others, counted together ---


def counts_of(box):
    items = {pk: number for number, pk in items_of(box).items()}
    rows = ItemCount.objects.filter(round_id=box.round_id).order_by("id")
    return {(items[str(row.item_id)], row.value): row.n for row in rows}


def test_paper_is_counted_with_the_others(world):
    box = FeedbackBoxFactory(round__places=60)
    fill(box, 10, values=(5, 4, None, None, None), comment="Sent.")
    type_in(box, 5, q1={5: 3, 1: 2}, q3={2: 4}, comments=["Written."])
    count(box)
    assert counts_of(box) == {(1, 5): 13, (1, 1): 2, (2, 4): 10, (3, 2): 4}
    assert sorted(Comment.objects.order_by("id").values_list("text", flat=True)) == ["Sent."] * 10 + ["Written."]
    assert (RoundFigure.objects.get().forms, Counted.objects.get().left_out) == (15, "")
    assert not PaperTally.objects.exists()
    assert not Form.objects.exists()


def test_paper_alone_is_counted_from_eight():
    box = FeedbackBoxFactory()
    type_in(box, 8, q1={5: 8}, comments=["Kind."])
    count(box)
    assert counts_of(box) == {(1, 5): 8}
    assert (Counted.objects.get().forms, Counted.objects.get().left_out) == (10, "")


@pytest.mark.parametrize(("sent", "typed"), [(7, 7), (0, 7), (7, 0), (4, 7)])
def test_beside_paper_less_than_eight_of_each_stays_closed(sent, typed):
    box = FeedbackBoxFactory()
    fill(box, sent)
    type_in(box, typed, q1={5: typed})
    count(box)
    assert (counts_of(box), Counted.objects.get().forms) == ({}, None)


def test_few_forms_that_were_sent_stay_closed_beside_paper_that_is_counted():
    """Whoever typed the paper in would learn, by subtraction, what seven people said."""
    box = FeedbackBoxFactory()
    fill(box, 7, comment="Sent.")
    type_in(box, 20, q1={5: 20}, comments=["Written."])
    count(box)
    assert counts_of(box) == {(1, 5): 20}
    assert [comment.text for comment in Comment.objects.order_by("id")] == ["Written."]
    assert (Counted.objects.get().forms, Counted.objects.get().left_out) == (20, "sent")


def test_a_question_few_answered_stays_closed_beside_paper():
    box = FeedbackBoxFactory()
    fill(box, 7, values=(5, 5, None, None, None))
    fill(box, 2, values=(None, 5, None, None, None))
    type_in(box, 10, q1={1: 10}, q2={1: 10})
    count(box)
    assert counts_of(box) == {(1, 1): 10, (2, 5): 9, (2, 1): 10}


def test_without_paper_a_question_few_answered_is_counted_and_not_shown():
    box = FeedbackBoxFactory()
    fill(box, 7, values=(5, 5, None, None, None))
    fill(box, 2, values=(None, 5, None, None, None))
    count(box)
    assert counts_of(box) == {(1, 5): 7, (2, 5): 9}


def test_paper_beyond_the_cap_is_left_out_and_the_results_say_so(ada, world, box):
    fill(box, 12)
    type_in(box, 13, q1={1: 13})
    RegisterFactory(round=world.round, headcount=20)
    count(box)
    assert counts_of(box)[1, 5] == 12
    assert (1, 1) not in counts_of(box)
    assert Counted.objects.get().left_out == "paper"
    assert "The paper forms were left out" in text_of(ada, "round_results", world.round)


def test_what_was_typed_for_a_cancelled_round_is_destroyed(world, box):
    type_in(box, 9, q1={5: 9})
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.CANCELLED)
    clock.follow(now=box.opens_at)
    assert not PaperTally.objects.exists()
