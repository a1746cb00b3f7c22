"""Feedback through HTTP: never signed in, no cookie, and nothing comes back."""

import logging
import re
import uuid

import pytest
import time_machine
from django.urls import reverse

from evaluation.actions import paper
from evaluation.codes import card_codes
from evaluation.models.box import Form
from evaluation.sealing import COMMENT_LIMIT
from tests.factories.evaluation import FeedbackBoxFactory, RegisterFactory, fill, said_in
from tests.factories.members import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def box():
    box = FeedbackBoxFactory(room_code="K7M3HT")
    with time_machine.travel(box.round.ends_at, tick=False):
        yield box


def the_form(client, box):
    page = client.get("/feedback/", {"code": box.room_code})
    ballot = re.search(r'name="ballot" value="([0-9a-f-]+)"', page.content.decode())[1]
    return {"code": box.room_code, "ballot": ballot}


def post(client, data):
    return client.post("/feedback/", data)


def test_the_code_is_asked_for_and_opens_the_questions(client, box):
    assert b"Code on the screen or on your card" in client.get("/feedback/").content
    page = client.get("/feedback/", {"code": "k7m 3ht"}).content.decode()
    assert "K7M-3HT" in page
    assert page.count("<fieldset") == 6
    assert "The Round’s facilitators read your words as you wrote them. A colleague could recognise your words." in page
    assert "The box is opened on 20 March. Answers are only counted; your words, if you write any, are read by" in page
    assert "Samaritans" in page


def test_says_before_anyone_writes_that_nobody_can_write_back_and_whom_to_ring(client, box):
    page = client.get("/feedback/", {"code": box.room_code}).content.decode()
    said, asked = page.index("Nobody can write back to you."), page.index("<fieldset")
    assert said < asked
    assert 'href="tel:116123"' in page
    assert 'href="tel:999"' in page


def test_an_answer_can_be_taken_back_without_a_script(client, box):
    page = client.get("/feedback/", {"code": box.room_code}).content.decode()
    assert page.count("No answer") == page.count("<fieldset")
    assert not re.search(r'type="radio"[^>]*checked', page)
    post(client, the_form(client, box) | {"question_1": "", "question_2": "5", "group": "", "comment": "Words"})
    answers, comment, group = said_in(Form.objects.get())
    assert (list(answers.values()), comment, group) == ([5], "Words", "")


def test_the_page_for_the_code_promises_no_more_than_holds_for_every_round(client):
    """The box of a Team Time closes sooner than that of other Rounds."""
    assert "three days at most" in client.get("/feedback/").content.decode()


def test_the_form_says_which_round_it_is_about_but_not_its_title(client, box):
    page = client.get("/feedback/", {"code": box.room_code}).content.decode()
    assert "The Round on Wednesday 17 March 2027, 12:30pm to 1:30pm." in page
    assert box.round.title not in page


def test_a_wrong_code_is_told_kindly(client, box):
    page = client.get("/feedback/", {"code": "OOPS<b>"}).content.decode()
    assert "We do not know that code. Codes never use 0, O, 1, I or L" in page
    assert "OOPS&lt;b&gt;" in page


def test_a_form_goes_into_the_box_and_back_shows_nothing(client, box):
    item = box.questionnaire.items.get(number=1)
    answer = post(client, the_form(client, box) | {"question_1": "5", "comment": "It was kind."})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("feedback_given") + "?opened=2027-03-20"
    assert said_in(Form.objects.get()) == ({str(item.pk): 5}, "It was kind.", "")
    page = client.get(answer["Location"]).content.decode()
    assert "It is in the box" in page
    assert "It is opened on 20 March. Answers are only counted; your words, if you wrote any, are read by" in page
    assert "If a story stays with you, you need not carry it alone." in page


def test_the_second_time_looks_like_the_first(client, box):
    data = the_form(client, box) | {"question_1": "5"}
    first, second = post(client, data), post(client, data)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert Form.objects.count() == 1


def test_after_a_card_the_address_and_the_page_are_those_of_everyone(client, box):
    by_room = post(client, the_form(client, box) | {"question_1": "5"})
    for card in card_codes(paper.make_cards(round=box.round).key, 2):
        by_card = post(client, the_form(client, box) | {"code": card, "question_1": "5"})
        assert (by_card["Location"], by_card.content) == (by_room["Location"], by_room.content)
    assert Form.objects.count() == 3


@pytest.mark.parametrize("day", ["", "soon", "2027-02-30", "K7M3HT", "<b>", "\x00", "2027-03-20T10:00", "٢٠٢٧-٠٣-٢٠"])
def test_a_day_that_is_none_is_left_out(client, day):
    page = client.get("/feedback/in-the-box/", {"opened": day}).content.decode()
    assert "It is in the box" in page
    assert "It is opened on" not in page


def test_no_answer_sets_or_reads_a_cookie(client, box):
    client.force_login(PersonFactory(name="Somebody Known"))
    data = the_form(client, box) | {"question_1": "4"}
    answers = [
        client.get("/feedback/"),
        client.get("/feedback/", {"code": "nonsense"}),
        client.get("/feedback/", {"code": box.room_code}),
        post(client, data),
        post(client, data | {"ballot": "nonsense"}),
        client.get("/feedback/in-the-box/", {"opened": "2027-03-20"}),
    ]
    for answer in answers:
        assert not answer.cookies
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "no-store" in answer.headers["Cache-Control"]
        assert b"csrfmiddlewaretoken" not in answer.content
        assert b"Sign out" not in answer.content
        assert b"Somebody Known" not in answer.content


def test_nothing_is_logged(client, box, caplog):
    caplog.set_level(logging.DEBUG, logger="evaluation")
    caplog.set_level(logging.INFO)
    data = the_form(client, box) | {"question_1": "5", "comment": "Words of mine"}
    post(client, data)
    assert not [record for record in caplog.records if "Words" in record.getMessage() or data["ballot"] in str(record)]


def test_the_page_asks_browsers_to_remember_nothing(client, box):
    page = client.get("/feedback/", {"code": box.room_code}).content.decode()
    assert 'spellcheck="false"' in page
    assert re.search(r"<form[^>]* autocomplete=\"off\"", page)


def test_a_comment_that_is_too_long_is_kept_in_the_page(client, box):
    words = "long " * COMMENT_LIMIT
    answer = post(client, the_form(client, box) | {"comment": words})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Use at most 1,500 characters. What you wrote is still here" in page
    assert words.strip() in page
    assert not Form.objects.exists()


def test_an_empty_form_is_not_put_into_the_box(client, box):
    page = post(client, the_form(client, box) | {"comment": " \n "}).content.decode()
    assert "Answer at least one question, or write a few words" in page
    assert not Form.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [{"ballot": "nonsense"}, {"ballot": ""}, {"question_1": "9"}, {"question_1": "<b>"}, {"comment": "\x00"}],
    ids=str,
)
def test_bad_input_is_answered_with_a_page(client, box, bad):
    answer = post(client, the_form(client, box) | {"question_2": "5"} | bad)
    assert answer.status_code == 200
    assert not Form.objects.exists()


def test_a_form_without_a_code_asks_for_it(client, box):
    assert b"Enter the code on the screen" in post(client, {}).content


def test_html_in_a_comment_stays_words(client, box):
    page = post(client, the_form(client, box) | {"comment": "<script>" + "x" * COMMENT_LIMIT}).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>x" not in page


def test_a_full_box_says_so_and_keeps_what_was_written(client, box):
    RegisterFactory(round=box.round, headcount=10)
    fill(box, 12)
    page = post(client, the_form(client, box) | {"comment": "Mine"}).content.decode()
    assert "The box is full" in page
    assert "Mine" in page
    assert Form.objects.count() == 12


@pytest.mark.parametrize(("headcount", "warned"), [(3, True), (13, True), (17, True), (18, False), (60, False)])
def test_few_people_in_the_room_are_warned(client, box, headcount, warned):
    """13 to 17 people are “15” in the figures: the warning must not tell them apart."""
    RegisterFactory(round=box.round, headcount=headcount)
    page = client.get("/feedback/", {"code": box.room_code}).content.decode()
    assert ("Few people were in the room, so someone may guess who wrote what." in page) == warned
    assert "You can skip any question." in page


def test_after_its_time_the_box_takes_nothing(client, box):
    data = the_form(client, box) | {"question_1": "5"}
    with time_machine.travel(box.closes_at, tick=False):
        page = post(client, data).content.decode()
    assert "This box was open until Saturday 20 March 2027" in page
    assert not Form.objects.exists()


def test_every_showing_has_its_own_ballot(client, box):
    assert len({the_form(client, box)["ballot"] for _ in range(5)}) == 5
    uuid.UUID(the_form(client, box)["ballot"])


def test_a_get_changes_nothing(client, box):
    client.get("/feedback/", the_form(client, box) | {"question_1": "5", "comment": "Mine"})
    assert not Form.objects.exists()
