"""``bin/bench dashboards``, small: every page of figures answers, and what is counted can be read. How large its
figures are is for the bench itself, at its own size."""

import json
import subprocess

from evaluation.urls import urlpatterns
from tests.running import ROOT

from .dashboards import NO_PAGE_OF_FIGURES


def test_each_page_of_figures_is_asked_and_each_maximum_says_where_it_was():
    done = subprocess.run(
        ["bin/bench", "dashboards", "--json", "--sizes", "20,40"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert {tuple(line) for line in said} == {("bench", "figure", "value", "unit", "note")}
    found = {line["figure"]: line for line in said}
    assert {"cpu_vs_floor_max", "growth_max", "queries_max"} <= found.keys()
    pages = {each.name for each in urlpatterns if str(each.pattern).startswith("figures/")} - NO_PAGE_OF_FIGURES
    asked = {line.partition("dashboards: ")[2].partition(":")[0] for line in done.stderr.splitlines()}
    assert pages <= {page.partition(" ")[0] for page in asked}
    assert found["pages"]["value"] == len(asked)
    assert found["queries_max"]["note"] in asked
