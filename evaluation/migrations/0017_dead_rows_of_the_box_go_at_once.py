from django.db import migrations

# What is deleted or changed PostgreSQL leaves in dead rows, until a vacuum that waits for many of them. Of a box they
# say how many forms lay in it, and of a comment what was taken out: here one is enough, a minute later. SQLite has none
# (``secure_delete``).
TABLES = ["evaluation_form", "evaluation_papertally", "evaluation_pooltally", "evaluation_comment"]
OPTIONS = [f"{of}autovacuum_vacuum_{what}" for of in ("", "toast.") for what in ("threshold", "scale_factor")]


def vacuum_at_once(apps, schema_editor):
    for table in TABLES if schema_editor.connection.vendor == "postgresql" else []:
        schema_editor.execute(f"ALTER TABLE {table} SET ({', '.join(f'{option} = 0' for option in OPTIONS)})")


def vacuum_as_usual(apps, schema_editor):
    for table in TABLES if schema_editor.connection.vendor == "postgresql" else []:
        schema_editor.execute(f"ALTER TABLE {table} RESET ({', '.join(OPTIONS)})")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0016_no_more_reach")]

    operations = [migrations.RunPython(vacuum_at_once, vacuum_as_usual, hints={"database": "box"})]
