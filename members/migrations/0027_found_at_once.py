from django.db import migrations

# What was written of late stands in no order before the trigrams, and each search reads it from end to end: up to 4 MB
# of it, unless the index says otherwise. One that says so is made beside the other, since telling that one would keep
# everybody from its table for as long as anybody reads it; and anew, where a run broke off and left half of one.
ON = "ON members_person USING gin (UPPER(name::text) gin_trgm_ops, UPPER(email::text) gin_trgm_ops)"
SHORT = [
    "DROP INDEX CONCURRENTLY IF EXISTS person_found_at_once",
    f"CREATE INDEX CONCURRENTLY person_found_at_once {ON} WITH (gin_pending_list_limit = 64)",
    "DROP INDEX CONCURRENTLY IF EXISTS person_found_by_part",
]
LONG = [
    "DROP INDEX CONCURRENTLY IF EXISTS person_found_by_part",
    f"CREATE INDEX CONCURRENTLY person_found_by_part {ON}",
    "DROP INDEX CONCURRENTLY IF EXISTS person_found_at_once",
]


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return on_postgresql


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("members", "0026_stopped_by_index")]

    operations = [migrations.RunPython(run(SHORT), run(LONG))]
