from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0006_door_link")]

    operations = [
        migrations.AddField(
            model_name="carddeck",
            name="cards",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
