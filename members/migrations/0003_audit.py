import uuid
from django.db import migrations, models


# What is sealed never changes, and what is said of an act never does. On PostgreSQL a row leaves after its year only;
# SQLite has no TRUNCATE, by which tests clear their tables, so that there a missing row is found by the chain alone.
# SQLite rebuilds a table to alter it and forgets its triggers: whoever alters this one makes them again.
SAID = 'id, at, act, "by", about, "where", said'
POSTGRESQL = f"""
CREATE FUNCTION members_securityevent_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'A row of the security log stays as it is'; END $$;
CREATE TRIGGER securityevent_said BEFORE UPDATE OF {SAID} ON members_securityevent
    FOR EACH ROW EXECUTE FUNCTION members_securityevent_stays();
CREATE TRIGGER securityevent_sealed BEFORE UPDATE ON members_securityevent
    FOR EACH ROW WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION members_securityevent_stays();
CREATE TRIGGER securityevent_kept BEFORE DELETE ON members_securityevent
    FOR EACH ROW WHEN (OLD.at > now() - interval '364 days') EXECUTE FUNCTION members_securityevent_stays();
"""
SQLITE = [
    f"""CREATE TRIGGER securityevent_said BEFORE UPDATE OF {SAID} ON members_securityevent
        BEGIN SELECT RAISE(ABORT, 'A row of the security log stays as it is'); END""",
    """CREATE TRIGGER securityevent_sealed BEFORE UPDATE ON members_securityevent WHEN OLD.number IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'A row of the security log stays as it is'); END""",
]


def guard(apps, schema_editor):
    statements = [POSTGRESQL] if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    for name in ("said", "sealed", "kept") if schema_editor.connection.vendor == "postgresql" else ("said", "sealed"):
        on = " ON members_securityevent" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER securityevent_{name}{on}")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION members_securityevent_stays()")


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0002_staff_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="CareEntry",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("hour", models.DateTimeField(db_index=True)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("register", "the register"),
                            ("bookings", "the list of places"),
                            ("panel", "the panel"),
                            ("story", "a story"),
                        ],
                        max_length=10,
                    ),
                ),
                ("by", models.UUIDField()),
                ("about", models.UUIDField(null=True)),
                ("where", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("by", "what", "about", "hour"), name="care_entry_once_an_hour"),
                    models.CheckConstraint(
                        condition=models.Q(("what__in", ["register", "bookings", "panel", "story"])),
                        name="care_entry_known_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChainAnchor",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveBigIntegerField(default=0)),
                (
                    "digest",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000", max_length=64
                    ),
                ),
                ("moved_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="chain_anchor_one_row")],
            },
        ),
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
                ("act", models.CharField(max_length=50)),
                ("by", models.UUIDField(null=True)),
                ("about", models.CharField(blank=True, max_length=100)),
                ("where", models.UUIDField(null=True)),
                ("said", models.JSONField(default=dict)),
                ("number", models.PositiveBigIntegerField(null=True, unique=True)),
                ("digest", models.CharField(max_length=64, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest", None), ("number", None)),
                            models.Q(("digest__isnull", False), ("number__isnull", False)),
                            _connector="OR",
                        ),
                        name="security_event_sealed_whole",
                    )
                ],
            },
        ),
        migrations.RunPython(guard, unguard),
    ]
