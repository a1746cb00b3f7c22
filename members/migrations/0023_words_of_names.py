from django.db import migrations

# For ``rounds.colleagues``: whose name has one of these words, and which names are not of plain letters alone.
INDICES = {
    "person_by_words_of_name": "USING gin (string_to_array(lower(translate(name, '.-', '  ')), ' '))",
    "person_by_name_not_plain": "(id) WHERE name ~ '[^A-Za-z .-]'",
}


def know_words(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, how in INDICES.items():
            schema_editor.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON members_person {how}")


def forget_words(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDICES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    # An index is made beside the work of a portal that is open.
    atomic = False

    dependencies = [("members", "0022_finding_people")]

    operations = [migrations.RunPython(know_words, forget_words)]
