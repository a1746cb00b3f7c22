from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rounds", "0047_unit"),
    ]

    operations = [
        migrations.AddField(
            model_name="round",
            name="start_before",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
