from django.db import migrations


def destroy(apps, schema_editor):
    """They were added by how many forms named a kind of work, however few of these answered a question; nothing says
    any more which of them could be shown."""
    apps.get_model("evaluation", "CrossCount").objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0019_event_facts")]

    operations = [migrations.RunPython(destroy, migrations.RunPython.noop, hints={"database": "box"})]
