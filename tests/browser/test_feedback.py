"""Feedback of one Round by room code, by card and on paper, with JavaScript and without; then what its facilitator
reads once the worker has counted."""

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from evaluation.forms.feedback import REQUEST_LENGTH
from evaluation.models import FeedbackBox
from evaluation.models.box import Form, PaperTally
from evaluation.sealing import SEALED_LENGTH
from rounds.states import RoundState
from tests.browser.clockwork import letters_to, page_in, strike
from tests.browser.visitor import PHONE
from tests.factories.evaluation import said_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def round(scenery):
    return scenery.today


@pytest.fixture
def somebody(visit):
    """somebody() is on a phone of their own, a stranger to the portal; plainly, without JavaScript."""
    return lambda *, plainly=False: visit(width=PHONE, java_script_enabled=not plainly)


def cards_of(scenery, visit, round, number):
    """Ada prints them."""
    ada = visit(scenery.ada).go(f"/organise/rounds/{round.pk}/prints/").is_right()
    ada.enter(number=999).press("Make the cards").reads("There is a problem").is_right()
    ada.enter(number=number).press("Make the cards").reads("let everyone draw one from a bowl").is_right()
    return ada.page.locator(".rd-cut__code").all_inner_texts()


def fill_in(someone, comment="", *, value=5):
    """Every question gets the same answer."""
    for question in someone.page.get_by_role("main").locator("fieldset:has([name^=question_])").all():
        question.locator(f"[value='{value}']").check(force=True)
    return someone.enter(comment=comment).press("Put it in the box").reads("It is in the box", "116 123")


def test_by_the_code_on_the_screen(scenery, visit, somebody, round):
    screen = visit(scenery.ada).go(f"/organise/rounds/{round.pk}/screen/?show=code").is_right()
    code = screen.page.locator(".rd-room__code").inner_text()
    for plainly in (False, True):
        someone = somebody(plainly=plainly).go("/").follow("Give feedback")
        someone.press("Continue").reads("Enter the code on the screen or on your card")
        someone.enter(code="K0OL1I").press("Continue").reads("We do not know that code")
        someone.enter(code=code.lower()).press("Continue").reads("Wednesday 3 March 2027", "You can skip any question")
        someone.press("Put it in the box").reads("Answer at least one question, or write a few words")
        fill_in(someone, "I felt less alone.")
        assert someone.page.context.cookies() == []
        if not plainly:
            someone.is_right()
    assert Form.objects.filter(round_id=round.pk).count() == 2


@pytest.mark.parametrize("plainly", [False, True])
def test_by_a_card_that_casts_one_form(scenery, visit, somebody, round, plainly):
    first, second = cards_of(scenery, visit, round, 2)
    for card in (first, second, first):
        someone = somebody(plainly=plainly).go(f"/feedback/?code={card}").reads("Your card")
        fill_in(someone, "By card.")
        assert someone.page.context.cookies() == []
    assert Form.objects.filter(round_id=round.pk).count() == 2


def test_paper_forms_are_typed_in_as_counts(scenery, visit, round):
    ada = visit(scenery.ada).go(f"/organise/rounds/{round.pk}/?phase=after").follow("Paper forms").is_right()
    ada.press("Put the paper forms in the box").reads("Enter how many paper forms there are").is_right()
    ada.enter(forms_counted=3, count_1_5=4).press("Put the paper forms in the box")
    ada.reads("There is a problem", "4 answers to question 1, and 3 forms").is_right()
    ada.enter(count_1_5=3, comments="It was read aloud to me.").press("Put the paper forms in the box")
    ada.reads("The paper forms are in the box. You can correct them here until it closes.").is_right()
    assert ada.page.locator("[name=count_1_5]").input_value() == "3"
    ada.enter(forms_counted=0, count_1_5="", comments="").press("Put the paper forms in the box")
    assert not PaperTally.objects.exists()


def test_what_came_back_is_read_by_the_facilitator(scenery, visit, noon, somebody, round):
    """Six forms by code, two by card and two without JavaScript, beside three on paper. Phones are passed round."""
    phone, plain_phone = somebody(), somebody(plainly=True)
    cards, code = cards_of(scenery, visit, round, 2), round.feedback_box.room_code
    for n in range(6):
        fill_in(phone.go(f"/feedback/?code={code}"), f"It stays with me, said {n + 1}.", value=4)
    for card in cards:
        fill_in(phone.go(f"/feedback/?code={card}"), value=5)
    for _ in range(2):
        fill_in(plain_phone.go(f"/feedback/?code={code}"), value=2)
    ada = visit(scenery.ada).go(f"/organise/rounds/{round.pk}/tallies/")
    ada.enter(forms_counted=3, count_1_5=3, comments="Typed in from paper.").press("Put the paper forms in the box")
    ada.go(f"/organise/rounds/{round.pk}/results/").reads("not even how many forms there are").is_right()

    # Over: the register is closed, and whoever had a place is written to once, in the same words
    noon.move_to(round.ends_at + dt.timedelta(hours=1))
    ada = visit(scenery.ada).go(f"/organise/rounds/{round.pk}/door/").enter(headcount=14).press("Close the register")
    strike()
    [hers], [his] = letters_to(scenery.cleo.email), letters_to(scenery.ben.email)
    assert (hers.body, page_in(hers)) == (his.body, f"/feedback/?code={code}")
    phone.go(page_in(his)).reads("Room code").is_right()
    ada.go(f"/organise/rounds/{round.pk}/results/").misses("agreed", "It stays with me")

    # Counted by the worker once the box closes, never earlier
    closes_at = FeedbackBox.objects.get(round=round).closes_at
    noon.move_to(closes_at - dt.timedelta(minutes=1))
    strike()
    ada = visit(scenery.ada).go(f"/organise/rounds/{round.pk}/results/").misses("agreed", "It stays with me")
    noon.move_to(closes_at + dt.timedelta(minutes=1))
    strike()
    ada.again().reads(
        "From 80% (“Working together”) to 85% (“Insight into others”) agreed.",
        "Typed in from paper.",
        *[f"It stays with me, said {n}." for n in range(1, 7)],
    )
    ada.is_right().resize(PHONE).is_right()
    round.refresh_from_db()
    assert (round.state, Form.objects.exists(), PaperTally.objects.exists()) == (RoundState.CLOSED, False, False)
    counted = [["13", "85%"], ["10", "80%"], ["10", "80%"], ["10", "80%"], ["10", "80%"]]
    assert answers_read_by(ada) == counted

    # Printed, every question stands with its number of answers, and nothing that could be pressed
    ada.page.emulate_media(media="print")
    assert answers_read_by(ada) == counted
    expect(ada.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    expect(ada.page.get_by_role("main").get_by_role("link")).to_have_count(0)
    ada.page.emulate_media(media="screen")

    # Comments: read, published, withheld
    ada.press("Publish").reads("The comment is published. You can still withhold it.").is_right()
    ada.page.locator(".rd-comment", has_text="said 3").get_by_role("link", name="Withhold").click()
    ada.reads("It stays with me, said 3.", "Its words are destroyed").press("Yes, withhold it")
    ada.reads("The comment is withheld", "1 comment was withheld").misses("said 3").is_right()

    # The code opens nothing any more, and no card can be made
    phone.go(f"/feedback/?code={code}").reads("This box was open until Saturday 6 March 2027.").is_right()
    ada.go(f"/organise/rounds/{round.pk}/prints/").reads("no use for cards").misses("Make the cards").is_right()


def answers_read_by(ada):
    """The cells of each question: how many answered, and how many of them agreed."""
    return [row.split("\t")[1:] for row in ada.page.locator("tbody tr").all_inner_texts()]


class Wire:
    """What goes over it from this page on: each form that is posted, and its answer."""

    def __init__(self, page):
        self.posts = []
        page.on("request", lambda request: request.method == "POST" and self.posts.append(request))

    @property
    def bodies(self):
        return [request.post_data for request in self.posts]

    @property
    def lengths_of_answers(self):
        return [request.response().headers["content-length"] for request in self.posts]


def test_the_browser_seals_the_form_and_the_server_never_sees_it(scenery, visit, somebody, round):
    """Nothing that is posted tells what was written, how much, whether it was a card, or whether it came twice."""
    cards, code = cards_of(scenery, visit, round, 1), round.feedback_box.room_code
    long = "A long walk home, “ß” and 🕯 with it. " * 40
    for way, words, value in [(code, "", 5), (code, long, 1), (cards[0], "By card.", 3), (cards[0], "Once more.", 2)]:
        someone = somebody().go(f"/feedback/?code={way}").reads("Your form is sealed on this device before it is sent.")
        expect(someone.page.locator("[data-rd-unsealed]")).to_be_hidden()
        wire = Wire(someone.page)
        fill_in(someone, words, value=value)
        [body], [answered] = wire.bodies, wire.lengths_of_answers
        sent = parse_qs(body)
        assert set(sent) == {"code", "shown", "ballot", "sealed", "pad"}
        assert (len(body), len(sent["sealed"][0]), answered) == (REQUEST_LENGTH, SEALED_LENGTH, "512")
        assert urlsplit(wire.posts[0].url)[2:] == ("/feedback/", "", "")
        assert "cookie" not in wire.posts[0].all_headers()
        assert "referer" not in wire.posts[0].all_headers()
        form = Form.objects.get(pk=sent["ballot"][0])
        assert form.content == sent["sealed"][0] or words == "Once more."
    found = [said_in(form) for form in Form.objects.filter(round_id=round.pk)]
    assert sorted(said.comment for said in found) == sorted(["", "By card.", " ".join(long.split())])
    assert sorted(max(said.answers.values()) for said in found) == [1, 3, 5]


def test_back_shows_nothing_and_neither_does_the_page_that_was_left(somebody, round):
    someone = somebody().go("/").go(f"/feedback/?code={round.feedback_box.room_code}")
    fill_in(someone, "Between us.")
    given = someone.path
    assert given.startswith("/feedback/in-the-box/")
    someone.page.go_back()
    assert someone.page.url != someone.url + given
    assert "Between us." not in someone.page.content()
    assert someone.page.locator("textarea").count() == 0
    assert someone.page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


def press_again(someone):
    """A moment later: two presses within a second are one."""
    someone.page.wait_for_timeout(1100)
    return someone.press("Put it in the box")


def test_what_the_browser_finds_wrong_stays_on_the_page_and_nothing_is_sent(somebody, round):
    someone = somebody().go(f"/feedback/?code={round.feedback_box.room_code}")
    wire = Wire(someone.page)
    press_again(someone).reads("There is a problem", "Answer at least one question").is_right()
    press_again(someone.enter(comment="long " * 400)).reads("Use at most 1,500 characters").is_right()
    assert wire.posts == []
    assert someone.page.title().startswith("Error: Your feedback")
    # As it ends without a connection, of which a browser would complain aloud.
    someone.page.evaluate("() => { window.connected = fetch; window.fetch = () => Promise.reject(new TypeError()); }")
    press_again(someone.enter(comment="Still here.")).reads("There is no connection just now")
    someone.page.evaluate("() => { window.fetch = window.connected; }")
    assert someone.page.locator("[name=comment]").input_value() == "Still here."
    press_again(someone).reads("It is in the box")
    assert len({parse_qs(body)["ballot"][0] for body in wire.bodies}) == 1
    assert Form.objects.filter(round_id=round.pk).count() == 1


def test_a_refusal_comes_back_at_the_same_size_and_what_was_written_stays(noon, somebody, round):
    someone = somebody().go(f"/feedback/?code={round.feedback_box.room_code}").enter(comment="Too late.")
    wire = Wire(someone.page)
    noon.move_to(FeedbackBox.objects.get(round=round).closes_at)
    someone.press("Put it in the box").reads("There is a problem", "It takes no more forms").is_right()
    assert wire.lengths_of_answers == ["512"]
    assert someone.page.locator("[name=comment]").input_value() == "Too late."


def test_without_javascript_the_page_says_what_that_means_before_anything_is_written(somebody, round):
    someone = somebody(plainly=True).go(f"/feedback/?code={round.feedback_box.room_code}")
    someone.reads("Without JavaScript your browser cannot seal the form itself.", "Once it is counted nobody can.")
    words = someone.page.locator("main").inner_text()
    assert words.index("Without JavaScript") < words.index("What stays with you?")
    assert "is sealed on this device before" not in words
