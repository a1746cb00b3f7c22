"""Whatever is kept on people for a time has a class with words for it and a job that ends it."""

from django.apps import apps

from members.registry import holdings, keepings
from members.reports.retention import by_the_clock
from rounds_site.kit.privacy import WITHOUT_A_PERIOD

MODELS = [model for model in apps.get_models() if hasattr(model, "privacy")]
TOLD = "See Keeping in members/registry.py, and actions/endings.py of each app."


def kept():
    return {(model._meta.label, until) for model in MODELS for until in model.privacy if until not in WITHOUT_A_PERIOD}


def test_every_class_of_fields_is_in_the_table_and_the_table_knows_no_other():
    covered = {(label, keeping.until) for keeping in keepings for label in keeping.covers}
    assert covered == kept(), TOLD


def test_every_class_has_a_job_or_somebody_who_ends_it():
    assert [each.name for each in keepings if not each.due and not each.ends] == [], TOLD
    assert [each.name for each in keepings if bool(each.due) != bool(each.forget)] == []


def test_a_class_that_ends_by_itself_has_a_job():
    """Its period alone ends it: nobody need do anything."""
    by_somebody = {"contacts", "listed", "comments", "first_rounds", "diary_feed", "themes", "steering"}
    assert {each.name for each in keepings} - {each.name for each in by_the_clock()} == by_somebody


def test_whatever_is_held_on_a_person_ends_as_some_class_does():
    assert {holding.until for holding in holdings} <= {keeping.until for keeping in keepings}
