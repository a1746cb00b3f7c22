from django.db import migrations, models

from rounds_site.kit.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("evaluation", "0022_boxes_by_month")]

    operations = [
        AddIndexBeside(
            model_name="feedbackbox",
            index=models.Index(fields=["state", "opens_at"], name="feedback_box_by_state"),
        ),
    ]
