"""Who may import whom (pyproject.toml), and a planted violation for each rule: a guard that never fires is none."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("rounds_site", "members", "rounds", "evaluation")
LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def tree(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree, *arguments):
    done = subprocess.run(
        [LINT, "--no-cache", *arguments],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


def plant(tree, path, line):
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as text:
        text.write(f"\n{line}\n")


def test_all_contracts_are_kept():
    code, said = lint(ROOT)
    assert code == 0, said


@pytest.mark.parametrize(
    ("contract", "path", "line"),
    [
        ("apps", "rounds/states.py", "import evaluation.states"),
        ("apps", "members/roles.py", "import rounds.states"),
        ("apps", "members/roles.py", "import evaluation.states"),
        ("apps", "rounds_site/kit/refusals.py", "import members.roles"),
        ("apps", "rounds_site/kit/refusals.py", "import rounds_site.settings"),
        ("apps", "evaluation/actions/feedback.py", "import rounds_site.settings"),
        ("apps", "rounds/actions/registration.py", "def late():\n    import rounds_site.celery"),
        ("inside", "members/roles.py", "import members.models"),
        ("inside", "members/access.py", "import members.postbox"),
        ("inside", "rounds/reports/standing.py", "import rounds.actions"),
        ("inside", "rounds/actions/registration.py", "import rounds.views"),
        ("inside", "evaluation/disclosure.py", "import evaluation.reports"),
        ("inside", "evaluation/helpers.py", "MINUTE = 60"),
        ("inside", "rounds/utils/__init__.py", "MINUTE = 60"),
        ("box", "evaluation/actions/attendance.py", "from evaluation.models.box import Form"),
        ("box", "evaluation/actions/attendance.py", "import evaluation.models.results"),
        ("story", "rounds/views/panel.py", "from rounds.models.story import Story"),
        ("story", "evaluation/reports/workspace.py", "import rounds.models.story"),
        ("celery", "evaluation/actions/feedback.py", "import celery"),
        ("celery", "members/models/person.py", "from celery import shared_task"),
        ("celery", "rounds/actions/registration.py", "from celery import current_app"),
        ("acting", "rounds/views/registration.py", "from rounds_site.kit.acting import on_round"),
        ("acting", "rounds/access.py", "import rounds_site.kit.acting"),
    ],
)
def test_a_violation_is_found(tree, contract, path, line):
    plant(tree, path, line)
    code, said = lint(tree, "--contract", contract)
    assert (code, "0 kept, 1 broken" in said) == (1, True), said


def test_every_module_of_the_site_stands_above_the_apps():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    site = next(contract for contract in contracts if contract["id"] == "apps")["layers"][0]
    listed = {name.strip().removeprefix("rounds_site.") for name in site.split(":")}
    modules = {path.stem for path in (ROOT / "rounds_site").glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in (ROOT / "rounds_site").glob("*/__init__.py")}
    assert listed == (modules | packages) - {"kit"}


def test_the_site_itself_is_an_empty_package():
    assert (ROOT / "rounds_site" / "__init__.py").read_text() == ""
