"""Numbers of people leave a Round's own team through ``evaluation.disclosure`` alone, as the code itself shows."""

import ast
import inspect
from pathlib import Path

import pytest

from evaluation import disclosure
from evaluation.reports.answers import ItemFigure
from evaluation.reports.reach import Part, SectorReach
from evaluation.reports.system import Month

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = [
    *(ROOT / "evaluation").rglob("reports/**/*.py"),
    *(ROOT / "evaluation").rglob("views/**/*.py"),
    ROOT / "evaluation/exports.py",
]
# What people did, said or were counted as, before the gate.
MODELS = {
    "Attendance",
    "Register",
    "RoundFigure",
    "ItemCount",
    "CrossCount",
    "Counted",
    "Tally",
    "ReleasedCell",
    "PoolTally",
}
NUMBERS = {"headcount", "attendances", "counts", "cell.number", "PaperTally"}
GATE = {name for name, thing in vars(disclosure).items() if inspect.isfunction(thing)}
# Behind the doors of one Round, for its own team: its list at the door, its comments and answers, its phases.
FOR_THE_TEAM = {"reports/door.py", "reports/round.py", "views/checking_in.py"}
# Counts that were added up for it as the gate allows (``groups_to_add``, pools); whoever tells them takes them through.
FOR_THE_GATE = {"reports/half_year_counts.py"}


def ungated(source):
    """Where a module handles numbers of people itself. It may hand them to a function of the gate, or to one of its
    own, which is looked at too; and of a table of numbers it may take the keys."""
    tree = ast.parse(source)
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return sorted({said for node in tree.body for said in _found(node, own, allowed=False)})


def _found(node, own, *, allowed):
    if isinstance(node, ast.Call):
        called = _last_name(node.func)
        through = allowed or called in GATE
        yield from _found(node.func, own, allowed=through or called == "keys")
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            plain = called in own and isinstance(argument, ast.Name)
            yield from _found(argument, own, allowed=through or plain)
        return
    if not allowed and _is_source(node):
        yield ast.unparse(node)
    for child in ast.iter_child_nodes(node):
        yield from _found(child, own, allowed=allowed)


def _is_source(node):
    if isinstance(node, ast.alias):
        return node.name in MODELS
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        return node.attr in NUMBERS | MODELS or ast.unparse(node) in NUMBERS
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in NUMBERS


def _last_name(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)


def name_of(module):
    return str(module.relative_to(ROOT / "evaluation"))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_reports_and_views_take_numbers_of_people_through_the_gate(module):
    if name_of(module) not in FOR_THE_TEAM | FOR_THE_GATE:
        assert ungated(module.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("total(round.figure.headcount for round in rounds)", []),
        ("sum(round.figure.headcount for round in rounds)", ["round.figure.headcount"]),
        ("rows = [[month, round.figure.headcount]]", ["round.figure.headcount"]),
        ("from evaluation.models import Attendance", ["Attendance"]),
        ("models.Register.objects.count()", ["models.Register"]),
        ("pooled_share([counts.get(key, {})], scale=scale)", []),
        ("n = sum(counts[key].values())", ["counts"]),
        ("found = {item for item, _ in counts.keys()}", []),
        ("released([cell.number for cell in cells], table=table)", []),
        ("label = f'{cell.number} came'", ["cell.number"]),
        ("def mine(counts):\n    return pooled_share(counts, scale=[])\n\nmine(counts)", []),
        ("def mine(counts):\n    return len(counts)\n\nmine(counts)", ["counts"]),
    ],
)
def test_the_guard_finds_what_goes_around_the_gate(source, found):
    assert ungated(source) == found


def test_what_the_reports_hand_over_is_made_by_the_gate():
    assert Month.__annotations__["came"] == disclosure.Figure | None
    assert issubclass(SectorReach, Part)
    assert Part.rate.fget.__annotations__["return"] == disclosure.Rate | None
    assert Part.__annotations__["came"] == disclosure.Released | None
    assert {ItemFigure.__annotations__[name] for name in ("half_year", "before")} == {disclosure.Share | None}


def test_pages_and_files_of_figures_know_no_model_of_people():
    views = ROOT / "evaluation/views"
    for module in [views / "figures.py", views / "board_reports.py", *(views / "figure").glob("*.py")]:
        assert "evaluation.models" not in module.read_text()
