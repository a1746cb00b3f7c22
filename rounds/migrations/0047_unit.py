from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rounds", "0046_long_lists_by_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="round",
            name="unit",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
    ]
