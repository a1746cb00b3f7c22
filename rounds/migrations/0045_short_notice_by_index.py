from django.db import migrations, models
from django.db.models import Q

from rounds_site.kit.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("rounds", "0044_upcoming_by_index")]

    operations = [
        AddIndexBeside(
            model_name="round",
            index=models.Index(
                condition=Q(urgent_until__isnull=False), fields=["urgent_until"], name="round_short_notice"
            ),
        ),
    ]
