from django.db import migrations
from django.utils import timezone


def keep_the_month(apps, schema_editor):
    for model in ("Theme", "ThemeUse"):
        rows = apps.get_model("rounds", model).objects.order_by("pk")
        for row in rows:
            began = timezone.localtime(row.created_at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            rows.filter(pk=row.pk).update(created_at=began)


class Migration(migrations.Migration):
    dependencies = [
        ("rounds", "0038_half_year_of_a_suggestion"),
    ]

    operations = [migrations.RunPython(keep_the_month, migrations.RunPython.noop)]
