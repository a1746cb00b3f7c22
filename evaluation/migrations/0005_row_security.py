from django.db import migrations

from rounds_site.kit.guarding import guard


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0004_reach_in_tallies"),
        ("rounds", "0004_row_security"),
    ]

    operations = [
        guard(
            "evaluation_attendance",
            seen="person_id = (SELECT portal_person()) OR round_id IN (SELECT portal_rounds())"
            " OR round_id = (SELECT portal_door())",
            acted_on="round_id = (SELECT portal_round()) OR person_id = (SELECT portal_subject())",
        ),
        # Written anew as a whole when a register is closed, so it knows no Round.
        guard(
            "evaluation_firstroundcounted",
            seen="person_id = (SELECT portal_person())",
            acted_on="(SELECT portal_round()) IS NOT NULL OR person_id = (SELECT portal_subject())",
        ),
    ]
