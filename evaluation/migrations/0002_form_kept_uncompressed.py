from django.db import migrations


def keep_uncompressed(apps, schema_editor):
    """PostgreSQL compresses long texts, and how far says how much was written: every form must take the same room."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE evaluation_form ALTER COLUMN content SET STORAGE EXTERNAL")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_initial")]

    operations = [migrations.RunPython(keep_uncompressed, migrations.RunPython.noop, hints={"database": "box"})]
