"""A system of the generator, small: its rows are what the portal itself would have written."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from evaluation.models import Release, ReleasedCell
from members.models import Delivery
from rounds.models import Booking, Round

from .pouring import Missing, pour
from .system import system_of

pytestmark = pytest.mark.django_db(databases=["default", "box"])


@pytest.fixture
def world():
    return system_of(staff=1_500, years=2, rounds=60, deliveries=500, partners=20, events=30)


def test_there_is_as_much_of_everything_as_was_asked_for(world):
    assert len(world.people) == 1_500
    assert Round.objects.filter(starts_at__date__lt=world.present.begins).count() == 60
    assert Delivery.objects.count() == 500
    assert Booking.objects.exists()
    assert list(Release.objects.order_by("half_year").values_list("half_year", "rounds")) == [
        (each.key, sum(round.kind == "ordinary" and _in(each, round) for round in world.rounds))
        for each in world.half_years[:-1]
    ]
    assert ReleasedCell.objects.filter(table="work", staff__isnull=False).exists()


def _in(half_year, round):
    return half_year.begins <= round.starts_at.date() < half_year.ends


def test_each_row_is_one_that_a_form_would_take(world):
    """The database has held its own rules against every row; these are the choices that only models know."""
    ours = [model for app in ("members", "rounds", "evaluation") for model in apps.get_app_config(app).get_models()]
    faults = []
    for model in ours:
        for row in model._base_manager.order_by()[:20]:
            try:
                row.clean_fields(exclude=_empty(row))
            except ValidationError as fault:
                faults.append((model.__name__, fault.message_dict))
    assert faults == []


def _empty(row):
    """What a form may demand and a table need not."""
    return [field.name for field in row._meta.concrete_fields if getattr(row, field.attname) in (None, "", [], {}, b"")]


def test_its_pages_of_figures_show_it(world):
    client = Client()
    client.force_login(world.holder("ics_lead"))
    scope = f"ics-{world.code.lower()}"
    for name in ("dashboard", "equity", "offered", "board_report", "annual_report", "sponsor_brief"):
        answer = client.get(reverse(name, args=[scope]), {"half_year": world.half_years[-2].key})
        assert answer.status_code == 200, name
        assert world.half_years[-2].words.split(" to ")[0] in answer.content.decode(), name


def test_a_column_of_which_the_rows_say_nothing_is_a_loud_error():
    with pytest.raises(Missing, match=r"Round\.system: the rows say nothing of it"):
        pour(Round, [{"title": "A Round of nobody"}])
