import doctest
from datetime import UTC, datetime

import pytest
from django.template import Context, Template

from rounds_site.kit import blunt, charts, formats

START = datetime(2027, 8, 4, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize("module", [blunt, formats, charts])
def test_the_examples_in_the_docstrings(module):
    tried = doctest.testmod(module)
    assert (tried.failed, tried.attempted > 0) == (0, True)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ start|nhs_date }}", "Wednesday 4 August 2027"),
        ("{{ start|nhs_time }}", "12:30pm"),
        ("{{ start|nhs_moment }}", "12:30pm on Wednesday 4 August 2027"),
        ("{{ start|nhs_day }}", "4 August"),
        ("{{ start|nhs_short_date }}", "4 August 2027"),
        ("{{ start|nhs_weekday }} {{ start|day_number }} {{ start|nhs_month }}", "Wednesday 4 August 2027"),
        ("{{ start|nhs_month_name }}", "August"),
        ("{% nhs_range start end %}", "12:30pm to 1:30pm"),
        ("{{ start|nhs_until:end }}", "12:30pm to 1:30pm"),
        ("{{ 4312|thousands }}", "4,312"),
        ("{{ 1|percent:8 }}", "13%"),
    ],
)
def test_in_templates(source, words):
    context = Context({"start": START, "end": START.replace(hour=12)})
    assert Template("{% load formats %}" + source).render(context) == words
