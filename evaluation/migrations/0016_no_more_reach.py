from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0015_releases")]

    operations = [
        migrations.DeleteModel(name="ReachCell"),
        migrations.DeleteModel(name="ReachRelease"),
        migrations.DeleteModel(name="ReachTally"),
    ]
