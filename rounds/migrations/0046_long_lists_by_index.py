from django.db import migrations, models
from django.db.models import Q

from rounds_site.kit.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("rounds", "0045_short_notice_by_index")]

    operations = [
        AddIndexBeside(
            model_name="suggestion",
            index=models.Index(condition=Q(answer=""), fields=["-half_year", "id"], name="suggestion_waiting"),
        ),
        AddIndexBeside(
            model_name="backfill",
            index=models.Index(fields=["-created_at", "id"], name="backfill_latest_first"),
        ),
    ]
