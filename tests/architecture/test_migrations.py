"""From the first release on, a migration runs while people book and the release before it still answers.

So a new column may be empty or has a default in the database, since that release writes rows without it; nothing is
renamed, since it asks by the old name; and no index of a table that may be large is made while writers wait: it is made
beside them (``rounds_site.kit.indexes``), in a migration that is not atomic. Statements of its own are read through by
a person, who names the migration here.
"""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED
from django.test.utils import CaptureQueriesContext

from members.models import Delivery
from rounds_site.kit.indexes import AddIndexBeside

# The last of each app that ran before anybody used the portal.
BEFORE_ANYBODY = {
    "members": "0025_last_to_many",
    "rounds": "0044_upcoming_by_index",
    "evaluation": "0022_boxes_by_month",
}
# Statements of their own, read: no table or index is locked for longer than a row is written.
READ_THROUGH = {("members", "0027_found_at_once"), ("evaluation", "0025_standard_questions")}
OF_ITS_OWN = (migrations.RunPython, migrations.RunSQL)
RENAMES = (migrations.RenameField, migrations.RenameModel, migrations.AlterModelTable)
# Of these a system has a handful, or one for each partner: an index of them is made at once.
SMALL = {
    *("members.system", "members.place", "members.organisation", "members.retentionpass", "members.pace"),
    *("rounds.venue", "rounds.roundtemplate", "evaluation.questionnaire"),
}


def faults_of(migration):
    """What in it would stop writers, or the release before it."""
    new = {f"{migration.app_label}.{each.name.lower()}" for each in migration.operations if makes_a_table(each)}
    for operation in migration.operations:
        model = f"{migration.app_label}.{getattr(operation, 'model_name', '').lower()}"
        if model not in new:
            yield from faults_on(operation, migration, is_large=model not in SMALL)


def makes_a_table(operation):
    return isinstance(operation, migrations.CreateModel)


def faults_on(operation, migration, *, is_large):
    if isinstance(operation, RENAMES):
        yield "is renamed"
    if isinstance(operation, OF_ITS_OWN) and (migration.app_label, migration.name) not in READ_THROUGH:
        yield "runs statements of its own: read it through, and name it here"
    if isinstance(operation, migrations.AddField):
        yield from faults_of_column(operation.field, is_large=is_large)
    if isinstance(operation, AddIndexBeside):
        if migration.atomic:
            yield "an index that is made beside others needs atomic = False"
    elif is_large and makes_an_index(operation):
        yield "its index is not made beside those who write"


def faults_of_column(field, *, is_large):
    if field.many_to_many:
        return
    if not field.null and field.db_default is NOT_PROVIDED:
        yield "the new column may not be empty and has no db_default"
    if is_large and (field.db_index or field.unique):
        yield "the new column makes an index: add it without one, and then the index beside those who write"


def makes_an_index(operation):
    is_unique = isinstance(operation, migrations.AddConstraint) and isinstance(
        operation.constraint, models.UniqueConstraint
    )
    return is_unique or isinstance(operation, migrations.AddIndex)


def ours():
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app in BEFORE_ANYBODY and name > BEFORE_ANYBODY[app]:
            yield migration


def test_every_migration_is_safe_beside_those_who_write():
    faults = [f"{each.app_label} {each.name}: {fault}" for each in ours() for fault in faults_of(each)]
    assert faults == []


def test_the_named_ones_are_there():
    """So that one cannot be squashed or renamed, and the rule with it, without anybody noticing."""
    assert set(BEFORE_ANYBODY.items()) | READ_THROUGH <= set(MigrationLoader(None).disk_migrations)


def migration(*operations, atomic=True):
    made = migrations.Migration("0099_planted", "members")
    made.operations, made.atomic = list(operations), atomic
    return made


INDEX = models.Index(fields=["due_at"], name="planted")
UNIQUE = models.UniqueConstraint(fields=["due_at"], name="planted")


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        (migrations.AddField("delivery", "x", models.IntegerField(default=3)), "has no db_default"),
        (migrations.AddField("delivery", "x", models.IntegerField(null=True, db_index=True)), "makes an index"),
        (migrations.AddIndex("delivery", INDEX), "not made beside"),
        (migrations.AddConstraint("delivery", UNIQUE), "not made beside"),
        (migrations.RenameField("delivery", "due_at", "x"), "is renamed"),
        (AddIndexBeside("delivery", INDEX), "atomic = False"),
        (migrations.RunSQL("ALTER INDEX x SET (gin_pending_list_limit = 64)"), "read it through"),
        (migrations.RunPython(migrations.RunPython.noop), "read it through"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_planted_fault_is_found(planted, fault):
    [found] = faults_of(migration(planted))
    assert fault in found


def test_what_is_safe_is_let_through():
    table = migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))])
    safe = [
        migration(migrations.AddField("delivery", "x", models.IntegerField(null=True))),
        migration(migrations.AddField("delivery", "x", models.IntegerField(db_default=3))),
        migration(AddIndexBeside("delivery", INDEX), atomic=False),
        migration(table, migrations.AddIndex("new", INDEX), migrations.AddField("new", "x", models.IntegerField())),
        migration(migrations.AddIndex("system", INDEX)),
    ]
    assert [fault for each in safe for fault in faults_of(each)] == []


@pytest.mark.django_db(transaction=True)
def test_an_index_is_made_beside_those_who_write_and_taken_away():
    operation = AddIndexBeside("delivery", INDEX)
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    operation.state_forwards("members", after)
    with connection.schema_editor(atomic=False) as editor, CaptureQueriesContext(connection) as asked:
        operation.database_forwards("members", editor, before, after)
    assert "planted" in indexes()
    [made] = [each["sql"] for each in asked.captured_queries if "CREATE INDEX" in each["sql"]]
    assert ("CONCURRENTLY" in made) == (connection.vendor == "postgresql")
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("members", editor, after, before)
    assert "planted" not in indexes()


def indexes():
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, Delivery._meta.db_table)
