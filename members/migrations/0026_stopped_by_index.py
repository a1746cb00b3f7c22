from django.db import migrations, models
from django.db.models import Q

from rounds_site.kit.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("members", "0025_last_to_many")]

    operations = [
        AddIndexBeside(
            model_name="person",
            index=models.Index(
                condition=Q(invitations_stopped_at__isnull=False), fields=["id"], name="person_stopped_invitations"
            ),
        ),
    ]
