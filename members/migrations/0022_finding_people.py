from django.db import migrations, models

# People are found by any part of their name or address, of which PostgreSQL needs to know the trigrams. Whoever owns
# the database may make the extension.
TRIGRAMS = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS person_found_by_part ON members_person USING gin "
    "(UPPER(name::text) gin_trgm_ops, UPPER(email::text) gin_trgm_ops)",
]


def know_trigrams(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in TRIGRAMS:
            schema_editor.execute(statement)


def forget_trigrams(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS person_found_by_part")


class Migration(migrations.Migration):
    # An index is made beside the work of a portal that is open.
    atomic = False

    dependencies = [("members", "0021_licence")]

    operations = [
        migrations.AddIndex("person", models.Index(fields=["name", "email", "id"], name="person_by_name")),
        migrations.AddIndex(
            "joinrequest",
            models.Index(fields=["system", "state", "changed_at", "id"], name="join_request_in_turn"),
        ),
        migrations.AddIndex(
            "invitationlink",
            models.Index(fields=["organisation", "created_at", "id"], name="invitation_link_in_turn"),
        ),
        migrations.RunPython(know_trigrams, forget_trigrams),
    ]
