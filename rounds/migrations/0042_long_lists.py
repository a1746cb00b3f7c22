from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rounds", "0041_new_host")]

    operations = [
        migrations.AddIndex(
            "offer", models.Index(fields=["reader", "-created_at", "id"], name="offer_latest_first")
        ),
        migrations.AddIndex("approach", models.Index(fields=["-created_at", "id"], name="approach_latest_first")),
        migrations.AddIndex("suggestion", models.Index(fields=["-half_year", "id"], name="suggestion_latest_first")),
    ]
