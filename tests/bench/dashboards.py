"""Every page and file of figures, found from the resolver, in a system of 60,000 staff: with the Rounds and releases of
one year and with those of ten, each served by a process of its own. They take turns, visit by visit and page by page:
where the machine does something else for a while, the least of a page's visits lies before or after it.

Both have been warmed before their last half-year is released; the first visit after that counts too. The floor is a
bare view in the same process, behind the middleware of all its pages (``floor``).
"""

import asyncio
import sys
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.urls import reverse

from evaluation.models import Release, ReleasedCell, ReleasedSector
from evaluation.urls import urlpatterns
from evaluation.views import figures as dashboard
from evaluation.views import series
from members.models import Person
from tests.scale.system import system_of

from . import floor
from .figures import Figure, to_two_places
from .people import know_the_tables
from .portals import a_portal_and_relay, without_roles_after
from .serving import sessions_of, web_server
from .visitors import Visitor

# Rounds in the half-years that are over: of one year and of ten.
SIZES = [500, 5_000]
MOST_YEARS = 10
STAFF_A_ROUND = 12
# Of fewer visits the least still scatters by a tenth. At other sizes a bench is only tried out.
TIMES, TRIED = 30, 2
MOST_CPU, MOST_GROWTH, MOST_STATEMENTS = 100, 1.2, 15
# What changes something, what makes a file that somebody asked for, and what only leads to the first dashboard.
NO_PAGE_OF_FIGURES = {"make_return", "make_report", "report_file", "figures"}
OVER_TIME = ("round_over_time", "round_over_time_file")


def run(sizes):
    smaller, larger = sorted(sizes)
    times = TIMES if [smaller, larger] == SIZES else TRIED
    with without_roles_after(), served(smaller, larger) as small, served(larger, larger) as large:
        for each in (small, large):
            each.warm_up()
            each.release_the_last()
        for _ in range(times):
            for page in large.pages:
                small.visit(page)
                large.visit(page)
        for page in large.pages:
            cpu, first, growth = large.cpu(page), large.first(page), large.cpu(page) / small.cpu(page)
            said = f"{cpu:.1f} ms, at first {first:.1f}, {growth:.2f} times, {large.statements[page]} statements"
            sys.stderr.write(f"dashboards: {page}: {said}\n")
        yield from of_both(small, large)


def of_both(small, large):
    first = {f"{page}, first after a release": each.first(page) for each in (small, large) for page in each.pages}
    later = {f"{page}, {each.rounds} Rounds": each.cpu(page) for each in (small, large) for page in each.pages}
    bare = large.floor(floor.PAGE)
    against_floor = {name: cpu / bare for name, cpu in (first | later).items()}
    growth = {page: large.cpu(page) / small.cpu(page) for page in large.pages}
    statements = {page: max(each.statements[page] for each in (small, large)) for page in large.pages}
    yield figure("pages", len(large.pages), "pages", "pages and files of figures")
    yield figure("floor_ms", bare, "ms", "a bare view")
    yield figure("floor_ms", large.floor(floor.WITHOUT_MIDDLEWARE), "ms", "a bare view, without middleware")
    yield highest("cpu_vs_floor_max", against_floor, "ratio", MOST_CPU)
    yield highest("growth_max", growth, "ratio", MOST_GROWTH)
    yield highest("queries_max", statements, "statements", MOST_STATEMENTS)


@dataclass
class Served:
    """A system with a web server: what each page cost there. CPU is in milliseconds, of the web server's thread and of
    the databases."""

    portal: object
    world: object
    rounds: int
    visitors: dict
    held_back: list
    costs: dict = field(default_factory=lambda: defaultdict(list))
    statements: dict = field(default_factory=lambda: defaultdict(int))

    @property
    def pages(self):
        """{name: (address, visitor)}"""
        return pages_of(self.world, self.visitors)

    def floor(self, address):
        return min(cost(asyncio.run(self.visitors["lead"].open(address))) for _ in range(3 * TIMES))

    def warm_up(self):
        for address, visitor in [*self.pages.values(), (floor.PAGE, self.visitors["lead"])]:
            asyncio.run(visitor.open(address))

    def release_the_last(self):
        with self.portal.databases_here():
            for rows in self.held_back:
                type(rows[0]).objects.bulk_create(rows)
            know_the_tables()

    def visit(self, page):
        address, visitor = self.pages[page]
        answer = asyncio.run(visitor.open(address))
        if answer.status != 200:
            raise RuntimeError(f"{address} answers with {answer.status}")
        self.costs[page].append(cost(answer))
        statements = answer.cost["statements"] - answer.cost["framing"]
        self.statements[page] = max(self.statements[page], statements)

    def first(self, page):
        return self.costs[page][0]

    def cpu(self, page):
        """The least of several visits: what the page itself costs, whatever else the machine does."""
        return min(self.costs[page][1:])


@contextmanager
def served(rounds, most):
    with a_portal_and_relay() as (portal, _):
        years = max(MOST_YEARS * rounds // most, 1)
        world = system_of(staff=STAFF_A_ROUND * most, years=years, rounds=rounds, deliveries=0)
        held_back = take_back(world)
        people = {"lead": world.holder("ics_lead"), "facilitator": Person.objects.get(pk=world.facilitator_of_a_series)}
        sessions = sessions_of(portal, people.values())
        with web_server(portal, workers=1, threads=1) as server:
            visitors = {name: Visitor(server.port, sessions[person.email]) for name, person in people.items()}
            yield Served(portal, world, rounds, visitors, held_back)


def take_back(world):
    """The rows of the last release, which are put back later as if it had been made then."""
    last = Release.objects.filter(system=world.system).latest("half_year")
    rows = [[last], list(ReleasedSector.objects.filter(release=last)), list(ReleasedCell.objects.filter(release=last))]
    key = last.pk
    last.delete()
    last.pk = key
    return rows


def pages_of(world, visitors):
    found = {}
    for pattern in urlpatterns:
        if str(pattern.pattern).startswith("figures/") and pattern.name not in NO_PAGE_OF_FIGURES:
            for arguments in arguments_of(pattern, world):
                name = " ".join([pattern.name, *(arguments[each] for each in arguments if each == "table")])
                found[name] = reverse(pattern.name, kwargs=arguments), visitors["lead"]
    for name in OVER_TIME:
        found[name] = reverse(name, args=[world.last_of_a_series.pk]), visitors["facilitator"]
    return found


def arguments_of(pattern, world):
    """All that the page is to be asked with: one of each kind of thing, and every table."""
    known = {
        "scope": f"ics-{world.code.lower()}",
        "place": world.places[0].code,
        "code": world.large[0].code.lower(),
        "pk": world.last_of_a_series.series_id,
    }
    wanted = pattern.pattern.converters
    arguments = {name: known[name] for name in wanted if name != "table"}
    if "table" not in wanted:
        return [arguments]
    tables = series.TABLES if "pk" in wanted else dashboard.FILES
    return [{**arguments, "table": table} for table in tables]


def cost(answer):
    return 1000 * (answer.cost["cpu"] + answer.cost["database_cpu"])


def highest(name, values, unit, most):
    where = max(values, key=values.get)
    return figure(name, values[where], unit, where, "at most", most)


def figure(name, value, unit, note, *goal):
    return Figure("dashboards", name, to_two_places(value), unit, note, goal)
