"""Rules that every model keeps."""

from django.apps import apps

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import classified

STACK = ["evaluation", "rounds", "members"]
OURS = [model for model in apps.get_models(include_auto_created=False) if model._meta.app_label in STACK]


def test_every_field_is_classified_with_its_retention():
    unclassified = {
        model.__name__: sorted(_own_fields(model) ^ classified(model))
        for model in OURS
        if _own_fields(model) != classified(model)
    }
    assert unclassified == {}


def _own_fields(model):
    shared = {"id", "created_at"} if issubclass(model, Record) else set()
    unkeyed = {field.name for field in model._meta.concrete_fields} - shared
    return unkeyed - ({"created_at", "id"} - classified(model))


def test_foreign_keys_point_down_the_stack_only():
    upward = [
        f"{model.__name__}.{field.name}"
        for model in OURS
        for field in model._meta.concrete_fields
        if field.related_model and _rank(field.related_model) < _rank(model)
    ]
    assert upward == []


def _rank(model):
    return STACK.index(model._meta.app_label)


def test_the_box_knows_no_time_no_person_and_no_order():
    box = [model for model in OURS if getattr(model, "database", "default") == "box"]
    assert {model.__name__ for model in box} == {
        *("Form", "PaperTally", "Counted", "ItemCount", "CrossCount", "Comment", "PoolTally", "PoolCount"),
        "HalfYearAnswers",
    }
    kinds = {field.get_internal_type() for model in box for field in model._meta.concrete_fields}
    numbers = {"PositiveIntegerField", "PositiveSmallIntegerField", "BooleanField"}
    assert kinds <= {"UUIDField", "TextField", "CharField"} | numbers
