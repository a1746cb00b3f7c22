"""``bin/bench dashboards``, small: every page of figures answers, and what is counted can be read. How large its
figures are is for the bench itself, at its own size."""

from evaluation.urls import urlpatterns

from .dashboards import NO_PAGE_OF_FIGURES
from .lines import lines_of


def test_each_page_of_figures_is_asked_and_each_maximum_says_where_it_was():
    said, told = lines_of("dashboards", "20,40")
    assert {tuple(line) for line in said} == {("bench", "figure", "value", "unit", "note")}
    found = {line["figure"]: line for line in said}
    assert {"cpu_vs_floor_max", "growth_max", "queries_max"} <= found.keys()
    pages = {each.name for each in urlpatterns if str(each.pattern).startswith("figures/")} - NO_PAGE_OF_FIGURES
    asked = {line.partition("dashboards: ")[2].partition(":")[0] for line in told.splitlines()}
    assert pages <= {page.partition(" ")[0] for page in asked}
    assert found["pages"]["value"] == len(asked)
    assert found["queries_max"]["note"] in asked
