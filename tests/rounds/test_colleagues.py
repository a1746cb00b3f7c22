"""Whose name stands in a text: on each engine the same people, however their names are written."""

import pytest

from rounds.colleagues import names_in
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory
from tests.worlds import NOON

NAMES = [
    *("Ada Lovelace", "ben BOOKER", "Anne-Marie Quill", "J.R. Hart", "Zoë Quill", "Siân O'Hara", "Tom O’Hara"),
    *("Jürgen Groß", "Lee's Nephew", "Dr Ines de Wit", "Ada2 Digit", "Ed"),
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def elmbridge(world):
    for name in NAMES:
        PersonFactory(name=name, works_for=world.elmbridge)
    PersonFactory(name="Ada Elsewhere", works_for=OrganisationFactory())
    MembershipFactory(person=PersonFactory(name="Ada Left"), organisation=world.elmbridge, ends_on=NOON.date())
    return world


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lovelace was there.", {"Ada Lovelace"}),
        ("It was BOOKER's idea", {"ben BOOKER", "Ben Booker"}),
        ("anne said so", {"Anne-Marie Quill"}),
        ("Miss Quill knows", {"Anne-Marie Quill", "Zoë Quill"}),
        ("zoe, or zoë?", {"Zoë Quill"}),
        ("ohara and O'Hara", {"Siân O'Hara", "Tom O’Hara"}),
        ("Hart spoke", {"J.R. Hart"}),
        ("Jurgen came", {"Jürgen Groß"}),
        ("the nephew", {"Lee's Nephew"}),
        ("de Wit", {"Dr Ines de Wit"}),
        ("Nobody of them.", set()),
        ("", set()),
    ],
)
def test_of_whose_name_a_word_stands_in_the_text(elmbridge, text, found):
    assert names_in(text, elmbridge.system, on=NOON.date()) == found


def test_in_one_query_however_many_work_there(elmbridge, django_assert_num_queries):
    with django_assert_num_queries(1):
        names_in("Ada and Ben", elmbridge.system, on=NOON.date())
