"""The chart, the table and the file of one released figure say the same, and in words why something is not shown."""

import doctest
import re

import pytest

from evaluation.models import ReleasedCell, ReleasedSector
from evaluation.views.figure import employers
from tests.factories.members import PlaceFactory
from tests.rounds.pages import words_of

from .reading import dashboard, held, release, table

pytestmark = pytest.mark.django_db

DRAWN = ("reach", "work", "employers", "first", "meeting", "waited")
SUMS = {"All together", "All sectors with a staff number", "Since figures began"}
COUNTED = {"first": "Came for the first time", "meeting": "Partners", "waited": "Got no place"}


@pytest.fixture
def released(world):
    """Something shown, and everything that may be missing."""
    held(world, 1, headcount=45)
    place = PlaceFactory(system=world.system, name="West Vale")
    made = release(
        world,
        "2026-10",
        {"acute": (80, 4000), "council": (10, 2000), "charity": (3, 400), "education": (0, 200)},
        employer={str(world.elmbridge.pk): (80, 4000), str(world.quarry_lane.pk): (5, 300)},
        first={"acute": (22, 4000), "council": (-3, 2000)},
        partners={"acute": (2, None), "council": (14, None), "charity": (27, None)},
        waited={str(place.pk): (18, None), "": (1, None)},
        mixing={"": (12, None)},
    )
    ReleasedCell.objects.filter(cell="education/not_said").delete()
    ReleasedSector.objects.create(release=made, sector="hospice", staff=300, partners=2, uncounted=1)
    ReleasedCell.objects.create(release=made, table="work", cell="hospice/nursing", number=404, staff=None)
    ReleasedSector.objects.filter(release=made, sector="council").update(partners=16)
    ReleasedSector.objects.filter(release=made, sector="charity").update(partners=24)
    return made


def shown(client, world):
    return {each["id"]: each for each in dashboard(client, world, half_year="2026-10").context["figures"]}


def test_chart_table_and_file_of_each_figure_agree(client, world, released):
    found = shown(client, world)
    for name in DRAWN:
        head, *rows = table(client, world, name, half_year="2026-10")
        rates = "Staff" in head
        drawn = found[name]["wide"]["rows"]
        charted = found[name]["desc"].split("; ")
        assert [row[0] for row in found[name]["table"]["rows"]] == [row[1] for row in rows]
        assert [bar["label"] for bar in drawn] == [row[1] for row in rows if row[1] not in SUMS]
        for number, (cells, row) in enumerate(zip(found[name]["table"]["rows"], rows, strict=True)):
            said = dict(zip(head, row, strict=True))
            assert [each.replace(",", "") for each in cells[1:]] == of_file(said, name, rates=rates), name
            if number < len(drawn):
                assert drawn[number]["words"].replace(",", "") == in_chart(said, name, rates=rates)
                assert charted[number].startswith(f"{row[1]}: {drawn[number]['words']}")
                assert charted[number].endswith(said["Note"])


def of_file(said, name, *, rates):
    """What the table says, worked out from the file."""
    counted = said[COUNTED.get(name, "Came")]
    cells = [counted, f"{said['From']} to {said['To']}"] if said["From"] else []
    if said["Note"]:
        return [*cells, said["Note"]]
    its_range = f"{said['From for each 1,000']} to {said['To for each 1,000']}" if rates else ""
    return [*cells, *([said["Staff"], said["Per 1,000"], its_range] if rates else [])]


def in_chart(said, name, *, rates):
    counted = said[COUNTED.get(name, "Came")]
    if not said["Note"]:
        return said["Per 1,000"] if rates else counted
    return f"About {counted} came" if said["From"] else said["Note"]


def test_each_reason_is_said_in_words(client, world, released):
    rows = {row[0]: row[1:] for row in shown(client, world)["reach"]["table"]["rows"]}
    assert rows["Charities"] == ["Fewer than 8"]
    assert rows["Education"] == ["Fewer than 250 staff"]
    assert rows["Hospices"] == ["405", "400 to 410", "No staff number yet from 1 of 2 partners"]
    assert "Not shown" not in words_of(dashboard(client, world, half_year="2026-10")).partition("Feedback")[0]


def test_numbers_are_headed_by_what_they_count_and_lack_no_staff_number(client, world, released):
    found = shown(client, world)
    for name, counted in COUNTED.items():
        head, *rows = table(client, world, name, half_year="2026-10")
        assert found[name]["table"]["head"] == [*head[1:2], counted, "Range"]
        assert head[2] == counted
        assert head[3:] == ["From", "To", "Note"]
        assert {row[-1] for row in rows} <= {"", "Fewer than 8"}


def test_sums_stand_in_the_last_rows(client, world, released):
    found = shown(client, world)
    assert found["first"]["table"]["rows"][-2:] == [
        ["All together", "20", "14 to 26"],
        ["Since figures began", "20", "14 to 26"],
    ]
    assert found["waited"]["table"]["rows"][-1] == ["All together", "20", "10 to 30"]
    for name in ("reach", "work"):
        assert found[name]["table"]["rows"][-1][:2] == ["All sectors with a staff number", "95"]


def test_employers_in_a_round_are_a_figure_with_a_file(client, world, released):
    found = shown(client, world)["mixing"]
    assert found["sentence"] == "In a Round, people of about 3 employers met (between 1 and 6)."
    assert found["table"]["rows"] == [["Employers that met in a Round, on average", 3, "1 to 6"]]
    assert table(client, world, "mixing", half_year="2026-10")[1:] == [
        ["October 2026 to March 2027", "3", "3", "1", "6"]
    ]


def test_of_partners_no_more_came_than_there_are_and_few_are_no_row(client, world, released):
    """Of a sector with few partners chance would say "fewer than 8", whatever happened."""
    found = shown(client, world)["meeting"]
    assert found["table"]["rows"] == [["Council, of 16", "15", "7 to 16"], ["Charities, of 24", "24", "16 to 24"]]
    assert found["sentence"] == "Somebody came from about 24 partners in charities, of 24 (between 16 and 24)."


def test_many_who_waited_are_told_where_in_no_single_place_so_many_did(client, world):
    held(world, 1, headcount=45)
    places = [PlaceFactory(system=world.system) for _ in range(6)]
    release(world, "2026-10", {"acute": (80, 4000)}, waited={str(each.pk): (7, None) for each in places})
    found = shown(client, world)["waited"]
    assert re.match(r"About 40 people waited for a place and got none \(between \d+ and \d+\)\.", found["sentence"])
    assert found["table"]["rows"][-1][:2] == ["All together", "40"]
    assert table(client, world, "waited", half_year="2026-10")[-1][1:3] == ["All together", "40"]


def test_large_employers_are_told_beside_the_whole_and_those_without_a_figure_counted(client, world, released):
    assert shown(client, world)["employers"]["sentence"] == (
        "About 20 came for each 1,000 staff of a large employer, beside about 15 of all with a staff number. "
        "One has no figure."
    )
    assert doctest.testmod(employers).failed == 0
