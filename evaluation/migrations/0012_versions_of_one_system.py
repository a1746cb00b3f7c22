from django.db import migrations, models

from evaluation.questions import SETS


def give_to_whose_rounds_asked_them(apps, schema_editor):
    """What was typed in with past Rounds belongs to the system whose Rounds asked it. Where those of several did,
    nobody can say whom its licensor meant: it stays with what was counted, and is offered to none."""
    typed = apps.get_model("evaluation", "Questionnaire").objects.filter(system=None).exclude(code__in=SETS)
    boxes = apps.get_model("evaluation", "FeedbackBox").objects
    for questionnaire in typed:
        asked = boxes.filter(questionnaire=questionnaire).order_by()
        systems = set(asked.values_list("round__system", flat=True).distinct())
        if len(systems) == 1:
            typed.filter(pk=questionnaire.pk).update(system=systems.pop())


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0011_versions_of_a_system"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="questionnaire", name="questionnaire_version_once"),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.UniqueConstraint(
                fields=["system", "code", "version"], name="questionnaire_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.UniqueConstraint(
                fields=["code", "version"],
                condition=models.Q(system=None),
                name="questionnaire_version_of_portal_once",
            ),
        ),
        # After the constraints: PostgreSQL alters no table with changes that are still to be checked.
        migrations.RunPython(give_to_whose_rounds_asked_them, migrations.RunPython.noop),
    ]
