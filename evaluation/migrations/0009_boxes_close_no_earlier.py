from django.db import migrations

# A box says until when it takes forms, and may take them longer, never shorter: by then somebody has gone by it. SQLite
# rebuilds a table to alter it and forgets its triggers: whoever alters this one makes it again.
WHY = "A box never closes earlier than it said"
POSTGRESQL = [
    f"""CREATE FUNCTION evaluation_box_closes_as_said() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{WHY}'; END $$""",
    """CREATE TRIGGER feedback_box_closes_as_said BEFORE UPDATE OF closes_at ON evaluation_feedbackbox
        FOR EACH ROW WHEN (NEW.closes_at < OLD.closes_at) EXECUTE FUNCTION evaluation_box_closes_as_said()""",
]
SQLITE = [
    f"""CREATE TRIGGER feedback_box_closes_as_said BEFORE UPDATE OF closes_at ON evaluation_feedbackbox
        WHEN NEW.closes_at < OLD.closes_at BEGIN SELECT RAISE(ABORT, '{WHY}'); END""",
]


def guard(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER feedback_box_closes_as_said ON evaluation_feedbackbox")
        schema_editor.execute("DROP FUNCTION evaluation_box_closes_as_said()")
    else:
        schema_editor.execute("DROP TRIGGER feedback_box_closes_as_said")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0008_sealed_forms")]

    operations = [migrations.RunPython(guard, unguard)]
