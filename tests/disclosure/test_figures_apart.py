"""Whatever draws figures reads over a connection whose role sees no person: every page, every file, every report."""

import datetime as dt
import re
from itertools import product

import pytest
import time_machine
from django.apps import apps
from django.db import ProgrammingError, connections, transaction
from django.urls import reverse
from django.utils import timezone
from psycopg2.errors import InsufficientPrivilege

from evaluation import tasks
from evaluation.actions import half_year_answers, report_files
from evaluation.models import EventFacts, FeedbackBox, ReportFile
from evaluation.models.results import Comment, Counted, PoolCount
from evaluation.reports.board import Period
from evaluation.reports.half_years import HalfYear
from evaluation.states import ReportKind, ReportState
from evaluation.urls import urlpatterns
from evaluation.views.figure.licensor import COLUMNS
from evaluation.views.figures import FILES
from evaluation.views.series import TABLES as SERIES_FILES
from members.models import Organisation, PlaceEdge, Succession, SystemSuccession
from rounds.models import Backfill, Round, Series
from rounds.states import RoundState, TeamPart
from rounds_site.database_roles import DRAWN_FROM, draws_on_more
from rounds_site.kit.drawing import CONNECTIONS, for_figures
from rounds_site.routers import home_of
from tests.evaluation.dashboard.reading import held, release
from tests.factories.evaluation import counted
from tests.factories.members import OrganisationFactory, PlaceFactory, StaffCountFactory, SystemFactory
from tests.factories.rounds import BackfillFactory, SeriesFactory, TeamMemberFactory, VenueFactory
from tests.row_security import BOX, FIGURES, GUARDED, WEB, WORKER, figures_apart
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
HALF_YEAR = "2026-10"
# Who asks, how they came in and whose figures they may see; and the bar above each page.
AT_THE_DOOR = {
    "django_session",
    "members_person",
    "members_membership",
    "members_rolegrant",
    "members_system",
    "members_systemedge",
    "members_systemsuccession",
    "members_organisation",
    "members_place",
    "members_placeedge",
    "members_logo",
}
# Who facilitates, in numbers (``reports.facilitators``).
FACILITATORS = {"rounds_teammember"}
# Files that somebody made, and what was kept of half-years that are over.
READ_NO_FACTS = {"reports", "report_file", "feedback_over_time", "feedback_over_time_file"}
# What a page says, or does, besides showing figures.
BESIDE = {
    # How the programme stands is a steering group's agenda.
    "sponsor_brief": {
        *("rounds_round", "rounds_newhost", "rounds_suggestion", "rounds_steeringmeeting", "rounds_steeringline"),
        *("members_licence", "members_licencecoverage"),
    },
    # Whoever facilitates a Round of the series may see them too, and finds the way back to it.
    "series_figures": {"rounds_series", "rounds_round"},
    "series_figures_file": {"rounds_series", "rounds_round"},
    "returns": {"members_securityevent"},
    "make_return": {"members_securityevent"},
    "reports": {"evaluation_reportfile"},
    "make_report": {"evaluation_reportfile", "members_delivery"},
    "report_file": {"evaluation_reportfile"},
}
SENT = {"make_report": {"kind": "board"}, "make_return": {"columns": list(COLUMNS)}}
LINES = [each for each in urlpatterns if str(each.pattern).startswith(("figures/<slug:scope>", "figures/series/"))]


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        world = small_world()
        furnish(world)
        yield world


def furnish(world):
    """Something of everything that figures show."""
    world.place = PlaceFactory(system=world.system, code="alder")
    room = VenueFactory(organisation=world.elmbridge)
    PlaceEdge.objects.create(place=world.place, organisation=world.elmbridge, starts_on=dt.date(2020, 1, 1))
    before = OrganisationFactory(name="Old Elmbridge", sector="acute")
    Succession.objects.create(predecessor=before, successor=world.elmbridge, kind="merger", on=dt.date(2026, 6, 1))
    old = SystemFactory()
    SystemSuccession.objects.create(predecessor=old, successor=world.system, kind="merger", on=dt.date(2026, 6, 1))
    StaffCountFactory(organisation=world.elmbridge, number=4000)
    partners = {"partners": [world.elmbridge, world.quarry_lane]}
    world.series = SeriesFactory(system=world.system, host_organisation=world.elmbridge)
    first = held(world, 1, headcount=45, venue=room, series=world.series, host_organisation=world.elmbridge, **partners)
    second = held(world, 2, headcount=30, co_host=world.quarry_lane, host_organisation=world.elmbridge, **partners)
    held(world, 2, 11, headcount=20, host_place=world.place, host_organisation=None, venue=None, **partners)
    held(world, 2, 12, headcount=20, host_organisation=None, venue=None, **partners)
    held(world, 3, 25, headcount="none", state=RoundState.PUBLISHED, **partners)
    TeamMemberFactory(round=first, person=world.ada, part=TeamPart.FACILITATOR)
    BackfillFactory(round=second, organisation=world.quarry_lane)
    box = counted(first, values={1: {5: 30, 2: 10}})
    counted(second, values={1: {5: 20, 2: 10}})
    item = box.questionnaire.items.first()
    key = {"system_id": world.system.pk, "questionnaire_id": box.questionnaire_id, "item_id": item.pk}
    PoolCount.objects.create(half_year=HALF_YEAR, value=5, n=12, **key)
    for half_year in ("2026-04", HALF_YEAR):
        half_year_answers.keep(system=world.system, half_year=HalfYear.called(half_year))
    cells = {
        "employer": {str(world.elmbridge.pk): (80, 4000)},
        "time": {"acute/midday": (40, None)},
        "format": {"acute/in_person": (40, None)},
        "first": {"acute": (30, 4000)},
        "partners": {"acute": (9, 12)},
        "waited": {"": (20, None), str(world.place.pk): (11, None)},
        "mixing": {"": (40, None)},
    }
    for half_year in ("2026-04", HALF_YEAR):
        release(world, half_year, {"acute": (80, 4000), "social_care": (20, 900)}, **cells)


def ready(client, world, line):
    """Ines is signed in; all the addresses to which that line of them leads."""
    client.force_login(world.ines)
    if line.name == "report_file":
        a_report(world)
        ReportFile.objects.update(state=ReportState.READY, content=b"%PDF")
    of_series = line.name.startswith("series_")
    known = {
        "scope": [f"ics-{world.system.code.lower()}"],
        "place": [world.place.code],
        "code": [world.elmbridge.code.lower()],
        "table": list(SERIES_FILES if of_series else FILES),
        "pk": [world.series.pk] if of_series else [file.pk for file in ReportFile.objects.all()],
    }
    names = list(line.pattern.converters)
    every = product(*(known[name] for name in names))
    return [reverse(line.name, kwargs=dict(zip(names, values, strict=True))) for values in every]


def a_report(world):
    period = Period((HalfYear.called(HALF_YEAR),))
    return report_files.ask(
        system=world.system, kind=ReportKind.BOARD, period=period, by=world.ines, now=timezone.now()
    )


def look_at(client, line, addresses):
    """Status of each answer."""
    sent = {"half_year": HALF_YEAR} | SENT.get(line.name, {})
    ask = client.post if line.name in SENT else client.get
    return {ask(address, sent).status_code for address in addresses}


def tables_in(statements):
    found = (re.findall(r'(?:FROM|JOIN|INTO|UPDATE) "(\w+)"', statement) for statement in statements)
    return {table for each in found for table in each}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_a_page_of_figures_asks_elsewhere_only_who_looks(client, world, line):
    addresses = ready(client, world, line)
    with figures_apart() as asked:
        assert look_at(client, line, addresses) <= {200, 302}
    assert tables_in(asked["default"]) <= AT_THE_DOOR | FACILITATORS | BESIDE.get(line.name, set())
    assert asked["box"] == []
    for home, own in CONNECTIONS.items():
        assert tables_in(asked[own]) <= DRAWN_FROM[home].keys()
    if line.name not in READ_NO_FACTS:
        assert "evaluation_eventfacts" in tables_in(asked["figures"])


def test_so_does_the_worker_that_makes_a_report(world):
    file = a_report(world)
    with figures_apart() as asked:
        tasks.make_reports()
    file.refresh_from_db()
    assert file.state == ReportState.READY
    others = {"evaluation_reportfile", "rounds_round", "members_delivery", "members_suppression", "members_preferences"}
    assert tables_in(asked["default"]) <= AT_THE_DOOR | others
    assert asked["box"] == []
    assert {"evaluation_eventfacts", "evaluation_releasedcell"} <= tables_in(asked["figures"])
    assert "evaluation_itemcount" in tables_in(asked["figures_box"])


def test_what_hangs_on_a_row_that_was_read_for_figures_is_read_so_too(world):
    with figures_apart() as asked:
        fact = for_figures(EventFacts.objects.exclude(co_host=None)).get()
        assert [str(fact.system), fact.state] == [str(world.system), RoundState.CLOSED]
    assert tables_in(asked["figures"]) == {"evaluation_eventfacts", "members_system"}
    assert asked["default"] == []


def test_what_goes_past_it_would_be_seen(world):
    with figures_apart() as asked:
        list(EventFacts.objects.values_list("co_host__name"))
    assert tables_in(asked["default"]) == {"evaluation_eventfacts", "members_organisation"}


def test_without_a_role_for_them_figures_are_read_as_all_else(world):
    assert for_figures(EventFacts.objects.all()).db == "default"
    assert for_figures(PoolCount.objects.all()).db == "box"


def test_the_view_says_of_each_round_what_the_round_says(world):
    """And nothing of an idea."""
    Round.objects.filter(state=RoundState.PUBLISHED).update(state=RoundState.IDEA)
    rounds = {
        round.pk: round for round in Round.objects.exclude(state=RoundState.IDEA).select_related("figure", "venue")
    }
    facts = {fact.pk: fact for fact in EventFacts.objects.all()}
    assert len(facts) == 4
    assert facts.keys() == rounds.keys()
    for key, fact in facts.items():
        round = rounds[key]
        shared = {field.attname for field in EventFacts._meta.concrete_fields} & vars(round).keys()
        assert len(shared) == 17
        assert {name: getattr(fact, name) for name in shared} == {name: getattr(round, name) for name in shared}
        assert fact.room == str(round.venue or "")
        assert fact.venue_organisation_id == (round.venue and round.venue.organisation_id)
        assert (fact.headcount, fact.headcount_entered_at) == (
            round.figure.headcount,
            round.figure.headcount_entered_at,
        )
        assert (fact.hosts, fact.is_of_one_team, fact.ways) == (round.hosts, round.is_of_one_team, round.ways)


@pytest.mark.postgres
class TestTheRole:
    """What PostgreSQL itself refuses."""

    @pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
    def test_pages_are_drawn_though_the_web_role_may_read_nothing_that_they_show(
        self, client, world, line, as_web_role
    ):
        """The attack: whatever a page read past its own connection it would be refused."""
        addresses = ready(client, world, line)
        theirs = DRAWN_FROM["default"].keys() | {"evaluation_roundfigure", "rounds_venue"}
        only_figures = theirs - AT_THE_DOOR - BESIDE.get(line.name, set())
        with connections["default"].cursor() as cursor:
            cursor.execute(f"REVOKE ALL ON {', '.join(sorted(only_figures))} FROM {WEB}")
        with connections["box"].cursor() as cursor:
            cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {BOX}")
        with as_web_role(), figures_apart():
            assert look_at(client, line, addresses) <= {200, 302}

    def test_a_report_is_made_though_the_worker_may_read_nothing_of_it(self, world, as_worker_role):
        file = a_report(world)
        with connections["default"].cursor() as cursor:
            cursor.execute(f"REVOKE ALL ON evaluation_eventfacts, evaluation_releasedcell FROM {WORKER}")
        with as_worker_role(), figures_apart():
            tasks.make_reports()
        file.refresh_from_db()
        assert file.state == ReportState.READY

    @pytest.mark.parametrize("model", [model for model in apps.get_models() if model._meta.managed], ids=str)
    def test_it_reads_what_is_named_and_no_other_table_and_writes_none(self, model):
        home, table = home_of(model), model._meta.db_table
        whole = DRAWN_FROM[home].get(table) == ""
        assert (table in GUARDED) <= (not whole)
        allowed = [whole, False, False]
        columns = f'"{model._meta.pk.column}"'
        statements = [
            f'SELECT * FROM "{table}"',
            f'DELETE FROM "{table}"',
            f'UPDATE "{table}" SET {columns} = {columns}',
        ]
        assert [may(CONNECTIONS[home], statement) for statement in statements] == allowed

    @pytest.mark.parametrize(
        ("model", "kept_back"),
        [
            (Organisation, "contact_name contact_email contact_phone own_words"),
            (Backfill, "staff_group rate invoice"),
            (Counted, "for_the_team left_out"),
            (Series, "planned_by_id"),
        ],
    )
    def test_of_some_it_reads_some_columns(self, model, kept_back):
        home, table = home_of(model), model._meta.db_table
        columns = DRAWN_FROM[home][table].split()
        assert may(CONNECTIONS[home], f"SELECT {', '.join(columns)} FROM {table}")
        for column in kept_back.split():
            assert not may(CONNECTIONS[home], f"SELECT {column} FROM {table}")

    def test_a_page_that_forgot_and_read_something_else_for_figures_fails(self, world):
        with figures_apart():
            for rows in (Round.objects.all(), FeedbackBox.objects.all(), Comment.objects.all()):
                with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(using=rows.db):
                    list(for_figures(rows))

    def test_any_other_role_is_told_so(self, as_web_role):
        for home in CONNECTIONS:
            assert "may see or change more" in draws_on_more(connections[home], home)
        with as_web_role():
            assert "may see or change more" in draws_on_more(connections["default"], "default")

    def test_so_is_one_that_lacks_a_grant_and_one_that_has_one_more(self):
        def faults():
            with figures_apart():
                return [draws_on_more(connections[own], home) for home, own in CONNECTIONS.items()]

        assert faults() == ["", ""]
        with connections["default"].cursor() as here, connections["box"].cursor() as box:
            here.execute(f"REVOKE SELECT ON evaluation_release FROM {FIGURES}")
            box.execute(f"GRANT SELECT (for_the_team) ON evaluation_counted TO {FIGURES}")
            assert "may not read all that figures are drawn from: evaluation_release." in faults()[0]
            assert "may see or change more: evaluation_counted.for_the_team." in faults()[1]
            box.execute(f"REVOKE ALL ON evaluation_counted FROM {FIGURES}")
            assert "may not read all that figures are drawn from: evaluation_counted." in faults()[1]
            box.execute(f"GRANT UPDATE (forms) ON evaluation_counted TO {FIGURES}")
            assert "may see or change more: evaluation_counted." in faults()[1]


def may(own, statement):
    home = next(home for home, each in CONNECTIONS.items() if each == own)
    with figures_apart():
        try:
            with transaction.atomic(using=home), connections[own].cursor() as cursor:
                cursor.execute(statement)
        except ProgrammingError as refused:
            if not isinstance(refused.__cause__, InsufficientPrivilege):
                raise
            return False
        return True
