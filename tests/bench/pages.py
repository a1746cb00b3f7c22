"""Every page of every role, with more and more rows of what it lists (``growing``); then what search and a Round's page
cost, what a browser fetches, and what memory the portal holds after all that.

A visit is one request over HTTP to the portal's web server. The first of all is not counted, since it reads templates
and puts statements together; of a list the CPU is the least of several.
"""

from collections import Counter

from rounds_site.management.commands.portal import commands
from tests.architecture.expected import ARRANGES, ASKERS, MANAGES_ACORNFIELD

from . import memory, visits
from .asking import pages_of
from .figures import Figure, to_two_places
from .serving import PYTHON
from .world import grown

SIZES = [10, 1_000, 10_000, 100_000]
MOST, TIMES = 12, 5
SEARCH, ROUND = "manage_people", "round_page"

# Pages whose list grows, each with words of a row that whoever sees what it lists finds there.
LISTS = {
    "find_rounds": "Today Titlecanary",
    "you_said": "A quiet room.",
    "organise": "Today Titlecanary",
    "planner": "Roomcanary Hall",
    "new_hosts": "Acornfield Hospital",
    "steering": "Ring Acornfield",
    "round_templates": "At Acornfield",
    "backfill": "Acornfield Hospital, ",
    "voices": "Tess Tellcanary",
    "themes": "Theme Titlecanary",
    "venues": "Roomcanary Hall",
    "suggestions": "A quiet room.",
    "round_bookings": "Bo Bookcanary",
    "round_door": "Bo Bookcanary",
    "device_door": "Bo Bookcanary",
    "round_paper_list": "Bookcanary, Bo",
    "round_results": "Commentcanary",
    "each_box": "March 2027",
    "manage": "Sam Staffcanary",
    "manage_letters": "Uncertain",
    "manage_audit": "gave a role",
    "manage_organisations": "Acornfield Hospital",
    "manage_who_gets_in": "listcanary@acorn.example",
    "manage_licence": "Acornfield Hospital",
    "manage_people:unsearched": "Staffcanary",
    SEARCH: "Sam Staffcanary",
    "manage_facilitators": "Lee Leadcanary",
}
# Who sees the rows, where others have something else on the same page.
SEEN_BY = {"organise": ARRANGES, "manage": MANAGES_ACORNFIELD}


def run(sizes):
    with grown() as world:
        pages, found = pages_of(world.realm), {}
        for page in pages:
            world.ask(page.asker, page.address)
        for size in sizes:
            world.grow(size)
            found[size] = {page: cheapest(world, page) for page in pages}
            yield from of_size(size, found[size])
        yield from of_growth(found)
        yield from of_one_page(found[sizes[-1]], f"{sizes[-1]:,} rows")
        yield from of_a_browser(world)
        yield from memory.of_all("pages", world.portal, world.server.pid, "after the bench", at_the_portals_time())


def cheapest(world, page):
    answers = [world.ask(page.asker, page.address) for _ in range(TIMES if is_list(page) or page.key == ROUND else 1)]
    return min(answers, key=lambda answer: answer.cpu)


def is_list(page):
    return page.key in LISTS and page.sees and page.asker in SEEN_BY.get(page.key, ASKERS)


def has_its_row(page, text):
    return LISTS[page.key] in text


def of_size(size, answers):
    rows = f"{size:,} rows"
    lists = {page: answer for page, answer in answers.items() if is_list(page)}
    faults = [page for page, answer in answers.items() if answer.status not in (200, 302)]
    unfound = [page for page, answer in lists.items() if answer.status != 200 or not has_its_row(page, answer.text)]
    yield figure("pages", len(answers), "pages", f"{rows}, each of every role that opens it")
    yield figure("faults", len(faults), "pages", rows + told(faults), "exactly", 0)
    yield figure("rows_not_found", len(unfound), "pages", rows + told(unfound), "exactly", 0)
    worst = max(lists, key=lambda page: lists[page].statements)
    most = lists[worst].statements
    yield figure("queries_max", most, "statements", f"{rows}, lists; most: {name(worst)}", "at most", MOST)
    for key in LISTS:
        of_key = [answer for page, answer in lists.items() if page.key == key]
        for what, unit in [("statements", "statements"), ("cpu", "ms"), ("size", "bytes"), ("requests", "requests")]:
            highest = max(getattr(answer, what) for answer in of_key)
            yield figure(f"{what}_of_list", to_two_places(highest), unit, f"{rows}: {key}")
    others = [(answer.statements, page.key) for page, answer in answers.items() if not is_list(page)]
    for key in sorted({key for statements, key in others if statements > MOST}):
        yield figure("statements_of_page", max(n for n, each in others if each == key), "statements", f"{rows}: {key}")
    for what, unit in [("statements", "statements"), ("cpu", "ms"), ("size", "bytes"), ("requests", "requests")]:
        total = sum(getattr(answer, what) for answer in answers.values())
        yield figure(f"{what}_per_page", to_two_places(total / len(answers)), unit, f"{rows}, all pages")


def of_growth(found):
    """Statements at every size against the first; CPU of the last size against the one before."""
    sizes = list(found)
    lists = [page for page in found[sizes[0]] if is_list(page)]
    unequal = [page for page in lists if len({found[size][page].statements for size in sizes}) > 1]
    yield figure("unequal_queries", len(unequal), "pages", f"at {sizes} rows{told(unequal)}", "exactly", 0)
    if len(sizes) > 1:
        before, last = sizes[-2:]
        cpu = {size: Counter() for size in (before, last)}
        for size, of_key in cpu.items():
            for page in lists:
                of_key[page.key] += found[size][page].cpu
        note = f"CPU of all lists, {before:,} to {last:,} rows"
        yield figure("list_growth", cpu[last].total() / cpu[before].total(), "ratio", note, "at most", 1.2)
        for key in LISTS:
            yield figure("growth_of_list", cpu[last][key] / cpu[before][key], "ratio", f"{key}, {note}")


def of_one_page(answers, rows):
    for what, key, most in [("search_cpu_ms", SEARCH, 15), ("round_page_cpu_ms", ROUND, 12)]:
        worst = max((answer.cpu, page.role) for page, answer in answers.items() if page.key == key and page.sees)
        yield figure(what, worst[0], "ms", f"{rows}, {worst[1]}", "at most", most)


def of_a_browser(world):
    page = next(each for each in pages_of(world.realm) if each.key == ROUND and each.role == "booked")
    first, following = visits.first_and_next(world.portal.url, page.address, world.sessions[page.asker])
    note = "a Round's page, signed in, in Chromium"
    yield figure("first_visit_kb", first.kilobytes, "kB", note, "at most", 60)
    yield figure("first_visit_requests", first.requests, "requests", note, "at most", 5)
    yield figure("repeat_visit_kb", following.kilobytes, "kB", note, "at most", 8)


def at_the_portals_time():
    return {name: [*PYTHON, *line[2:]] for name, line in commands().items()}


def name(page):
    return f"{page.key} of {page.role}"


def told(pages):
    return f": {', '.join(map(name, pages[:10]))}" if pages else ""


def figure(what, value, unit, note, *goal):
    return Figure("pages", what, to_two_places(value), unit, note, goal)
