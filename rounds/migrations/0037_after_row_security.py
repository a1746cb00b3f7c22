from django.db import migrations

from rounds_site.kit.guarding import guard

# Whoever helps at the door has a part, and reads nothing here.
RUN = "round_id IN (SELECT portal_rounds_run())"
ACTED_ON = "round_id = (SELECT portal_round())"


class Migration(migrations.Migration):
    dependencies = [
        ("rounds", "0036_meeting"),
    ]

    operations = [
        guard("rounds_debrief", seen=RUN, acted_on=ACTED_ON),
        guard(
            "rounds_careowed",
            seen=f"owner_id = (SELECT portal_person()) OR {RUN}",
            acted_on=f"{ACTED_ON} OR owner_id = (SELECT portal_subject())",
        ),
    ]
