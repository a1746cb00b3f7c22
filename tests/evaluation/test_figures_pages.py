"""The dashboard of a system and its files."""

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.actions import attendance
from evaluation.exports import safe
from evaluation.reports import system as reports
from evaluation.reports.system import HalfYear
from rounds.models import Round
from rounds.states import RoundState
from tests.factories.evaluation import AttendanceFactory, RoundFigureFactory, counted
from tests.factories.members import MembershipFactory, PersonFactory, SystemFactory
from tests.factories.rounds import BookingFactory, RoundFactory
from tests.worlds import LONDON, NOON, small_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        yield small_world()


def held(world, month, day=4, *, year=2027, headcount=None, **options):
    starts_at = datetime(year, month, day, 12, 30, tzinfo=LONDON)
    state = options.pop("state", RoundState.CLOSED)
    round = RoundFactory(
        system=world.system,
        state=state,
        starts_at=starts_at,
        booking_opens_at=starts_at - timedelta(days=30),
        booking_closes_at=starts_at - timedelta(hours=1),
        **options,
    )
    if headcount != "none":
        RoundFigureFactory(round=round, headcount=headcount)
    return round


def address(world, **query):
    base = reverse("dashboard", args=[f"ics-{world.system.code.lower()}"])
    return base + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def dashboard(client, world, **query):
    client.force_login(world.ines)
    answer = client.get(address(world, **query))
    assert answer.status_code == 200
    return answer


def table(client, world, name):
    client.force_login(world.ines)
    answer = client.get(reverse("dashboard_file", args=[f"ics-{world.system.code.lower()}", name]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_figures_leads_to_the_first_system(client, world):
    client.force_login(world.ines)
    assert client.get(reverse("figures"))["Location"] == address(world)
    client.force_login(world.ben)
    assert client.get(reverse("figures")).status_code == 403


def test_the_door_of_the_figures(client, world):
    other = SystemFactory(code="QZZ")
    outsider = PersonFactory()
    for person, status in [(world.ines, 200), (world.ada, 200), (world.ben, 403), (outsider, 404)]:
        client.force_login(person)
        assert client.get(address(world)).status_code == status
        assert client.get(reverse("dashboard", args=["ics-qzz"])).status_code == 404
    client.force_login(world.ines)
    for scope in ("ics-", "org-qx0", "qx0", "ics-nowhere"):
        assert client.get(reverse("dashboard", args=[scope])).status_code == 404
    assert (
        client.get(reverse("dashboard_file", args=[f"ics-{world.system.code.lower()}", "nonsense"])).status_code == 404
    )
    assert other.rounds.count() == 0


def test_a_former_employee_is_an_outsider(client, world):
    former = MembershipFactory(organisation=world.elmbridge, ends_on=NOON.date()).person
    client.force_login(former)
    assert client.get(address(world)).status_code == 404


def test_an_empty_system_says_so(client, world):
    assert "No Round has been planned yet." in dashboard(client, world).content.decode()


def test_the_headline_is_computed(client, world):
    held(world, 1, headcount=45, host_organisation=world.elmbridge)
    held(world, 2, headcount=None, host_organisation=world.elmbridge)
    held(world, 11, year=2026, headcount=30, host_organisation=world.quarry_lane)
    held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED)
    assert dashboard(client, world).context["sentence"] == (
        "October 2026 to March 2027: 3 Rounds were held, hosted by 2 of 2 partners, and 1 is planned. "
        "About 75 people, and once fewer than 8, came."
    )


def test_rounds_and_people_by_month(client, world):
    held(world, 1, 4, headcount=45)
    held(world, 1, 20, headcount=None)
    held(world, 2, headcount=None)
    held(world, 3, 1, headcount="none", state=RoundState.HELD)
    held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED)
    held(world, 2, 10, headcount="none", state=RoundState.CANCELLED)
    rounds = {row[0]: row[1:] for row in table(client, world, "rounds")}
    assert list(rounds)[1] == "April 2026"
    assert list(rounds)[-1] == "March 2027"
    assert len(rounds) == 13
    assert rounds["January 2027"] == ["2", "0"]
    assert rounds["February 2027"] == ["1", "0"]
    assert rounds["March 2027"] == ["1", "1"]
    people = {row[0]: row[1] for row in table(client, world, "people")}
    assert people["January 2027"] == "45 and more"
    assert people["February 2027"] == "fewer than 8"
    assert people["March 2027"] == "not yet entered"
    assert people["December 2026"] == "no Round"


def test_feedback_adds_up_shown_rounds_only(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 20, 3: 20}, 2: {4: 7}})
    counted(held(world, 2, headcount=45), values={1: {5: 7}, 2: {4: 8}, 5: {5: 12}})
    counted(held(world, 2, 11, headcount=None), values={1: {1: 40}}, forms=None)
    counted(held(world, 8, year=2026, headcount=45), values={1: {5: 40}})
    counted(held(SystemWorld(SystemFactory()), 1), values={1: {1: 400}})
    rows = {row[0]: row[2:] for row in table(client, world, "feedback")}
    assert rows["I see better now how the work feels to other people."] == ["50%", "40", "75%", "80"]
    assert rows["What I heard will help my colleagues and me to work together."] == [
        *["all or nearly all", "10"],
        *["all or nearly all", "10"],
    ]
    assert rows["How was this Round for you, all in all?"] == ["100%", "10", "100%", "10"]
    assert len(rows) == 4


class SystemWorld:
    def __init__(self, system):
        self.system = system


def test_another_half_year_can_be_asked_for(client, world):
    held(world, 8, year=2026, headcount=60)
    held(world, 1, headcount=45)
    assert dashboard(client, world).context["half_year"].key == "2026-10"
    earlier = dashboard(client, world, half_year="2026-04").context
    assert earlier["sentence"] == "April to September 2026: 1 Round was held. About 60 people came."
    for nonsense in ("1999-04", "%3Cb%3E", "x" * 500):
        assert dashboard(client, world, half_year=nonsense).context["half_year"].key == "2026-10"


def test_before_the_first_round_of_a_half_year_the_last_one_is_shown(client, world):
    held(world, 8, year=2026, headcount=60)
    held(world, 3, 20, headcount="none", state=RoundState.PUBLISHED)
    assert dashboard(client, world).context["half_year"].key == "2026-04"


def test_figures_are_the_same_for_worlds_that_differ_in_one_attendance(client, world):
    """Forty-two came, or forty-three less one who was not ticked in: within rounding the same page, to the byte."""

    def page(headcount, ticked):
        Round.objects.all().delete()
        round = held(world, 3, 2, headcount="none", state=RoundState.HELD, pk="5f0f3f0e-0000-4000-8000-000000000001")
        for booking in BookingFactory.create_batch(ticked, round=round):
            AttendanceFactory(round=round, person=booking.person)
        attendance.close_register(round=round, headcount=headcount, now=NOON)
        return re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", dashboard(client, world).content.decode())

    assert page(43, 2) == page(44, 3) == page(47, 3)
    assert page(47, 3) != page(48, 3)


def test_the_dashboard_asks_as_many_questions_for_three_rounds_as_for_one(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 20}})
    one = queries(client, world)
    for month in (2, 11, 12):
        counted(held(world, month, 2, year=2027 if month < 4 else 2026, headcount=45), values={1: {5: 20}, 2: {4: 9}})
    assert queries(client, world) == one


def queries(client, world):
    dashboard(client, world)
    with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["box"]) as other:
        dashboard(client, world)
    return len(one) + len(other)


def test_every_chart_has_words_a_table_a_file_and_no_style(client, world):
    counted(held(world, 1, headcount=45), values={1: {5: 20, 2: 4}, 2: {4: 6, 1: 4}})
    held(world, 2, headcount=None)
    page = dashboard(client, world).content.decode()
    main = page.split("<main")[1].split("</main>")[0]
    assert len(re.findall(r"<figure", main)) == 3
    images = re.findall(
        r'<svg[^>]* role="img"[^>]*aria-labelledby="([^"]+)"[^>]*><title id="[^"]+">[^<]+</title><desc', main
    )
    assert len(images) == len(set(images)) == 6
    assert main.count("<table") == 3
    assert main.count(".csv?half_year=2026-10") == 3
    assert "style" not in main
    assert "fewer than 8" in main


def test_cells_that_begin_a_formula_are_made_safe():
    for cell in ("=1+1", "+1", "-1", "@SUM", "\t=1", " =1"):
        assert safe(cell) == f"'{cell}"
    assert safe("Well facilitated") == "Well facilitated"


def test_views_and_files_take_people_from_the_gate_alone():
    """Neither reads a count, a register or an answer itself: the report hands over what the gate made."""
    import inspect

    from evaluation import disclosure, exports
    from evaluation.views import figures

    for module in (figures, exports):
        source = inspect.getsource(module)
        assert not re.search(r"evaluation\.models|headcount|Attendance|Register\b|RoundFigure|ItemCount", source)
    for field in ("came",):
        assert reports.Month.__annotations__[field] == disclosure.Figure | None
    assert reports.ItemFigure.__annotations__["ever"] == disclosure.Share | None
    assert "attendances" not in inspect.getsource(reports)
    assert "register" not in inspect.getsource(reports)


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [("2027-03-31", "2026-10-01", "2027-04-01"), ("2027-04-01", "2027-04-01", "2027-10-01"),
     ("2027-09-30", "2027-04-01", "2027-10-01"), ("2027-12-31", "2027-10-01", "2028-04-01")],
)  # fmt: skip
def test_half_years_begin_in_april_and_october(day, begins, ends):
    half_year = HalfYear.of(datetime.fromisoformat(day).date())
    assert (str(half_year.begins), str(half_year.ends)) == (begins, ends)


def test_anyone_may_read_how_the_numbers_were_made(client, world):
    assert client.get(reverse("figures_how_to_read")).status_code == 200
