from django.db import migrations, models

from rounds_site.kit.guarding import on_postgresql

ROUNDS = """
CREATE OR REPLACE FUNCTION portal_rounds() RETURNS SETOF uuid LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT round_id FROM rounds_teammember WHERE person_id = portal_person(){standing};
END;
CREATE OR REPLACE FUNCTION portal_rounds_run() RETURNS SETOF uuid LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT round_id FROM rounds_teammember WHERE person_id = portal_person() AND part = 'facilitator'{standing};
END;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rounds", "0013_needs"),
    ]

    operations = [
        migrations.AddField(
            model_name="teammember",
            name="replaceable_from",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="teammember",
            name="suspended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        # Beneath the pages too a part that rests shows nothing.
        on_postgresql(ROUNDS.format(standing=" AND suspended_at IS NULL"), ROUNDS.format(standing="")),
    ]
