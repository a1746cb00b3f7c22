"""Every kind of letter says in words which it is, and how it looks; docs/letters.md is written from that."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from members.emails import compose
from members.registry import letters, title_of
from tests.factories.members import SystemFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
KINDS = [letter.kind for letter in letters]
TO_EVERYBODY_ALIKE = {"invitation", "pass_on", "round_moved", "round_postponed", "round_new_date", "round_cancelled"}


@pytest.fixture
def system():
    return SystemFactory(name="North Vale Integrated Care System", colour="#5b2a86", licensor_notice="A notice.")


def samples(kind, system):
    letter = letters[kind]
    return {
        words: compose(letter.template, facts, message_id="<1@x.example>", now=NOON)
        for words, facts in letter.told.samples(system).items()
    }


def test_the_table_in_the_docs_is_what_the_code_says(capsys):
    call_command("describe_letters")
    written = (Path(settings.BASE_DIR) / "docs" / "letters.md").read_text()
    assert written.partition("| letter |")[2] == capsys.readouterr().out.partition("| letter |")[2] != ""


@pytest.mark.parametrize("kind", KINDS)
def test_each_says_who_gets_it_and_when_not_in_a_line(kind):
    told = letters[kind].told
    for words in (told.title, told.to, told.not_when):
        assert words[0].isupper()
        assert not words.endswith(".")
        assert {"|", "\n"} & set(words) == set()


def test_no_two_are_called_the_same():
    assert len({title_of(kind) for kind in KINDS}) == len(KINDS)
    assert title_of("of_long_ago") == "Of long ago"


def test_a_round_is_named_only_where_everybody_has_the_same_words():
    assert {letter.kind for letter in letters if letter.told.names_its_round} == TO_EVERYBODY_ALIKE


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_the_letter_itself_as_the_system_sends_it(kind, system):
    """Every name that its templates ask for is there, or rendering fails."""
    for letter in samples(kind, system).values():
        html = letter.alternatives[0].content
        assert letter.from_email == "Schwartz Rounds <rounds@northvale.example>"
        assert [letter.subject, letter.body] != ["", ""]
        for word in ("North Vale Integrated Care System", "A notice."):
            assert word in letter.body
            assert word in html
        assert "#5b2a86" in html


def test_of_an_invitation_one_sees_all_forms_and_of_personal_letters_the_neutral_one(
    system,
):
    subjects = [letter.subject.partition(" ")[0::2] for letter in samples("invitation", system).values()]
    assert [first for first, _ in subjects] == ["Schwartz"] * 4
    assert ["Rounds from" in rest for _, rest in subjects] == [False, True, False, False]
    for kind in ("place_confirmed", "reminder", "question", "feedback"):
        *_, neutral = samples(kind, system).values()
        assert "asked for letters that say no more than this" in neutral.body
        assert "Thrown in" not in neutral.body
