"""Two databases that share nothing: no table, no relation, no migration runs in the wrong one."""

import pytest
from django.apps import apps
from django.db import connections

from rounds_site.routers import BoxRouter, home_of

pytestmark = pytest.mark.django_db

BOX = {model for model in apps.get_models() if home_of(model) == "box"}


def tables(alias):
    with connections[alias].cursor() as cursor:
        found = connections[alias].introspection.table_names(cursor, include_views=True)
    return set(found) - {"django_migrations"}


def test_each_table_stands_in_its_own_database_and_in_no_other():
    assert tables("box") == {model._meta.db_table for model in BOX}
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert tables("default") == ours - tables("box")


def test_only_evaluation_has_a_box():
    assert {model._meta.app_label for model in BOX} == {"evaluation"}


def test_reads_and_writes_go_home():
    router = BoxRouter()
    for model in apps.get_models():
        home = "box" if model in BOX else "default"
        assert (router.db_for_read(model), router.db_for_write(model)) == (home, home)


def test_no_relation_leads_out_of_a_database():
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if field.is_relation and field.related_model:
                assert home_of(field.related_model) == home_of(model), f"{model.__name__}.{field.name}"


def test_data_migrations_run_where_they_say():
    router = BoxRouter()
    assert router.allow_migrate("default", "members") is True
    assert router.allow_migrate("box", "members") is False
    assert router.allow_migrate("box", "evaluation", database="box") is True
    assert router.allow_migrate("box", "evaluation", model_name="long_gone") is False
