from django.db import migrations

# As the page of each box asks for them: by the month in London in which they close, the newest first.
MONTHS = (
    "CREATE INDEX feedback_box_by_month ON evaluation_feedbackbox"
    " ((date_trunc('month', closes_at AT TIME ZONE 'Europe/London')) DESC, id)"
)


def by_month(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql" and schema_editor.connection.alias == "default":
        schema_editor.execute(MONTHS)


def in_no_order(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql" and schema_editor.connection.alias == "default":
        schema_editor.execute("DROP INDEX feedback_box_by_month")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0021_report_of_a_round")]

    operations = [migrations.RunPython(by_month, in_no_order)]
