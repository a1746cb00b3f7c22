from django.db import migrations

NAMES = {
    "own": "Standard questions",
    "own-team": "Standard questions, Team Time",
    "own-online": "Standard questions, online",
}


def renew_names(apps, schema_editor):
    """What comes with the portal had a name that read as a partner's own. Nobody answered a name: no new version."""
    of_the_portal = apps.get_model("evaluation", "Questionnaire").objects.filter(system=None)
    for code, name in NAMES.items():
        of_the_portal.filter(code=code).update(name=name)


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0024_answers_of_half_years")]

    operations = [migrations.RunPython(renew_names, migrations.RunPython.noop)]
