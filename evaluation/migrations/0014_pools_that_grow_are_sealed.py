import json
from collections import defaultdict

from django.db import migrations, models


def keep_each_in_one_row(apps, schema_editor):
    """As its JSON: the worker of the box, which has the keys, seals it when the next box is counted."""
    tallies = apps.get_model("evaluation", "PoolTally").objects.using(schema_editor.connection.alias)
    pools = defaultdict(list)
    for row in tallies.order_by("questionnaire_id", "item_id", "value"):
        said = str(row.questionnaire_id), str(row.item_id), row.value, row.n, row.several
        pools[row.system_id, row.half_year].append((row.pk, said))
    for (system_id, half_year), found in pools.items():
        (kept, _), *_ = found
        tallies.filter(system_id=system_id, half_year=half_year).exclude(pk=kept).delete()
        tallies.filter(pk=kept).update(content=json.dumps([said for _, said in found]))


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0013_answers_in_other_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="pooltally",
            name="content",
            field=models.TextField(default="[]"),
            preserve_default=False,
        ),
        migrations.RunPython(keep_each_in_one_row, migrations.RunPython.noop, hints={"database": "box"}),
        migrations.RemoveConstraint(model_name="pooltally", name="pool_tally_once"),
        *(
            migrations.RemoveField(model_name="pooltally", name=name)
            for name in ("questionnaire_id", "item_id", "value", "n", "several")
        ),
        migrations.AddConstraint(
            model_name="pooltally",
            constraint=models.UniqueConstraint(fields=("system_id", "half_year"), name="pool_tally_once"),
        ),
    ]
