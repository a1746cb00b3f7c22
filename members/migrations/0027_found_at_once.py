from django.db import migrations

# What was written of late stands in no order before the trigrams, and each search reads it from end to end: up to 4 MB
# of it, unless the index says otherwise.
SHORT = [
    "ALTER INDEX person_found_by_part SET (gin_pending_list_limit = 64)",
    "SELECT gin_clean_pending_list('person_found_by_part')",
]
LONG = ["ALTER INDEX person_found_by_part RESET (gin_pending_list_limit)"]


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return on_postgresql


class Migration(migrations.Migration):
    # Each by itself: the first keeps all others from the index for a moment, the second takes longer.
    atomic = False

    dependencies = [("members", "0026_stopped_by_index")]

    operations = [migrations.RunPython(run(SHORT), run(LONG))]
