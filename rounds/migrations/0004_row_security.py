from django.db import migrations

from rounds_site.kit.guarding import guard, on_postgresql

ROUNDS = """
CREATE FUNCTION portal_rounds() RETURNS SETOF uuid LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT round_id FROM rounds_teammember WHERE person_id = portal_person();
END;
"""
OF_THE_ROUND = "person_id = (SELECT portal_person()) OR round_id IN (SELECT portal_rounds())"
ACTED_ON = "round_id = (SELECT portal_round()) OR person_id = (SELECT portal_subject())"


class Migration(migrations.Migration):
    dependencies = [
        ("rounds", "0003_moved_at"),
        ("members", "0007_row_security"),
    ]

    operations = [
        on_postgresql(ROUNDS, "DROP FUNCTION portal_rounds()"),
        guard(
            "rounds_booking", seen=f"{OF_THE_ROUND} OR round_id = (SELECT portal_door())", acted_on=ACTED_ON
        ),
        guard("rounds_storyteller", seen=OF_THE_ROUND, acted_on=ACTED_ON),
        # The table of storytellers is guarded itself: what this asks of it is what whoever asks may see of it.
        guard(
            "rounds_preparationstep",
            seen="storyteller_id IN (SELECT id FROM rounds_storyteller)",
            acted_on=f"storyteller_id IN (SELECT id FROM rounds_storyteller WHERE {ACTED_ON})"  # noqa: S608 (constants)
            " OR owner_id = (SELECT portal_subject())",
        ),
    ]
