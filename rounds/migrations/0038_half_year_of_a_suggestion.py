from django.db import migrations, models

from rounds_site.kit.formats import half_year_of


def to_half_years(apps, schema_editor):
    Suggestion = apps.get_model("rounds", "Suggestion")
    for row in Suggestion.objects.order_by("pk"):
        Suggestion.objects.filter(pk=row.pk).update(half_year=half_year_of(row.half_year))


class Migration(migrations.Migration):
    dependencies = [
        ("rounds", "0037_after_row_security"),
    ]

    operations = [
        migrations.RemoveConstraint("suggestion", "suggestion_says_the_month_alone"),
        migrations.RenameField("suggestion", "month", "half_year"),
        migrations.RunPython(to_half_years, migrations.RunPython.noop),
        migrations.AddConstraint(
            "suggestion",
            models.CheckConstraint(
                condition=models.Q(half_year__month__in=[4, 10], half_year__day=1),
                name="suggestion_says_the_half_year_alone",
            ),
        ),
    ]
