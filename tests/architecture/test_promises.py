"""docs/promises.md names a test for each promise: every name must be that of a test which exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.findall(r"`(tests/\S+\.py)::(\w+)`", (ROOT / "docs" / "promises.md").read_text())


def test_every_test_that_a_promise_names_exists():
    assert len(NAMED) > 30
    assert [f"{path}::{name}" for path, name in NAMED if name not in functions_in(path)] == []


def functions_in(path):
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_names_one():
    rows = [line for line in (ROOT / "docs" / "promises.md").read_text().splitlines() if line.startswith("| ")]
    assert [row for row in rows if "::" not in row and row != "| promise | tests |"] == []
