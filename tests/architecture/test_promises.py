"""docs/promises.md, docs/security.md and the papers name a test for each promise: every name must be that of a test
which exists, and every file that they name must be there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECURITY = ROOT / "docs" / "security.md"
PAPERS = [ROOT / "docs" / "promises.md", SECURITY, *(ROOT / "docs" / "papers").glob("*.md")]
# A file, the class of a test where it stands in one, and the test; or a file alone.
NAME = re.compile(r"`(tests/[^\s`]+\.py)(?:::(?:\w+::)?(\w+))?`")
# A path of ours in a table, as `members/current.py` or `bin/audit`.
FILE = re.compile(r"`((?:bin|deploy|docs|evaluation|members|requirements|rounds|rounds_site|templates|tests)/[^`\s:]+)")
NUMBER = re.compile(r"^\| (?:\d+(?:\.\d+){0,2}(?:, )?)+ ?(?:\((?:chapter|section|level 3)\))? ?\|")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_test_that_is_named_exists(paper):
    named = NAME.findall(paper.read_text())
    assert [f"{path}::{name}" for path, name in named if not exists(path, name)] == []


def test_names_are_found_with_their_class_and_without():
    assert len(NAME.findall(PAPERS[0].read_text())) > 200
    assert NAME.findall("`tests/a/test_b.py::TestC::test_d`, `tests/a/test_e.py`") == [
        ("tests/a/test_b.py", "test_d"),
        ("tests/a/test_e.py", ""),
    ]


def exists(path, name):
    return (ROOT / path).is_file() and (not name or name in functions_in(path))


def functions_in(path):
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_file_that_the_table_of_security_names_is_there():
    named = set(FILE.findall(SECURITY.read_text()))
    assert len(named) > 60
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_requirement_has_a_number_a_control_and_a_test():
    rows = [line for line in SECURITY.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 45
    assert [row for row in rows if not NUMBER.match(row) or row.count(" | ") != 3 or "`tests/" not in row] == []


def test_every_row_names_one():
    rows = [line for line in (ROOT / "docs" / "promises.md").read_text().splitlines() if line.startswith("| ")]
    assert [row for row in rows if "::" not in row and row != "| promise | tests |"] == []
