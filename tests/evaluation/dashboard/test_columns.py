"""Every file of figures says what its columns mean and how its figures were made, wherever it is taken to."""

import csv
import io

import pytest
import time_machine
from django.urls import reverse

from evaluation import columns
from evaluation.urls import urlpatterns
from evaluation.views.offered import TABLES
from rounds.models import TeamMember
from tests.disclosure.test_figures_apart import HALF_YEAR, furnish, ready
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
PATTERNS = {each: str(each.pattern) for each in urlpatterns}
FILES = [each for each, pattern in PATTERNS.items() if pattern.startswith("figures/") and pattern.endswith(".csv")]


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        furnish(world)
        yield world


def addresses_of(client, world, line):
    """With each table that may be asked for at it."""
    for address in ready(client, world, line):
        for table in TABLES if line.name.startswith("offered") else [""]:
            yield address, {"half_year": HALF_YEAR} | ({"table": table} if table else {})


def lines_of(answer):
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("line", FILES, ids=lambda line: line.name)
def test_each_says_what_its_columns_mean_and_how_it_was_made(client, world, line):
    asked = list(addresses_of(client, world, line))
    for address, query in asked:
        lines = lines_of(client.get(address, query))
        head, below = lines[0], lines[lines.index([]) + 1 :]
        end = below.index([])
        assert below[0] == ["What each column means"]
        assert [column for column, _ in below[1:end]] == head, address
        assert all(words for _, words in below[1:end]), address
        assert below[end + 1] == ["How these figures were made"]
        notes = [note for (note,) in below[end + 2 :]]
        assert columns.NEVER in notes
        assert (columns.OF_CHANCE in notes) == any(each.startswith(("Came", "From", "Of 100")) for each in head)
        assert len(notes) > 1, address
    assert asked


def test_so_does_that_of_what_came_back_over_time(client, world):
    client.force_login(world.ada)
    lines = lines_of(
        client.get(reverse("round_over_time_file", args=[TeamMember.objects.filter(person=world.ada).first().round_id]))
    )
    assert ["What each column means"] in lines
    assert [columns.OF_ANSWERS] in lines


def test_a_column_of_which_nothing_is_known_is_a_mistake():
    with pytest.raises(KeyError):
        columns.below(["Half-year", "Storyteller"])
