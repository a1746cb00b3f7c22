"""Codes of rooms and cards: what opens a box, what does not, and how guessing is held back."""

import doctest
from itertools import pairwise

import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from evaluation import codes as pure
from evaluation.actions import codes, feedback, paper
from evaluation.codes import ALPHABET, CARD_LENGTH, ballot_of, card_codes, is_card
from evaluation.models import CardDeck
from evaluation.models.box import Form
from rounds_site.kit.refusals import Refused
from tests.factories.evaluation import FeedbackBoxFactory
from tests.factories.rounds import RoundFactory

KEY = b"k" * 32


def test_codes_are_typed_in_any_way():
    assert doctest.testmod(pure).failed == 0


def test_cards_of_a_deck_are_all_different_and_never_use_what_looks_alike():
    cards = card_codes(KEY, 300)
    assert len(set(cards)) == 300
    assert {len(card) for card in cards} == {CARD_LENGTH}
    assert not set("".join(cards)) & set("0O1ILAEU")
    assert len({ballot_of(KEY, card) for card in cards}) == 300


def test_the_order_of_a_deck_means_nothing():
    cards = card_codes(KEY, 300)
    assert sum(one < other for one, other in pairwise(cards)) in range(100, 200)


@given(st.text(ALPHABET, min_size=CARD_LENGTH, max_size=CARD_LENGTH))
def test_a_made_up_code_is_no_card(code):
    assert not is_card(KEY, code)


@given(st.text(max_size=20))
def test_nonsense_is_no_card(code):
    assert not is_card(KEY, code)


class TestWaysIn:
    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def box(self):
        return FeedbackBoxFactory(room_code="K7M3HT")

    @pytest.fixture
    def card(self, box):
        return card_codes(paper.make_cards(round=box.round).key, 3)[2]

    def test_a_card_opens_its_box_with_a_ballot_of_its_own(self, box, card):
        CardDeck.objects.create(round=RoundFactory())
        other = FeedbackBoxFactory()
        paper.make_cards(round=other.round)
        found = codes.way_in(pure.in_parts(card).lower(), now=box.opens_at)
        assert (found.box, found.code) == (box, card)
        assert found.ballot == ballot_of(CardDeck.objects.get(round=box.round).key, card)
        assert codes.way_in("K7M-3HT", now=box.opens_at).ballot is None

    def test_a_card_is_no_card_before_the_box_opens_or_once_it_was_counted(self, box, card):
        with pytest.raises(Refused, match="We do not know that code"):
            codes.way_in(card, now=box.opens_at.replace(day=1))
        with pytest.raises(Refused, match="This box was open until"):
            codes.way_in(card, now=box.closes_at)
        CardDeck.objects.all().delete()
        with pytest.raises(Refused, match="We do not know that code"):
            codes.way_in(card, now=box.opens_at)

    def test_cards_without_a_box_open_nothing(self):
        deck = paper.make_cards(round=RoundFactory())
        with pytest.raises(Refused, match="We do not know that code"):
            codes.way_in(card_codes(deck.key, 1)[0], now=deck.round.starts_at)

    def test_too_many_wrong_codes_hold_back_room_codes_for_the_rest_of_the_minute(self, box, card):
        now = box.opens_at.replace(second=0)
        shown = codes.way_in("K7M3HT", now=now).shown
        for _ in range(codes.MOST_MISSES):
            with pytest.raises(Refused, match="We do not know that code"):
                codes.way_in("BCDFGH", now=now)
        with pytest.raises(Refused, match="Wait a minute"):
            codes.way_in("K7M3HT", now=now.replace(second=59))
        assert codes.way_in(card, now=now).box == box
        assert codes.way_in("K7M3HT", now=now, shown=shown).box == box
        with pytest.raises(Refused, match="Wait a minute"):
            codes.way_in("BCDFGH", now=now, shown=shown)
        assert codes.way_in("K7M3HT", now=now.replace(minute=now.minute + 1)).box == box

    @pytest.mark.parametrize("token", ["", "nonsense", "x:y", "\x00"])
    def test_a_made_up_token_does_not_pass_the_brake(self, box, token):
        cache.set(codes._key(box.opens_at), codes.MOST_MISSES)
        with pytest.raises(Refused, match="Wait a minute"):
            codes.way_in("K7M3HT", now=box.opens_at, shown=token)

    def test_the_cache_learns_how_many_and_nothing_else(self, box, card):
        for code in ("K7M3HT", card):
            codes.way_in(code, now=box.opens_at)
        assert cache.get(codes._key(box.opens_at)) is None
        with pytest.raises(Refused):
            codes.way_in("BCDFGH", now=box.opens_at)
        assert cache.get(codes._key(box.opens_at)) == 1

    def test_a_cache_that_is_away_keeps_nobody_from_giving_feedback(self, box, monkeypatch):
        monkeypatch.setattr(codes, "cache", Away())
        assert codes.way_in("K7M3HT", now=box.opens_at).box == box
        with pytest.raises(Refused, match="We do not know that code"):
            codes.way_in("BCDFGH", now=box.opens_at)

    def test_one_card_is_one_form(self, box, card):
        for comment in ("First", "Second"):
            found = codes.way_in(card, now=box.opens_at)
            feedback.cast(box=box, ballot_id=found.ballot, answers={}, comment=comment, now=box.opens_at)
        assert Form.objects.count() == 1

    def test_every_deck_has_a_secret_of_its_own_and_keeps_it(self, box):
        deck = paper.make_cards(round=box.round)
        assert paper.make_cards(round=box.round) == deck
        assert CardDeck.objects.create(round=RoundFactory()).secret != deck.secret
        assert len(deck.key) == 32


class Away:
    """A cache whose server does not answer."""

    def __getattr__(self, name):
        raise ConnectionError
